//! `/metrics`: the figures of this process in Prometheus' text format.
//!
//! They are for whoever has the token, at the website's address, or for whoever reaches an address of their own. What
//! only the database knows is asked by one statement, at most once in five seconds, and never while all connections are
//! in use, so that no booking waits for it.

mod families;
pub mod figures;
mod process;

use axum::{
    Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use crate::state::AppState;

/// Where the figures are.
pub const PATH: &str = "/metrics";
/// The version of the format, which every collector reads.
const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The address on the website: only with a token, and only when there is no address of its own.
pub fn on_website(app: &AppState) -> Router<AppState> {
    let metrics = &app.settings.metrics;
    let wanted = !metrics.token.is_empty() && metrics.address.is_empty();
    if wanted { Router::new().route(PATH, get(answer)) } else { Router::new() }
}

/// All that is answered at an address of its own.
pub fn alone(app: AppState) -> Router {
    Router::new().route(PATH, get(answer)).with_state(app)
}

async fn answer(State(app): State<AppState>, headers: HeaderMap) -> Response {
    if !may_read(&app, &headers) {
        let headers = [(WWW_AUTHENTICATE, "Bearer"), (CACHE_CONTROL, "no-store")];
        return (StatusCode::UNAUTHORIZED, headers, "metrics.token is needed, as a bearer token\n").into_response();
    }
    let figures = figures::refreshed(&app).await;
    match families::text(&app, figures, process::figures(&app.settings.metrics).await) {
        Ok(text) => ([(CONTENT_TYPE, FORMAT), (CACHE_CONTROL, "no-store")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the figures could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Whether the token is right, or none is asked for.
fn may_read(app: &AppState, headers: &HeaderMap) -> bool {
    let wanted = &app.settings.metrics.token;
    let sent = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    wanted.is_empty() || same(sent.unwrap_or_default(), wanted.expose().as_bytes())
}

/// Whether two secrets are the same. Takes as long wherever they differ, and however long they are.
fn same(one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (Sha256::digest(one), Sha256::digest(other));
    let different = one.iter().zip(&other).fold(0, |different, (one, other)| different | (one ^ other));
    std::hint::black_box(different) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_right_or_it_is_not() {
        assert!(same(b"0123456789abcdef", b"0123456789abcdef"));
        for other in [b"".as_slice(), b"0", b"0123456789abcdeF", b"0123456789abcdef0"] {
            assert!(!same(other, b"0123456789abcdef"));
        }
    }
}
