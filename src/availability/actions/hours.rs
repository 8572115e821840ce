//! Weekly hours, as their doctor edits them.

use leptos::prelude::*;

use crate::{
    availability::model::hours::{HoursDraft, WeekHours, WindowInput},
    error::AppError,
};

/// The weekly hours of one doctor: their own, or for staff those of the doctor with the slug `doctor`. With a `draft`,
/// the number of times patients will see is that of the draft.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
#[server(name = LoadHours, prefix = "/fn", endpoint = "availability/hours")]
pub async fn week_hours(
    #[server(default)] doctor: String,
    #[server(default)] draft: Option<HoursDraft>,
) -> Result<WeekHours, AppError> {
    use crate::{availability::server::hours, web::request};
    hours::week_hours(&request::app()?, request::signed_in()?, &doctor, draft).await
}

/// Saves the hours of one weekday, and the same for the weekdays in `copy`.
///
/// # Errors
/// Invalid fields, a stale `version`, booked appointments that would fall outside, unless `keep_appointments` is their
/// number.
#[server(prefix = "/fn", endpoint = "availability/save_hours")]
pub async fn save_hours(
    #[server(default)] doctor: String,
    version: i64,
    weekday: u8,
    #[server(default)] windows: Vec<WindowInput>,
    #[server(default)] copy: Vec<u8>,
    #[server(default)] keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    use crate::{
        availability::{pages::address::saved, server::hours},
        web::request,
    };
    let back = saved("/doctor/availability", &doctor);
    let draft = HoursDraft { weekday, windows, copy };
    let change = hours::HoursChange { slug: doctor, version, draft, keep_appointments };
    hours::save_hours(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}
