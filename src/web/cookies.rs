//! The cookies of this website: their names and how they are written.
//!
//! Session cookies carry the `__Host-` prefix when the website is served over https; a browser then refuses them from
//! any other host or path. Plain http, as on a developer's machine, cannot have the prefix.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use cookie::{Cookie, CookieJar, Key, SameSite, time::Duration};

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

/// A cookie for the whole website, which scripts cannot read and forms of other websites do not send.
#[must_use]
pub fn set<'c>(name: &'c str, value: &'c str, seconds: u32, secure: bool) -> Cookie<'c> {
    Cookie::build((name, value))
        .path("/")
        .max_age(Duration::seconds(seconds.into()))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(secure)
        .build()
}

/// What removes a cookie.
#[must_use]
pub fn clear(name: &str, secure: bool) -> Cookie<'_> {
    set(name, "", 0, secure)
}

/// A cookie as the value of `Set-Cookie`, unless it holds what no header may.
#[must_use]
pub fn header(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    HeaderValue::try_from(cookie.to_string()).ok()
}

/// The value of a cookie the browser sent.
#[must_use]
pub fn get<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let headers = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut cookies = headers.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name)?.value_raw()
}

/// Whether the browser sent no other cookie than this one.
#[must_use]
pub fn all_are(headers: &HeaderMap, name: &str) -> bool {
    headers.get_all(COOKIE).iter().all(|header| match header.to_str() {
        Ok(text) => text
            .split(';')
            .map(str::trim)
            .all(|cookie| cookie.is_empty() || cookie.split_once('=').is_some_and(|(cookie, _)| cookie.trim() == name)),
        Err(_) => false,
    })
}

/// Text as the value of the cookie `name`: only the holder of the key can read it, make it, or give it another name.
#[must_use]
pub fn seal(name: &'static str, text: String, key: &Key) -> String {
    let mut jar = CookieJar::new();
    jar.private_mut(key).add((name, text));
    jar.get(name).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
}

/// The text of a cookie the browser sent, if [`seal`] made it with this key.
#[must_use]
pub fn unseal(name: &'static str, headers: &HeaderMap, key: &Key) -> Option<String> {
    let sealed = Cookie::new(name, get(headers, name)?.to_owned());
    Some(CookieJar::new().private(key).decrypt(sealed)?.value().to_owned())
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
    fn another_cookie_in_any_header_is_noticed() {
        let only_theme = |values: &[&str]| all_are(&headers(values), "theme");
        assert!(
            only_theme(&[]) && only_theme(&[""]) && only_theme(&["theme=dark"]) && only_theme(&["theme=a; theme=b"])
        );
        assert!(!only_theme(&["theme=dark; x=1"]) && !only_theme(&["theme=dark", "docslot=1"]) && !only_theme(&["x"]));
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
        let written = |secure| set("a", "b", 1, secure).to_string();
        assert!(written(true).contains("; Secure"));
        assert!(!written(false).contains("Secure"));
        for part in ["a=b; ", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=1"] {
            assert!(written(false).contains(part), "{}", written(false));
        }
    }
}
