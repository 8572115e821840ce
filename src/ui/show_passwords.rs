//! The script that lets people see the passwords they type.

use leptos::{nonce::use_nonce, prelude::*};

const SCRIPT: &[u8] = include_bytes!("../../public/show-password.js");
/// A fingerprint of the script, so that a browser never keeps an old one.
const VERSION: u32 = fingerprint(SCRIPT);

/// Gives each password field of its page a button "Show password". A page has it once, and only if it asks for a
/// password. Without scripts there is no button.
#[component]
pub fn ShowPasswords() -> impl IntoView {
    view! { <script src=format!("/show-password.js?v={VERSION:08x}") nonce=use_nonce() defer></script> }
}

/// FNV-1a with 32 bits.
pub(super) const fn fingerprint(mut bytes: &[u8]) -> u32 {
    let mut hash: u32 = 0x811c_9dc5;
    while let [first, rest @ ..] = bytes {
        hash = (hash ^ *first as u32).wrapping_mul(0x0100_0193);
        bytes = rest;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn another_script_has_another_address() {
        assert_eq!(fingerprint(b""), 0x811c_9dc5);
        assert_eq!(fingerprint(b"foobar"), 0xbf9c_f968);
    }
}
