//! What a page tells the HTTP answer that carries it.

use axum::http::request::Parts;
use leptos::prelude::{use_context, with_context};

use crate::{
    error::AppError,
    state::AppState,
    web::{
        local_path::{self, page_of},
        request, security,
    },
};

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
    let app: Option<AppState> = use_context();
    let page =
        with_context::<Parts, _>(|parts| local_path::came_from(path, &parts.uri, &parts.headers, &app?.settings));
    page.flatten().unwrap_or_else(|| path.to_owned())
}

/// Path and query of the page that is made.
#[must_use]
pub fn page() -> String {
    with_context::<Parts, _>(|parts| page_of(&parts.uri)).unwrap_or_else(|| "/".to_owned())
}

/// The path of the host below which the website stands, if it does not have the whole host.
#[must_use]
pub fn base_path() -> Option<String> {
    use_context::<AppState>().map(|app| app.settings.base_path()).filter(|base| !base.is_empty())
}
