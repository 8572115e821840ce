//! Holding, booking, moving and cancelling appointments.

mod appointment;
mod change;
mod request;

use axum::{
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) use self::appointment::{AppointmentOutcome, AppointmentResponse, after};
use self::{
    appointment::AppointmentDto,
    request::{PatientBooker, along, moment, request},
};
use super::{
    auth::ReadAccess,
    extract::{Id, Json, Query},
    idempotency::{KeyHeader, RequestKey, store::Answer},
    paging::{Paged, check_page},
    problem::Problem,
    version::tag,
};
use crate::{
    booking::{
        Status,
        server::{self, AppointmentListQuery, AppointmentWithSpecialty, BookingRequest, Details, Start},
    },
    db::Error,
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId, PersonId, VisitTypeId},
    state::AppState,
    time::{Timestamp, server::rfc3339},
    web::metrics::{Act, Door},
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(hold))
        .routes(routes!(list_appointments, make_appointment))
        .routes(routes!(book))
        .routes(routes!(read_appointment))
        .routes(routes!(change::cancel))
        .routes(routes!(change::reschedule))
}

/// The time that a patient wants to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewHold {
    #[schema(value_type = uuid::Uuid)]
    doctor_id: DoctorId,
    /// A visit type of the doctor; left out, the one offered first.
    #[schema(value_type = Option<uuid::Uuid>)]
    visit_type_id: Option<VisitTypeId>,
    /// The start of a time from `GET /doctors/{id}/slots`.
    #[schema(format = DateTime)]
    start: String,
    /// Who is to be seen: a person from `GET /me/persons` with the scope `book`; left out, you.
    #[schema(value_type = Option<uuid::Uuid>)]
    patient_id: Option<PersonId>,
}

/// A time that is kept for a patient.
#[derive(Serialize, ToSchema)]
struct Hold {
    id: String,
    doctor_id: String,
    doctor_name: String,
    visit_type_id: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// The clinic's time zone by its IANA name.
    zone: String,
    /// The end of the hold. No other patient can book the time before it.
    #[schema(format = DateTime)]
    held_until: String,
}

/// Keep a time
///
/// No other patient can book it for a few minutes. A patient keeps one time only: a second one frees the first.
#[utoipa::path(
    post,
    path = "/holds",
    tag = "booking",
    security(("bearer" = [])),
    params(KeyHeader),
    responses((
        status = 201,
        description = "The time is kept. Book it with `POST /appointments`.",
        body = Hold,
    )),
)]
async fn hold(
    State(app): State<AppState>,
    PatientBooker(booker): PatientBooker,
    key: RequestKey,
    Json(wanted): Json<NewHold>,
) -> Result<(StatusCode, axum::Json<Hold>), Problem> {
    let start = Start::At(moment("start", &wanted.start)?);
    let NewHold { doctor_id: doctor, visit_type_id: visit_type, .. } = wanted;
    let request = request(doctor, visit_type, start);
    let along = along(&app, key, Hold::kept);
    let held = server::hold_for(&app, booker.acting_for(wanted.patient_id), request, along).await;
    let held = app.metrics.count(Act::Hold, Door::Api, held)?;
    Ok((StatusCode::CREATED, axum::Json(Hold::from(held))))
}

impl From<AppointmentWithSpecialty> for Hold {
    fn from(AppointmentWithSpecialty { row, .. }: AppointmentWithSpecialty) -> Self {
        let clock = |at: Timestamp| rfc3339(at, row.utc_offset_seconds / 60);
        Hold {
            id: row.id.to_string(),
            doctor_id: row.doctor_id.to_string(),
            start: clock(row.starts_at),
            end: clock(row.ends_at),
            held_until: clock(row.held_until.unwrap_or(row.updated_at)),
            doctor_name: row.doctor_name,
            visit_type_id: row.visit_type_id.to_string(),
            zone: row.time_zone,
        }
    }
}

impl Hold {
    /// The answer, to be sent again under its Idempotency-Key.
    fn kept(held: AppointmentWithSpecialty) -> Result<Answer, Error> {
        Answer::json(StatusCode::CREATED, HeaderMap::new(), &Hold::from(held))
    }
}

/// An appointment to book: a kept time by `hold_id`, or a free one by `doctor_id` and `start`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAppointment {
    /// The id from `POST /holds`.
    #[schema(value_type = Option<uuid::Uuid>)]
    hold_id: Option<AppointmentId>,
    #[schema(value_type = Option<uuid::Uuid>)]
    doctor_id: Option<DoctorId>,
    /// A visit type of the doctor; left out, the one offered first.
    #[schema(value_type = Option<uuid::Uuid>)]
    visit_type_id: Option<VisitTypeId>,
    /// The start of a time from `GET /doctors/{id}/slots`.
    #[schema(format = DateTime)]
    start: Option<String>,
    /// Who is to be seen: a person from `GET /me/persons` with the scope `book`; left out, you. A kept time has its person.
    #[schema(value_type = Option<uuid::Uuid>)]
    patient_id: Option<PersonId>,
    /// The patient's note for the doctor. Staff read it only if the doctor lets them.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// A number at which the clinic can call about this appointment.
    #[serde(default)]
    #[schema(max_length = 30)]
    phone: String,
}

impl NewAppointment {
    fn request(&self) -> Result<BookingRequest, AppError> {
        let missing = |field| AppError::field(field, FieldCode::Missing);
        let doctor = self.doctor_id.ok_or_else(|| missing("doctor_id"))?;
        let start = moment("start", self.start.as_deref().ok_or_else(|| missing("start"))?)?;
        Ok(request(doctor, self.visit_type_id, Start::At(start)))
    }

    /// Refuses fields about the time, because the hold already fixes it.
    fn only_hold(&self) -> Result<(), AppError> {
        let extra = [
            ("doctor_id", self.doctor_id.is_some()),
            ("visit_type_id", self.visit_type_id.is_some()),
            ("start", self.start.is_some()),
            ("patient_id", self.patient_id.is_some()),
        ];
        match extra.into_iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(AppError::field(field, FieldCode::NotAField)),
            None => Ok(()),
        }
    }
}

/// Book an appointment
///
/// The time is one that was kept before, or a free one, which is held and booked in one step. A doctor who confirms
/// each appointment is asked first: the status is then `requested`.
#[utoipa::path(
    post,
    path = "/appointments",
    tag = "booking",
    security(("bearer" = [])),
    params(KeyHeader),
    responses((
        status = 201,
        description = "The appointment is booked or requested.",
        body = AppointmentOutcome,
        headers(
            ("ETag" = String, description = "The version, for `If-Match`."),
            ("Location" = String, description = "Where the appointment can be read."),
        ),
    )),
)]
async fn make_appointment(
    State(app): State<AppState>,
    PatientBooker(booker): PatientBooker,
    key: RequestKey,
    Json(wanted): Json<NewAppointment>,
) -> Result<AppointmentResponse, Problem> {
    let along = along(&app, key, AppointmentResponse::kept_created);
    let Some(hold) = wanted.hold_id else {
        let request = wanted.request()?;
        let booker = booker.acting_for(wanted.patient_id);
        let details = Details { reason: wanted.reason, phone: wanted.phone };
        let booked = server::book(&app, booker, request, details, along).await;
        return Ok(AppointmentResponse::created(app.metrics.count(Act::Book, Door::Api, booked)?));
    };
    wanted.only_hold()?;
    let details = Details { reason: wanted.reason, phone: wanted.phone };
    let booked = server::confirm_with(&app, booker, hold, Some(details), along).await;
    Ok(AppointmentResponse::created(app.metrics.count(Act::Book, Door::Api, booked)?))
}

/// An appointment to book by its day or its time.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBooking {
    #[schema(value_type = uuid::Uuid)]
    doctor_id: DoctorId,
    /// A day on the clinic's calendar (`2026-12-03`), whose earliest free time is booked; or a moment with its offset.
    date: String,
    /// A visit type of the doctor; left out, the one offered first.
    #[schema(value_type = Option<uuid::Uuid>)]
    visit_type_id: Option<VisitTypeId>,
    /// Who is to be seen: a person from `GET /me/persons` with the scope `book`; left out, you.
    #[schema(value_type = Option<uuid::Uuid>)]
    patient_id: Option<PersonId>,
    /// The patient's note for the doctor. Staff read it only if the doctor lets them.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// A number at which the clinic can call about this appointment.
    #[serde(default)]
    #[schema(max_length = 30)]
    phone: String,
}

/// Book the earliest time of a day, or a certain time
#[utoipa::path(
    post,
    path = "/book",
    tag = "booking",
    security(("bearer" = [])),
    params(KeyHeader),
    responses((
        status = 201,
        description = "The appointment is booked or requested.",
        body = AppointmentOutcome,
        headers(
            ("ETag" = String, description = "The version, for `If-Match`."),
            ("Location" = String, description = "Where the appointment can be read."),
        ),
    )),
)]
async fn book(
    State(app): State<AppState>,
    PatientBooker(booker): PatientBooker,
    key: RequestKey,
    Json(wanted): Json<NewBooking>,
) -> Result<AppointmentResponse, Problem> {
    let start = match wanted.date.parse() {
        Ok(day) => Start::On(day),
        Err(_) => Start::At(moment("date", &wanted.date)?),
    };
    let along = along(&app, key, AppointmentResponse::kept_created);
    let request = request(wanted.doctor_id, wanted.visit_type_id, start);
    let details = Details { reason: wanted.reason, phone: wanted.phone };
    let booker = booker.acting_for(wanted.patient_id);
    let booked = server::book(&app, booker, request, details, along).await;
    Ok(AppointmentResponse::created(app.metrics.count(Act::Book, Door::Api, booked)?))
}

/// The filters and the page of a list of appointments.
#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AppointmentsQuery {
    /// Only appointments with this status; left out, all but those that were moved to another time.
    #[param(
        value_type = Option<String>,
        pattern = "^(requested|booked|arrived|completed|no_show|cancelled|rescheduled|declined|expired)$"
    )]
    status: Option<Status>,
    /// The first day, on the clinic's calendar. For a doctor's calendar, today when it is left out.
    #[param(format = Date)]
    from: Option<String>,
    /// The last day of the list. For a doctor's calendar, 31 days in all when it is left out, and 62 at most.
    #[param(format = Date)]
    to: Option<String>,
    /// The doctor whose calendar is listed. Staff must name one.
    #[param(value_type = Option<uuid::Uuid>)]
    doctor_id: Option<DoctorId>,
    /// The page, counted from 1, of fifty appointments. A page past the end is empty.
    #[param(value_type = i64, minimum = 1, maximum = 4294967295_i64)]
    page: u32,
}

impl Default for AppointmentsQuery {
    fn default() -> Self {
        AppointmentsQuery { status: None, from: None, to: None, doctor_id: None, page: 1 }
    }
}

impl AppointmentsQuery {
    fn read(self) -> Result<AppointmentListQuery, AppError> {
        let date = |field, text: Option<String>| {
            text.map(|text| text.parse().map_err(|_| AppError::field(field, FieldCode::NotADate))).transpose()
        };
        let page = check_page(self.page)?;
        let (from, to) = (date("from", self.from)?, date("to", self.to)?);
        Ok(AppointmentListQuery { doctor: self.doctor_id, status: self.status, from, to, page })
    }
}

/// Your appointments
///
/// A patient gets their own appointments and those of the people for whom they act, a doctor their calendar, and staff the calendar of the doctor that they name;
/// the earliest first.
#[utoipa::path(
    get,
    path = "/appointments",
    tag = "booking",
    security(("bearer" = [])),
    params(AppointmentsQuery),
    responses((
        status = 200,
        description = "One page of appointments. `X-Total-Count` counts them all; `Link` has the other pages.",
        body = Vec<AppointmentDto>,
        headers(
            ("X-Total-Count" = u32, description = "Appointments on all pages together."),
            ("Link" = String, description = "`first`, `prev`, `next` and `last` page."),
        ),
    )),
)]
async fn list_appointments(
    State(app): State<AppState>,
    ReadAccess(actor): ReadAccess,
    address: OriginalUri,
    Query(query): Query<AppointmentsQuery>,
) -> Result<Paged<AppointmentDto>, Problem> {
    let query = query.read()?;
    let page = query.page;
    let found = server::list_appointments(&app, actor, query).await?;
    let items = found.items.into_iter().map(AppointmentDto::from).collect();
    Ok(Paged { items, total: found.total, page, pages: found.pages, address })
}

/// An appointment
#[utoipa::path(
    get,
    path = "/appointments/{id}",
    tag = "booking",
    security(("bearer" = [])),
    params(Id<AppointmentId>),
    responses((
        status = 200,
        description = "The appointment, for its patient and who acts for them, its doctor or the clinic's staff.",
        body = AppointmentDto,
        headers(("ETag" = String, description = "The version, for `If-Match`.")),
    )),
)]
async fn read_appointment(
    State(app): State<AppState>,
    ReadAccess(actor): ReadAccess,
    Id(id): Id<AppointmentId>,
) -> Result<Response, Problem> {
    let record = server::appointment_with_specialty(&app, actor, id).await?;
    let version = record.row.version.into();
    let mut response = axum::Json(AppointmentDto::from(record)).into_response();
    tag(response.headers_mut(), version);
    Ok(response)
}
