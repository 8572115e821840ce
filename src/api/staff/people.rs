//! Doctors and accounts.

use axum::extract::{OriginalUri, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::check_page;
use crate::{
    accounts::Role,
    admin::{
        model::people::{Approval, DoctorStatus, ListedDoctor, ListedUser, ManagedDoctor, PausedBy, Standing},
        server::{
            invitations::clinic_clock,
            people::{self, Decision, users},
        },
    },
    api::{
        auth::{ReadAccess, WriteAccess},
        dto::{Tagged, after_change, on_clock, tagged},
        extract::{Id, Json, Query},
        paging::Paged,
        problem::Problem,
        roles::Staff,
        version::IfMatch,
    },
    error::AppError,
    ids::UserId,
    state::AppState,
    time::server::Zone,
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
        .routes(routes!(list_users))
        .routes(routes!(read_user))
        .routes(routes!(suspend_user))
        .routes(routes!(reactivate_user))
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
    /// Rises with every change of the profile, the hours and the visit types.
    version: i64,
}

/// How a doctor stands with the clinic.
#[derive(Serialize, ToSchema)]
struct DoctorStanding {
    /// `active`, `paused`, `leaving` or `deactivated`. Patients find those who are active.
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
    /// What patients see of the doctor, and why not more, for a person.
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
#[utoipa::path(get, path = "/staff/doctors", tag = "staff", security(("bearer" = [])),
    responses((status = 200, description = "Those who wait for approval first, each group by name.", body = Vec<StaffDoctor>)))]
async fn list_all_doctors(
    State(app): State<AppState>,
    _staff: Staff<ReadAccess>,
) -> Result<axum::Json<Vec<StaffDoctor>>, Problem> {
    let doctors = people::doctors(&app).await?;
    Ok(axum::Json(doctors.into_iter().map(StaffDoctor::from).collect()))
}

/// A doctor with everything that staff decide on.
#[derive(Serialize, ToSchema)]
struct StaffDoctorDetails {
    #[serde(flatten)]
    doctor: StaffDoctor,
    designation: String,
    registration_number: String,
    specialties: Vec<String>,
    /// Why staff said no; may be empty.
    rejection: String,
    /// The account with which the doctor signs in.
    user_id: Option<String>,
    /// Whether the doctor asked to leave.
    wants_to_leave: bool,
}

impl From<ManagedDoctor> for StaffDoctorDetails {
    fn from(doctor: ManagedDoctor) -> Self {
        StaffDoctorDetails {
            designation: doctor.designation,
            registration_number: doctor.registration_number,
            rejection: doctor.approval_note,
            user_id: doctor.account.map(|id| id.to_string()),
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

/// The last part of the address of a doctor's page. Anything else names nobody.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Slug(String);

impl TryFrom<String> for Slug {
    type Error = AppError;

    fn try_from(text: String) -> Result<Self, AppError> {
        if text.chars().any(char::is_control) { Err(AppError::NotFound) } else { Ok(Slug(text)) }
    }
}

/// A doctor, as staff see them
#[utoipa::path(get, path = "/staff/doctors/{slug}", tag = "staff", security(("bearer" = [])), params(("slug" = String, Path, description = "From `GET /staff/doctors`.")),
    responses((status = 200, description = "The doctor.", body = StaffDoctorDetails, headers(("ETag" = String, description = "The version, for `If-Match`.")))))]
async fn read_managed_doctor(
    State(app): State<AppState>,
    _staff: Staff<ReadAccess>,
    Id(Slug(slug)): Id<Slug>,
) -> Result<Tagged<StaffDoctorDetails>, Problem> {
    let doctor = people::doctor(&app, &slug).await?;
    Ok(tagged(doctor.version, doctor.into()))
}

type Decided = Result<Tagged<StaffDoctorDetails>, Problem>;

async fn decide(app: &AppState, staff: Actor, slug: &str, version: i64, decision: Decision) -> Decided {
    if let Err(error) = people::decide(app, staff, slug, version, decision).await {
        return Err(refused(app, slug, version, error).await.into());
    }
    let doctor = people::doctor(app, slug).await.map_err(after_change)?;
    Ok(tagged(doctor.version, doctor.into()))
}

/// Tells a doctor who is no longer as they were read from one whose standing does not allow the decision.
async fn refused(app: &AppState, slug: &str, version: i64, error: AppError) -> AppError {
    if error != AppError::Conflict {
        return error;
    }
    match people::doctor(app, slug).await {
        Ok(doctor) if doctor.version != version => AppError::PreconditionFailed,
        _ => error,
    }
}

/// Let a doctor in
///
/// Patients find the doctor from now on.
#[utoipa::path(post, path = "/staff/doctors/{slug}/approve", tag = "staff", security(("bearer" = [])), params(("slug" = String, Path, description = "From `GET /staff/doctors`."), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; 428 without it.")),
    responses((status = 200, description = "The doctor as they stand now.", body = StaffDoctorDetails, headers(("ETag" = String, description = "The new version.")))))]
async fn approve_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
) -> Decided {
    decide(&app, staff, &slug, version, Decision::Approve).await
}

/// Why a doctor is not let in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// The doctor reads it.
    #[schema(min_length = 1, max_length = 300)]
    reason: String,
}

/// Turn a doctor down who waits for approval
#[utoipa::path(post, path = "/staff/doctors/{slug}/reject", tag = "staff", security(("bearer" = [])), params(("slug" = String, Path, description = "From `GET /staff/doctors`."), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; 428 without it.")),
    responses((status = 200, description = "The doctor as they stand now.", body = StaffDoctorDetails, headers(("ETag" = String, description = "The new version.")))))]
async fn reject_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
    Json(rejection): Json<Rejection>,
) -> Decided {
    decide(&app, staff, &slug, version, Decision::Reject(rejection.reason)).await
}

/// Hide a doctor from patients
///
/// Booked appointments stay as they are.
#[utoipa::path(post, path = "/staff/doctors/{slug}/pause", tag = "staff", security(("bearer" = [])), params(("slug" = String, Path, description = "From `GET /staff/doctors`."), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; 428 without it.")),
    responses((status = 200, description = "The doctor as they stand now.", body = StaffDoctorDetails, headers(("ETag" = String, description = "The new version.")))))]
async fn pause_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
) -> Decided {
    decide(&app, staff, &slug, version, Decision::Pause).await
}

/// Show a paused doctor to patients again
///
/// A pause that the doctor made is the doctor's to lift.
#[utoipa::path(post, path = "/staff/doctors/{slug}/resume", tag = "staff", security(("bearer" = [])), params(("slug" = String, Path, description = "From `GET /staff/doctors`."), ("If-Match" = Option<String>, Header, description = "The `ETag` that was read; 428 without it.")),
    responses((status = 200, description = "The doctor as they stand now.", body = StaffDoctorDetails, headers(("ETag" = String, description = "The new version.")))))]
async fn resume_doctor(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(Slug(slug)): Id<Slug>,
    IfMatch(version): IfMatch,
) -> Decided {
    decide(&app, staff, &slug, version, Decision::Resume).await
}

/// Which accounts.
#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// A part of the name or the email address.
    q: String,
    /// Counted from 1; twenty accounts each. A page past the end is empty.
    #[param(value_type = i64, minimum = 1, maximum = 4294967295_i64)]
    page: u32,
}

impl Default for UsersQuery {
    fn default() -> Self {
        UsersQuery { q: String::new(), page: 1 }
    }
}

/// Somebody's account.
#[derive(Serialize, ToSchema)]
struct User {
    id: String,
    name: String,
    email: String,
    /// `patient`, `doctor` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    suspended: bool,
    #[schema(format = DateTime)]
    created: String,
    /// When the latest session began that is still known.
    #[schema(format = DateTime)]
    last_sign_in: Option<String>,
    /// The clinic's time zone by its IANA name.
    zone: String,
}

impl User {
    fn new(zone: &Zone, listed: ListedUser) -> Self {
        User {
            id: listed.id.to_string(),
            name: listed.name,
            email: listed.email,
            role: listed.role,
            suspended: listed.suspended,
            created: on_clock(zone, listed.created_at),
            last_sign_in: listed.signed_in_at.map(|at| on_clock(zone, at)),
            zone: zone.name().to_owned(),
        }
    }
}

/// Find accounts
#[utoipa::path(get, path = "/staff/users", tag = "staff", security(("bearer" = [])), params(UsersQuery),
    responses((status = 200, description = "One page, by name. `X-Total-Count` counts them all; `Link` leads to the other pages.", body = Vec<User>)))]
async fn list_users(
    State(app): State<AppState>,
    _staff: Staff<ReadAccess>,
    address: OriginalUri,
    Query(query): Query<UsersQuery>,
) -> Result<Paged<User>, Problem> {
    let page = check_page(query.page)?;
    let (found, zone) = (users::search(&app, &query.q, page).await?, clinic_clock(&app).await?);
    // the website shows the last page instead
    let listed = if page <= found.pages { found.users } else { Vec::new() };
    let items = listed.into_iter().map(|user| User::new(&zone, user)).collect();
    Ok(Paged { items, total: found.all, page, pages: found.pages, address })
}

/// Somebody's account with everything that staff decide on.
#[derive(Serialize, ToSchema)]
struct UserDetails {
    #[serde(flatten)]
    user: User,
    /// Appointments still to come, as a patient.
    appointments_ahead: u32,
    /// Of a doctor, what `GET /staff/doctors` lists as `slug`.
    doctor: Option<String>,
}

async fn details(app: &AppState, staff: Actor, id: UserId) -> Result<axum::Json<UserDetails>, AppError> {
    let (found, zone) = (users::user(app, staff, id).await?, clinic_clock(app).await?);
    let doctor = found.doctor.map(|(slug, _)| slug);
    Ok(axum::Json(UserDetails {
        user: User::new(&zone, found.user),
        appointments_ahead: found.appointments_ahead,
        doctor,
    }))
}

/// An account
#[utoipa::path(get, path = "/staff/users/{id}", tag = "staff", security(("bearer" = [])), params(("id" = Uuid, Path, description = "The account.")),
    responses((status = 200, description = "The account.", body = UserDetails)))]
async fn read_user(
    State(app): State<AppState>,
    Staff(ReadAccess(staff)): Staff<ReadAccess>,
    Id(id): Id<UserId>,
) -> Result<axum::Json<UserDetails>, Problem> {
    Ok(details(&app, staff, id).await?)
}

/// Shut somebody out
///
/// Every session of the account ends at once. A second time is fine.
#[utoipa::path(post, path = "/staff/users/{id}/suspend", tag = "staff", security(("bearer" = [])), params(("id" = Uuid, Path, description = "The account.")),
    responses((status = 200, description = "The account as it is now.", body = UserDetails)))]
async fn suspend_user(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(id): Id<UserId>,
) -> Result<axum::Json<UserDetails>, Problem> {
    users::suspend(&app, staff, id).await?;
    Ok(details(&app, staff, id).await.map_err(after_change)?)
}

/// Let somebody in again
///
/// A second time is fine.
#[utoipa::path(post, path = "/staff/users/{id}/reactivate", tag = "staff", security(("bearer" = [])), params(("id" = Uuid, Path, description = "The account.")),
    responses((status = 200, description = "The account as it is now.", body = UserDetails)))]
async fn reactivate_user(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(id): Id<UserId>,
) -> Result<axum::Json<UserDetails>, Problem> {
    users::reactivate(&app, staff, id).await?;
    Ok(details(&app, staff, id).await.map_err(after_change)?)
}
