//! What the clinic's staff do: invitations, people, the audit log, statistics.

use utoipa_axum::router::OpenApiRouter;

use crate::server::state::AppState;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
}
