//! Time off, and what becomes of the appointments in it. Doctors work on their own calendar; staff name the doctor.

use leptos::prelude::*;

use crate::{
    booking::{
        absence_resolution::ResolutionForm,
        model::time_off::{TimeOffAppointments, TimeOffForm, TimeOffList, TimeOffSpan},
    },
    error::AppError,
    ids::TimeOffId,
};

/// The coming time off of the doctor with this slug; for doctors, empty means their own. `done` is what the last form
/// did.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's
/// calendar.
#[server(name = LoadTimeOff, prefix = "/fn", endpoint = "availability/time_off")]
pub async fn time_off(
    #[server(default)] doctor: String,
    #[server(default)] done: String,
) -> Result<TimeOffList, AppError> {
    use crate::{booking::server::time_off, web::request};
    time_off::list(&request::app()?, request::signed_in()?, &doctor, &done).await
}

/// Adds time off. When booked appointments are in it, nothing is saved and the page about them comes next.
///
/// # Errors
/// As [`time_off`]; [`AppError::AppointmentsAhead`] when booked appointments are in it, [`AppError::Invalid`] naming
/// the fields, [`AppError::Conflict`] for a stale `version`.
#[server(prefix = "/fn", endpoint = "availability/add_time_off")]
pub async fn add_time_off(
    #[server(default)] doctor: String,
    version: i64,
    #[server(flatten)] form: TimeOffForm,
) -> Result<(), AppError> {
    use crate::{booking::server::time_off, web::request};
    let (app, actor) = (request::app()?, request::signed_in()?);
    let (page, appointments) = (time_off::list_page(&doctor, "saved"), time_off::appointments_page(&doctor, &form));
    let added = time_off::add(&app, actor, doctor, version, form).await.map(|_| ());
    match added {
        Ok(()) => leptos_axum::redirect(&page),
        Err(AppError::AppointmentsAhead { .. }) => leptos_axum::redirect(&appointments),
        Err(_) => {}
    }
    added
}

/// Removes time off.
///
/// # Errors
/// As [`time_off`]; [`AppError::NotFound`] when it is not this doctor's, [`AppError::Conflict`] for a stale `version`.
#[server(prefix = "/fn", endpoint = "availability/remove_time_off")]
pub async fn remove_time_off(#[server(default)] doctor: String, version: i64, id: TimeOffId) -> Result<(), AppError> {
    use crate::{booking::server::time_off, web::request};
    let page = time_off::list_page(&doctor, "removed");
    time_off::remove(&request::app()?, request::signed_in()?, doctor, version, id).await?;
    leptos_axum::redirect(&page);
    Ok(())
}

/// The appointments in time off that is not saved yet.
///
/// # Errors
/// As [`time_off`]; [`AppError::NotFound`] for dates that make no sense or are over.
#[server(name = LoadTimeOffAppointments, prefix = "/fn", endpoint = "availability/time_off_appointments")]
pub async fn time_off_appointments(
    #[server(default)] doctor: String,
    #[server(flatten)] span: TimeOffSpan,
) -> Result<TimeOffAppointments, AppError> {
    use crate::{booking::server::time_off, web::request};
    time_off::appointments(&request::app()?, request::signed_in()?, &doctor, &span).await
}

/// Adds time off and resolves every appointment in it.
///
/// # Errors
/// As [`time_off`]; [`AppError::Conflict`] when the calendar or an appointment changed meanwhile,
/// [`AppError::NotResolved`] when an appointment cannot become what was chosen, [`AppError::Invalid`] when a choice is
/// missing.
#[server(prefix = "/fn", endpoint = "availability/resolve_time_off")]
pub async fn resolve_time_off(
    #[server(default)] doctor: String,
    version: i64,
    #[server(default)] reason: String,
    #[server(flatten)] span: TimeOffSpan,
    #[server(flatten)] choices: ResolutionForm,
) -> Result<(), AppError> {
    use crate::{
        booking::server::{
            absence_resolution::counts,
            time_off::{self, TimeOffRequest},
        },
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    let request = TimeOffRequest { doctor: doctor.clone(), version, span, reason, choices };
    let resolved = time_off::resolve(&app, actor, request).await?;
    leptos_axum::redirect(&time_off::list_page(&doctor, &counts(&resolved).to_code()));
    Ok(())
}
