//! What doctors and staff do with appointments of their patients: add, move, cancel.

use leptos::prelude::*;

use crate::{
    booking::front_desk::{AddPage, AddQuery, AppointmentForm, ClinicMove, TimeForm},
    error::AppError,
    ids::AppointmentId,
};

/// What the page that adds an appointment shows; for doctors, and for staff who name one.
#[server(name = LoadAddPage, prefix = "/fn", endpoint = "front_desk/add_page")]
pub async fn add_page(query: AddQuery) -> Result<AddPage, AppError> {
    use crate::{booking::server::front_desk, web::request};
    front_desk::add_page(&request::app()?, request::signed_in()?, query).await
}

/// Adds an appointment for a patient and goes on to its day. The fields are those of [`AppointmentForm`].
#[server(prefix = "/fn", endpoint = "front_desk/add")]
pub async fn add_appointment(#[server(flatten)] form: AppointmentForm) -> Result<(), AppError> {
    use crate::{
        booking::server::front_desk,
        web::metrics::{Act, Door},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    let appointment = app.metrics.count(Act::Book, Door::Desk, front_desk::add(&app, actor, form).await)?;
    leptos_axum::redirect(&front_desk::page_after(&app, actor, appointment.id).await?);
    Ok(())
}

/// The days and times to which the clinic may move an appointment. Dates are "2026-12-03"; what does not parse is left
/// out.
#[server(name = LoadMovePage, prefix = "/fn", endpoint = "front_desk/move_page")]
pub async fn move_page(
    id: AppointmentId,
    #[server(default)] from: Option<String>,
    time: TimeForm,
) -> Result<Option<ClinicMove>, AppError> {
    use crate::{booking::server::front_desk, web::request};
    let from = from.and_then(|date| date.parse().ok());
    front_desk::move_page(&request::app()?, request::signed_in()?, id, from, time).await
}

/// Moves an appointment and goes on to the day of its new time. The fields are those of [`TimeForm`].
#[server(prefix = "/fn", endpoint = "front_desk/move")]
pub async fn move_appointment(
    id: AppointmentId,
    version: i32,
    #[server(flatten)] time: TimeForm,
) -> Result<(), AppError> {
    use crate::{
        booking::server::front_desk,
        web::metrics::{Act, Door},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    let moved = front_desk::move_appointment(&app, actor, id, version, time).await;
    let appointment = app.metrics.count(Act::Move, Door::Desk, moved)?;
    leptos_axum::redirect(&front_desk::page_after(&app, actor, appointment.id).await?);
    Ok(())
}

/// Whether an appointment can be moved to a time, as a page asks before it is: "10:30am to 11am". The rules are those of
/// [`move_appointment`], and so are the errors.
#[server(name = CheckMove, prefix = "/fn", endpoint = "front_desk/check_move")]
pub async fn check_move(
    id: AppointmentId,
    #[server(default)] version: i32,
    #[server(flatten)] time: TimeForm,
) -> Result<String, AppError> {
    use crate::{booking::server::front_desk, web::request};
    front_desk::check_move(&request::app()?, request::signed_in()?, id, version, time).await
}

/// Takes back a move or a cancellation that nobody has been told of, and goes on to the day of the appointment that
/// stands, whose id it returns. `id` and `version` are those of an [`UndoOffer`](super::super::front_desk::UndoOffer).
#[server(name = UndoChange, prefix = "/fn", endpoint = "front_desk/undo")]
pub async fn undo(id: AppointmentId, #[server(default)] version: i32) -> Result<AppointmentId, AppError> {
    use crate::{
        booking::server::{self, front_desk},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    let stands = server::undo(&app, actor, id, version).await?;
    leptos_axum::redirect(&front_desk::page_after(&app, actor, stands).await?);
    Ok(stands)
}
