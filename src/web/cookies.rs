//! The cookies of this site: their names and how they are written.
//!
//! Session cookies carry the `__Host-` prefix when the site is served over https; a browser then refuses them from any
//! other host or path. Plain http, as on a developer's machine, cannot have the prefix.

use axum::http::{HeaderMap, header::COOKIE};

/// Which time this browser holds.
pub const HOLD: &str = "docslot-hold";
/// A failed form, encrypted.
pub const FLASH: &str = "docslot-flash";
/// What a page shows once after a form succeeded, encrypted.
pub const NOTE: &str = "docslot-note";
/// The colours: `light` or `dark`.
pub const THEME: &str = "theme";

/// Lifetime of the hold cookie.
pub const HOLD_SECONDS: u32 = 3_600;
/// Lifetime of the flash cookie.
pub const FLASH_SECONDS: u32 = 60;
/// Lifetime of the theme cookie: a year.
pub const THEME_SECONDS: u32 = 31_536_000;

/// Characters of a token made by [`crate::random::token`].
const TOKEN_LENGTH: usize = 43;

/// The name of the cookie with the access token.
#[must_use]
pub fn access_name(https: bool) -> &'static str {
    if https { "__Host-docslot" } else { "docslot" }
}

/// The name of the cookie with the refresh token.
#[must_use]
pub fn refresh_name(https: bool) -> &'static str {
    if https { "__Host-docslot-refresh" } else { "docslot-refresh" }
}

/// A `Set-Cookie` value for the whole site, out of reach of scripts and of other sites' forms.
#[must_use]
pub fn set(name: &str, value: &str, seconds: u32, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

/// A `Set-Cookie` value that removes a cookie.
#[must_use]
pub fn clear(name: &str, secure: bool) -> String {
    set(name, "", 0, secure)
}

/// The value of a cookie the browser sent.
#[must_use]
pub fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// The hold token the browser sent, if it has the form of one.
#[must_use]
pub fn hold_token(headers: &HeaderMap) -> Option<&str> {
    get(headers, HOLD).filter(|token| is_token(token))
}

/// Whether `text` has the form of a token made here.
#[must_use]
pub fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (COOKIE, value.parse().unwrap())).collect()
    }

    #[test]
    fn a_cookie_is_found_in_any_header_and_place() {
        let headers = headers(&["a=1; docslot-hold=x", "theme=dark"]);
        assert_eq!(get(&headers, "theme"), Some("dark"));
        assert_eq!(get(&headers, "docslot-hold"), Some("x"));
        assert_eq!(get(&headers, "hold"), None);
    }

    #[test]
    fn only_a_token_is_a_hold_token() {
        let token = crate::random::token();
        assert_eq!(hold_token(&headers(&[&format!("docslot-hold={token}")])), Some(token.as_str()));
        assert_eq!(hold_token(&headers(&["docslot-hold=short"])), None);
        assert_eq!(hold_token(&headers(&[&format!("docslot-hold={}", "!".repeat(43))])), None);
    }

    #[test]
    fn secure_is_said_only_over_https() {
        assert!(set("a", "b", 1, true).ends_with("SameSite=Lax; Secure"));
        assert!(!set("a", "b", 1, false).contains("Secure"));
    }
}
