//! The cookies of this website: their names and how they are written.
//!
//! Every cookie carries the `__Host-` prefix when the website is served over https; a browser then refuses it from any
//! other host or path, so no neighbour under the same domain can put one in its place. Plain http, as on a developer's
//! machine, cannot have the prefix. Below a path of a shared host they go by another name: see `base_path.rs`.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use cookie::{Cookie, CookieJar, SameSite, time::Duration};

use super::keys::CookieKeys;

/// The name of a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CookieName {
    plain: &'static str,
    prefixed: &'static str,
}

impl CookieName {
    /// The name that the browser knows.
    #[must_use]
    pub fn over(self, https: bool) -> &'static str {
        if https { self.prefixed } else { self.plain }
    }
}

/// What the name of a cookie begins with that is bound to this very host, and has the path `/`.
pub const HOST_PREFIX: &str = "__Host-";
/// What the name of a cookie begins with that only https may set.
pub const SECURE_PREFIX: &str = "__Secure-";

macro_rules! cookie_name {
    ($name:literal) => {
        CookieName { plain: $name, prefixed: concat!("__Host-", $name) }
    };
}

/// The access token of a session.
pub const ACCESS: CookieName = cookie_name!("docslot");
/// The refresh token of a session.
pub const REFRESH: CookieName = cookie_name!("docslot-refresh");
/// Which time this browser holds.
pub const HOLD: CookieName = cookie_name!("docslot-hold");
/// A failed form, encrypted.
pub const FLASH: CookieName = cookie_name!("docslot-flash");
/// What a page shows once after a form succeeded, encrypted.
pub const NOTE: CookieName = cookie_name!("docslot-note");
/// A form that was sent after its session ended, encrypted.
pub const LATE_FORM: CookieName = cookie_name!("docslot-late-form");
/// A form that waits for the password, encrypted. It travels in a hidden field; no browser gets such a cookie.
pub const HELD_FORM: CookieName = cookie_name!("docslot-held-form");
/// Which accounts this browser has signed in to, encrypted.
pub const DEVICE: CookieName = cookie_name!("docslot-device");
/// The first half of a sign-in that waits for a code, encrypted.
pub const HALF_SIGN_IN: CookieName = cookie_name!("docslot-half");
/// A sign-in that is under way at the clinic's directory, encrypted.
pub const DIRECTORY: CookieName = cookie_name!("docslot-directory");
/// Which challenge waits for this browser's passkey.
pub const PASSKEY: CookieName = cookie_name!("docslot-passkey");
/// What makes this browser a trusted one of some accounts: tokens, with dots between.
pub const TRUSTED: CookieName = cookie_name!("docslot-trusted");
/// The colours: `light` or `dark`.
pub const THEME: CookieName = cookie_name!("theme");
/// Whether the key "/" goes to the search for patients: `off` when it does not.
pub const SEARCH_KEY: CookieName = cookie_name!("search-key");

/// Lifetime of the hold cookie.
pub const HOLD_SECONDS: u32 = 3_600;
/// Lifetime of the flash cookie.
pub const FLASH_SECONDS: u32 = 60;
/// Lifetime of the theme cookie, and of the choice of keys: a year.
pub const THEME_SECONDS: u32 = 31_536_000;

/// Characters of a token made by [`crate::random::token`].
const TOKEN_LENGTH: usize = 43;

/// A cookie for the whole website, which scripts cannot read and forms of other websites do not send.
#[must_use]
pub fn set(name: CookieName, value: &str, seconds: u32, https: bool) -> Cookie<'_> {
    Cookie::build((name.over(https), value))
        .path("/")
        .max_age(Duration::seconds(seconds.into()))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .build()
}

/// What removes a cookie.
#[must_use]
pub fn clear(name: CookieName, https: bool) -> Cookie<'static> {
    set(name, "", 0, https)
}

/// A cookie as the value of `Set-Cookie`, unless it holds what no header may.
#[must_use]
pub fn header(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    HeaderValue::try_from(cookie.to_string()).ok()
}

/// The value of a cookie the browser sent.
#[must_use]
pub fn get(headers: &HeaderMap, name: CookieName, https: bool) -> Option<&str> {
    let name = name.over(https);
    let headers = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut cookies = headers.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name)?.value_raw()
}

/// Whether the browser sent no other cookies than these.
#[must_use]
pub fn all_are(headers: &HeaderMap, names: &[CookieName], https: bool) -> bool {
    let is_one = |cookie: &str| names.iter().any(|name| name.over(https) == cookie);
    headers.get_all(COOKIE).iter().all(|header| match header.to_str() {
        Ok(text) => text
            .split(';')
            .map(str::trim)
            .all(|cookie| cookie.is_empty() || cookie.split_once('=').is_some_and(|(cookie, _)| is_one(cookie.trim()))),
        Err(_) => false,
    })
}

/// Text as the value of the cookie `name`: only the holder of the keys can read it, make it, or give it another name.
#[must_use]
pub fn seal(name: CookieName, text: String, keys: &CookieKeys) -> String {
    let mut jar = CookieJar::new();
    keys.with_newest(|key| jar.private_mut(key).add((name.plain, text)));
    jar.get(name.plain).map(|cookie| cookie.value().to_owned()).unwrap_or_default()
}

/// The text of a cookie the browser sent, if [`seal`] made it with one of these keys.
#[must_use]
pub fn unseal(name: CookieName, headers: &HeaderMap, keys: &CookieKeys, https: bool) -> Option<String> {
    unseal_value(name, get(headers, name, https)?, keys)
}

/// The text of such a value wherever it comes from.
#[must_use]
pub fn unseal_value(name: CookieName, value: &str, keys: &CookieKeys) -> Option<String> {
    keys.first(name == DEVICE, |key| {
        let sealed = Cookie::new(name.plain, value.to_owned());
        Some(CookieJar::new().private(key).decrypt(sealed)?.value().to_owned())
    })
}

/// The hold token the browser sent, if it has the form of one.
#[must_use]
pub fn hold_token(headers: &HeaderMap, https: bool) -> Option<&str> {
    get(headers, HOLD, https).filter(|token| is_token(token))
}

/// The tokens by which accounts trust this browser, as far as they have the form of one.
#[must_use]
pub fn trusted_tokens(headers: &HeaderMap, https: bool) -> Vec<String> {
    let value = get(headers, TRUSTED, https).unwrap_or_default();
    value.split('.').filter(|token| is_token(token)).map(str::to_owned).collect()
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
        assert_eq!(get(&headers, THEME, false), Some("dark"));
        assert_eq!(get(&headers, HOLD, false), Some("x"));
        assert_eq!(get(&headers, FLASH, false), None);
    }

    #[test]
    fn over_https_only_a_cookie_with_the_prefix_counts() {
        let headers = headers(&["theme=dark; docslot-hold=planted", "__Host-docslot-hold=own"]);
        assert_eq!(get(&headers, THEME, true), None);
        assert_eq!(get(&headers, HOLD, true), Some("own"));
        for name in [ACCESS, REFRESH, HOLD, FLASH, NOTE, DEVICE, HALF_SIGN_IN, DIRECTORY, PASSKEY, TRUSTED, THEME] {
            let cookie = set(name, "x", 1, true).to_string();
            assert!(cookie.starts_with("__Host-") && cookie.contains("; Secure"), "{cookie}");
            assert!(cookie.contains("; Path=/;") && !cookie.contains("Domain"), "what the prefix asks for: {cookie}");
        }
    }

    #[test]
    fn a_sealed_text_is_read_over_http_and_https() {
        let key = CookieKeys::from(&[7; 64]);
        let value = seal(FLASH, "typed".into(), &key);
        for https in [false, true] {
            let headers = headers(&[&format!("{}={value}", FLASH.over(https))]);
            assert_eq!(unseal(FLASH, &headers, &key, https).as_deref(), Some("typed"));
            assert_eq!(unseal(FLASH, &headers, &key, !https), None);
        }
    }

    #[test]
    fn another_cookie_in_any_header_is_noticed() {
        let only_theme = |values: &[&str]| all_are(&headers(values), &[THEME], false);
        assert!(
            only_theme(&[]) && only_theme(&[""]) && only_theme(&["theme=dark"]) && only_theme(&["theme=a; theme=b"])
        );
        assert!(!only_theme(&["theme=dark; x=1"]) && !only_theme(&["theme=dark", "docslot=1"]) && !only_theme(&["x"]));
    }

    #[test]
    fn only_a_token_is_a_hold_token() {
        let token = crate::random::token();
        assert_eq!(hold_token(&headers(&[&format!("docslot-hold={token}")]), false), Some(token.as_str()));
        assert_eq!(hold_token(&headers(&["docslot-hold=short"]), false), None);
        assert_eq!(hold_token(&headers(&[&format!("docslot-hold={}", "!".repeat(43))]), false), None);
    }

    #[test]
    fn secure_is_said_only_over_https() {
        let written = |https| set(THEME, "dark", 1, https).to_string();
        assert!(written(true).contains("; Secure"));
        assert!(!written(false).contains("Secure"));
        for part in ["theme=dark; ", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=1"] {
            assert!(written(false).contains(part), "{}", written(false));
        }
    }
}
