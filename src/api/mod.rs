//! The REST API for programs, at `/api/v1`.
//!
//! Every handler calls the function that the website's forms call, and has no rules of its own. Its OpenAPI description
//! is part of the handler, so a route without a description does not compile.

mod accounts;
pub mod auth;
mod booking;
mod directory;
pub mod docs;
mod doctor;
pub mod dto;
mod events;
pub mod extract;
pub mod idempotency;
pub mod names;
pub mod paging;
pub mod parameters;
pub mod personal_tokens;
pub mod problem;
mod registration;
pub mod roles;
mod specialties;
mod staff;
mod table;
pub mod version;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{
        HeaderName, HeaderValue, Method,
        header::{
            AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION, RETRY_AFTER,
        },
    },
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::any,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{AllowOrigin, CorsLayer},
};

use self::{
    idempotency::IDEMPOTENCY_KEY,
    names::{PREFIX, TOTAL_COUNT},
    problem::Problem,
};
use crate::{error::AppError, state::AppState, web::answer, web::compression, web::forms::MAX_BODY};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The router of everything under `/api`.
pub fn router(app: &AppState) -> Router<AppState> {
    let (routes, _) = table::routes().split_for_parts();
    let routes = routes
        .method_not_allowed_fallback(async || Problem::from(AppError::MethodNotAllowed))
        .fallback(async || Problem::from(AppError::NotFound))
        .layer(from_fn_with_state(app.clone(), idempotency::around))
        // leaves streams of events alone
        .layer(compression::layer())
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(app.clone(), auth::attach))
        .layer(CatchPanicLayer::custom(|_| {
            Problem::from(answer::internal("a request panicked", &"see the place logged before")).into_response()
        }))
        .layer(from_fn(never_stored));
    let routes = match cors(&app.settings.api.cors_origins) {
        Some(cors) => routes.layer(cors),
        None => routes,
    };
    // a nested router does not see its own address with a slash behind it
    let bare = any(async || Problem::from(AppError::NotFound));
    let docs = docs::router(app).layer(compression::layer());
    Router::new().nest(PREFIX, routes).route(&[PREFIX, "/"].concat(), bare).merge(docs)
}

/// Every address of the API with its method.
#[must_use]
pub fn addresses() -> Vec<(Method, String)> {
    let operations = docs::operations(docs::document()).into_iter();
    let operations = operations.map(|(method, path)| (method, [PREFIX, path].concat()));
    operations.chain(docs::ADDRESSES.map(|path| (Method::GET, path.to_owned()))).collect()
}

/// Forbids caches to store an answer, because it depends on the person who asks and on the moment.
async fn never_stored(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Lets scripts of the listed sites call the API. They need a token as every program does; cookies are ignored.
fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH])
        .expose_headers([ETAG, LINK, LOCATION, RETRY_AFTER, TOTAL_COUNT, REQUEST_ID]);
    Some(cors)
}
