//! A new password for a person who cannot sign in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{PASSWORD_HINT, join::ended};
use crate::{
    accounts::actions::by_mail::{AskForReset, ResetPassword, reset_link},
    app::{Clinic, Failure, Fields, FormPage, FormState, PageTitle, answer::set_status, tel_href, use_frame},
    error::AppError,
    flash::Note,
    ui::{ButtonKind, ButtonLink, ErrorSummary, Field, ShowPasswords},
};

const EMAIL: Fields = &[("email", "your email address")];
const PASSWORD: Fields = &[("password", "your new password")];

/// `/forgot-password`: asks for the address, then says where to look, whether or not the address has an account.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let state = FormState::of("account/forgot");
    let asked = Note::for_action("account/forgot").map(|note| note.value("email").to_owned());
    let clinic = use_frame().clinic;
    if !clinic.sends_mail {
        return no_mail(clinic);
    }
    match asked {
        Some(email) => look(email, clinic),
        None => form(&state, clinic),
    }
}

fn form(state: &FormState, clinic: Clinic) -> AnyView {
    let title = "Forgot your password?";
    view! {
        <PageTitle text=title failed=state.failed() />
        <div class="solo">
            <ErrorSummary errors=state.lines(EMAIL) />
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">
                "Enter the email address that the clinic has for you. We send a link to it. With the link you choose a new password."
            </p>
            <p>"This also works if the clinic made your account and you never had a password."</p>
            <div class="card">
                <form method="post" action=AskForReset::PATH novalidate>
                    <FormPage />
                    <Field
                        name="email"
                        label="Email address"
                        kind="email"
                        autocomplete="username"
                        value=state.typed("email")
                        error=state.problem("email", EMAIL)
                    />
                    <button class="btn btn-large btn-wide" type="submit">
                        "Send me a link"
                    </button>
                </form>
            </div>
            {call("No email address, or another problem? Call us: ", clinic)}
        </div>
    }
    .into_any()
}

/// The answer, which is the same for every address.
fn look(email: String, clinic: Clinic) -> AnyView {
    let text = view! {
        <p class="lead">
            "If there is an account with the address " <bdi class="breakable">{email}</bdi>
            ", a message with a link is on its way. The link works for one hour."
        </p>
        <p>
            "No message after a few minutes? Look in the spam folder, and check that the address above is right. You can ask again after five minutes."
        </p>
        {call("It still does not work? Call us: ", clinic)}
        <div class="btns">
            <ButtonLink href="/forgot-password" kind=ButtonKind::Secondary>
                "Use another address"
            </ButtonLink>
        </div>
    };
    ended("Check your inbox", text.into_any())
}

fn no_mail(clinic: Clinic) -> AnyView {
    let text = view! {
        <p class="lead">"This clinic sends no email, so we cannot send you a link. Please ask the clinic for a new password."</p>
        {call("Call us: ", clinic)}
    };
    ended("Forgot your password?", text.into_any())
}

fn call(words: &'static str, clinic: Clinic) -> impl IntoView {
    let phone = clinic.phone;
    view! {
        <p>
            {words}
            <a href=tel_href(&phone)>{phone.clone()}</a>
        </p>
    }
}

/// `/reset/:token`: the form for a new password.
#[component]
pub fn ResetPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let state = FormState::of("account/reset");
    let asked = token.clone();
    let link = Resource::new_blocking(move || asked.clone(), reset_link);
    let page = move || {
        link.get().map(|link| match link {
            Ok(()) => new_password(token.clone(), &state),
            Err(error @ (AppError::LinkOver | AppError::NotFound)) => over(&error),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn new_password(token: String, state: &FormState) -> AnyView {
    let title = "Choose a new password";
    view! {
        <PageTitle text=title failed=state.failed() />
        <div class="solo">
            <ErrorSummary errors=state.lines(PASSWORD) />
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">"You sign in with it from now on. You are signed out everywhere else."</p>
            <div class="card">
                <form method="post" action=ResetPassword::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="token" value=token />
                    <Field
                        name="password"
                        label="New password"
                        kind="password"
                        hint=PASSWORD_HINT
                        autocomplete="new-password"
                        error=state.problem("password", PASSWORD)
                    />
                    <button class="btn btn-large btn-wide" type="submit">
                        "Set the password"
                    </button>
                </form>
                <ShowPasswords />
            </div>
        </div>
    }
    .into_any()
}

fn over(error: &AppError) -> AnyView {
    set_status(error);
    let text = view! {
        <p class="lead">
            "A link works once, and for one hour. If you have asked more than once, use the newest message."
        </p>
        <div class="btns">
            <ButtonLink href="/forgot-password">"Send me a new link"</ButtonLink>
            <ButtonLink href="/sign-in" kind=ButtonKind::Secondary>
                "Sign in"
            </ButtonLink>
        </div>
    };
    ended("This link no longer works", text.into_any())
}
