//! Why a time is not offered.

use leptos::prelude::*;

use crate::{
    admin::model::availability_explainer::{ExplainerPageData, ExplainerQuery},
    error::AppError,
};

/// Every reason why patients are not offered a time. Changes nothing.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`] for an unknown
/// doctor.
#[server(prefix = "/fn", endpoint = "admin/availability-explainer")]
pub async fn availability_explainer(#[server(default)] query: ExplainerQuery) -> Result<ExplainerPageData, AppError> {
    let app = crate::web::request::app()?;
    let actor = crate::web::request::allowed(crate::accounts::Permission::ExplainTimes)?;
    crate::admin::server::availability_explainer::page(&app, actor, query).await
}
