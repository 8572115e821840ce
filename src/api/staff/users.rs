//! Accounts.

use axum::extract::{OriginalUri, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    accounts::Role,
    admin::{
        model::people::ListedUser,
        server::{invitations::clinic_clock, people::users},
    },
    api::{
        auth::{ReadAccess, WriteAccess},
        dto::{after_change, on_clock},
        extract::{Id, Query},
        paging::{Paged, check_page},
        problem::Problem,
        roles::Staff,
    },
    error::AppError,
    ids::PersonId,
    state::AppState,
    time::server::Zone,
    web::request::Actor,
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list_users))
        .routes(routes!(read_user))
        .routes(routes!(suspend_user))
        .routes(routes!(reactivate_user))
}

/// The filter and the page of a list of accounts.
#[derive(Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct UsersQuery {
    /// Beginnings of words of the name, in any order, or a birth date, a phone number or its last digits, a clinic number,
    /// the beginning of the email address, or the reference of an appointment.
    q: String,
    /// The page, counted from 1, of twenty accounts. A page past the end is empty.
    #[param(value_type = i64, minimum = 1, maximum = 4294967295_i64)]
    page: u32,
}

impl Default for UsersQuery {
    fn default() -> Self {
        UsersQuery { q: String::new(), page: 1 }
    }
}

/// The account of a person.
#[derive(Serialize, ToSchema)]
struct User {
    id: String,
    name: String,
    email: String,
    /// `patient`, `doctor`, `receptionist` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    suspended: bool,
    #[schema(format = DateTime)]
    created: String,
    /// The start of the latest session that is still stored.
    #[schema(format = DateTime)]
    last_sign_in: Option<String>,
    /// Since when messages to the address do not arrive; null while they do.
    #[schema(format = DateTime)]
    mail_fails_since: Option<String>,
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
            mail_fails_since: listed.mail_failed_at.map(|at| on_clock(zone, at)),
            zone: zone.name().to_owned(),
        }
    }
}

/// Find accounts
#[utoipa::path(
    get,
    path = "/staff/users",
    tag = "staff",
    security(("bearer" = [])),
    params(UsersQuery),
    responses((
        status = 200,
        description = "One page, by name. `X-Total-Count` counts them all; `Link` has the other pages.",
        body = Vec<User>,
    )),
)]
async fn list_users(
    State(app): State<AppState>,
    _staff: Staff<ReadAccess>,
    address: OriginalUri,
    Query(query): Query<UsersQuery>,
) -> Result<Paged<User>, Problem> {
    let page = check_page(query.page)?;
    let (found, zone) = (users::search(&app, &query.q, page).await?, clinic_clock(&app).await?);
    let items = found.users.into_iter().map(|user| User::new(&zone, user)).collect();
    Ok(Paged { items, total: found.all, page, pages: found.pages, address })
}

/// The account of a person with all details that staff need for a decision.
#[derive(Serialize, ToSchema)]
struct UserDetails {
    #[serde(flatten)]
    user: User,
    /// The number of appointments ahead in which the person is the patient.
    appointments_ahead: u32,
    /// The slug in `GET /staff/doctors`, for the account of a doctor.
    doctor: Option<String>,
}

async fn details(app: &AppState, staff: Actor, id: PersonId) -> Result<axum::Json<UserDetails>, AppError> {
    let (found, zone) = (users::user(app, staff, id).await?, clinic_clock(app).await?);
    let doctor = found.doctor.map(|(slug, _)| slug);
    Ok(axum::Json(UserDetails {
        user: User::new(&zone, found.user),
        appointments_ahead: found.appointments_ahead,
        doctor,
    }))
}

/// An account
#[utoipa::path(
    get,
    path = "/staff/users/{id}",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<PersonId>),
    responses((
        status = 200,
        description = "The account.",
        body = UserDetails,
    )),
)]
async fn read_user(
    State(app): State<AppState>,
    Staff(ReadAccess(staff)): Staff<ReadAccess>,
    Id(id): Id<PersonId>,
) -> Result<axum::Json<UserDetails>, Problem> {
    Ok(details(&app, staff, id).await?)
}

/// Suspend an account
///
/// Every session of the account ends at once. A second request changes nothing.
#[utoipa::path(
    post,
    path = "/staff/users/{id}/suspend",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<PersonId>),
    responses((
        status = 200,
        description = "The account as it is now.",
        body = UserDetails,
    )),
)]
async fn suspend_user(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(id): Id<PersonId>,
) -> Result<axum::Json<UserDetails>, Problem> {
    users::suspend(&app, staff, id).await?;
    Ok(details(&app, staff, id).await.map_err(after_change)?)
}

/// Reactivate an account
///
/// A second request changes nothing.
#[utoipa::path(
    post,
    path = "/staff/users/{id}/reactivate",
    tag = "staff",
    security(("bearer" = [])),
    params(Id<PersonId>),
    responses((
        status = 200,
        description = "The account as it is now.",
        body = UserDetails,
    )),
)]
async fn reactivate_user(
    State(app): State<AppState>,
    Staff(WriteAccess(staff)): Staff<WriteAccess>,
    Id(id): Id<PersonId>,
) -> Result<axum::Json<UserDetails>, Problem> {
    users::reactivate(&app, staff, id).await?;
    Ok(details(&app, staff, id).await.map_err(after_change)?)
}
