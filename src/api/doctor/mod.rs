//! A doctor's own profile, calendar and appointments. Staff name the doctor and use the same operations.

mod hours;
mod request;
mod time_off;

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::request::DoctorQuery;
use super::{
    auth::{ReadAccess, WriteAccess},
    booking::{AppointmentOutcome, AppointmentResponse, after},
    dto::{after_change, renamed},
    extract::{Id, Json, Query},
    problem::Problem,
    roles::DoctorOrStaff,
    specialties::Specialties,
    version::{IfMatch, Tagged, tagged},
};
use crate::{
    booking::{
        Attendance,
        server::{self as booking, attendance},
    },
    doctors::{
        model::own_profile::{MAX_SPECIALTIES, OwnProfile, ProfileForm, Visibility},
        server::own_profile,
    },
    error::{AppError, FieldCode},
    ids::AppointmentId,
    state::AppState,
    web::request::Actor,
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(read_profile, change_profile))
        .merge(hours::routes())
        .merge(time_off::routes())
        .routes(routes!(note_status))
}

/// The value that a form sends for a specialty that does not exist.
const UNKNOWN: &str = "unknown";

/// A profile as its doctor edits it.
#[derive(Serialize, ToSchema)]
struct Profile {
    /// The last part of the address of the doctor's page.
    slug: String,
    name: String,
    /// Professional title: "Consultant cardiologist".
    designation: String,
    /// Number in the professional register.
    registration_number: String,
    /// Whether only staff can still change that number.
    registration_fixed: bool,
    about: String,
    /// Where the doctor's video calls take place; may be empty.
    video_url: String,
    /// Ids, from `GET /specialties`. A list shows the first one.
    specialties: Vec<String>,
    /// The codes of ISO 639-1: `en`.
    languages: Vec<String>,
    accepts_new_patients: bool,
    /// Whether clinic staff may read what patients write for the doctor. The doctor chooses it on the website.
    staff_read_reasons: bool,
    /// `visible`, or the reason why patients do not find the doctor: `waiting`, `rejected`, `paused_by_clinic`,
    /// `hidden_by_doctor` or `leaving`.
    #[schema(value_type = String)]
    visibility: &'static str,
    /// The reason that staff gave for the rejection.
    rejection: Option<String>,
    /// A number that rises with every change of the profile, the hours and the visit types; also the `ETag`.
    version: i64,
}

impl Profile {
    fn new(specialties: &Specialties, profile: OwnProfile) -> Self {
        let (visibility, rejection) = match profile.visibility {
            Visibility::Visible => ("visible", None),
            Visibility::Waiting => ("waiting", None),
            Visibility::Rejected { note } => ("rejected", Some(note)),
            Visibility::PausedByClinic => ("paused_by_clinic", None),
            Visibility::HiddenByDoctor => ("hidden_by_doctor", None),
            Visibility::Leaving => ("leaving", None),
        };
        Profile {
            slug: profile.slug,
            name: profile.name,
            designation: profile.designation,
            registration_number: profile.registration_number,
            registration_fixed: profile.registration_fixed,
            about: profile.about,
            video_url: profile.video_url,
            specialties: profile.specialties.iter().filter_map(|id| specialties.public(id)).collect(),
            languages: profile.languages,
            accepts_new_patients: profile.accepts_new_patients,
            staff_read_reasons: profile.staff_read_reasons,
            visibility,
            rejection,
            version: profile.version,
        }
    }
}

/// A doctor's own profile
#[utoipa::path(
    get,
    path = "/doctor/profile",
    tag = "doctor",
    security(("bearer" = [])),
    params(DoctorQuery),
    responses((
        status = 200,
        description = "The profile.",
        body = Profile,
        headers(("ETag" = String, description = "The version, for `If-Match`.")),
    )),
)]
async fn read_profile(
    State(app): State<AppState>,
    DoctorOrStaff(ReadAccess(actor)): DoctorOrStaff<ReadAccess>,
    Query(whose): Query<DoctorQuery>,
) -> Result<Tagged<Profile>, Problem> {
    let profile = own_profile::read(&app, actor, &whose.doctor).await?;
    let specialties = Specialties::load(&app).await?;
    Ok(tagged(profile.version, Profile::new(&specialties, profile)))
}

/// A whole profile, which replaces the old one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileChange {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(max_length = 100)]
    designation: String,
    /// The number in the professional register; ignored when only staff can change it.
    #[schema(max_length = 40)]
    registration_number: String,
    #[schema(max_length = 2000)]
    about: String,
    /// Where the doctor's video calls take place, beginning with `https://`; left out, as it is.
    #[serde(default)]
    #[schema(max_length = 200)]
    video_url: Option<String>,
    /// Ids, from `GET /specialties`. A list shows the first one.
    #[schema(min_items = 1, max_items = 3)]
    specialties: Vec<String>,
    /// The codes of ISO 639-1: `en`.
    languages: Vec<String>,
    accepts_new_patients: bool,
}

impl ProfileChange {
    fn into_form(self, known: &Specialties, video_url: String) -> Result<(ProfileForm, Vec<String>), AppError> {
        if !(1..=MAX_SPECIALTIES).contains(&self.specialties.len()) {
            let most = i64::try_from(MAX_SPECIALTIES).unwrap_or(i64::MAX);
            return Err(AppError::field("specialties", FieldCode::OutOfRange(1, most)));
        }
        // one that does not exist is refused beside its field
        let mut specialties = self.specialties.iter().map(|id| known.find(id).unwrap_or_else(|| UNKNOWN.to_owned()));
        let mut specialty = || specialties.next().unwrap_or_default();
        let form = ProfileForm {
            name: self.name,
            designation: self.designation,
            registration_number: self.registration_number,
            about: self.about,
            video_url: self.video_url.unwrap_or(video_url),
            specialty_1: specialty(),
            specialty_2: specialty(),
            specialty_3: specialty(),
            accepts_new_patients: if self.accepts_new_patients { "true".to_owned() } else { String::new() },
        };
        Ok((form, self.languages))
    }

    /// The form has a field for each specialty.
    fn field(form: &str) -> Option<String> {
        let place: usize = form.strip_prefix("specialty_")?.parse().ok()?;
        Some(format!("specialties[{}]", place.checked_sub(1)?))
    }
}

/// Change a profile
#[utoipa::path(
    put,
    path = "/doctor/profile",
    tag = "doctor",
    security(("bearer" = [])),
    params(DoctorQuery, IfMatch),
    responses((
        status = 200,
        description = "The profile as it is now.",
        body = Profile,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
async fn change_profile(
    State(app): State<AppState>,
    DoctorOrStaff(WriteAccess(actor)): DoctorOrStaff<WriteAccess>,
    IfMatch(version): IfMatch,
    Query(whose): Query<DoctorQuery>,
    Json(change): Json<ProfileChange>,
) -> Result<Tagged<Profile>, Problem> {
    let specialties = Specialties::load(&app).await?;
    // another one has another version, and is refused
    let present = own_profile::read(&app, actor, &whose.doctor).await?;
    let (form, languages) = change.into_form(&specialties, present.video_url)?;
    let saved = own_profile::save(&app, actor, &whose.doctor, version, form, languages).await;
    saved.map_err(|error| renamed(IfMatch::failed(error), ProfileChange::field))?;
    let profile = own_profile::read(&app, actor, &whose.doctor).await.map_err(after_change)?;
    Ok(tagged(profile.version, Profile::new(&specialties, profile)))
}

/// A note of a doctor or of staff about an appointment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusNote {
    status: NewStatus,
}

/// A status to note.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NewStatus {
    /// The patient is here; allowed from 12 hours before the appointment.
    Arrived,
    /// The appointment is over; allowed from its start.
    Completed,
    /// The patient did not come; allowed from the start of the appointment.
    NoShow,
    /// Another status was noted by mistake: the appointment is booked again.
    Booked,
    /// The request is accepted: booked.
    Accepted,
    /// The request is declined.
    Declined,
}

/// Note whether a patient came, or answer a request
///
/// A second note of the same status changes nothing.
#[utoipa::path(
    post,
    path = "/appointments/{id}/status",
    tag = "doctor",
    security(("bearer" = [])),
    params(Id<AppointmentId>, IfMatch),
    responses((
        status = 200,
        description = "The appointment as it is now.",
        body = AppointmentOutcome,
        headers(("ETag" = String, description = "The new version.")),
    )),
)]
async fn note_status(
    State(app): State<AppState>,
    DoctorOrStaff(WriteAccess(actor)): DoctorOrStaff<WriteAccess>,
    Id(id): Id<AppointmentId>,
    IfMatch(version): IfMatch,
    Json(note): Json<StatusNote>,
) -> Result<AppointmentResponse, Problem> {
    let seen = i32::try_from(version).map_err(|_| AppError::PreconditionFailed)?;
    if let Err(error) = note.status.note(&app, actor, id, seen).await {
        return Err(refused(&app, actor, id, seen, error).await.into());
    }
    Ok(AppointmentResponse::new(StatusCode::OK, after(&app, actor, id).await?))
}

/// Distinguishes an appointment that has changed since it was read from one whose status does not allow the note.
async fn refused(app: &AppState, actor: Actor, id: AppointmentId, seen: i32, error: AppError) -> AppError {
    if error != AppError::Conflict {
        return error;
    }
    match booking::appointment_with_specialty(app, actor, id).await {
        Ok(appointment) if appointment.row.version != seen => AppError::PreconditionFailed,
        _ => error,
    }
}

impl NewStatus {
    async fn note(self, app: &AppState, actor: Actor, id: AppointmentId, version: i32) -> Result<(), AppError> {
        let mark = match self {
            NewStatus::Accepted => return booking::answer_request(app, actor, id, version, true).await,
            NewStatus::Declined => return booking::answer_request(app, actor, id, version, false).await,
            NewStatus::Arrived => Attendance::Arrived,
            NewStatus::Completed => Attendance::Completed,
            NewStatus::NoShow => Attendance::NoShow,
            NewStatus::Booked => Attendance::Undo,
        };
        attendance::note_attendance(app, actor, id, version, mark).await
    }
}
