//! Personal tokens. A person who signed in with a password makes and revokes them; a token cannot make another one.

use axum::{Extension, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    auth::SessionAccess,
    extract::{Id, Json},
    idempotency::ShownOnce,
    problem::Problem,
};
use crate::{
    accounts::{
        model::personal_tokens::Scope,
        server::{
            personal_tokens::{self, Made, NewToken, Stored},
            recent_sign_in::require_recent_sign_in,
        },
    },
    ids::TokenId,
    state::AppState,
    time::{
        Timestamp,
        server::{Zone, rfc3339},
    },
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list_tokens, make_token)).routes(routes!(revoke_token))
}

/// A personal token, without the token itself.
#[derive(Serialize, ToSchema)]
struct TokenItem {
    id: String,
    name: String,
    scopes: Vec<Scope>,
    /// The moment at which it was made.
    #[schema(format = DateTime)]
    created: String,
    /// The moment of the last use, within five minutes; null before the first use.
    #[schema(format = DateTime)]
    last_used: Option<String>,
    /// The moment at which it expires; null when it does not.
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// The time zone of these moments.
    zone: String,
}

impl TokenItem {
    fn new(token: &Stored, zone: &Zone) -> Self {
        let words = |at: Timestamp| rfc3339(at, zone.offset_seconds(at) / 60);
        TokenItem {
            id: token.id.to_string(),
            name: token.name.clone(),
            scopes: token.scopes(),
            created: words(token.created_at),
            last_used: token.last_used_at.map(words),
            expires: token.expires_at.map(words),
            zone: zone.name().to_owned(),
        }
    }
}

/// The token to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct TokenWish {
    /// A name that says what the token is for.
    #[schema(min_length = 1, max_length = 60)]
    name: String,
    /// Patients: `read` and `book`; doctors and staff: `read` and `manage`.
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
    /// The number of days; left out, the token works until it is revoked.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 366)]
    expires_in_days: Option<u32>,
}

/// A new token.
#[derive(Serialize, ToSchema)]
struct NewTokenItem {
    /// The outcome in words, for a person.
    message: String,
    /// The token, for `Authorization: Bearer`. It is not shown again.
    token: String,
    id: String,
    scopes: Vec<Scope>,
}

/// Your personal tokens
#[utoipa::path(
    get,
    path = "/tokens",
    tag = "tokens",
    security(("bearer" = [])),
    responses((
        status = 200,
        description = "The tokens, the newest first.",
        body = Vec<TokenItem>,
    )),
)]
async fn list_tokens(
    State(app): State<AppState>,
    SessionAccess(actor): SessionAccess,
) -> Result<axum::Json<Vec<TokenItem>>, Problem> {
    let (tokens, zone) = personal_tokens::list(&app, actor).await?;
    Ok(axum::Json(tokens.iter().map(|token| TokenItem::new(token, &zone)).collect()))
}

/// Make a personal token
///
/// A program that uses it acts for you, within its scopes. It cannot sign out, change your account or make tokens. The
/// session that makes it must have begun within the last ten minutes.
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "tokens",
    security(("bearer" = [])),
    responses((
        status = 201,
        description = "The token, which is shown only here.",
        body = NewTokenItem,
    )),
)]
async fn make_token(
    State(app): State<AppState>,
    SessionAccess(actor): SessionAccess,
    Json(wish): Json<TokenWish>,
) -> Result<(StatusCode, Extension<ShownOnce>, axum::Json<NewTokenItem>), Problem> {
    require_recent_sign_in(&app, actor).await?;
    let wish = NewToken { name: wish.name, scopes: wish.scopes, days: wish.expires_in_days };
    let Made { token, stored } = personal_tokens::create(&app, actor, wish).await?;
    let message = "Keep the token as safe as a password. It is not shown again.".to_owned();
    let item = NewTokenItem { message, token, id: stored.id.to_string(), scopes: stored.scopes() };
    Ok((StatusCode::CREATED, Extension(ShownOnce), axum::Json(item)))
}

/// Revoke a personal token
///
/// The token no longer works. A second request changes nothing.
#[utoipa::path(
    delete,
    path = "/tokens/{id}",
    tag = "tokens",
    security(("bearer" = [])),
    params(Id<TokenId>),
    responses((
        status = 204,
        description = "The token is revoked.",
    )),
)]
async fn revoke_token(
    State(app): State<AppState>,
    SessionAccess(actor): SessionAccess,
    Id(token): Id<TokenId>,
) -> Result<StatusCode, Problem> {
    personal_tokens::revoke(&app, actor, token).await?;
    Ok(StatusCode::NO_CONTENT)
}
