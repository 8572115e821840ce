//! Holding, booking, moving and cancelling visits.

use utoipa_axum::router::OpenApiRouter;

use crate::server::state::AppState;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
}
