//! An error as an HTTP answer.

use axum::{
    Json,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, RETRY_AFTER},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::AppError;
use crate::{random, web::error_pages};

/// Seconds after which a request that found the database busy may be tried again.
pub const RETRY_SECONDS: u32 = 2;

/// For programs and for the browser's fetch: the error as JSON, under its own status.
impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = (status(&self), Json(&self)).into_response();
        say_when_to_retry(response.headers_mut(), &self);
        response
    }
}

/// Why a request was refused before any page could be made; kept with the answer for [`negotiate`].
#[derive(Clone)]
struct RequestError(AppError);

/// The answer to a request that failed before any page could be made: a plain page, or JSON once [`negotiate`] has seen
/// that no person is looking.
#[must_use]
pub fn refuse(error: AppError) -> Response {
    let mut response = error_pages::error_page(&error);
    say_when_to_retry(response.headers_mut(), &error);
    response.extensions_mut().insert(RequestError(error));
    response
}

/// Turns the pages of [`refuse`] into JSON for scripts and programs. The outermost middleware but one.
pub async fn negotiate(request: Request, next: Next) -> Response {
    let page = accepts_html(request.headers());
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<RequestError>() {
        Some(RequestError(error)) if !page => error.into_response(),
        _ => response,
    }
}

/// Whether the request came from a browser that wants to show a page, not from a script.
#[must_use]
pub fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The HTTP status of an error.
#[must_use]
pub fn status(error: &AppError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Adds `Retry-After` where waiting helps.
pub fn say_when_to_retry(headers: &mut HeaderMap, error: &AppError) {
    let seconds = match error {
        AppError::TooManyAttempts { wait_seconds } => *wait_seconds,
        AppError::Unavailable { .. } => RETRY_SECONDS,
        _ => return,
    };
    retry_after(headers, seconds);
}

/// Adds `Retry-After`.
pub fn retry_after(headers: &mut HeaderMap, seconds: u32) {
    headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
}

/// Logs a defect under a new reference; the answer carries the reference alone.
#[must_use]
pub fn internal(what: &'static str, details: &dyn std::fmt::Display) -> AppError {
    let reference = random::reference_of_request();
    tracing::error!(reference, error = %details, "{what}");
    AppError::Internal { reference }
}
