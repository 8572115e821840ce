//! Time off.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::request::{DoctorQuery, is_clock};
use crate::{
    api::{
        auth::{ReadAccess, WriteAccess},
        dto::{after_change, on_clock},
        extract::{Id, Json, Query},
        idempotency::KeyHeader,
        problem::Problem,
        roles::DoctorOrStaff,
        version::{IfMatch, Tagged, tagged},
    },
    booking::{
        server::time_off::{self, Absence},
        time_off::{TimeOffForm, TimeOffSpan},
    },
    error::{AppError, FieldCode, FieldError},
    ids::TimeOffId,
    state::AppState,
    time::server::{LocalDate, Zone},
    web::request::Actor,
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_time_off, add_time_off)).routes(routes!(remove_time_off))
}

/// Time in which a doctor is away.
#[derive(Serialize, ToSchema)]
struct TimeOff {
    id: String,
    #[schema(format = DateTime)]
    start: String,
    /// The end, which is no longer part of the time off.
    #[schema(format = DateTime)]
    end: String,
    /// The time zone of the doctor's calendar by its IANA name.
    zone: String,
    /// Patients never see it; may be empty.
    reason: String,
}

impl TimeOff {
    fn new(zone: &Zone, absence: Absence) -> Self {
        TimeOff {
            id: absence.id.to_string(),
            start: on_clock(zone, absence.starts_at),
            end: on_clock(zone, absence.ends_at),
            zone: zone.name().to_owned(),
            reason: absence.private_reason,
        }
    }
}

/// Time off
#[utoipa::path(
    get,
    path = "/doctor/time-off",
    tag = "doctor",
    security(("bearer" = [])),
    params(DoctorQuery),
    responses((
        status = 200,
        description = "The time off that is ahead or under way, the earliest first.",
        body = Vec<TimeOff>,
        headers(("ETag" = String, description = "The calendar's version, for `If-Match`.")),
    )),
)]
async fn list_time_off(
    State(app): State<AppState>,
    DoctorOrStaff(ReadAccess(actor)): DoctorOrStaff<ReadAccess>,
    Query(whose): Query<DoctorQuery>,
) -> Result<Tagged<Vec<TimeOff>>, Problem> {
    let (calendar, absences) = time_off::absences(&app, actor, &whose.doctor).await?;
    let list = absences.into_iter().map(|absence| TimeOff::new(&calendar.zone, absence)).collect();
    Ok(tagged(calendar.version, list))
}

/// New time off. It covers whole days, or parts of days when it has times, on the clock of the doctor's calendar.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTimeOff {
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last day that is off; left out, the first one.
    #[serde(default)]
    #[schema(format = Date)]
    until: Option<String>,
    /// The time at which it begins on the first day; left out, the whole day is off.
    #[serde(default)]
    #[schema(example = "14:00")]
    start: Option<String>,
    /// The time at which it ends on the last day; left out, the whole day is off.
    #[serde(default)]
    #[schema(example = "17:30")]
    end: Option<String>,
    /// Patients never see it.
    #[serde(default)]
    #[schema(max_length = 200)]
    reason: Option<String>,
}

impl NewTimeOff {
    fn check(&self) -> Result<(), AppError> {
        let no_date = |text: &str| text.parse::<LocalDate>().is_err();
        let no_clock = |text: &String| !is_clock(text);
        let checks = [
            ("from", no_date(&self.from), FieldCode::NotADate),
            ("until", self.until.as_deref().is_some_and(no_date), FieldCode::NotADate),
            ("start", self.start.as_ref().is_some_and(no_clock), FieldCode::NotATime),
            ("end", self.end.as_ref().is_some_and(no_clock), FieldCode::NotATime),
        ];
        let wrong = checks.into_iter().filter(|(_, wrong, _)| *wrong);
        let fields: Vec<_> = wrong.map(|(field, _, code)| FieldError { field: field.into(), code }).collect();
        if fields.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields }) }
    }

    fn form(&self) -> TimeOffForm {
        let [from_year, from_month, from_day] = parts(Some(&self.from));
        let [until_year, until_month, until_day] = parts(self.until.as_ref());
        let some = |text: &Option<String>| text.clone().unwrap_or_default();
        let (start, end, reason) = (some(&self.start), some(&self.end), some(&self.reason));
        TimeOffForm { from_day, from_month, from_year, until_day, until_month, until_year, start, end, reason }
    }

    fn span(&self) -> TimeOffSpan {
        let some = |text: &Option<String>| text.clone().unwrap_or_default();
        let until = self.until.clone().unwrap_or_else(|| self.from.clone());
        TimeOffSpan { from: self.from.clone(), until, start: some(&self.start), end: some(&self.end) }
    }
}

/// Year, month and day of a date, as they are typed.
fn parts(date: Option<&String>) -> [String; 3] {
    let mut parts = date.map(String::as_str).unwrap_or_default().split('-').map(str::to_owned);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Take time off
///
/// `If-Match` takes the `ETag` of `GET /doctor/time-off`. When booked appointments lie in the time off, nothing is
/// saved: the answer is 409 and names them. Move or cancel them first.
#[utoipa::path(
    post,
    path = "/doctor/time-off",
    tag = "doctor",
    security(("bearer" = [])),
    params(DoctorQuery, IfMatch, KeyHeader),
    responses((
        status = 201,
        description = "The time off.",
        body = TimeOff,
        headers(("ETag" = String, description = "The calendar's new version.")),
    )),
)]
async fn add_time_off(
    State(app): State<AppState>,
    DoctorOrStaff(WriteAccess(actor)): DoctorOrStaff<WriteAccess>,
    IfMatch(version): IfMatch,
    Query(whose): Query<DoctorQuery>,
    Json(wanted): Json<NewTimeOff>,
) -> Result<(StatusCode, Tagged<TimeOff>), Problem> {
    wanted.check()?;
    match time_off::add(&app, actor, whose.doctor.clone(), version, wanted.form()).await {
        Ok(id) => Ok((StatusCode::CREATED, added(&app, actor, &whose.doctor, id).await?)),
        Err(error @ AppError::AppointmentsAhead { .. }) => {
            let appointments =
                time_off::appointments(&app, actor, &whose.doctor, &wanted.span()).await?.list.appointments;
            Err(Problem::from(error).naming(appointments.into_iter().map(|appointment| appointment.when).collect()))
        }
        Err(error) => Err(IfMatch::failed(error).into()),
    }
}

async fn added(app: &AppState, actor: Actor, doctor: &str, id: TimeOffId) -> Result<Tagged<TimeOff>, AppError> {
    let (calendar, absences) = time_off::absences(app, actor, doctor).await.map_err(after_change)?;
    let absence = absences.into_iter().find(|absence| absence.id == id);
    // another request removed it in between
    let absence = absence.ok_or(AppError::Conflict)?;
    Ok(tagged(calendar.version, TimeOff::new(&calendar.zone, absence)))
}

/// Remove time off
///
/// The times are free again. `If-Match` takes the `ETag` of `GET /doctor/time-off`.
#[utoipa::path(
    delete,
    path = "/doctor/time-off/{id}",
    tag = "doctor",
    security(("bearer" = [])),
    params(Id<TimeOffId>, DoctorQuery, IfMatch),
    responses((
        status = 204,
        description = "The time off is removed.",
    )),
)]
async fn remove_time_off(
    State(app): State<AppState>,
    DoctorOrStaff(WriteAccess(actor)): DoctorOrStaff<WriteAccess>,
    Id(id): Id<TimeOffId>,
    IfMatch(version): IfMatch,
    Query(whose): Query<DoctorQuery>,
) -> Result<StatusCode, Problem> {
    time_off::remove(&app, actor, whose.doctor, version, id).await.map_err(IfMatch::failed)?;
    Ok(StatusCode::NO_CONTENT)
}
