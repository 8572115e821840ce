//! What pages ask about doctors.

use leptos::prelude::*;

use super::model::{self, AgendaDay, DirectoryPage, DirectoryQuery, HomeData};
use crate::error::AppError;

/// One page of the directory.
///
/// # Errors
/// The database cannot be reached.
#[server(prefix = "/fn", endpoint = "find_doctors")]
pub async fn find_doctors(query: DirectoryQuery) -> Result<DirectoryPage, AppError> {
    let app = crate::server::request::app()?;
    super::server::search(&app, query).await
}

/// A doctor's public profile.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such doctor, or the doctor is not shown.
#[server(prefix = "/fn", endpoint = "doctor_profile")]
pub async fn doctor_profile(slug: String) -> Result<model::DoctorProfile, AppError> {
    let app = crate::server::request::app()?;
    super::server::profile(&app, &slug).await
}

/// What the home page says about the clinic.
///
/// # Errors
/// The database cannot be reached.
#[server(prefix = "/fn", endpoint = "home")]
pub async fn home() -> Result<HomeData, AppError> {
    let app = crate::server::request::app()?;
    super::server::home(&app).await
}

/// The signed-in doctor's visits on `date` ("2026-12-03"); today when there is none.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles, an invalid `date`.
#[server(prefix = "/fn", endpoint = "agenda")]
pub async fn agenda(date: Option<String>) -> Result<AgendaDay, AppError> {
    let app = crate::server::request::app()?;
    let doctor = crate::server::request::with_role(crate::accounts::Role::Doctor)?;
    super::server::agenda_day(&app, &doctor, date.as_deref()).await
}
