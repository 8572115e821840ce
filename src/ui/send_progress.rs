//! How far the files of a form have been sent.

use leptos::{nonce::use_nonce, prelude::*};

use super::show_passwords::fingerprint;

const SCRIPT: &[u8] = include_bytes!("../../public/send-progress.js");
/// A fingerprint of the script, so that a browser never keeps an old one.
const VERSION: u32 = fingerprint(SCRIPT);

/// Shows how far the form around it has been sent. The form has the attribute `data-progress`. Without scripts the form
/// is sent as every form is.
#[component]
pub fn SendProgress() -> impl IntoView {
    view! {
        <div class="send-progress" hidden>
            <progress max="100" value="0" aria-label="Sent so far"></progress>
            <p role="status"></p>
        </div>
        <script src=format!("/send-progress.js?v={VERSION:08x}") nonce=use_nonce() defer></script>
    }
}
