//! The page on which a booking is finished. What it sends is kept when something of it is wrong or the time is lost. Note
//! and telephone number go with the booking in one commit; answers to questions in one of their own before it.

use super::{
    answers::save_answers,
    book::{confirm, confirm_typed},
    booker::Booker,
    details::{Details, save_details},
    hold::held,
};
use crate::{
    booking::{HoldPage, TypedAnswers},
    error::AppError,
    ids::AppointmentId,
    state::AppState,
    web::request::RequestContext,
};

/// What the page of a held time sends.
#[derive(Clone, Debug)]
pub struct FinishForm {
    pub id: AppointmentId,
    pub reason: String,
    pub phone: String,
    /// Of the questions that the page showed; 0 when it showed none.
    pub version: i32,
    pub answers: TypedAnswers,
}

/// Keeps all that was typed, and books the held time when all of it is right. Sent twice it books once, and what was
/// booked stays as it is.
///
/// # Errors
/// [`AppError::Invalid`] naming every field that is wrong, those of [`save_details`], [`save_answers`] and [`confirm`].
pub async fn finish(
    app: &AppState,
    request_context: &RequestContext,
    form: FinishForm,
) -> Result<AppointmentId, AppError> {
    let (booker, id) = (Booker::of(request_context)?, form.id);
    if form.version == 0 {
        let details = Details { reason: form.reason.clone(), phone: form.phone.clone() };
        let Err(error) = confirm_typed(app, booker, id, details).await else { return Ok(id) };
        // the error that counts is the first one
        let _ = keep(app, request_context, form).await;
        return Err(error);
    }
    match keep(app, request_context, form).await {
        Ok(()) => {}
        Err(AppError::Conflict) if is_booked(app, &booker, id).await? => {}
        Err(error) => return Err(error),
    }
    confirm(app, booker, id).await
}

/// Keeps what can be kept of a form that its patient leaves to choose something else first. What is not right yet waits
/// until they come back.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`], [`AppError::NotFound`] for another person's hold, and those
/// of a database that does not answer.
pub async fn keep_to_go_elsewhere(
    app: &AppState,
    request_context: &RequestContext,
    form: FinishForm,
) -> Result<(), AppError> {
    match keep(app, request_context, form).await {
        // the next page says what is to be said: another time may be what helps
        Err(AppError::Invalid { .. } | AppError::Conflict | AppError::PatientBusy { .. }) => Ok(()),
        other => other,
    }
}

async fn keep(app: &AppState, request_context: &RequestContext, form: FinishForm) -> Result<(), AppError> {
    let FinishForm { id, reason, phone, version, answers } = form;
    let mut wrong = Vec::new();
    match save_details(app, Booker::of(request_context)?, id, &reason, &phone).await {
        Ok(()) => {}
        Err(AppError::Invalid { fields }) => wrong.extend(fields),
        Err(error) => return Err(error),
    }
    if version > 0 {
        match save_answers(app, request_context, id, version, answers).await {
            Ok(_) => {}
            Err(AppError::Invalid { fields }) => wrong.extend(fields),
            Err(error) => return Err(error),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields: wrong }) }
}

async fn is_booked(app: &AppState, booker: &Booker, id: AppointmentId) -> Result<bool, AppError> {
    Ok(matches!(held(app, booker, id).await?, HoldPage::Booked { .. }))
}
