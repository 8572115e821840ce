//! The website below a path of a host that it shares with others: `server.public_url` is
//! `https://clinic.example/booking`.
//!
//! Inside, every address begins at the root, as if the host were docslot's alone; pages, redirects and tests are
//! written so. This file is the border. What comes in loses the path. What goes out gets it: the addresses in headers and
//! cookies, the attributes of pages that hold an address, and the `type` of a problem. Two places ask for the path
//! themselves: the scripts that make islands live, which are told by `data-base` of the page, and the OpenAPI document.
//!
//! A request without the path is answered as one that a proxy has taken it from. So a proxy may pass the whole address
//! or cut it, and `/.well-known`, which belongs to the root of a host, can be sent here as it is.
//!
//! Without a path nothing of this is in the way of a request.

use std::{borrow::Cow, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{OriginalUri, Request, State},
    http::{
        HeaderMap, HeaderValue, Uri,
        header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LINK, LOCATION, SET_COOKIE},
        uri::PathAndQuery,
    },
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use cookie::Cookie;
use lol_html::{RewriteStrSettings, element, rewrite_str};

use crate::{
    config::Settings,
    web::{answer, compression, cookies},
};

/// The attributes of our pages that hold an address.
const ATTRIBUTES: [&str; 4] = ["href", "src", "action", "formaction"];
/// The elements with such an address of ours.
const ELEMENTS: &str = "[href^='/'], [src^='/'], [action^='/'], [formaction^='/']";
/// How the `type` of a problem begins in JSON. Inside a text its quotation marks would be escaped.
const PROBLEM_TYPE: &str = "\"type\":\"/";
/// Files that the build compressed, better than a server could.
const BUILT: &str = "/pkg/";

/// The path, and whether cookies have the names of https.
struct Border {
    base: String,
    https: bool,
}

/// The website as its host shows it: below the path of `server.public_url`, if that has one.
pub fn mount(website: Router, settings: &Settings) -> Router {
    let base = settings.base_path();
    if base.is_empty() {
        return website;
    }
    let border = Arc::new(Border { base, https: settings.is_https() });
    // routes are looked for behind this middleware, because a fallback is a router of its own
    Router::new().fallback_service(website).layer(from_fn_with_state(border, cross)).layer(compression::layer())
}

/// A path with its query as it is inside the website; none when it is not below `base`.
#[must_use]
pub fn inside<'p>(base: &str, path: &'p str) -> Option<Cow<'p, str>> {
    let rest = path.strip_prefix(base)?;
    match rest.bytes().next() {
        Some(b'/') => Some(rest.into()),
        None | Some(b'?' | b'#') => Some(["/", rest].concat().into()),
        Some(_) => None,
    }
}

async fn cross(State(border): State<Arc<Border>>, mut request: Request, next: Next) -> Response {
    if let Some(uri) = border.enter(request.uri()) {
        *request.uri_mut() = uri;
    }
    let uri = request.uri().clone();
    if !uri.path().starts_with(BUILT) {
        // what is rewritten is compressed afterwards
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    request.extensions_mut().insert(OriginalUri(uri));
    border.let_cookies_in(request.headers_mut());
    let mut response = next.run(request).await;
    border.let_headers_out(response.headers_mut());
    border.let_body_out(response).await
}

impl Border {
    /// The address inside, if it is another than outside.
    fn enter(&self, uri: &Uri) -> Option<Uri> {
        let path = inside(&self.base, uri.path_and_query()?.as_str())?;
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(path.as_ref()).ok()?);
        Uri::from_parts(parts).ok()
    }

    /// The address outside, of one that begins at the root of the website.
    fn leave(&self, address: &str) -> Option<String> {
        (address.starts_with('/') && !address.starts_with("//")).then(|| [&self.base, address].concat())
    }

    /// Over https a cookie is called `__Secure-` outside, because `__Host-` asks for the path `/`: then the host's
    /// other websites would be sent it, and two docslots would overwrite each other's. Inside it is called `__Host-`; what a
    /// browser sends under that name is not of this website.
    fn let_cookies_in(&self, headers: &mut HeaderMap) {
        if !self.https {
            return;
        }
        let sent: Vec<_> = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).collect();
        let sent = sent.iter().flat_map(|header| header.split(';')).map(str::trim);
        let ours = sent.filter(|cookie| !cookie.starts_with(cookies::HOST_PREFIX)).map(|cookie| {
            cookie
                .strip_prefix(cookies::SECURE_PREFIX)
                .map_or(Cow::Borrowed(cookie), |rest| [cookies::HOST_PREFIX, rest].concat().into())
        });
        let ours = ours.filter(|cookie| !cookie.is_empty()).collect::<Vec<_>>().join("; ");
        headers.remove(COOKIE);
        if let Ok(value) = HeaderValue::try_from(ours)
            && !value.is_empty()
        {
            headers.insert(COOKIE, value);
        }
    }

    fn let_headers_out(&self, headers: &mut HeaderMap) {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let location = text(LOCATION).and_then(|address| self.leave(address));
        let link = text(LINK).map(|links| links.replace("</", &["<", &self.base, "/"].concat()));
        for (name, value) in [(LOCATION, location), (LINK, link)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        let set: Vec<_> = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| self.below(cookie)).collect();
        headers.remove(SET_COOKIE);
        set.into_iter().for_each(|cookie| {
            headers.append(SET_COOKIE, cookie);
        });
    }

    /// A cookie that the browser sends to this website alone.
    fn below(&self, cookie: &HeaderValue) -> Option<HeaderValue> {
        let mut cookie = Cookie::parse(cookie.to_str().ok()?).ok()?;
        if let Some(name) = cookie.name().strip_prefix(cookies::HOST_PREFIX) {
            let name = [cookies::SECURE_PREFIX, name].concat();
            cookie.set_name(name);
        }
        cookie.set_path(&self.base);
        cookies::header(&cookie)
    }

    async fn let_body_out(&self, response: Response) -> Response {
        let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        let (is_page, is_problem) = (kind.starts_with(b"text/html"), kind.starts_with(b"application/problem+json"));
        if !is_page && !is_problem {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        // pages and problems are complete in memory already
        let body = match to_bytes(body, usize::MAX).await {
            Ok(body) => body,
            Err(error) => return answer::refuse(answer::internal("an answer broke off", &error)),
        };
        let text = String::from_utf8_lossy(&body);
        let text = if is_page { self.page(&text) } else { Ok(self.problem(&text)) };
        parts.headers.remove(CONTENT_LENGTH);
        match text {
            Ok(text) => Response::from_parts(parts, Body::from(text)),
            Err(error) => answer::refuse(answer::internal("a page could not be rewritten", &error)),
        }
    }

    /// The page with every address of ours below the path.
    fn page(&self, html: &str) -> Result<String, lol_html::errors::RewritingError> {
        let addresses = element!(ELEMENTS, |element| {
            for name in ATTRIBUTES {
                if let Some(address) = element.get_attribute(name).and_then(|address| self.leave(&address)) {
                    element.set_attribute(name, &address)?;
                }
            }
            Ok(())
        });
        rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(addresses))
    }

    fn problem(&self, json: &str) -> String {
        json.replace(PROBLEM_TYPE, &["\"type\":\"", &self.base, "/"].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn border() -> Border {
        Border { base: "/book".into(), https: true }
    }

    #[test]
    fn an_address_loses_the_path_once() {
        let enter = |uri: &'static str| border().enter(&Uri::from_static(uri)).map(|uri| uri.to_string());
        assert_eq!(enter("/book").as_deref(), Some("/"));
        assert_eq!(enter("/book?a=/book").as_deref(), Some("/?a=/book"));
        assert_eq!(enter("/book/book/1").as_deref(), Some("/book/1"));
        assert_eq!(
            enter("https://clinic.example/book/doctors?q=a%20b").as_deref(),
            Some("https://clinic.example/doctors?q=a%20b")
        );
        for outside in ["/", "/booking", "/doctors", "/.well-known/security.txt"] {
            assert_eq!(enter(outside), None, "{outside}");
        }
    }

    #[test]
    fn a_cookie_is_this_websites_alone() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("__Host-docslot=neighbour; __Secure-docslot=own; theme=x"));
        headers.append(COOKIE, HeaderValue::from_static("__Secure-theme=dark"));
        border().let_cookies_in(&mut headers);
        let sent: Vec<_> = headers.get_all(COOKIE).iter().collect();
        assert_eq!(sent, ["__Host-docslot=own; theme=x; __Host-theme=dark"]);

        let cookie = cookies::header(&cookies::set(cookies::ACCESS, "a.b-c_d", 60, true)).unwrap();
        let cookie = border().below(&cookie).unwrap();
        assert_eq!(cookie, "__Secure-docslot=a.b-c_d; HttpOnly; SameSite=Lax; Secure; Path=/book; Max-Age=60");
    }

    #[test]
    fn addresses_in_headers_get_the_path_and_those_of_others_do_not() {
        let mut headers = HeaderMap::new();
        headers.insert(LOCATION, HeaderValue::from_static("/book/1?next=/a"));
        headers.insert(LINK, HeaderValue::from_static("</api/v1/x?page=1>; rel=\"first\", </api/v1/x>; rel=\"last\""));
        border().let_headers_out(&mut headers);
        assert_eq!(headers[LOCATION], "/book/book/1?next=/a");
        assert_eq!(headers[LINK], "</book/api/v1/x?page=1>; rel=\"first\", </book/api/v1/x>; rel=\"last\"");
        for other in ["https://meet.example/x", "//evil.example", "?a=b"] {
            headers.insert(LOCATION, HeaderValue::from_static(other));
            border().let_headers_out(&mut headers);
            assert_eq!(headers[LOCATION], other);
        }
    }

    #[test]
    fn in_pages_the_attributes_change_and_nothing_else() {
        let page = "<!DOCTYPE html><link rel=\"preload\" href=\"/pkg/x.wasm\"><script>a('href=\"/x\"')</script>\
            <a href=\"/book?a=1&amp;b=&quot;\" title=\"/x\">&lt;a href=\"/x\"></a><a href=\"#main\"></a>\
            <a href=\"tel:112\"></a><a href=\"//evil.example\"></a><textarea><a href=\"/x\"></textarea>\
            <form method=\"post\" action=\"/fn/x\"><input value=\"/x\"><button formaction=\"/y\"></button></form><!-- <a href=\"/x\"> -->";
        let moved = "<!DOCTYPE html><link rel=\"preload\" href=\"/book/pkg/x.wasm\"><script>a('href=\"/x\"')</script>\
            <a href=\"/book/book?a=1&amp;b=&quot;\" title=\"/x\">&lt;a href=\"/x\"></a><a href=\"#main\"></a>\
            <a href=\"tel:112\"></a><a href=\"//evil.example\"></a><textarea><a href=\"/x\"></textarea>\
            <form method=\"post\" action=\"/book/fn/x\"><input value=\"/x\"><button formaction=\"/book/y\"></button></form><!-- <a href=\"/x\"> -->";
        assert_eq!(border().page(page).unwrap(), moved);
        let problem = border().problem("{\"type\":\"/api/problems/x\",\"message\":\"a \\\"type\\\":\\\"/b\"}");
        assert_eq!(problem, "{\"type\":\"/book/api/problems/x\",\"message\":\"a \\\"type\\\":\\\"/b\"}");
    }
}
