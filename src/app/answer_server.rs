//! What a page tells the HTTP answer that carries it.

use axum::http::request::Parts;
use leptos::prelude::with_context;

use crate::{error::AppError, web::local_path::referring_page, web::request, web::security};

/// Gives the page the HTTP status of this error.
pub fn set_status(error: &AppError) {
    request::set_status(error);
}

/// Prepares the answer of a whole page.
pub fn prepare() {
    security::set_csp();
}

/// The page that led here, with its query, if it was the page at `path`; else `path` itself.
#[must_use]
pub fn came_from(path: &str) -> String {
    let page = with_context::<Parts, _>(|parts| referring_page(&parts.headers));
    page.filter(|page| page.split('?').next() == Some(path)).unwrap_or_else(|| path.to_owned())
}
