//! The script by which "/" goes to the search field of the header.

use leptos::{nonce::use_nonce, prelude::*};

use super::show_passwords::fingerprint;

const SCRIPT: &[u8] = include_bytes!("../../public/search-key.js");
/// A fingerprint of the script, so that a browser never keeps an old one.
const VERSION: u32 = fingerprint(SCRIPT);

/// Lets the key "/" go to the field of its page with `aria-keyshortcuts="/"`.
#[component]
pub fn SearchKey() -> impl IntoView {
    view! { <script src=format!("/search-key.js?v={VERSION:08x}") nonce=use_nonce() defer></script> }
}
