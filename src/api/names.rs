//! Names that programs rely on.

use axum::http::HeaderName;

/// The beginning of every operation's address.
pub const PREFIX: &str = "/api/v1";

/// The header with the number of things on all pages of a list together.
pub const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
