//! Server functions of the page of messages. For clinic staff only.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    admin::model::outbox::{MessagePage, Messages},
    error::AppError,
};

/// One page of messages, of all states and kinds or of one; a page past the end is the last one.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/outbox")]
pub async fn outbox(
    #[server(default)] state: String,
    #[server(default)] kind: String,
    #[server(default)] page: u32,
) -> Result<Messages, AppError> {
    use crate::{admin::server::outbox as server, web::request};
    let app = request::app()?;
    request::allowed(crate::accounts::Permission::ReadMessages)?;
    server::list(&app, state.parse().ok(), kind.parse().ok(), page).await
}

/// One message; what it says only when this member of staff asked for it just now, with [`show_message`].
///
/// # Errors
/// As [`outbox`]; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/message")]
pub async fn message(id: Uuid) -> Result<MessagePage, AppError> {
    use crate::{admin::server::message as server, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ReadMessages)?);
    server::page(&app, staff, id).await
}

/// Asks to see what a message says. It is logged, and shown for ten minutes.
///
/// # Errors
/// As [`message`]; [`AppError::RecentSignInNeeded`].
#[server(prefix = "/fn", endpoint = "admin/show_message")]
pub async fn show_message(id: Uuid) -> Result<(), AppError> {
    use crate::{
        accounts::server::recent_sign_in::require_recent_sign_in, admin::server::message as server, web::request,
    };
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ReadMessages)?);
    require_recent_sign_in(&app, staff).await?;
    server::ask(&app, staff, id).await
}

/// Puts a message that was given up back into the queue.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for one that is not given up.
#[server(prefix = "/fn", endpoint = "admin/retry_message")]
pub async fn retry_message(id: Uuid) -> Result<(), AppError> {
    use crate::{admin::server::outbox as server, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ReadMessages)?);
    server::retry(&app, staff, id).await
}
