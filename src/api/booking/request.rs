//! Parts that the requests of this feature have in common.

use crate::api::idempotency::RequestKey;
use crate::booking::server::AppointmentWithSpecialty;
use crate::booking::server::InSameCommit;
use crate::booking::server::{Along, AlongAs};
use crate::db::{Batch, Error};
use crate::random;
use crate::state::AppState;
use axum::{extract::FromRequestParts, http::request::Parts};
use std::sync::Arc;

use crate::{
    api::{
        auth::WriteAccess,
        idempotency::store::{Answer, KeyedRequest, keep_along},
        problem::Problem,
    },
    booking::server::{Booker, BookingRequest, Start},
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId, VisitTypeId},
    time::{Timestamp, server::parse_rfc3339},
    web::request::{Actor, RequestContext},
};

/// A patient who may book. Doctors and staff book for themselves with an account as a patient.
pub struct PatientBooker(pub Booker);

impl<S: Sync> FromRequestParts<S> for PatientBooker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let WriteAccess(actor) = WriteAccess::from_request_parts(parts, state).await?;
        Ok(PatientBooker(patient(actor)?))
    }
}

/// The patient who is signed in, as a booker.
pub fn patient(actor: Actor) -> Result<Booker, AppError> {
    Booker::of(&RequestContext { actor: Some(actor), ..RequestContext::anonymous() })
}

/// The moment that a field names.
pub fn moment(field: &str, text: &str) -> Result<Timestamp, AppError> {
    parse_rfc3339(text).map_err(|_| AppError::field(field, FieldCode::NotADate))
}

/// A booking request with a new id.
pub fn request(doctor: DoctorId, visit_type: Option<VisitTypeId>, start: Start) -> BookingRequest {
    BookingRequest { id: AppointmentId(random::id()), doctor, visit_type, start }
}

/// The answer to a request with a key, written in the same commit as what it tells of.
struct AnswerAlong {
    request: KeyedRequest,
    answer: fn(AppointmentWithSpecialty) -> Result<Answer, Error>,
    now: Timestamp,
}

impl InSameCommit for AnswerAlong {
    fn add_to(&self, batch: &mut Batch, made: &AppointmentWithSpecialty) -> Result<(), Error> {
        let answer = (self.answer)(made.clone())?;
        keep_along(batch, &self.request, made.row.id.0, &answer, self.now)
    }
}

/// Has the answer kept under the request's key, if it has one.
pub fn along(
    app: &AppState,
    RequestKey(key): RequestKey,
    answer: fn(AppointmentWithSpecialty) -> Result<Answer, Error>,
) -> Along {
    let along = |request| Arc::new(AnswerAlong { request, answer, now: app.clock.now() }) as Arc<dyn InSameCommit>;
    key.map(along)
}

/// As [`along`], for a change: the answer shows the appointment as this actor sees it.
pub fn along_as(
    app: &AppState,
    actor: Actor,
    key: RequestKey,
    answer: fn(AppointmentWithSpecialty) -> Result<Answer, Error>,
) -> AlongAs {
    AlongAs(along(app, key, answer).map(|along| (actor, along)))
}
