//! Questions before an appointment, and the patient's answers.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::{
    booking::{AskedPage, DateInput},
    error::AppError,
    ids::AppointmentId,
};

/// The questions before a held time or an appointment, for its patient.
#[server(prefix = "/fn", endpoint = "booking/asked")]
pub async fn asked(id: AppointmentId) -> Result<AskedPage, AppError> {
    use crate::{booking::server, web::request};
    server::answers::asked(&request::app()?, &request::request_context(), id).await
}

/// Keeps the answers, and goes back to the appointment, or to the page of a held time. `version` is that of
/// the questions.
#[server(prefix = "/fn", endpoint = "booking/answers")]
pub async fn save_answers(
    id: AppointmentId,
    version: i32,
    #[server(default)] answers: BTreeMap<String, String>,
    #[server(default)] dates: BTreeMap<String, DateInput>,
) -> Result<(), AppError> {
    use crate::{
        booking::{TypedAnswers, server},
        web::request,
    };
    let typed = TypedAnswers { answers, dates };
    let held = server::answers::save_answers(&request::app()?, &request::request_context(), id, version, typed).await?;
    leptos_axum::redirect(&if held { format!("/book/{id}") } else { format!("/appointments/{id}") });
    Ok(())
}
