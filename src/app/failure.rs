//! Pages that say why there is nothing to see, and what to do instead.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{components::Redirect, hooks::use_location, location::Url};

use super::{
    answer::set_status,
    form_page::FormPage,
    frame::{leaving_target, own_page, use_frame},
    title::PageTitle,
    words::error_words,
};
use crate::{
    accounts::{Role, actions::SignOut},
    error::AppError,
    ui::{Button, ButtonKind, ButtonLink, Glyph, Icon},
};

/// Pages whose address is a mailed secret.
const SECRET_PAGES: [&str; 7] =
    ["/invite/", "/verify/", "/reset/", "/appointment/", "/reminders/", "/offer/", "/open-account/"];

/// The address of the sign-in page that leads back to this page afterwards.
#[must_use]
pub fn sign_in_address(path: &str, search: &str) -> String {
    leading_back("/sign-in", path, search)
}

/// The address of `first` that leads to this page afterwards. The address of a secret page is never put into another
/// address.
fn leading_back(first: &str, path: &str, search: &str) -> String {
    if SECRET_PAGES.iter().any(|start| path.starts_with(start)) {
        return first.to_owned();
    }
    let search = search.trim_start_matches('?');
    let page = if search.is_empty() { path.to_owned() } else { [path, "?", search].concat() };
    [first, "?next=", &Url::escape(&page)].concat()
}

/// Replaces a page that could not be made. Gives the answer its HTTP status; a visitor who must sign in or type the
/// password first goes to the page for that and comes back afterwards.
#[component]
pub fn Failure(error: AppError) -> impl IntoView {
    let first = match error {
        AppError::Unauthenticated => Some("/sign-in"),
        AppError::RecentSignInNeeded => Some("/account/again"),
        _ => None,
    };
    if let Some(first) = first {
        let location = use_location();
        let path = leading_back(first, &location.pathname.get_untracked(), &location.search.get_untracked());
        return view! { <Redirect path /> }.into_any();
    }
    set_status(&error);
    match error {
        AppError::NotFound | AppError::BadRequest => view! { <NotFound /> }.into_any(),
        AppError::Forbidden => view! { <WrongAccount /> }.into_any(),
        AppError::Internal { reference } => system(
            Glyph::Warning,
            "Sorry, there is a problem with the service",
            view! {
                <p>"This is our fault, not yours. Please look at your appointments before you try again."</p>
                <p>"If you call us, this code helps: " <strong class="reference">{reference}</strong></p>
            }
            .into_any(),
        ),
        AppError::Unavailable { unchanged: false } => system(
            Glyph::Warning,
            "Please check before you try again",
            view! {
                <p>
                    "The connection to our system broke. We do not know whether your last step was saved. "
                    "Please look at your appointments first."
                </p>
            }
            .into_any(),
        ),
        AppError::Unavailable { .. } => system(
            Glyph::Clock,
            "Please try again in a moment",
            view! { <p>"Our system is very busy or being repaired. Nothing was booked or changed."</p> }.into_any(),
        ),
        other => system(Glyph::Warning, "This page cannot be shown", view! { <p>{error_words(&other)}</p> }.into_any()),
    }
}

/// There is no such page, or it is another person's.
#[component]
pub fn NotFound() -> impl IntoView {
    set_status(&AppError::NotFound);
    system(
        Glyph::Search,
        "Page not found",
        view! { <p class="lead">"Check the address, or start again from one of these pages."</p> }.into_any(),
    )
}

fn system(glyph: Glyph, title: &'static str, text: AnyView) -> AnyView {
    let (own, own_words) = own_page(use_frame().role());
    view! {
        <PageTitle text=title />
        <div class="system">
            <Icon glyph />
            <h1 tabindex="-1">{title}</h1>
            {text}
            <div class="btns">
                <ButtonLink href="/doctors">"Find a doctor"</ButtonLink>
                <ButtonLink href=own kind=ButtonKind::Secondary target=leaving_target()>
                    {own_words}
                </ButtonLink>
                <ButtonLink href="/help" kind=ButtonKind::Quiet target=leaving_target()>
                    "Help"
                </ButtonLink>
            </div>
        </div>
    }
    .into_any()
}

/// The page belongs to another role than that of the account.
#[component]
fn WrongAccount() -> impl IntoView {
    let frame = use_frame();
    let start = frame.role().map_or("/", Role::start_page);
    let account = frame.signed_in_user.map(|signed_in_user| {
        view! {
            <p class="lead">
                "You are signed in as " <bdi>{signed_in_user.name}</bdi> ", " {role_words(signed_in_user.role)}
                ". This page is for another kind of account."
            </p>
        }
    });
    view! {
        <PageTitle text="You cannot see this page" />
        <div class="system">
            <Icon glyph=Glyph::Person />
            <h1 tabindex="-1">"You cannot see this page"</h1>
            {account}
            <div class="btns">
                <ButtonLink href=start>"Go to the start page"</ButtonLink>
                <form method="post" action=SignOut::PATH target=leaving_target()>
                    <FormPage />
                    <Button kind=ButtonKind::Secondary>"Sign out and use another account"</Button>
                </form>
            </div>
        </div>
    }
}

/// A role as a person would say it.
#[must_use]
pub fn role_words(role: Role) -> &'static str {
    match role {
        Role::Patient => "patient",
        Role::Doctor => "doctor",
        Role::Receptionist => "receptionist",
        Role::Admin => "clinic staff",
    }
}
