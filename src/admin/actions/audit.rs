//! The audit log.

use leptos::prelude::*;

use crate::{
    admin::model::audit::{AuditPageData, AuditQuery},
    error::AppError,
};

/// A page of the audit log, newest entry first.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/audit")]
pub async fn audit_page(query: AuditQuery) -> Result<AuditPageData, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ReadAuditLog)?;
    crate::admin::server::audit_log::page(&app, query).await
}
