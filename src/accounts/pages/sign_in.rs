//! The sign-in page.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    directory::{DIRECTORY, DirectoryButton},
    held_time::{KeptTime, next_page, with_next},
    passkeys::{PASSKEY, SignInWithPasskeyForm},
};
use crate::{
    accounts::{
        actions::{SignIn, passkeys::sign_in_ways},
        model::second_factor::SignInWays,
    },
    app::{Fields, FormPage, FormState, PageTitle},
    flash::Note,
    ui::{ErrorSummary, Field, Notice, ShowPasswords, Tone},
};

const FIELDS: Fields = &[("email", "your email address"), ("password", "your password")];

/// `/sign-in?next=/path`: email address and password, then on to `next`.
#[component]
pub fn SignInPage() -> impl IntoView {
    let state = FormState::of("sign_in");
    // a code that came too late leads back here
    let late = [FormState::of("sign_in/code"), FormState::of("sign_in/lost_telephone")];
    let late = late.into_iter().find(FormState::failed).unwrap_or_default();
    let passkey = FormState::of("sign_in/passkey");
    let by_directory = FormState::of(DIRECTORY);
    let next = next_page();
    let ways = Resource::new_blocking(|| (), |()| sign_in_ways(false));
    let (for_passkey, for_staff) = (next.clone(), next.clone());
    let passkey_way = move || passkey_way(&ways.get()?.ok()?, &for_passkey);
    let staff_way = move || staff_way(ways.get()?.ok()?, &for_staff);
    let failed = [&state, &late, &passkey, &by_directory].into_iter().any(FormState::failed);
    let errors = [state.lines(FIELDS), late.lines(&[]), passkey.lines(PASSKEY), by_directory.lines(&[])].concat();
    view! {
        <PageTitle text="Sign in" failed />
        <div class="solo">
            <ErrorSummary errors />
            <h1 tabindex="-1">"Sign in"</h1>
            {notices()}
            <KeptTime next=next.clone() />
            <div class="card">
                <form method="post" action=SignIn::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="next" value=next.clone() />
                    <Field
                        name="email"
                        label="Email address"
                        kind="email"
                        autocomplete="username"
                        value=state.typed("email")
                        error=state.problem("email", FIELDS)
                    />
                    <Field
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="current-password"
                        error=state.problem("password", FIELDS)
                    />
                    <button class="btn btn-large btn-wide" type="submit">
                        "Sign in"
                    </button>
                </form>
                <ShowPasswords />
                <Suspense>{passkey_way}</Suspense>
            </div>
            <p>
                <a href="/forgot-password">"Forgot your password?"</a>
            </p>
            <p>"No account yet? " <a href=with_next("/register", &next)>"Create one"</a> "."</p>
            <Suspense>{staff_way}</Suspense>
        </div>
    }
}

/// The button for those who have a passkey.
fn passkey_way(ways: &SignInWays, next: &str) -> Option<AnyView> {
    ways.passkeys.then(|| view! { <SignInWithPasskeyForm next=next.to_owned() /> }.into_any())
}

/// The button for those whom the clinic's own directory knows; patients pass it by.
fn staff_way(ways: SignInWays, next: &str) -> Option<AnyView> {
    let button = |name| {
        view! {
            <section class="section" aria-labelledby="staff">
                <h2 id="staff">"Doctors and staff"</h2>
                <p>
                    <DirectoryButton name next=next.to_owned() />
                </p>
            </section>
        }
        .into_any()
    };
    ways.directory.map(button)
}

/// What was done just before, by a link out of a message.
fn notices() -> impl IntoView {
    let reset = Note::for_action("account/reset").map(|_| {
        view! {
            <Notice tone=Tone::Success title="Your new password is set">
                <p>"Sign in with it now."</p>
            </Notice>
        }
    });
    let off = Note::for_action("account/second_factor").filter(|note| note.value("done") == "off").map(|_| {
        view! {
            <Notice tone=Tone::Success title="Codes and passkeys are off">
                <p>"Sign in with your password. You can set both up again on the page of your account."</p>
            </Notice>
        }
    });
    (reset, off)
}
