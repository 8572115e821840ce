//! Headers that tell the browser what a page of this website may do.

use std::{any::Any, sync::LazyLock};

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
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
use tower_http::csrf::{CsrfLayer, ProtectionError};

use crate::error::AppError;
use crate::{state::AppState, web::answer, web::embedding};

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
    // Not no-referrer: forms without scripts come back to the page that sent them.
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

fn is_html_or_json(response: &Response) -> bool {
    let Some(kind) = response.headers().get(CONTENT_TYPE) else {
        return !response.status().is_success();
    };
    [&b"text/html"[..], b"application/json", b"text/calendar"].iter().any(|start| kind.as_bytes().starts_with(start))
}

/// Refuses requests that change something and come from another website.
pub fn csrf_layer() -> CsrfLayer<fn(ProtectionError) -> Response> {
    CsrfLayer::new().with_rejection_response(|_| answer::refuse(AppError::Forbidden))
}

/// Refuses requests that change something and come from this website's host under another scheme, whose pages anyone in
/// between may have written: `http://clinic` is not `https://clinic`. [`csrf_layer`] compares hosts only.
pub async fn refuse_other_scheme(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if !request.method().is_safe() && is_other_scheme(request.headers(), app.settings.is_https()) {
        return answer::refuse(AppError::Forbidden);
    }
    next.run(request).await
}

/// Whether `Origin` names the other one of http and https. A browser that sends `Sec-Fetch-Site` has compared the
/// schemes itself.
fn is_other_scheme(headers: &HeaderMap, https: bool) -> bool {
    let other: &[u8] = if https { b"http://" } else { b"https://" };
    let origin = headers.get(ORIGIN).map(|origin| origin.as_bytes());
    !headers.contains_key(SEC_FETCH_SITE) && origin.is_some_and(|origin| origin.starts_with(other))
}

/// The answer to a request that panicked: a page with a reference. The server keeps running. The panic's message may
/// contain typed text, so the log names only the place in the code (see `telemetry`).
#[must_use]
pub fn panic_answer(_: Box<dyn Any + Send + 'static>) -> Response {
    answer::refuse(answer::internal("a request panicked", &"see the place logged before"))
}

#[cfg(test)]
mod tests {
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
    fn http_is_not_https() {
        let sent = |pairs: &[(HeaderName, &'static str)]| {
            pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect::<HeaderMap>()
        };
        let (http, https) = (sent(&[(ORIGIN, "http://clinic.example")]), sent(&[(ORIGIN, "https://clinic.example")]));
        assert!(is_other_scheme(&http, true) && is_other_scheme(&https, false));
        assert!(!is_other_scheme(&http, false) && !is_other_scheme(&https, true));
        assert!(!is_other_scheme(&sent(&[]), true), "a program without an origin");
        assert!(!is_other_scheme(&sent(&[(ORIGIN, "null")]), true), "refused by the other check");
        // behind a proxy that takes https, when the settings do not know of it
        assert!(!is_other_scheme(&sent(&[(ORIGIN, "https://clinic.example"), (SEC_FETCH_SITE, "same-origin")]), false));
    }
}
