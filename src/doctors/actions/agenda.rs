//! What the pages of a doctor's day, week and list ask. Doctors see their own; staff name a doctor by slug.

use leptos::prelude::*;

use crate::{
    doctors::{AgendaDay, AgendaList, AgendaWeek},
    error::AppError,
};

/// One day: `date` is "2026-12-03", today when there is none.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for patients, [`AppError::NotFound`], an invalid `date`.
#[server(prefix = "/fn", endpoint = "agenda/day")]
pub async fn read_day(#[server(default)] doctor: String, date: Option<String>) -> Result<AgendaDay, AppError> {
    let actor = crate::web::request::signed_in()?;
    let app = crate::web::request::app()?;
    crate::doctors::server::agenda_day(&app, &actor, &doctor, date.as_deref()).await
}

/// The week with the date `of`, this week when there is none.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for patients, [`AppError::NotFound`], an invalid date.
#[server(prefix = "/fn", endpoint = "agenda/week")]
pub async fn read_week(#[server(default)] doctor: String, of: Option<String>) -> Result<AgendaWeek, AppError> {
    let actor = crate::web::request::signed_in()?;
    let app = crate::web::request::app()?;
    crate::doctors::server::agenda_week(&app, &actor, &doctor, of.as_deref()).await
}

/// One page of the coming appointments. `show` is a code of [`crate::doctors::Show`]; pages count from 1.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for patients, [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "agenda/list")]
pub async fn read_list(
    #[server(default)] doctor: String,
    #[server(default)] show: String,
    #[server(default)] page: u32,
) -> Result<AgendaList, AppError> {
    let actor = crate::web::request::signed_in()?;
    let app = crate::web::request::app()?;
    crate::doctors::server::agenda_list(&app, &actor, &doctor, show.parse().unwrap_or_default(), page).await
}
