//! The table of routes, one line for each feature.

use axum::middleware::from_fn;
use utoipa_axum::router::OpenApiRouter;

use super::{accounts, booking, directory, doctor, events, extract, personal_tokens, registration, staff};
use crate::state::AppState;

/// Every operation, with its description.
pub fn routes() -> OpenApiRouter<AppState> {
    let plain = OpenApiRouter::default()
        .merge(accounts::routes())
        .merge(registration::routes())
        .merge(directory::routes())
        .merge(booking::routes())
        .merge(doctor::routes())
        .merge(staff::routes())
        .merge(personal_tokens::routes())
        .layer(from_fn(extract::accept_json));
    let streams = events::routes().layer(from_fn(extract::accept_events));
    plain.merge(streams)
}
