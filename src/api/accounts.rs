//! Accounts: signing in, renewing and ending a session, and a person's own details.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    auth::{OptionalActor, ReadAccess, SessionAccess},
    extract::Json,
    problem::Problem,
};
use crate::{
    accounts::{
        Role,
        model::care::{ActedFor, CareScope},
        server::{
            self, Renewed, Signed,
            me::{self, Change, Me},
            second_step::{self, FirstStep},
        },
    },
    booking,
    error::AppError,
    state::AppState,
    web::request::RequestContext,
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(read_me, change_me))
        .routes(routes!(list_persons))
}

/// Email address and password, and a code where the account asks for one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    #[schema(min_length = 1)]
    email: String,
    #[schema(format = Password, min_length = 1)]
    password: String,
    /// The six digits of the account's second factor, or a recovery code. Works once.
    #[serde(default)]
    #[schema(max_length = 40)]
    code: Option<String>,
}

/// The token that continues a session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Refresh {
    /// The refresh token, which works once.
    refresh_token: String,
}

/// A session that has begun or goes on.
#[derive(Serialize, ToSchema)]
pub(super) struct Session {
    /// The outcome in words, for a person.
    message: String,
    /// The access token, for `Authorization: Bearer`.
    token: String,
    /// The same token under its name in OAuth.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token runs out.
    expires_in: u32,
    /// Gets the next pair of tokens from `POST /refresh`, once.
    refresh_token: String,
    person_id: String,
    /// `patient`, `doctor`, `receptionist` or `admin`.
    #[schema(value_type = String)]
    role: Role,
}

impl Session {
    pub(super) fn new(app: &AppState, signed: Signed, message: &str) -> axum::Json<Self> {
        axum::Json(Session {
            message: message.to_owned(),
            token: signed.access.clone(),
            token_type: "Bearer",
            expires_in: signed.access_seconds(&app.settings),
            person_id: signed.actor.user.to_string(),
            role: signed.actor.role,
            access_token: signed.access,
            refresh_token: signed.refresh,
        })
    }
}

/// Sign in
///
/// With a second factor, send its `code` too: without one the right password gets 401 and `second_factor_needed`.
#[utoipa::path(
    post,
    path = "/login",
    tag = "accounts",
    responses((
        status = 200,
        description = "A new session.",
        body = Session,
    )),
)]
async fn login(
    State(app): State<AppState>,
    OptionalActor(request_context): OptionalActor,
    Json(form): Json<Credentials>,
) -> Result<axum::Json<Session>, Problem> {
    let request_context = RequestContext { actor: None, ..request_context };
    let signed = match (server::first_step(&app, &request_context, &form.email, &form.password).await?, form.code) {
        (FirstStep::Signed(signed), _) => signed,
        (FirstStep::CodeNeeded(half), Some(code)) => {
            second_step::finish(&app, &request_context, &half, &code, None).await?.signed
        }
        (FirstStep::CodeNeeded(_), None) => return Err(AppError::SecondFactorNeeded.into()),
    };
    Ok(Session::new(&app, signed, "You are signed in."))
}

/// Renew a session
///
/// A refresh token works once. A second use ends its session, because the token may have been copied. When two requests
/// with one token are sent at once, the second is answered with 409: use the tokens that the first one got.
#[utoipa::path(
    post,
    path = "/refresh",
    tag = "accounts",
    responses((
        status = 200,
        description = "The next pair of tokens.",
        body = Session,
    )),
)]
async fn refresh(
    State(app): State<AppState>,
    OptionalActor(request_context): OptionalActor,
    Json(form): Json<Refresh>,
) -> Result<axum::Json<Session>, Problem> {
    match server::renew(&app, &form.refresh_token, Some(request_context.address)).await? {
        Renewed::Fresh(signed) => Ok(Session::new(&app, signed, "You are still signed in.")),
        Renewed::Parallel(_) => Err(AppError::Conflict.into()),
        Renewed::Over(_) | Renewed::Anonymous => Err(Problem::broken_token()),
    }
}

/// Sign out
///
/// The session of the access token ends; its tokens no longer work.
#[utoipa::path(
    post,
    path = "/logout",
    tag = "accounts",
    security(("bearer" = [])),
    responses((
        status = 204,
        description = "The session is over.",
    )),
)]
async fn logout(State(app): State<AppState>, SessionAccess(actor): SessionAccess) -> Result<StatusCode, Problem> {
    server::sign_out(&app, &actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A person's own account.
#[derive(Serialize, ToSchema)]
struct Account {
    id: String,
    name: String,
    email: String,
    phone: Option<String>,
    /// `patient`, `doctor`, `receptionist` or `admin`.
    #[schema(value_type = String)]
    role: Role,
}

impl From<Me> for Account {
    fn from(me: Me) -> Self {
        Account { id: me.id.to_string(), name: me.name, email: me.email, phone: me.phone, role: me.role }
    }
}

/// Your own account
#[utoipa::path(
    get,
    path = "/me",
    tag = "accounts",
    security(("bearer" = [])),
    responses((
        status = 200,
        description = "The account of the token's owner.",
        body = Account,
    )),
)]
async fn read_me(State(app): State<AppState>, ReadAccess(actor): ReadAccess) -> Result<axum::Json<Account>, Problem> {
    Ok(axum::Json(me::me(&app, actor).await?.into()))
}

/// A person for whom you may act, or you.
#[derive(Serialize, ToSchema)]
struct PersonActedFor {
    /// The `patient_id` for holds and bookings.
    id: String,
    name: String,
    /// `see`: you see their appointments; `book`: you also book, move and cancel them.
    #[schema(value_type = String)]
    scope: CareScope,
    /// Whether it is you.
    own: bool,
}

impl From<ActedFor> for PersonActedFor {
    fn from(person: ActedFor) -> Self {
        let ActedFor { id, name, scope, own } = person;
        PersonActedFor { id: id.to_string(), name, scope, own }
    }
}

/// The people for whom you may act
///
/// You, and then your children and those whom you care for, by name.
#[utoipa::path(
    get,
    path = "/me/persons",
    tag = "accounts",
    security(("bearer" = [])),
    responses((
        status = 200,
        description = "You and the people for whom you may act now.",
        body = Vec<PersonActedFor>,
    )),
)]
async fn list_persons(
    State(app): State<AppState>,
    ReadAccess(actor): ReadAccess,
) -> Result<axum::Json<Vec<PersonActedFor>>, Problem> {
    let persons = booking::server::persons(&app, actor).await?;
    Ok(axum::Json(persons.into_iter().map(PersonActedFor::from).collect()))
}

/// A change of an account. A field that is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountChange {
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// The number; null removes it.
    #[serde(default, deserialize_with = "null_is_empty")]
    #[schema(max_length = 30)]
    phone: Option<String>,
}

/// Tells null from a field that was left out.
fn null_is_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| Some(text.unwrap_or_default()))
}

/// Change your name or phone number
#[utoipa::path(
    patch,
    path = "/me",
    tag = "accounts",
    security(("bearer" = [])),
    responses((
        status = 200,
        description = "The account as it is now.",
        body = Account,
    )),
)]
async fn change_me(
    State(app): State<AppState>,
    SessionAccess(actor): SessionAccess,
    Json(form): Json<AccountChange>,
) -> Result<axum::Json<Account>, Problem> {
    let change = Change { name: form.name, phone: form.phone };
    Ok(axum::Json(me::change(&app, actor, change).await?.into()))
}
