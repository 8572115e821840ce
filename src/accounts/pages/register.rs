//! The pages that make an account: what is asked for, where to look for the link, and what the link opens.
//!
//! Where the clinic sends no mail, the first of them makes the account, with a password.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    PASSWORD_HINT,
    held_time::{Kept, KeptTime, kept_note, kept_time, next_page, with_next},
    join::ended,
};
use crate::{
    accounts::{
        actions::registration::{FinishRegistration, Register, registration},
        model::OpenAccount,
    },
    app::{Failure, Fields, FormPage, FormState, PageTitle, answer::set_status, tel_href, use_frame},
    error::AppError,
    flash::Note,
    ui::{ButtonKind, ButtonLink, ErrorSummary, Field, ShowPasswords},
};

const FIELDS: Fields = &[
    ("name", "your name"),
    ("email", "your email address"),
    ("phone", "your phone number"),
    ("password", "your password"),
];
const PASSWORD: Fields = &[("password", "your password")];

/// `/register?next=/path`: a patient's new account, then on to `next`.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let state = FormState::of("register");
    let next = next_page();
    let sends_mail = use_frame().clinic.sends_mail;
    let last = if sends_mail {
        view! { <p>"We send a link to your email address. There you choose a password."</p> }.into_any()
    } else {
        password(&state, FIELDS)
    };
    view! {
        <PageTitle text="Create an account" failed=state.failed() />
        <div class="solo">
            <ErrorSummary errors=state.lines(FIELDS) />
            <h1 tabindex="-1">"Create an account"</h1>
            <KeptTime next=next.clone() />
            <div class="card">
                <form method="post" action=Register::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="next" value=next.clone() />
                    <Field
                        name="name"
                        label="Full name"
                        hint="The name that the doctor should use."
                        autocomplete="name"
                        value=state.typed("name")
                        error=state.problem("name", FIELDS)
                    />
                    <Field
                        name="email"
                        label="Email address"
                        kind="email"
                        autocomplete="email"
                        value=state.typed("email")
                        error=state.problem("email", FIELDS)
                    />
                    <Field
                        name="phone"
                        label="Phone number"
                        kind="tel"
                        hint="So that the clinic can reach you about an appointment."
                        autocomplete="tel"
                        optional=true
                        value=state.typed("phone")
                        error=state.problem("phone", FIELDS)
                    />
                    {last}
                    <button class="btn btn-large btn-wide" type="submit">
                        {if sends_mail { "Send me the link" } else { "Create account" }}
                    </button>
                </form>
                {(!sends_mail).then(|| view! { <ShowPasswords /> })}
            </div>
            <p>
                "Already have an account? " <a href=with_next("/sign-in", &next)>"Sign in"</a> ". "
                <a href="/privacy">"What we keep about you"</a> "."
            </p>
        </div>
    }
}

fn password(state: &FormState, fields: Fields) -> AnyView {
    view! {
        <Field
            name="password"
            label="Password"
            kind="password"
            hint=PASSWORD_HINT
            autocomplete="new-password"
            error=state.problem("password", fields)
        />
    }
    .into_any()
}

/// `/register/sent?next=/path`: where to look, the same whether or not the address has an account.
#[component]
pub fn RegisterSentPage() -> impl IntoView {
    let next = next_page();
    let email = Note::for_action("register").map(|note| note.value("email").to_owned());
    let phone = use_frame().clinic.phone;
    let to = match email {
        Some(email) => view! { "We have sent a message to " <bdi class="breakable">{email}</bdi> "." }.into_any(),
        None => "We have sent a message to your email address.".into_any(),
    };
    let title = "Check your inbox";
    view! {
        <PageTitle text=title />
        <div class="solo">
            <h1 tabindex="-1">{title}</h1>
            <KeptTime next=next.clone() />
            <p class="lead">
                {to} " Open the link in it, on this device or another one. You choose a password there and go on where you were."
            </p>
            <p>
                "No message after a few minutes? Look in the spam folder, and check that the address is right. If you have been here before, you may have an account: then the message says so."
            </p>
            <div class="btns">
                <ButtonLink href=with_next("/register", &next) kind=ButtonKind::Secondary>
                    "Use another address"
                </ButtonLink>
                <ButtonLink href=with_next("/sign-in", &next) kind=ButtonKind::Quiet>
                    "I have an account"
                </ButtonLink>
            </div>
            <p>
                "It does not work? Call us, and we book for you: "
                <a href=tel_href(&phone)>{phone.clone()}</a>
            </p>
        </div>
    }
}

/// `/open-account/:token`: chooses the password, which makes the account.
#[component]
pub fn OpenAccountPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let state = FormState::of("account/open");
    let asked = token.clone();
    let load = |token: String| async move {
        let asked = registration(token).await?;
        let kept = kept_time(&asked.next).await;
        Ok::<_, AppError>((asked, kept))
    };
    let link = Resource::new_blocking(move || asked.clone(), load);
    let page = move || {
        link.get().map(|link| match link {
            Ok((asked, kept)) => choose_password(token.clone(), asked, kept, &state),
            Err(error @ (AppError::LinkOver | AppError::NotFound)) => over(&error),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn choose_password(token: String, asked: OpenAccount, kept: Option<Kept>, state: &FormState) -> AnyView {
    let title = "Choose a password";
    let OpenAccount { name, email, .. } = asked;
    view! {
        <PageTitle text=title failed=state.failed() />
        <div class="solo">
            <ErrorSummary errors=state.lines(PASSWORD) />
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">
                "This is the last step. Your account is for " <bdi>{name}</bdi> ", and you sign in with "
                <bdi class="breakable">{email}</bdi> "."
            </p>
            {kept.map(kept_note)}
            <div class="card">
                <form method="post" action=FinishRegistration::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="token" value=token />
                    {password(state, PASSWORD)}
                    <button class="btn btn-large btn-wide" type="submit">
                        "Create account"
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
            "A link works once, and for three days. If you have chosen a password with it already, you have an account: sign in."
        </p>
        <div class="btns">
            <ButtonLink href="/sign-in">"Sign in"</ButtonLink>
            <ButtonLink href="/register" kind=ButtonKind::Secondary>
                "Create an account"
            </ButtonLink>
        </div>
    };
    ended("This link no longer works", text.into_any())
}
