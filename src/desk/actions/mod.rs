//! Server functions of the desk, for whoever may use it.

use leptos::prelude::*;

use crate::{
    desk::model::{DeskDay, DeskQuery},
    error::AppError,
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
