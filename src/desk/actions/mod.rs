//! Server functions of the desk, for whoever may use it.

use leptos::prelude::*;

use crate::{
    booking::front_desk::FoundPatient,
    desk::model::{BookPanel, DeskDay, DeskQuery, PaletteEntry, Patches},
    doctors::AgendaAppointment,
    error::AppError,
    ids::AppointmentId,
};

/// The desk of a location on a day.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] for whoever may not use the desk; [`AppError::NotFound`] for
/// an unknown location, or a clinic without one; an invalid date.
#[server(name = ReadDesk, prefix = "/fn", endpoint = "desk/day")]
pub async fn read_desk(#[server(default)] query: DeskQuery) -> Result<DeskDay, AppError> {
    use crate::{desk::server, web::request};
    server::day(&request::app()?, request::signed_in()?, &query).await
}

/// The columns of the doctors that `query` names, for a page that shows the hours from `first` to `last`.
///
/// # Errors
/// As [`read_desk`].
#[server(name = ReadColumns, prefix = "/fn", endpoint = "desk/columns")]
pub async fn read_columns(
    #[server(default)] query: DeskQuery,
    #[server(default)] first: u16,
    #[server(default)] last: u16,
) -> Result<Patches, AppError> {
    use crate::{
        desk::{model::Range, server},
        web::request,
    };
    server::columns(&request::app()?, request::signed_in()?, &query, Range { first, last }).await
}

/// What is needed to book a free time with a doctor.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`]; [`AppError::NotFound`] for an unknown doctor.
#[server(name = ReadFreeTime, prefix = "/fn", endpoint = "desk/free_time")]
pub async fn free_time(
    #[server(default)] doctor: String,
    #[server(default)] start: i64,
) -> Result<BookPanel, AppError> {
    use crate::{desk::server, time::Timestamp, web::request};
    server::free_time(&request::app()?, request::signed_in()?, &doctor, Timestamp(start)).await
}

/// Patients whom a search finds.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`].
#[server(name = SearchPatients, prefix = "/fn", endpoint = "desk/patients")]
pub async fn search_patients(#[server(default)] q: String) -> Result<Vec<FoundPatient>, AppError> {
    use crate::{desk::server, web::request};
    server::patients(&request::app()?, request::signed_in()?, &q).await
}

/// One appointment, with what can be done with it now.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`]; [`AppError::NotFound`].
#[server(name = ReadCard, prefix = "/fn", endpoint = "desk/card")]
pub async fn card(id: AppointmentId) -> Result<AgendaAppointment, AppError> {
    use crate::{desk::server, web::request};
    server::card(&request::app()?, request::signed_in()?, id).await
}

/// What happened to an appointment last, in words.
///
/// # Errors
/// As [`card`].
#[server(name = ReadHappened, prefix = "/fn", endpoint = "desk/happened")]
pub async fn happened(id: AppointmentId) -> Result<String, AppError> {
    use crate::{desk::server, web::request};
    server::happened(&request::app()?, request::signed_in()?, id).await
}

/// Where the command palette leads for a question, from the desk that `query` says.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`].
#[server(name = ReadPalette, prefix = "/fn", endpoint = "desk/palette")]
pub async fn palette(
    #[server(default)] query: DeskQuery,
    #[server(default)] q: String,
) -> Result<Vec<PaletteEntry>, AppError> {
    use crate::{desk::server, web::request};
    server::palette(&request::app()?, request::signed_in()?, &query, &q).await
}
