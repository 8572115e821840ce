//! Server functions of the demo's mailbox. For clinic staff only, and only while messages are written into a folder.

use leptos::prelude::*;

use crate::{
    admin::model::mailbox::{Mailbox, MailboxMessage},
    error::AppError,
};

/// One page of the mailbox, the newest message first; a page past the end is the last one.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`] without a mailbox.
#[server(prefix = "/fn", endpoint = "admin/mailbox")]
pub async fn read_mailbox(#[server(default)] page: u32) -> Result<Mailbox, AppError> {
    use crate::{admin::server::mailbox as server, web::request};
    let app = request::app()?;
    request::allowed(crate::accounts::Permission::ReadMessages)?;
    server::list(&app, page).await
}

/// One message of the mailbox.
///
/// # Errors
/// As [`read_mailbox`]; [`AppError::RecentSignInNeeded`]; and [`AppError::NotFound`] for what is not in it.
#[server(prefix = "/fn", endpoint = "admin/mailbox_message")]
pub async fn read_mailbox_message(id: String) -> Result<MailboxMessage, AppError> {
    use crate::{
        accounts::server::recent_sign_in::require_recent_sign_in, admin::server::mailbox as server, web::request,
    };
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ReadMessages)?);
    require_recent_sign_in(&app, staff).await?;
    server::message(&app, &id).await
}
