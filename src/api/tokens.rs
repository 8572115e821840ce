//! Personal tokens: what lets a program act for one person, within scopes that the person chose.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    error::AppError,
    server::{request::Actor, state::AppState},
};

/// How every personal token begins, so that it is recognised where it should not be.
pub const PREFIX: &str = "dsk_";

/// What a personal token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look at what its owner sees.
    Read,
    /// Book, move and cancel the owner's visits.
    Book,
    /// Work on the owner's calendar, or on the clinic.
    Manage,
}

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
}

/// Whose token this is and what it allows, if it is good.
///
/// # Errors
/// The database cannot be read.
pub async fn find(_app: &AppState, _token: &str) -> Result<Option<(Actor, Vec<Scope>)>, AppError> {
    Ok(None)
}
