//! Confirming an email address.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::join::ended;
use crate::{
    accounts::{
        actions::by_mail::{VerifyAddress, verification},
        model::Proof,
    },
    app::{Failure, FormPage, FormState, PageTitle, answer::set_status, own_page, use_frame},
    error::{AppError, FieldCode},
    ui::{Button, ButtonKind, ButtonLink, ErrorLine, ErrorSummary},
};

const TAKEN: &str = "This email address now belongs to another account. Nothing was changed";
const NOT_YET: &str = "We are still telling your old address about the change. Nothing was changed yet. Please try again in a few minutes";

/// `/verify/:token`: a button, because mail scanners open every link and press none.
#[component]
pub fn VerifyPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let state = FormState::of("account/verify");
    let asked = token.clone();
    let proof = Resource::new_blocking(move || asked.clone(), verification);
    let page = move || {
        proof.get().map(|proof| match proof {
            Ok(Proof::Confirm) => button(
                "Confirm your email address",
                "Press the button. Then we know that our messages reach you.",
                token.clone(),
                &state,
            ),
            Ok(Proof::Change) => button(
                "Use this email address from now on?",
                "Press the button. From then on our messages come here, and you sign in with this address.",
                token.clone(),
                &state,
            ),
            Ok(Proof::Done) => done(),
            Err(error @ (AppError::LinkOver | AppError::NotFound)) => over(&error),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn button(title: &'static str, text: &'static str, token: String, state: &FormState) -> AnyView {
    let problems = problems(state);
    view! {
        <PageTitle text=title failed=!problems.is_empty() />
        <div class="solo">
            <ErrorSummary errors=problems />
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">{text}</p>
            <form method="post" action=VerifyAddress::PATH>
                <FormPage />
                <input type="hidden" name="token" value=token />
                <Button>"Yes, this is my address"</Button>
            </form>
        </div>
    }
    .into_any()
}

fn problems(state: &FormState) -> Vec<ErrorLine> {
    let words = match state.error() {
        Some(AppError::Unavailable { unchanged: true }) => NOT_YET,
        Some(error) if error.code_for("email") == Some(FieldCode::EmailUnusable) => TAKEN,
        _ => return state.lines(&[]),
    };
    vec![ErrorLine { field: String::new(), text: words.to_owned() }]
}

fn done() -> AnyView {
    let (own, own_words) = own_page(use_frame().role());
    let text = view! {
        <p class="lead">"Our messages reach you here. There is nothing else to do."</p>
        <div class="btns">
            <ButtonLink href="/account">"Your account"</ButtonLink>
            <ButtonLink href=own kind=ButtonKind::Secondary>
                {own_words}
            </ButtonLink>
        </div>
    };
    ended("Your email address is confirmed", text.into_any())
}

fn over(error: &AppError) -> AnyView {
    set_status(error);
    let text = view! {
        <p class="lead">
            "The link is older than three days, or the address was changed since then. Sign in to see your address and to get a new link."
        </p>
        <div class="btns">
            <ButtonLink href="/account">"Your account"</ButtonLink>
        </div>
    };
    ended("This link no longer works", text.into_any())
}
