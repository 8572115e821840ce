//! Writes one line of log per request: method, route, status and time taken. Never an address with its query, a body or
//! a name.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::random;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around every request. The id in the answer finds the request's lines in the log.
pub async fn around(request: Request, next: Next) -> Response {
    let id = random::reference();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id, method = %request.method(), route);
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let microseconds = begun.elapsed().as_micros();
    span.in_scope(|| {
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), microseconds, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), microseconds, "answered");
        }
    });
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
