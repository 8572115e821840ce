//! What the page of a link to one appointment asks. The link is enough: the reader need not be signed in.

use leptos::prelude::*;

use crate::{booking::LinkedPage, error::AppError};

/// What the link shows now.
///
/// # Errors
/// [`AppError::NotFound`]
#[server(prefix = "/fn", endpoint = "appointment/linked")]
pub async fn linked_appointment(token: String) -> Result<LinkedPage, AppError> {
    crate::booking::server::linked(&crate::web::request::app()?, &token).await
}

/// Cancels the appointment of the link and comes back to its page. `reason` is a [`crate::booking::CancelReason`] code,
/// or nothing.
///
/// # Errors
/// [`AppError::TooLate`], [`AppError::Conflict`] when it changed since the message was written, [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "appointment/cancel")]
pub async fn cancel_linked_appointment(token: String, #[server(default)] reason: String) -> Result<(), AppError> {
    use crate::{
        booking::server,
        web::forms,
        web::metrics::{Act, Door},
        web::request,
    };
    let app = request::app()?;
    let cancelled = server::cancel_linked(&app, &token, reason.parse().ok()).await;
    let was_request = app.metrics.count(Act::Cancel, Door::Web, cancelled)?;
    let what = if was_request { "request" } else { "appointment" };
    forms::say_once(&app, "appointment/cancel", vec![("what".to_owned(), what.to_owned())]);
    leptos_axum::redirect(&["/appointment/", &token].concat());
    Ok(())
}
