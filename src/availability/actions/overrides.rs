//! Changes to single dates.

use leptos::prelude::*;

use crate::{
    availability::model::{hours::WindowInput, overrides::SingleDates},
    error::AppError,
};

/// The coming dates of one doctor that differ from the week: their own, or for staff those of the doctor with the slug
/// `doctor`.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
#[server(name = LoadDates, prefix = "/fn", endpoint = "availability/dates")]
pub async fn single_dates(#[server(default)] doctor: String) -> Result<SingleDates, AppError> {
    use crate::{availability::server::overrides, web::request};
    overrides::single_dates(&request::app()?, request::signed_in()?, &doctor).await
}

/// Saves what one date has instead of, or besides, the weekly hours.
///
/// # Errors
/// Invalid fields, a stale `version`, booked appointments that would fall outside, unless `keep_appointments` is their
/// number.
#[server(prefix = "/fn", endpoint = "availability/save_date")]
pub async fn save_date(
    #[server(default)] doctor: String,
    version: i64,
    #[server(default)] date: String,
    #[server(default)] date_day: String,
    #[server(default)] date_month: String,
    #[server(default)] date_year: String,
    #[server(default)] change: String,
    #[server(default)] windows: Vec<WindowInput>,
    #[server(default)] keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    use crate::{
        availability::{model::overrides::DateDraft, pages::address::saved, server::overrides},
        ui::DateParts,
        web::request,
    };
    let back = saved("/doctor/overrides", &doctor);
    let typed = DateParts { day: date_day, month: date_month, year: date_year };
    let date = if date.is_empty() { typed.text() } else { date };
    let draft = DateDraft { date, change, windows };
    let change = overrides::DateToSave { slug: doctor, version, draft, keep_appointments };
    overrides::save_date(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

/// Gives one date its weekly hours back.
///
/// # Errors
/// As [`save_date`]; [`AppError::NotFound`] when the date has no hours of its own.
#[server(prefix = "/fn", endpoint = "availability/remove_date")]
pub async fn remove_date(
    #[server(default)] doctor: String,
    version: i64,
    date: String,
    #[server(default)] keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    use crate::{
        availability::{model::overrides::DateDraft, pages::address::saved, server::overrides},
        web::request,
    };
    let back = saved("/doctor/overrides", &doctor);
    let draft = DateDraft { date, ..DateDraft::default() };
    let change = overrides::DateToSave { slug: doctor, version, draft, keep_appointments };
    overrides::remove_date(&request::app()?, request::signed_in()?, change).await?;
    leptos_axum::redirect(&back);
    Ok(())
}
