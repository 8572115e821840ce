//! What pages ask about doctors.

pub mod agenda;
pub mod colleagues;
pub mod leaving;
pub mod own_profile;

use leptos::prelude::*;

use super::model::{self, DirectoryPage, DirectoryQuery, HomeData};
use crate::error::AppError;

/// One page of the directory.
///
/// # Errors
/// The database cannot be reached.
#[server(prefix = "/fn", endpoint = "find_doctors")]
pub async fn find_doctors(query: DirectoryQuery) -> Result<DirectoryPage, AppError> {
    let app = crate::web::request::app()?;
    super::server::search(&app, query).await
}

/// A doctor's public profile.
///
/// # Errors
/// [`AppError::NotFound`] when there is no such doctor, or the doctor is not shown.
#[server(prefix = "/fn", endpoint = "doctor_profile")]
pub async fn doctor_profile(slug: String) -> Result<model::PublicProfile, AppError> {
    let app = crate::web::request::app()?;
    super::server::public_profile(&app, &slug).await
}

/// What the home page says about the clinic.
///
/// # Errors
/// The database cannot be reached.
#[server(prefix = "/fn", endpoint = "home")]
pub async fn home() -> Result<HomeData, AppError> {
    let app = crate::web::request::app()?;
    super::server::home(&app).await
}
