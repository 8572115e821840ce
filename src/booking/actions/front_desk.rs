//! What doctors and staff do with visits of their patients: add, move, cancel.

use leptos::prelude::*;

use crate::{
    booking::desk::{AddPage, AddQuery, ClinicMove, TimeForm, VisitForm},
    error::AppError,
    ids::AppointmentId,
};

/// What the page that adds a visit shows; for doctors, and for staff who name one.
#[server(name = LoadAddPage, prefix = "/fn", endpoint = "desk/add_page")]
pub async fn add_page(query: AddQuery) -> Result<AddPage, AppError> {
    use crate::{booking::server::desk, server::request};
    desk::add_page(&request::app()?, request::signed_in()?, query).await
}

/// Adds a visit for a patient and goes on to its day. The fields are those of [`VisitForm`].
#[server(prefix = "/fn", endpoint = "desk/add")]
pub async fn add_visit(#[server(flatten)] form: VisitForm) -> Result<(), AppError> {
    use crate::{booking::server::desk, server::request};
    let actor = request::signed_in()?;
    let visit = desk::add(&request::app()?, actor, form).await?;
    leptos_axum::redirect(&desk::day_page(actor, &visit));
    Ok(())
}

/// The days and times to which the clinic may move a visit. Dates are "2026-12-03"; what does not parse is left out.
#[server(name = LoadMovePage, prefix = "/fn", endpoint = "desk/move_page")]
pub async fn move_page(
    id: AppointmentId,
    #[server(default)] from: Option<String>,
    time: TimeForm,
) -> Result<Option<ClinicMove>, AppError> {
    use crate::{booking::server::desk, server::request};
    let from = from.and_then(|date| date.parse().ok());
    desk::move_page(&request::app()?, request::signed_in()?, id, from, time).await
}

/// Moves a visit and goes on to the day of its new time. The fields are those of [`TimeForm`].
#[server(prefix = "/fn", endpoint = "desk/move")]
pub async fn move_visit(id: AppointmentId, version: i32, #[server(flatten)] time: TimeForm) -> Result<(), AppError> {
    use crate::{booking::server::desk, server::request};
    let actor = request::signed_in()?;
    let visit = desk::move_visit(&request::app()?, actor, id, version, time).await?;
    leptos_axum::redirect(&desk::day_page(actor, &visit));
    Ok(())
}
