//! Cancelling and moving an appointment that the program has read.

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, header::IF_MATCH, request::Parts},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    appointment::{AppointmentOutcome, AppointmentResponse, after},
    request::{along_as, moment, patient},
};
use crate::{
    accounts::Role,
    api::{
        auth::WriteAccess,
        extract::{Id, Json},
        idempotency::{KeyHeader, RequestKey},
        problem::Problem,
        version::IfMatch,
    },
    booking::{
        CancelReason,
        front_desk::TimeForm,
        server::{self, front_desk},
    },
    error::{AppError, FieldCode},
    ids::AppointmentId,
    state::AppState,
    web::{
        metrics::{Act, Door},
        request::Actor,
    },
};

/// The version of an appointment that a request means.
///
/// When the appointment has changed, `If-Match` is refused with 412, as RFC 9110 requires, and `version` in the body
/// with 409, as a form of the website is. A request with neither is refused with 428.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ExpectedVersion {
    /// The `ETag` that was read.
    #[param(rename = "If-Match", value_type = Option<String>)]
    header: Option<i64>,
}

impl<S: Sync> FromRequestParts<S> for ExpectedVersion {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(IF_MATCH) {
            return Ok(ExpectedVersion { header: None });
        }
        let IfMatch(version) = IfMatch::from_request_parts(parts, state).await?;
        Ok(ExpectedVersion { header: Some(version) })
    }
}

impl ExpectedVersion {
    fn version(&self, body: Option<i32>) -> Result<i32, AppError> {
        match (self.header, body) {
            (None, None) => Err(AppError::PreconditionRequired),
            (None, Some(version)) => Ok(version),
            (Some(header), Some(body)) if header != i64::from(body) => {
                Err(AppError::field("version", FieldCode::Unknown))
            }
            (Some(header), _) => i32::try_from(header).map_err(|_| AppError::PreconditionFailed),
        }
    }

    /// The error of a change that was refused: a stale header is a failed precondition.
    async fn refused(&self, app: &AppState, actor: Actor, id: AppointmentId, error: AppError) -> AppError {
        let (AppError::Conflict, Some(header)) = (&error, self.header) else { return error };
        match server::appointment_with_specialty(app, actor, id).await {
            Ok(record) if i64::from(record.row.version) != header => IfMatch::failed(error),
            _ => error,
        }
    }
}

/// A request to cancel an appointment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// From a patient `cannot_attend`, `feeling_better`, `booked_elsewhere`, `mistake` or `other`; from the clinic
    /// `doctor_away`, `clinic_closed`, `patient_asked` or `other`.
    #[schema(value_type = Option<String>)]
    reason: Option<CancelReason>,
    /// The version that was read, instead of `If-Match`.
    version: Option<i32>,
}

/// Cancel an appointment
///
/// The time is free again at once, and a request to move the appointment ends with it. Cancelling that request alone
/// leaves the appointment as it is. A second request changes nothing.
#[utoipa::path(
    post,
    path = "/appointments/{id}/cancel",
    tag = "booking",
    security(("bearer" = [])),
    params(Id<AppointmentId>, ExpectedVersion, KeyHeader),
    responses((
        status = 200,
        description = "The appointment is cancelled.",
        body = AppointmentOutcome,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
pub async fn cancel(
    State(app): State<AppState>,
    WriteAccess(actor): WriteAccess,
    Id(id): Id<AppointmentId>,
    expected: ExpectedVersion,
    key: RequestKey,
    Json(wanted): Json<Cancellation>,
) -> Result<AppointmentResponse, Problem> {
    let version = expected.version(wanted.version)?;
    let along = along_as(&app, actor, key, |cancelled| AppointmentResponse::new(StatusCode::OK, cancelled).kept());
    let cancelled = server::cancel_with(&app, actor, id, version, wanted.reason, along).await;
    if let Err(error) = app.metrics.count(Act::Cancel, Door::Api, cancelled) {
        return Err(expected.refused(&app, actor, id, error).await.into());
    }
    Ok(AppointmentResponse::new(StatusCode::OK, after(&app, actor, id).await?))
}

/// A request to move an appointment to another time of the same doctor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The start of a time from `GET /doctors/{id}/slots`.
    #[schema(format = DateTime)]
    start: String,
    /// The version that was read, instead of `If-Match`.
    version: Option<i32>,
}

/// Move an appointment
///
/// The old appointment is kept until the new one is made. A second request for the same time changes nothing.
///
/// Where the doctor confirms each appointment, a patient's move is a request: its status is `requested`, and
/// `would_replace` names the booked appointment, which stays as it is. Accepted, the request takes its place; declined,
/// withdrawn or not answered in time, it changes nothing. Another move takes the place of an open request.
#[utoipa::path(
    post,
    path = "/appointments/{id}/reschedule",
    tag = "booking",
    security(("bearer" = [])),
    params(Id<AppointmentId>, ExpectedVersion, KeyHeader),
    responses((
        status = 201,
        description = "The new appointment, or the request for it.",
        body = AppointmentOutcome,
        headers(
            ("ETag" = String, description = "The new appointment's version."),
            ("Location" = String, description = "Where it can be read."),
        ),
    )),
)]
pub async fn reschedule(
    State(app): State<AppState>,
    WriteAccess(actor): WriteAccess,
    Id(id): Id<AppointmentId>,
    expected: ExpectedVersion,
    key: RequestKey,
    Json(wanted): Json<Move>,
) -> Result<AppointmentResponse, Problem> {
    let start = moment("start", &wanted.start)?;
    let version = expected.version(wanted.version)?;
    let along = along_as(&app, actor, key, AppointmentResponse::kept_created);
    let moved = if actor.role == Role::Patient {
        server::reschedule_with(&app, patient(actor)?, id, version, start, along).await
    } else {
        let form = TimeForm { start: start.0.to_string(), ..TimeForm::default() };
        let moved = front_desk::move_appointment_with(&app, actor, id, version, form, along).await;
        moved.map(|appointment| appointment.id)
    };
    match app.metrics.count(Act::Move, Door::Api, moved) {
        Ok(new) => Ok(AppointmentResponse::created(after(&app, actor, new).await?)),
        Err(error) => Err(expected.refused(&app, actor, id, error).await.into()),
    }
}
