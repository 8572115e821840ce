//! Streams that say when a doctor's times changed.

use utoipa_axum::router::OpenApiRouter;

use crate::server::state::AppState;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
}
