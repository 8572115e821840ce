//! The OpenAPI document, made from the handlers, for programs and for people.

mod described;
mod document;
mod page;

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};

use self::document::json_below;
pub use self::document::{document, json, operations};
use super::problem;
use crate::{error::AppError, state::AppState, web::answer};

/// The addresses that are served beside the operations.
pub const ADDRESSES: [&str; 3] = ["/api/openapi.json", "/api/docs", "/api/problems/{code}"];

/// The policy of the page, which has a style sheet and a picture only.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// The routes of the document, of the page for people and of the `type` of each problem.
pub fn router(app: &AppState) -> Router<AppState> {
    // nothing in it changes while the server runs
    let base = app.settings.base_path();
    let page: Arc<str> = page::html(app.site.addresses(), &base).into();
    let [document, docs, problems] = ADDRESSES;
    Router::new()
        .route(document, get(async move || ([(CONTENT_TYPE, "application/json")], json_below(&base))))
        .route(docs, get(async move || ([(CONTENT_SECURITY_POLICY, PAGE_POLICY)], Html(page.to_string()))))
        .route(problems, get(about_problem))
}

/// The part of the page that explains this kind of problem.
async fn about_problem(Path(code): Path<String>) -> Response {
    if problem::kinds().iter().any(|kind| kind.code == code) {
        Redirect::to(&["/api/docs#problem-", &code].concat()).into_response()
    } else {
        answer::refuse(AppError::NotFound)
    }
}
