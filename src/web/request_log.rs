//! Writes one line of log per request: id, method, route, status and time taken. Never an address with its query, a body
//! or a name. Counts the request for [`super::metrics`], too.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::{random, state::AppState};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Around every request. The id in the answer, which an error's page shows as well, finds the request's lines in the
/// log. It is always made here: what a client or a proxy sends as its own could be anything, twice the same as well.
pub async fn around(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let id = random::reference();
    let (path, method) = (request.extensions().get::<MatchedPath>().cloned(), request.method().clone());
    let route = path.as_ref().map_or("none", MatchedPath::as_str);
    let span = tracing::info_span!("request", id, %method, route);
    let begun = Instant::now();
    let answer = next.run(request).instrument(span.clone());
    let mut response = random::with_reference(id.clone(), answer).await;
    let (status, took) = (response.status(), begun.elapsed());
    app.metrics.answered(route, &method, status, took);
    span.in_scope(|| {
        let (status, milliseconds) = (status.as_u16(), took.as_micros() as f64 / 1000.0);
        if response.status().is_server_error() {
            tracing::warn!(status, milliseconds, "answered");
        } else {
            tracing::debug!(status, milliseconds, "answered");
        }
    });
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
