//! Forms that are sent with a passkey.

use leptos::prelude::*;

use super::form_page::FormPage;
use crate::ui::{ButtonKind, PasskeyScript};

/// The id of the button, to which the line of an error leads.
pub const PASSKEY_FIELD: &str = "credential";

/// A form whose button asks the browser for a passkey and sends its answer in the hidden field `field`. Without scripts,
/// and in a browser without passkeys, there is no button, and the form says why. A page has one, and what it needs beside
/// it as `children`.
#[component]
pub fn PasskeyForm(
    action: &'static str,
    /// Where the challenge comes from, with the body that is sent there; empty with `options`.
    #[prop(optional)]
    start: (&'static str, &'static str),
    /// The challenge itself, as JSON.
    #[prop(optional, into)]
    options: Option<String>,
    #[prop(default = PASSKEY_FIELD)] field: &'static str,
    button: &'static str,
    #[prop(optional)] kind: ButtonKind,
    children: Children,
) -> impl IntoView {
    let (start, body) = start;
    view! {
        <form
            method="post"
            action=action
            class="passkey"
            data-passkey=field
            data-start=start
            data-body=body
            data-options=options
        >
            <FormPage />
            {children()}
            <input type="hidden" name=field />
            <button id=PASSKEY_FIELD class=kind.class() type="submit" hidden>
                {button}
            </button>
            <p role="status"></p>
            <p class="passkey-why">
                "Passkeys are not offered here, because they need JavaScript, which is off in this browser."
            </p>
        </form>
        <PasskeyScript />
    }
}
