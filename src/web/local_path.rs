//! Addresses within this website: where a form may send the browser next.

use std::borrow::Cow;

use axum::http::{HeaderMap, Uri, header::REFERER, uri::PathAndQuery};
use form_urlencoded::parse;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{base_path, origin};
use crate::{config::Settings, flash::PAGE_FIELD};

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

/// Path and query of an address; the start page when they would leave this website. A form that only asks names its own
/// page in the address it leads to: that is left out, or addresses would grow from form to form.
#[must_use]
pub fn page_of(uri: &Uri) -> String {
    let page = local_or_start(uri.path_and_query().map_or("/", PathAndQuery::as_str));
    match uri.query().filter(|query| query.contains(PAGE_FIELD)) {
        Some(_) if page != "/" => [uri.path(), "?", &without(uri, &[PAGE_FIELD]).join("&")].concat(),
        _ => page.to_owned(),
    }
}

/// Path and query of the page that a link to this request stood on, if it says so and the page is one of this website.
/// A form says where it stands by a field of its own.
#[must_use]
pub fn referring_page(uri: &Uri, headers: &HeaderMap, settings: &Settings) -> Option<String> {
    let referer = Url::parse(headers.get(REFERER)?.to_str().ok()?).ok()?;
    if !origin::is_own(&referer.origin().ascii_serialization(), origin::host(uri, headers), settings) {
        return None;
    }
    base_path::inside(&settings.base_path(), &page_of(&referer.as_str().parse().ok()?)).map(Cow::into_owned)
}

/// As [`referring_page`], if that was the page at `path`.
#[must_use]
pub fn came_from(path: &str, uri: &Uri, headers: &HeaderMap, settings: &Settings) -> Option<String> {
    referring_page(uri, headers, settings).filter(|page| page.split('?').next() == Some(path))
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
    use axum::http::{Request, header::HOST};

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

    fn from(public_url: &str, host: &str, referer: &str) -> Option<String> {
        let mut settings = Settings::default();
        settings.server.public_url = public_url.into();
        let request = Request::get("/doctors/ana").header(HOST, host).header(REFERER, referer);
        let request = request.body(()).unwrap();
        referring_page(request.uri(), request.headers(), &settings)
    }

    #[test]
    fn the_referring_page_is_one_of_the_public_address_whatever_a_proxy_writes_into_host() {
        let clinic = |referer| from("https://clinic.example", "127.0.0.1:3000", referer);
        assert_eq!(clinic("https://clinic.example/doctors?q=a+b").as_deref(), Some("/doctors?q=a+b"));
        assert_eq!(clinic("https://clinic.example/").as_deref(), Some("/"));
        assert_eq!(clinic("https://clinic.example//evil.example").as_deref(), Some("/"));
        for foreign in ["http://clinic.example/doctors", "https://evil.example/doctors", "http://127.0.0.1:3000/", "/"]
        {
            assert_eq!(clinic(foreign), None, "{foreign}");
        }
        let below = |referer| from("https://clinic.example/booking", "127.0.0.1:3000", referer);
        assert_eq!(below("https://clinic.example/booking/doctors?q=a+b").as_deref(), Some("/doctors?q=a+b"));
        assert_eq!(below("https://clinic.example/booking").as_deref(), Some("/"));
        assert_eq!((below("https://clinic.example/doctors"), below("https://clinic.example/bookings")), (None, None));
        assert_eq!(from("", "localhost:3000", "http://localhost:3000/doctors").as_deref(), Some("/doctors"));
        assert_eq!(from("", "clinic.example", "http://clinic.example/doctors"), None);
    }

    #[test]
    fn the_page_of_an_address_stays_here_and_does_not_name_the_one_before_it() {
        let page = |uri: &str| page_of(&uri.parse().unwrap());
        assert_eq!(page("/register?next=/a%20b"), "/register?next=/a%20b");
        assert_eq!(page("https://clinic.example"), "/");
        assert_eq!(page("//evil.example/x"), "/");
        assert_eq!(page("/hours?form_page=/hours%3Fday%3D1&day=2"), "/hours?day=2");
        assert_eq!(page("/hours?day=1&form_page=x&q=%20"), "/hours?day=1&q=%20");
        assert_eq!(page("/hours?q=form_page"), "/hours?q=form_page");
        assert_eq!(page("//evil.example?form_page=x"), "/");
    }

    #[test]
    fn a_path_survives_as_a_value_of_a_query() {
        assert_eq!(encode("/book?a=1&b=é"), "/book%3Fa%3D1%26b%3D%C3%A9");
    }
}
