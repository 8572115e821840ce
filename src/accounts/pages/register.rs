//! The page that makes an account.

use leptos::{prelude::*, server_fn::ServerFn};

use super::held_time::{KeptTime, next_page, with_next};
use crate::{
    accounts::actions::Register,
    app::{Fields, FormPage, FormState, PageTitle},
    ui::{ErrorSummary, Field, ShowPasswords},
};

const FIELDS: Fields = &[
    ("name", "your name"),
    ("email", "your email address"),
    ("phone", "your phone number"),
    ("password", "your password"),
];

/// `/register?next=/path`: a patient's new account, then on to `next`.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let state = FormState::of("register");
    let next = next_page();
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
                    <Field
                        name="password"
                        label="Password"
                        kind="password"
                        hint="At least 12 characters. A few words in a row are easy to remember."
                        autocomplete="new-password"
                        error=state.problem("password", FIELDS)
                    />
                    <button class="btn btn-large btn-wide" type="submit">
                        "Create account"
                    </button>
                </form>
                <ShowPasswords />
            </div>
            <p>
                "Already have an account? " <a href=with_next("/sign-in", &next)>"Sign in"</a> ". "
                <a href="/privacy">"What we keep about you"</a> "."
            </p>
        </div>
    }
}
