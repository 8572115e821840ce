//! The script that asks the browser for a passkey.

use leptos::{nonce::use_nonce, prelude::*};

use super::show_passwords::fingerprint;

const SCRIPT: &[u8] = include_bytes!("../../public/passkey.js");
/// A fingerprint of the script, so that a browser never keeps an old one.
const VERSION: u32 = fingerprint(SCRIPT);

/// Lets the page's form with `data-passkey` ask the browser for a passkey.
#[component]
pub fn PasskeyScript() -> impl IntoView {
    view! { <script src=format!("/passkey.js?v={VERSION:08x}") nonce=use_nonce() defer></script> }
}
