//! In the browser a page has no HTTP answer, so these functions do nothing. They let pages, which are made on the
//! server, compile for both.

use leptos::prelude::window;

use crate::{error::AppError, ui};

/// Gives the page the HTTP status of this error.
pub fn set_status(_: &AppError) {}

/// Prepares the answer of a whole page.
pub fn prepare() {}

/// The page that led here, if it was the page at `path`; else `path` itself.
#[must_use]
pub fn came_from(path: &str) -> String {
    path.to_owned()
}

/// Path and query of the page that is shown.
#[must_use]
pub fn page() -> String {
    let location = window().location();
    match (location.pathname(), location.search()) {
        (Ok(path), Ok(search)) => {
            path.strip_prefix(base_path().unwrap_or_default().as_str()).unwrap_or(&path).to_owned() + &search
        }
        _ => "/".to_owned(),
    }
}

/// The path of the host below which the website stands, if it does not have the whole host.
#[must_use]
pub fn base_path() -> Option<String> {
    ui::base_path()
}
