//! What the page of messages asks. For clinic staff only.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{admin::model::outbox::Messages, error::AppError};

/// One page of messages, of all states or of one; a page past the end is the last one.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/outbox")]
pub async fn outbox(#[server(default)] state: String, #[server(default)] page: u32) -> Result<Messages, AppError> {
    use crate::{admin::server::outbox as server, notifications::model::State, server::request};
    let app = request::app()?;
    request::with_role(crate::accounts::Role::Admin)?;
    server::list(&app, State::of_code(&state), page).await
}

/// Puts a message that was given up back into the queue.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for one that is not given up.
#[server(prefix = "/fn", endpoint = "admin/retry_message")]
pub async fn retry_message(id: Uuid) -> Result<(), AppError> {
    use crate::{admin::server::outbox as server, server::request};
    let (app, staff) = (request::app()?, request::with_role(crate::accounts::Role::Admin)?);
    server::retry(&app, staff, id).await
}
