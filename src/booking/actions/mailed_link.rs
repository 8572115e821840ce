//! What the page of a link to one visit asks. For whoever has the message with the link, signed in or not.

use leptos::prelude::*;

use crate::{booking::LinkedPage, error::AppError};

/// What the link shows now.
///
/// # Errors
/// [`AppError::NotFound`]
#[server(prefix = "/fn", endpoint = "visit/linked")]
pub async fn linked_visit(token: String) -> Result<LinkedPage, AppError> {
    crate::booking::server::linked(&crate::server::request::app()?, &token).await
}

/// Cancels the visit of the link and comes back to its page. `reason` is a [`crate::booking::CancelReason`] code, or nothing.
///
/// # Errors
/// [`AppError::TooLate`], [`AppError::Conflict`] when it changed since the message was written, [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "visit/cancel")]
pub async fn cancel_linked_visit(token: String, #[server(default)] reason: String) -> Result<(), AppError> {
    use crate::{booking::server, server::forms, server::request};
    let app = request::app()?;
    server::cancel_linked(&app, &token, crate::booking::CancelReason::of_code(&reason)).await?;
    forms::say_once(&app, "visit/cancel", Vec::new());
    leptos_axum::redirect(&["/visit/", &token].concat());
    Ok(())
}
