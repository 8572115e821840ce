//! The page that asks for the password again.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::components::Redirect;

use super::{
    directory::{DIRECTORY, DirectoryButton},
    held_time::next_page,
};
use crate::{
    accounts::{
        actions::recent_sign_in::{TypePasswordAgain, password_page},
        model::recent_sign_in::PasswordPage,
    },
    app::{Failure, Fields, FormPage, FormState, PageTitle},
    error::AppError,
    ui::{Button, ButtonKind, ButtonLink, ErrorLine, ErrorSummary, Field, ShowPasswords},
};

const TITLE: &str = "Please type your password again";
/// The same for those who have no password here.
const BY_DIRECTORY: &str = "Please sign in once more";
const FIELDS: Fields = &[("password_now", "your password")];
const WRONG_PASSWORD: &str = "This is not your password";

/// `/account/again?next=/path`: the password, then on with what was asked for, or to `next`.
#[component]
pub fn PasswordAgainPage() -> impl IntoView {
    let state = FormState::of("account/again");
    let by_directory = FormState::of(DIRECTORY);
    let next = next_page();
    let data = Resource::new_blocking(|| (), |()| password_page());
    let page = move || {
        data.get().map(|data| match data {
            Ok(page) if page.is_recent && is_path(&next) => view! { <Redirect path=next.clone() /> }.into_any(),
            Ok(page) => show(page, next.clone(), &state, &by_directory),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(page: PasswordPage, next: String, state: &FormState, by_directory: &FormState) -> AnyView {
    let PasswordPage { email, held, directory, has_password, .. } = page;
    let lines = [lines(state), by_directory.lines(&[])].concat();
    let problem = lines.iter().find(|line| line.field == "password_now").map(|line| line.text.clone());
    let back = if is_path(&next) { next.clone() } else { "/account".to_owned() };
    let other_way = directory.map(|name| with_directory(name, next.clone(), has_password));
    if !has_password {
        return directory_alone(lines, other_way, back);
    }
    view! {
        <PageTitle text=TITLE failed=!lines.is_empty() />
        <div class="solo">
            <ErrorSummary errors=lines />
            <h1 tabindex="-1">{TITLE}</h1>
            <p class="lead">
                "You typed it more than ten minutes ago, and this step needs it, so that nobody else can take it in your name."
            </p>
            <p>{after_words(&held)}</p>
            <div class="card">
                <form method="post" action=TypePasswordAgain::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="next" value=next />
                    <input type="hidden" name="held" value=held />
                    <p>
                        "You are signed in as " <bdi class="breakable">{email.clone()}</bdi> "."
                    </p>
                    // password managers look for it
                    <input type="text" autocomplete="username" value=email hidden readonly />
                    <Field
                        name="password_now"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        error=problem
                    />
                    <ShowPasswords />
                    <div class="btns">
                        <Button>"Continue"</Button>
                        <ButtonLink href=back kind=ButtonKind::Quiet>
                            "Cancel"
                        </ButtonLink>
                    </div>
                </form>
            </div>
            {other_way}
            <p>
                <a href="/forgot-password">"Forgot your password?"</a>
            </p>
        </div>
    }
    .into_any()
}

/// What happens when the password is right.
fn after_words(held: &str) -> &'static str {
    if held.is_empty() {
        "After that you can go on where you were."
    } else {
        "Nothing is lost: we do what you have just asked for as soon as the password is right."
    }
}

/// The page for those who have no password here.
fn directory_alone(lines: Vec<ErrorLine>, way: Option<AnyView>, back: String) -> AnyView {
    view! {
        <PageTitle text=BY_DIRECTORY failed=!lines.is_empty() />
        <div class="solo">
            <ErrorSummary errors=lines />
            <h1 tabindex="-1">{BY_DIRECTORY}</h1>
            {way}
            <p>
                <a href=back>"Cancel"</a>
            </p>
        </div>
    }
    .into_any()
}

/// The way over the clinic's directory. What was just asked for is not taken along: it would have to leave this website.
fn with_directory(name: String, next: String, has_password: bool) -> AnyView {
    let why = if has_password {
        "Or sign in again with your clinic\u{2019}s account. You then come back to the page you were on, and press the button there once more."
    } else {
        "You signed in more than ten minutes ago, and this step needs it, so that nobody else can take it in your name. You then come back to the page you were on, and press the button there once more."
    };
    view! {
        <p>{why}</p>
        <p>
            <DirectoryButton name next again=true />
        </p>
    }
    .into_any()
}

/// Whether it is a page of this website to go back to.
fn is_path(next: &str) -> bool {
    next.starts_with('/') && !next.starts_with("//") && !next.contains('\\')
}

/// What went wrong with the password. That one is needed is no fault.
fn lines(state: &FormState) -> Vec<ErrorLine> {
    match state.error() {
        None | Some(AppError::RecentSignInNeeded) => Vec::new(),
        Some(AppError::WrongCredentials) => {
            vec![ErrorLine { field: "password_now".to_owned(), text: WRONG_PASSWORD.to_owned() }]
        }
        Some(_) => state.lines(FIELDS),
    }
}
