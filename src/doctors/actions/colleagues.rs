//! Colleagues who may work in a doctor's calendar.

use leptos::prelude::*;

use crate::{doctors::model::colleagues::ColleaguesPage, error::AppError, ids::ColleagueId};

/// Who may work in the signed-in doctor's calendar, or for staff in that of the doctor of this slug.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] for who changes no calendar; [`AppError::NotFound`] for another
/// doctor's.
#[server(name = LoadColleagues, prefix = "/fn", endpoint = "doctor/colleagues")]
pub async fn colleagues(#[server(default)] doctor: String) -> Result<ColleaguesPage, AppError> {
    use crate::{doctors::server::colleagues, web::request};
    colleagues::page(&request::app()?, request::signed_in()?, &doctor).await
}

/// The signed-in doctor lets a colleague work in the doctor's calendar.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] for others than doctors; [`AppError::Invalid`] naming
/// `colleague`.
#[server(prefix = "/fn", endpoint = "doctor/add_colleague")]
pub async fn add_colleague(#[server(default)] colleague: String) -> Result<(), AppError> {
    use crate::{accounts::Permission, doctors::server::colleagues, web::request};
    colleagues::add(&request::app()?, request::allowed(Permission::KeepOwnCalendar)?, colleague).await?;
    request::back_to("working");
    Ok(())
}

/// Ends it: for the doctor whose calendar it is, the colleague, and staff.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] for who changes no calendar; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "doctor/end_colleague")]
pub async fn end_colleague(id: ColleagueId) -> Result<(), AppError> {
    use crate::{doctors::server::colleagues, web::request};
    colleagues::end(&request::app()?, request::signed_in()?, id).await?;
    request::back_to("working");
    Ok(())
}
