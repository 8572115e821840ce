//! The work of the clinic's staff: invitations, doctors, accounts, the audit log, statistics.

mod doctors;
mod invitations;
mod records;
mod users;

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    invitations::routes().merge(doctors::routes()).merge(users::routes()).merge(records::routes())
}
