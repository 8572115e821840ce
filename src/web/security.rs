//! Headers that tell the browser what a page of this website may do.

use std::{any::Any, sync::LazyLock};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
        request::Parts,
    },
    middleware::Next,
    response::Response,
};
use leptos::{
    nonce::use_nonce,
    prelude::{use_context, with_context},
};
use leptos_axum::ResponseOptions;

use crate::error::AppError;
use crate::{
    config::Settings,
    state::AppState,
    web::{answer, embedding, origin},
};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
/// For answers that run nothing: data, downloads and the plain pages.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");

/// `cargo leptos watch` reloads the page over a web socket.
static CONNECT: LazyLock<&str> =
    LazyLock::new(|| if std::env::var_os("LEPTOS_WATCH").is_some() { "'self' ws: wss:" } else { "'self'" });

/// The policy of a page whose scripts carry `nonce` and which `ancestors` may show in a frame.
#[must_use]
pub fn content_security_policy(nonce: &str, ancestors: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src {connect}; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors {ancestors}",
        connect = *CONNECT
    );
    HeaderValue::try_from(policy).unwrap_or(NOTHING)
}

/// Gives the page that is being rendered its policy. Call it once, in the shell.
pub fn set_csp() {
    if let (Some(options), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) {
        let ancestors = match (use_context::<AppState>(), with_context::<Parts, _>(|parts| parts.uri.clone())) {
            (Some(app), Some(page)) => embedding::frame_ancestors(&app.settings, page.path()),
            _ => "'none'".to_owned(),
        };
        options.insert_header(CONTENT_SECURITY_POLICY, content_security_policy(nonce.as_inner(), &ancestors));
    }
}

/// Adds the headers that every answer carries. Only what hyper answers by itself to a request that is no HTTP (400, 414
/// or 431, without a body) has none: hyper 1 writes that answer without asking anyone (`proto/h1/role.rs:on_error`).
pub async fn headers(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let embeddable = embedding::is_embeddable(&app.settings, request.uri().path());
    let mut response = next.run(request).await;
    let pages = is_html_or_json(&response);
    let headers = response.headers_mut();
    say_characters(headers);
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !embeddable {
        // knows no lists; where there is one, the policy above says it alone
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    // No other website's page may pull an answer in as a picture or a script. Scripts that CORS lets in, calendar
    // programs and links are not asked about this (Fetch standard, "cross-origin resource policy check": mode
    // "no-cors" only).
    let resource = if embeddable { "cross-origin" } else { "same-origin" };
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static(resource));
    // Not no-referrer: with it, browsers name no origin in forms either.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        PERMISSIONS_POLICY,
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    );
    if app.settings.is_https() {
        let subdomains = app.settings.server.hsts_subdomains;
        let hsts = if subdomains { "max-age=31536000; includeSubDomains" } else { "max-age=31536000" };
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(hsts));
    }
    if pages {
        // the content of a page depends on its viewer
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Says that the website's files are UTF-8: they come with the kind that their names tell, and no more.
fn say_characters(headers: &mut HeaderMap) {
    let kind = match headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes) {
        Some(b"text/css") => "text/css; charset=utf-8",
        Some(b"text/javascript") => "text/javascript; charset=utf-8",
        Some(b"text/plain") => "text/plain; charset=utf-8",
        Some(b"image/svg+xml") => "image/svg+xml; charset=utf-8",
        _ => return,
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
}

fn is_html_or_json(response: &Response) -> bool {
    let Some(kind) = response.headers().get(CONTENT_TYPE) else {
        return !response.status().is_success();
    };
    [&b"text/html"[..], b"application/json", b"text/calendar"].iter().any(|start| kind.as_bytes().starts_with(start))
}

/// Refuses requests that change something and come from another website.
pub async fn refuse_foreign(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if comes_from_here(&request, &app.settings) {
        return next.run(request).await;
    }
    if app.settings.server.public_url.is_empty() {
        // no path and no origin: the path of a mailed link is a secret
        tracing::warn!("a form of another website was refused; if it was this one's, set server.public_url");
    }
    answer::refuse(AppError::Forbidden)
}

/// Whether a page of this website sent the request, or a program that is no browser, or it changes nothing. Browsers say
/// so in `Sec-Fetch-Site` where the connection is encrypted or local, and in `Origin` everywhere.
fn comes_from_here(request: &Request, settings: &Settings) -> bool {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let sent = |name: &HeaderName| request.headers().get(name).map(HeaderValue::as_bytes).filter(|v| !v.is_empty());
    match (sent(&SEC_FETCH_SITE), sent(&ORIGIN)) {
        (Some(site), _) => matches!(site, b"same-origin" | b"none"),
        (None, None) => true,
        (None, Some(from)) => {
            let host = origin::host(request.uri(), request.headers());
            str::from_utf8(from).is_ok_and(|from| origin::is_own(from, host, settings))
        }
    }
}

/// The answer to a request that panicked: a page with a reference. The server keeps running. The panic's message may
/// contain typed text, so the log names only the place in the code (see `telemetry`).
#[must_use]
pub fn panic_answer(_: Box<dyn Any + Send + 'static>) -> Response {
    answer::refuse(answer::internal("a request panicked", &"see the place logged before"))
}

#[cfg(test)]
mod tests {
    use axum::http::header::HOST;

    use super::*;

    #[test]
    fn the_policy_allows_only_scripts_with_the_nonce_and_no_inline_style() {
        let policy = content_security_policy("abc", "'none'");
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval';"));
        assert!(policy.contains("style-src 'self';"));
        assert!(!policy.contains("unsafe-inline"));
    }

    #[test]
    fn only_a_page_of_this_website_or_a_program_changes_something() {
        let mut settings = Settings::default();
        settings.server.public_url = "https://clinic.example".into();
        let passes = |method: Method, headers: &[(HeaderName, &'static str)]| {
            let mut request = Request::new(axum::body::Body::empty());
            *request.method_mut() = method;
            let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            request.headers_mut().extend(headers);
            comes_from_here(&request, &settings)
        };
        let host = (HOST, "127.0.0.1:3000");
        let from = |origin: &'static str| (ORIGIN, origin);
        let site = |site: &'static str| (SEC_FETCH_SITE, site);
        assert!(passes(Method::POST, std::slice::from_ref(&host)));
        assert!(passes(Method::POST, &[host.clone(), from("https://clinic.example")]));
        assert!(passes(Method::POST, &[site("same-origin"), from("https://clinic.example")]));
        assert!(passes(Method::POST, &[site("none")]));
        assert!(passes(Method::GET, &[site("cross-site"), from("https://evil.example")]));
        for foreign in [
            [host.clone(), from("http://clinic.example")],
            [host.clone(), from("http://127.0.0.1:3000")],
            [host.clone(), from("null")],
            [(HOST, "evil.example"), from("https://evil.example")],
            [host.clone(), site("cross-site")],
            [from("https://clinic.example"), site("same-site")],
        ] {
            assert!(!passes(Method::POST, &foreign), "{foreign:?}");
            assert!(!passes(Method::TRACE, &foreign), "{foreign:?}");
        }
    }
}
