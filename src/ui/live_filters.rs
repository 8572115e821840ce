//! The script by which the filters of a list apply while they change.

use leptos::{nonce::use_nonce, prelude::*};

use super::show_passwords::fingerprint;

const SCRIPT: &[u8] = include_bytes!("../../public/live-filters.js");
/// A fingerprint of the script, so that a browser never keeps an old one.
const VERSION: u32 = fingerprint(SCRIPT);

/// Has the form in `.filters` change `#found-head`, `#filter-count` and `#found` of its page in place.
#[component]
pub fn LiveFilters() -> impl IntoView {
    view! { <script type="module" src=format!("/live-filters.js?v={VERSION:08x}") nonce=use_nonce()></script> }
}
