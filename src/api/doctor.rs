//! A doctor's own profile, availability and visits.

use utoipa_axum::router::OpenApiRouter;

use crate::server::state::AppState;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
}
