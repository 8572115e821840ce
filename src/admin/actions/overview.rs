//! Server functions of the staff's overview.

use leptos::prelude::*;

use crate::{admin::Overview, error::AppError};

/// The clinic at a glance.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "clinic_overview")]
pub async fn clinic_overview() -> Result<Overview, AppError> {
    let app = crate::web::request::app()?;
    let actor = crate::web::request::allowed(crate::accounts::Permission::SeeOverview)?;
    crate::admin::server::overview(&app, actor.role).await
}
