//! The script by which one press sends a form once.

use leptos::{nonce::use_nonce, prelude::*};

use super::show_passwords::fingerprint;

const SCRIPT: &[u8] = include_bytes!("../../public/one-press.js");
/// A fingerprint of the script, so that a browser never keeps an old one.
const VERSION: u32 = fingerprint(SCRIPT);

/// Keeps every form of the page from being sent twice, and shows on its button that it is under way. For the head of the
/// document.
#[component]
pub fn OnePress() -> impl IntoView {
    view! { <script type="module" src=format!("/one-press.js?v={VERSION:08x}") nonce=use_nonce()></script> }
}
