//! All doctors, and the decisions of staff about them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema, openapi::KnownFormat};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    admin::{
        model::people::{Approval, DoctorStatus, ListedDoctor, ManagedDoctor, PausedBy, Standing},
        server::people::{self, Decision},
    },
    api::{
        auth::{ReadAccess, WriteAccess},
        dto::after_change,
        extract::{Id, Json},
        parameters::InAddress,
        problem::Problem,
        roles::Staff,
        version::{IfMatch, Tagged, tagged},
    },
    error::AppError,
    state::AppState,
    web::request::Actor,
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_all_doctors))
        .routes(routes!(read_managed_doctor))
        .routes(routes!(approve_doctor))
        .routes(routes!(reject_doctor))
        .routes(routes!(pause_doctor))
        .routes(routes!(resume_doctor))
}

/// A doctor, shown to patients or not.
#[derive(Serialize, ToSchema)]
struct StaffDoctor {
    id: String,
    /// The last part of the address of the doctor's page.
    slug: String,
    name: String,
    /// The specialty named first; may be empty.
    specialty: String,
    #[serde(flatten)]
    standing: DoctorStanding,
    /// A number that rises with every change of the profile, the hours and the visit types.
    version: i64,
}

/// A doctor's standing with the clinic.
#[derive(Serialize, ToSchema)]
struct DoctorStanding {
    /// `active`, `paused`, `leaving` or `deactivated`. Patients find active doctors only.
    #[schema(value_type = String)]
    status: DoctorStatus,
    /// `waiting`, `approved` or `rejected`.
    #[schema(value_type = String)]
    approval: Approval,
    /// `doctor` or `admin`, while paused.
    #[schema(value_type = Option<String>)]
    paused_by: Option<PausedBy>,
    /// Whether there are weekly hours that have not ended.
    has_hours: bool,
    /// Whether there is a visit type that patients can book.
    has_visit_types: bool,
    /// The standing in words, for a person.
    standing: &'static str,
}

impl From<Standing> for DoctorStanding {
    fn from(standing: Standing) -> Self {
        let words = standing.label();
        let Standing { status, approval, paused_by, has_hours, has_visit_types } = standing;
        DoctorStanding { status, approval, paused_by, has_hours, has_visit_types, standing: words }
    }
}

impl From<ListedDoctor> for StaffDoctor {
    fn from(doctor: ListedDoctor) -> Self {
        let ListedDoctor { id, name, slug, specialty, standing, version } = doctor;
        StaffDoctor { id: id.to_string(), slug, name, specialty, standing: standing.into(), version }
    }
}

/// All doctors
#[utoipa::path(
    get,
    path = "/staff/doctors",
    tag = "staff",
    security(("bearer" = [])),
    responses((
        status = 200,
        description = "All doctors by name, those who wait for approval before the others.",
        body = Vec<StaffDoctor>,
    )),
)]
async fn list_all_doctors(
    State(app): State<AppState>,
    _staff: Staff<ReadAccess>,
) -> Result<axum::Json<Vec<StaffDoctor>>, Problem> {
    let doctors = people::doctors(&app).await?;
    Ok(axum::Json(doctors.into_iter().map(StaffDoctor::from).collect()))
}

/// A doctor with all details that staff need for a decision.
#[derive(Serialize, ToSchema)]
struct StaffDoctorDetails {
    #[serde(flatten)]
    doctor: StaffDoctor,
    designation: String,
    registration_number: String,
    specialties: Vec<String>,
    /// The reason that staff gave for a rejection; may be empty.
    rejection: String,
    /// The account with which the doctor signs in.
    person_id: Option<String>,
    /// Whether the doctor asked to leave.
    wants_to_leave: bool,
}

impl From<ManagedDoctor> for StaffDoctorDetails {
    fn from(doctor: ManagedDoctor) -> Self {
        StaffDoctorDetails {
            designation: doctor.designation,
            registration_number: doctor.registration_number,
            rejection: doctor.approval_note,
            person_id: doctor.account.map(|id| id.to_string()),
            wants_to_leave: doctor.wants_to_leave,
            doctor: StaffDoctor {
                id: doctor.id.to_string(),
                slug: doctor.slug,
                name: doctor.name,
                specialty: doctor.specialties.first().cloned().unwrap_or_default(),
                standing: doctor.standing.into(),
                version: doctor.version,
            },
            specialties: doctor.specialties,
        }
    }
}

/// The last part of the address of a doctor's page. No slug has control characters.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Slug(String);

impl TryFrom<String> for Slug {
    type Error = AppError;

    fn try_from(text: String) -> Result<Self, AppError> {
        if text.chars().any(char::is_control) { Err(AppError::NotFound) } else { Ok(Slug(text)) }
    }
}

impl InAddress for Slug {
    const NAME: &'static str = "slug";
    const DESCRIPTION: &'static str = "The doctor's slug, from `GET /staff/doctors`.";
    const FORMAT: Option<KnownFormat> = None;
}

/// A doctor, as staff see them
#[utoipa::path(
    get,
    path = "/staff/doctors/{slug}",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<Slug>),
    responses((
        status = 200,
        description = "The doctor.",
        body = StaffDoctorDetails,
        headers(("ETag" = String, description = "The version, for `If-Match`.")),
    )),
)]
async fn read_managed_doctor(
    State(app): State<AppState>,
    _staff: Staff<ReadAccess>,
    Id(Slug(slug)): Id<Slug>,
) -> Result<Tagged<StaffDoctorDetails>, Problem> {
    let doctor = people::doctor(&app, &slug).await?;
    Ok(tagged(doctor.version, doctor.into()))
}

/// The doctor after the decision.
#[derive(IntoResponses)]
#[response(status = 200, headers(("ETag" = String, description = "The new version.")))]
struct Decided(StaffDoctorDetails);

impl IntoResponse for Decided {
    fn into_response(self) -> Response {
        tagged(self.0.doctor.version, self.0).into_response()
    }
}

async fn decide(
    app: &AppState,
    staff: Actor,
    slug: &str,
    version: i64,
    decision: Decision,
) -> Result<Decided, Problem> {
    if let Err(error) = people::decide(app, staff, slug, version, decision).await {
        return Err(refused(app, slug, version, error).await.into());
    }
    Ok(Decided(people::doctor(app, slug).await.map_err(after_change)?.into()))
}

/// Distinguishes a doctor who has changed since they were read from one whose standing does not allow the decision.
async fn refused(app: &AppState, slug: &str, version: i64, error: AppError) -> AppError {
    if error != AppError::Conflict {
        return error;
    }
    match people::doctor(app, slug).await {
        Ok(doctor) if doctor.version != version => AppError::PreconditionFailed,
        _ => error,
    }
}

/// Approve a doctor
///
/// Patients find the doctor from now on.
#[utoipa::path(
    post,
    path = "/staff/doctors/{slug}/approve",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<Slug>, IfMatch),
    responses(Decided),
)]
async fn approve_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
) -> Result<Decided, Problem> {
    decide(&app, staff, &slug, version, Decision::Approve).await
}

/// The rejection of a doctor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// The reason, which the doctor can read.
    #[schema(min_length = 1, max_length = 300)]
    reason: String,
}

/// Reject a doctor who waits for approval
#[utoipa::path(
    post,
    path = "/staff/doctors/{slug}/reject",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<Slug>, IfMatch),
    responses(Decided),
)]
async fn reject_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
    Json(rejection): Json<Rejection>,
) -> Result<Decided, Problem> {
    decide(&app, staff, &slug, version, Decision::Reject(rejection.reason)).await
}

/// Hide a doctor from patients
///
/// Booked appointments stay as they are.
#[utoipa::path(
    post,
    path = "/staff/doctors/{slug}/pause",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<Slug>, IfMatch),
    responses(Decided),
)]
async fn pause_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
) -> Result<Decided, Problem> {
    decide(&app, staff, &slug, version, Decision::Pause).await
}

/// Show a paused doctor to patients again
///
/// Staff cannot end a pause that the doctor began.
#[utoipa::path(
    post,
    path = "/staff/doctors/{slug}/resume",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<Slug>, IfMatch),
    responses(Decided),
)]
async fn resume_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
) -> Result<Decided, Problem> {
    decide(&app, staff, &slug, version, Decision::Resume).await
}
