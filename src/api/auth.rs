//! Authenticates requests under `/api`: only a bearer token counts. Cookies are ignored, so no other website can act
//! through a signed-in browser.
//!
//! A valid token of a session allows everything that its owner may do. A personal token allows what its scopes allow.
//! An invalid token is always refused, also where none is needed, so that the program notices.

use std::net::IpAddr;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Problem;
use crate::{
    accounts::{
        Role,
        model::personal_tokens::Scope,
        server::{personal_tokens, second_factor},
    },
    error::AppError,
    state::AppState,
    web::request::{Actor, RequestContext},
    web::session,
    web::user_agent::API_PROGRAM,
};

/// The permissions of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Grant {
    /// Everything that the person may do: a session.
    Everything,
    /// The scopes of a personal token.
    Scopes(Vec<Scope>),
}

impl Grant {
    fn allows(&self, scope: Scope) -> bool {
        match self {
            Grant::Everything => true,
            Grant::Scopes(scopes) => scopes.contains(&scope),
        }
    }
}

/// Leaves a [`RequestContext`] in the request's extensions.
pub async fn attach(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let address = session::address(request.headers(), request.extensions(), &app.settings.server.trusted_proxies);
    let used_from = session::is_at_work(request.headers(), request.uri().path()).then_some(address);
    let (actor, grant) = match identify(&app, request.headers(), used_from).await {
        Ok(Some((actor, grant))) => (Some(actor), Some(grant)),
        Ok(None) => (None, None),
        Err(problem) => return problem.into_response(),
    };
    if let (Some(actor), Some(Grant::Everything)) = (actor, &grant)
        && let Err(error) = refuse_overdue(&app, actor).await
    {
        return Problem::from(error).into_response();
    }
    let agent = API_PROGRAM.to_owned();
    request.extensions_mut().insert(RequestContext { actor, address, agent, ..RequestContext::anonymous() });
    if let Some(grant) = grant {
        request.extensions_mut().insert(grant);
    }
    next.run(request).await
}

/// A session of a doctor or of staff whose days to set a second factor up are over does no work.
async fn refuse_overdue(app: &AppState, actor: Actor) -> Result<(), AppError> {
    match second_factor::rule::due(app, actor).await? {
        Some(due) if due <= app.clock.now() => Err(AppError::SecondFactorDue),
        _ => Ok(()),
    }
}

async fn identify(
    app: &AppState,
    headers: &HeaderMap,
    used_from: Option<IpAddr>,
) -> Result<Option<(Actor, Grant)>, Problem> {
    if !headers.contains_key(AUTHORIZATION) {
        return Ok(None);
    }
    let token = session::bearer(headers).ok_or_else(Problem::broken_token)?;
    let found = if token.starts_with(personal_tokens::PREFIX) {
        personal_tokens::find(app, token).await?.map(|(actor, scopes)| (actor, Grant::Scopes(scopes)))
    } else {
        session::by_access_token(app, token, used_from).await?.map(|actor| (actor, Grant::Everything))
    };
    found.map(Some).ok_or_else(Problem::broken_token)
}

/// The context of a request with or without a signed-in person.
pub struct OptionalActor(pub RequestContext);

/// A signed-in person who may read.
pub struct ReadAccess(pub Actor);

/// A signed-in person who may change things: a patient with the scope `book`, a doctor or staff with `manage`.
pub struct WriteAccess(pub Actor);

/// A person who signed in with a password; a personal token is not enough.
pub struct SessionAccess(pub Actor);

fn request_context(parts: &Parts) -> RequestContext {
    parts.extensions.get::<RequestContext>().cloned().unwrap_or_else(RequestContext::anonymous)
}

/// The person signed in, if their token allows what `scope` says for their role.
fn signed_in(parts: &Parts, scope: impl FnOnce(Role) -> Option<Scope>) -> Result<Actor, Problem> {
    let actor = request_context(parts).actor.ok_or(AppError::Unauthenticated)?;
    let grant = parts.extensions.get::<Grant>();
    let allowed = match scope(actor.role) {
        Some(scope) => grant.is_some_and(|grant| grant.allows(scope)),
        None => grant == Some(&Grant::Everything),
    };
    if allowed { Ok(actor) } else { Err(AppError::Forbidden.into()) }
}

impl<S: Sync> FromRequestParts<S> for OptionalActor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(OptionalActor(request_context(parts)))
    }
}

impl<S: Sync> FromRequestParts<S> for ReadAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        signed_in(parts, |_| Some(Scope::Read)).map(ReadAccess)
    }
}

impl<S: Sync> FromRequestParts<S> for WriteAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        signed_in(parts, |role| Some(Scope::to_change(role))).map(WriteAccess)
    }
}

impl<S: Sync> FromRequestParts<S> for SessionAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        signed_in(parts, |_| None).map(SessionAccess)
    }
}
