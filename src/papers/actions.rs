//! Server functions of files. Files themselves are sent to an address of their own, because forms of files are not read
//! into memory as others are.

use leptos::prelude::*;

use super::Papers;
use crate::{
    error::AppError,
    ids::{AppointmentId, PaperId},
};

/// The files of one appointment.
#[server(prefix = "/fn", endpoint = "papers/list")]
pub async fn list_papers(id: AppointmentId) -> Result<Papers, AppError> {
    use crate::{papers::server, web::request};
    server::papers(&request::app()?, request::signed_in()?, id).await
}

/// Takes a file away; the page stays.
#[server(prefix = "/fn", endpoint = "papers/remove")]
pub async fn remove(id: AppointmentId, paper: PaperId) -> Result<(), AppError> {
    use crate::{papers::server, web::request};
    server::remove(&request::app()?, request::signed_in()?, id, paper).await?;
    request::back_to("papers");
    Ok(())
}
