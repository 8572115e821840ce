//! Addresses within this website: where a form may send the browser next.

use axum::http::{
    HeaderMap, Uri,
    header::{HOST, REFERER},
};
use form_urlencoded::parse;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that a query value escapes: everything but letters, digits and these.
const NOT_IN_VALUES: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The path, if it stays on this website however a browser reads it; else the start page.
///
/// A path begins with one slash. `//host` and `/\host` would leave the website, and browsers drop tabs and line breaks.
#[must_use]
pub fn local_or_start(path: &str) -> &str {
    if is_local(path) { path } else { "/" }
}

/// Whether the path stays on this website.
#[must_use]
pub fn is_local(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next() == Some(b'/')
        && bytes.next() != Some(b'/')
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

/// Path and query of the page that sent this request, without what the framework puts into it; the start page when the
/// request came from elsewhere or does not say.
#[must_use]
pub fn referring_page(headers: &HeaderMap) -> String {
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    match referer.parse::<Uri>() {
        Ok(uri) if uri.authority().map(|authority| authority.as_str()) == host && host.is_some() => page_of(&uri),
        _ => "/".into(),
    }
}

/// Path and query of an address, without the parameters `__path` and `__err`.
fn page_of(uri: &Uri) -> String {
    let query = without(uri, &["__path", "__err"]);
    let page = if query.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), query.join("&")) };
    local_or_start(&page).to_owned()
}

/// The pairs of an address's query as they were written, without the parameters of these names.
#[must_use]
pub fn without<'u>(uri: &'u Uri, names: &[&str]) -> Vec<&'u str> {
    let named = |pair: &str| parse(pair.as_bytes()).next().is_none_or(|(name, _)| names.contains(&&*name));
    uri.query().unwrap_or_default().split('&').filter(|pair| !named(pair)).collect()
}

/// Text as one value of a query.
#[must_use]
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, NOT_IN_VALUES).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_on_this_site_is_followed() {
        for good in ["/", "/book/details?hold=1", "/doctors?q=a%20b#x", "/a//b"] {
            assert_eq!(local_or_start(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "\t//evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/a b",
            "/ä",
            "doctors",
            "/a\0",
            "/\u{7f}",
        ] {
            assert_eq!(local_or_start(bad), "/", "{bad:?}");
        }
    }

    fn from(referer: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "clinic.example:3000".parse().unwrap());
        headers.insert(REFERER, referer.parse().unwrap());
        referring_page(&headers)
    }

    #[test]
    fn the_referring_page_is_on_this_host_and_carries_no_old_error() {
        assert_eq!(from("https://clinic.example:3000/sign-in?next=/a&__path=/fn/x&__err=abc"), "/sign-in?next=/a");
        assert_eq!(from("https://clinic.example:3000/register?__err=abc"), "/register");
        assert_eq!(from("https://clinic.example:3000/register?%5F%5Ferr=abc&&a=1+2"), "/register?a=1+2");
        assert_eq!(from("https://evil.example/register"), "/");
        assert_eq!(from("https://clinic.example/register"), "/");
        assert_eq!(from("https://clinic.example:3000//evil.example"), "/");
        assert_eq!(from("/register"), "/");
        assert_eq!(referring_page(&HeaderMap::new()), "/");
    }

    #[test]
    fn a_path_survives_as_a_value_of_a_query() {
        assert_eq!(encode("/book?a=1&b=é"), "/book%3Fa%3D1%26b%3D%C3%A9");
    }
}
