//! Pages that get stuck.
//!
//! Rarely, and only on an overloaded machine, Leptos 0.8 never finishes a page that it has begun, although all data has
//! arrived. The visitor would see an empty window, so the page is made once more, which is safe because a page changes
//! nothing. A second failure is reported.

use std::time::Duration;

use axum::{body::Body, extract::Request, http::Method, middleware::Next, response::Response};
use tokio::time::timeout;

use crate::error::AppError;
use crate::web::answer;

/// Longer than any honest wait: a page without a free connection gives up after five seconds by itself.
const RENDER_TIMEOUT: Duration = Duration::from_secs(8);

/// Around every page; requests that may change something pass.
pub async fn around(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let (parts, _) = request.into_parts();
    let make = || next.clone().run(Request::from_parts(parts.clone(), Body::empty()));
    made(RENDER_TIMEOUT, make).await.unwrap_or_else(|| answer::refuse(AppError::Unavailable { unchanged: true }))
}

/// What `make` makes, at the second attempt when the first one takes longer than `timeout`; none when both do.
async fn made<T, F: Future<Output = T>>(limit: Duration, make: impl Fn() -> F) -> Option<T> {
    if let Ok(made) = timeout(limit, make()).await {
        return Some(made);
    }
    tracing::warn!("a page got stuck and is made once more");
    let again = timeout(limit, make()).await.ok();
    if again.is_none() {
        tracing::error!("a page got stuck twice");
    }
    again
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_page_that_gets_stuck_is_made_once_more_and_then_given_up() {
        for (stuck, found, times) in [(0, Some("page"), 1), (1, Some("page"), 2), (2, None, 2)] {
            let asked = AtomicU32::new(0);
            let make = async || {
                if asked.fetch_add(1, Ordering::SeqCst) < stuck {
                    std::future::pending::<()>().await;
                }
                "page"
            };
            assert_eq!(made(Duration::from_millis(50), make).await, found, "stuck {stuck} times");
            assert_eq!(asked.load(Ordering::SeqCst), times);
        }
    }
}
