//! An appointment as the API shows it.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{dto::after_change, idempotency::store::Answer, names::PREFIX, version::tag},
    booking::{
        Mode, PatientReason, Status,
        server::{self, AppointmentWithSpecialty},
    },
    db::Error,
    error::AppError,
    ids::AppointmentId,
    state::AppState,
    time::{Timestamp, server::rfc3339},
    web::request::Actor,
};

/// An appointment.
#[derive(Serialize, ToSchema)]
#[schema(as = Appointment)]
pub struct AppointmentDto {
    id: String,
    /// The code to name on the phone: `K7F4-M2PQ`. It stays the same through all moves.
    reference: String,
    /// `requested`, `booked`, `arrived`, `completed`, `no_show`, `cancelled`, `rescheduled`, `declined`, or `expired`.
    #[schema(value_type = String)]
    status: Status,
    /// A number that rises with every change; also the `ETag`.
    version: i32,
    doctor_id: String,
    doctor_name: String,
    specialty: String,
    visit_type_id: String,
    /// The name of the visit type.
    visit_type: String,
    #[schema(value_type = String)]
    mode: Mode,
    /// Name of the location.
    location: String,
    address: String,
    /// The same as `start`.
    #[schema(format = DateTime)]
    date: String,
    /// The start with the clinic's offset from UTC.
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// The clinic's time zone by its IANA name.
    zone: String,
    /// Whether the patient wrote a note for the doctor.
    has_reason: bool,
    /// The patient's note; may be empty. Null for staff whom the doctor does not let read it.
    reason: Option<String>,
    /// The instructions for the patient; may be empty.
    instructions: String,
    /// The end of the time in which the doctor can answer a request.
    #[schema(format = DateTime)]
    answer_by: Option<String>,
    /// The appointment that took this one's place.
    rescheduled_to: Option<String>,
    /// The appointment whose place this one took.
    rescheduled_from: Option<String>,
    /// The booked appointment that stays until this request to move it is accepted, and when it is not.
    would_replace: Option<String>,
    /// Who is to be seen.
    patient_id: Option<String>,
    /// The patient; shown to the doctor, to the clinic's staff, and to who acts for the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    patient: Option<Patient>,
}

/// The patient of an appointment.
#[derive(Serialize, ToSchema)]
pub struct Patient {
    name: String,
    phone: String,
}

impl From<AppointmentWithSpecialty> for AppointmentDto {
    fn from(record: AppointmentWithSpecialty) -> Self {
        let AppointmentWithSpecialty { row, reason, specialty, patient_name, patient_phone } = record;
        let clock = |at: Timestamp| rfc3339(at, row.utc_offset_seconds / 60);
        AppointmentDto {
            id: row.id.to_string(),
            date: clock(row.starts_at),
            start: clock(row.starts_at),
            end: clock(row.ends_at),
            answer_by: row.answer_by.filter(|_| row.status == Status::Requested).map(clock),
            reference: row.reference,
            status: row.status,
            version: row.version,
            doctor_id: row.doctor_id.to_string(),
            doctor_name: row.doctor_name,
            specialty,
            visit_type_id: row.visit_type_id.to_string(),
            visit_type: row.visit_type_name,
            mode: row.mode,
            location: row.location_name,
            address: row.location_address,
            zone: row.time_zone,
            has_reason: reason != PatientReason::NotGiven,
            reason: (reason != PatientReason::Withheld).then(|| reason.text().to_owned()),
            instructions: row.instructions,
            rescheduled_to: row.rescheduled_to.map(|id| id.to_string()),
            rescheduled_from: row.rescheduled_from.map(|id| id.to_string()),
            would_replace: row.would_replace.map(|id| id.to_string()),
            patient_id: row.patient_id.map(|id| id.to_string()),
            patient: patient_name.map(|name| Patient { name, phone: patient_phone.unwrap_or_default() }),
        }
    }
}

/// An appointment, and the outcome of the request.
#[derive(Serialize, ToSchema)]
pub struct AppointmentOutcome {
    /// The outcome in words, for a person.
    message: &'static str,
    #[serde(flatten)]
    appointment: AppointmentDto,
}

/// The answer to a request that made or changed an appointment.
pub struct AppointmentResponse {
    status: StatusCode,
    outcome: AppointmentOutcome,
}

impl AppointmentResponse {
    pub fn new(status: StatusCode, record: AppointmentWithSpecialty) -> Self {
        let to_move = record.row.would_replace.is_some();
        let message = match record.row.status {
            Status::Requested if to_move => "Request sent. You keep your appointment until the new time is accepted.",
            Status::Cancelled if to_move => "The request is withdrawn. You keep your appointment.",
            Status::Requested => "Request sent. The appointment is not booked until the doctor accepts it.",
            Status::Booked if record.row.rescheduled_from.is_some() => "Your appointment has been moved.",
            Status::Booked | Status::Arrived => "Appointment confirmed.",
            Status::Cancelled => "The appointment is cancelled.",
            _ => "This appointment has changed.",
        };
        AppointmentResponse { status, outcome: AppointmentOutcome { message, appointment: record.into() } }
    }

    pub fn created(record: AppointmentWithSpecialty) -> Self {
        AppointmentResponse::new(StatusCode::CREATED, record)
    }
}

impl AppointmentResponse {
    /// The answer to a booking, to be sent again under its Idempotency-Key.
    ///
    /// # Errors
    /// As [`Answer::json`].
    pub fn kept_created(record: AppointmentWithSpecialty) -> Result<Answer, Error> {
        AppointmentResponse::created(record).kept()
    }

    /// As [`Self::kept_created`], for a change.
    ///
    /// # Errors
    /// As [`Answer::json`].
    pub fn kept(&self) -> Result<Answer, Error> {
        Answer::json(self.status, self.headers(), &self.outcome)
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        tag(&mut headers, self.outcome.appointment.version.into());
        let address = [PREFIX, "/appointments/", &self.outcome.appointment.id].concat();
        if let (StatusCode::CREATED, Ok(address)) = (self.status, HeaderValue::try_from(address)) {
            headers.insert(LOCATION, address);
        }
        headers
    }
}

impl IntoResponse for AppointmentResponse {
    fn into_response(self) -> Response {
        (self.status, self.headers(), axum::Json(self.outcome)).into_response()
    }
}

/// Reads the appointment after a change. An error here does not mean that the change failed.
pub async fn after(app: &AppState, actor: Actor, id: AppointmentId) -> Result<AppointmentWithSpecialty, AppError> {
    server::appointment_with_specialty(app, actor, id).await.map_err(after_change)
}
