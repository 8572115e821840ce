//! Parts that the requests of this feature have in common.

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{
    api::{auth::WriteAccess, idempotency::store::KeyedEffect, problem::Problem},
    booking::server::{Booker, BookingRequest, Start},
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId, VisitTypeId},
    time::{Timestamp, server::parse_rfc3339},
    web::request::{Actor, RequestContext},
};

/// A patient who may book. Doctors and staff book for themselves with an account as a patient.
pub struct PatientBooker {
    pub actor: Actor,
    pub booker: Booker,
}

impl<S: Sync> FromRequestParts<S> for PatientBooker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let WriteAccess(actor) = WriteAccess::from_request_parts(parts, state).await?;
        Ok(PatientBooker { actor, booker: patient(actor)? })
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

/// A booking request whose appointment has the id that the HTTP request makes.
pub fn request(effect: KeyedEffect, doctor: DoctorId, visit_type: Option<VisitTypeId>, start: Start) -> BookingRequest {
    BookingRequest { id: AppointmentId(effect.id), is_new: effect.is_new, doctor, visit_type, start }
}
