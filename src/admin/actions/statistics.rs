//! Statistics for the clinic.

use leptos::prelude::*;

use crate::{admin::model::statistics::Statistics, error::AppError};

/// The numbers from `from` to `until` ("2026-11-24", both included), for all doctors or the one with the slug `doctor`.
/// The answer names dates that cannot be used, and then covers the last 28 days.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an unknown
/// doctor.
#[server(prefix = "/fn", endpoint = "admin/statistics")]
pub async fn read_statistics(
    #[server(default)] from: String,
    #[server(default)] until: String,
    #[server(default)] doctor: String,
) -> Result<Statistics, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ReadStatistics)?;
    let query = crate::admin::model::statistics::StatisticsQuery { from, until, doctor };
    crate::admin::server::statistics::statistics(&app, query).await
}
