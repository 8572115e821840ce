//! What the pages of a doctor's day, week and list ask.

use leptos::prelude::*;

use crate::{doctors::AgendaDay, error::AppError};

/// The signed-in doctor's visits on `date` ("2026-12-03"); today when there is none.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles, an invalid `date`.
#[server(prefix = "/fn", endpoint = "agenda")]
pub async fn agenda(date: Option<String>) -> Result<AgendaDay, AppError> {
    let app = crate::server::request::app()?;
    let doctor = crate::server::request::with_role(crate::accounts::Role::Doctor)?;
    crate::doctors::server::agenda_day(&app, &doctor, date.as_deref()).await
}
