//! The forms that change one's own account.

use leptos::{prelude::*, server_fn::ServerFn};

use super::PASSWORD_HINT;
use crate::{
    accounts::{
        actions::own_account::{ChangeEmail, ChangePassword, SaveOwnProfile, own_account},
        model::OwnAccount,
    },
    app::{Failure, Fields, FormPage, FormState, PageTitle},
    error::{AppError, FieldCode},
    ui::{Button, ButtonKind, ButtonLink, DateField, ErrorLine, ErrorSummary, Field, ShowPasswords},
};

const PROFILE: Fields = &[("name", "your name"), ("phone", "your phone number"), ("birth_date", "your birth date")];
const PASSWORD: Fields = &[("password_now", "your current password"), ("password", "your new password")];
const EMAIL: Fields = &[("email", "your new email address"), ("password_now", "your password")];
const WRONG_PASSWORD: &str = "This is not your current password";
const TAKEN: &str = "This email address belongs to another account. Choose another one, or call us";

/// `/account/profile`: name, phone number and birth date.
#[component]
pub fn AccountProfilePage() -> impl IntoView {
    let state = FormState::of("account/profile");
    own_page(move |account| {
        let kept = |field: &str, saved: String| if state.failed() { state.typed(field) } else { saved };
        let fields = view! {
            <Field
                name="name"
                label="Full name"
                hint="The name that we should use."
                autocomplete="name"
                value=kept("name", account.name)
                error=state.problem("name", PROFILE)
            />
            <Field
                name="phone"
                label="Phone number"
                kind="tel"
                hint="So that the clinic can reach you about an appointment."
                autocomplete="tel"
                optional=true
                value=kept("phone", account.phone)
                error=state.problem("phone", PROFILE)
            />
            <DateField
                name="birth_date"
                legend="Birth date (optional)"
                hint="For example, 9 12 1956. It tells you apart from others of your name."
                value=state.date("birth_date", &account.birth_date)
                error=state.problem("birth_date", PROFILE)
                birthday=true
            />
        };
        form("Your details", SaveOwnProfile::PATH, state.lines(PROFILE), (), fields, "Save")
    })
}

/// `/account/password`: another password.
#[component]
pub fn AccountPasswordPage() -> impl IntoView {
    let state = FormState::of("account/password");
    own_page(move |_| {
        let fields = view! {
            <Field
                name="password_now"
                label="Current password"
                kind="password"
                autocomplete="current-password"
                error=problem(&state, "password_now", PASSWORD)
            />
            <Field
                name="password"
                label="New password"
                kind="password"
                hint=PASSWORD_HINT
                autocomplete="new-password"
                error=problem(&state, "password", PASSWORD)
            />
            <ShowPasswords />
        };
        let about = view! {
            <p class="lead">"You stay signed in here, and are signed out in every other browser."</p>
            <p>
                "You do not know your current password? " <a href="/forgot-password">"Ask for a new one"</a> "."
            </p>
        };
        form("Change your password", ChangePassword::PATH, lines(&state, PASSWORD), about, fields, "Change password")
    })
}

/// `/account/email`: another address.
#[component]
pub fn AccountEmailPage() -> impl IntoView {
    let state = FormState::of("account/email");
    own_page(move |account| {
        let how = if account.sends_mail {
            "We send a link to the new address. It becomes yours when you open the link and press the button."
        } else {
            "This clinic sends no email, so the new address counts at once. Please check it well: you sign in with it."
        };
        let fields = view! {
            <Field
                name="email"
                label="New email address"
                kind="email"
                autocomplete="email"
                value=state.typed("email")
                error=problem(&state, "email", EMAIL)
            />
            <Field
                name="password_now"
                label="Password"
                kind="password"
                hint="So that no other person can change it."
                autocomplete="current-password"
                error=problem(&state, "password_now", EMAIL)
            />
            <ShowPasswords />
        };
        let about = view! {
            <p class="lead">{how}</p>
            <p>
                "It is now " <bdi class="breakable">{account.email}</bdi> "."
            </p>
        };
        form("Change your email address", ChangeEmail::PATH, lines(&state, EMAIL), about, fields, "Change address")
    })
}

/// A page of the signed-in person's account.
fn own_page(show: impl Fn(OwnAccount) -> AnyView + Send + Sync + 'static) -> impl IntoView {
    let account = Resource::new_blocking(|| (), |()| own_account());
    let page = move || {
        account.get().map(|account| match account {
            Ok(account) => show(account),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn form(
    title: &'static str,
    path: &'static str,
    problems: Vec<ErrorLine>,
    about: impl IntoView + 'static,
    fields: impl IntoView + 'static,
    button: &'static str,
) -> AnyView {
    view! {
        <PageTitle text=title failed=!problems.is_empty() />
        <div class="solo">
            <ErrorSummary errors=problems />
            <h1 tabindex="-1">{title}</h1>
            {about.into_any()}
            <div class="card">
                <form method="post" action=path novalidate>
                    <FormPage />
                    {fields.into_any()}
                    <div class="btns">
                        <Button>{button}</Button>
                        <ButtonLink href="/account" kind=ButtonKind::Quiet>
                            "Back to your account"
                        </ButtonLink>
                    </div>
                </form>
            </div>
        </div>
    }
    .into_any()
}

/// The words of an error that means something else here than elsewhere.
fn own_words(error: &AppError) -> Option<(&'static str, &'static str)> {
    if *error == AppError::WrongCredentials {
        return Some(("password_now", WRONG_PASSWORD));
    }
    (error.code_for("email") == Some(FieldCode::EmailUnusable)).then_some(("email", TAKEN))
}

fn lines(state: &FormState, fields: Fields) -> Vec<ErrorLine> {
    match state.error().and_then(own_words) {
        Some((field, text)) => vec![ErrorLine { field: field.to_owned(), text: text.to_owned() }],
        None => state.lines(fields),
    }
}

fn problem(state: &FormState, field: &str, fields: Fields) -> Option<String> {
    match state.error().and_then(own_words) {
        Some((wrong, text)) => (wrong == field).then(|| text.to_owned()),
        None => state.problem(field, fields),
    }
}
