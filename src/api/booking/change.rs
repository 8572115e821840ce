//! Cancelling and moving, of a visit that the program has seen as it is.

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, header::IF_MATCH, request::Parts},
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    moment, patient,
    visit::{Outcome, Told, after},
};
use crate::{
    accounts::Role,
    api::{
        extract::{Id, Json},
        problem::Problem,
        version::IfMatch,
        who::Writer,
    },
    booking::{
        CancelReason,
        desk::TimeForm,
        server::{self, desk},
    },
    error::{AppError, FieldCode},
    ids::AppointmentId,
    server::{request::Actor, state::AppState},
};

/// Which version of a visit a request means.
///
/// `If-Match` is refused with 412 when the visit has changed, as RFC 9110 wants it; `version` in the body with 409, as the
/// forms of the website are. Without either nobody can tell whether the visit was seen as it is: 428.
pub struct Meant {
    header: Option<i64>,
}

impl<S: Sync> FromRequestParts<S> for Meant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if !parts.headers.contains_key(IF_MATCH) {
            return Ok(Meant { header: None });
        }
        let IfMatch(version) = IfMatch::from_request_parts(parts, state).await?;
        Ok(Meant { header: Some(version) })
    }
}

impl Meant {
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
        match server::record(app, actor, id).await {
            Ok(record) if i64::from(record.row.version) != header => IfMatch::failed(error),
            _ => error,
        }
    }
}

/// A visit that is called off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// Of patients `cannot_attend`, `feeling_better`, `booked_elsewhere`, `mistake` or `other`; of the clinic `doctor_away`,
    /// `clinic_closed`, `patient_asked` or `other`.
    #[schema(value_type = Option<String>)]
    reason: Option<CancelReason>,
    /// The version that was read, instead of `If-Match`.
    version: Option<i32>,
}

/// Cancel a visit
///
/// The time is free again at once. Cancelling twice is cancelling once.
#[utoipa::path(post, path = "/appointments/{id}/cancel", tag = "booking", security(("bearer" = [])), params(("id" = Uuid, Path, description = "The visit."), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read.")),
    responses((status = 200, description = "The visit is cancelled.", body = Outcome, headers(("ETag" = String, description = "The new version.")))))]
pub async fn cancel(
    State(app): State<AppState>,
    Writer(actor): Writer,
    Id(id): Id<AppointmentId>,
    meant: Meant,
    Json(wanted): Json<Cancellation>,
) -> Result<Told, Problem> {
    let version = meant.version(wanted.version)?;
    if let Err(error) = server::cancel(&app, actor, id, version, wanted.reason).await {
        return Err(meant.refused(&app, actor, id, error).await.into());
    }
    Ok(Told::new(StatusCode::OK, after(&app, actor, id).await?))
}

/// A visit that is moved to another time of the same doctor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// From `GET /doctors/{id}/slots`.
    #[schema(format = DateTime)]
    start: String,
    /// The version that was read, instead of `If-Match`.
    version: Option<i32>,
}

/// Move a visit
///
/// The old visit stands until the new one does. Moving twice to the same time is moving once.
#[utoipa::path(post, path = "/appointments/{id}/reschedule", tag = "booking", security(("bearer" = [])), params(("id" = Uuid, Path, description = "The visit."), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read."), ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, description = "Sent again, the request has no second effect.")),
    responses((status = 201, description = "The new visit.", body = Outcome, headers(("ETag" = String, description = "The new visit's version."), ("Location" = String, description = "Where it can be read.")))))]
pub async fn reschedule(
    State(app): State<AppState>,
    Writer(actor): Writer,
    Id(id): Id<AppointmentId>,
    meant: Meant,
    Json(wanted): Json<Move>,
) -> Result<Told, Problem> {
    let start = moment("start", &wanted.start)?;
    let version = meant.version(wanted.version)?;
    let moved = if actor.role == Role::Patient {
        server::reschedule(&app, patient(actor)?, id, version, start).await
    } else {
        let form = TimeForm { start: start.0.to_string(), ..TimeForm::default() };
        desk::move_visit(&app, actor, id, version, form).await.map(|visit| visit.id)
    };
    match moved {
        Ok(new) => Ok(Told::created(after(&app, actor, new).await?)),
        Err(error) => Err(meant.refused(&app, actor, id, error).await.into()),
    }
}
