//! The script that warns doctors and staff before their session ends.

use leptos::{nonce::use_nonce, prelude::*};

use super::show_passwords::fingerprint;

const SCRIPT: &[u8] = include_bytes!("../../public/stay-signed-in.js");
/// A fingerprint of the script, so that a browser never keeps an old one.
const VERSION: u32 = fingerprint(SCRIPT);

/// Warns two minutes before a session ends that may rest for so many seconds, and keeps it open while the person works
/// on the page. Without scripts there is no warning.
#[component]
pub fn StaySignedIn(seconds: u32) -> impl IntoView {
    view! {
        <script
            src=format!("/stay-signed-in.js?v={VERSION:08x}")
            data-seconds=seconds.to_string()
            nonce=use_nonce()
            defer
        ></script>
    }
}
