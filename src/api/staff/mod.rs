//! What the clinic's staff do: invitations, people, the audit log, statistics.

mod invitations;
mod people;
mod records;

use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    error::{AppError, FieldCode},
    state::AppState,
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    invitations::routes().merge(people::routes()).merge(records::routes())
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// Counted from 1. A page past the end is empty.
    #[param(value_type = i64, minimum = 1, maximum = 4294967295_i64)]
    page: u32,
}

impl Default for PageQuery {
    fn default() -> Self {
        PageQuery { page: 1 }
    }
}

/// Pages are counted from 1.
fn check_page(page: u32) -> Result<u32, AppError> {
    if page == 0 { Err(AppError::field("page", FieldCode::OutOfRange(1, u32::MAX.into()))) } else { Ok(page) }
}
