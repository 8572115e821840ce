//! Why a time is not offered.

use leptos::prelude::*;

use crate::{
    admin::model::why::{WhyPageData, WhyQuery},
    error::AppError,
};

/// Every reason why patients are not offered a time. Changes nothing.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`] for an unknown doctor.
#[server(prefix = "/fn", endpoint = "admin/why")]
pub async fn why(#[server(default)] query: WhyQuery) -> Result<WhyPageData, AppError> {
    let app = crate::server::request::app()?;
    let actor = crate::server::request::with_role(crate::accounts::Role::Admin)?;
    crate::admin::server::why::page(&app, actor, query).await
}
