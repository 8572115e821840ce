//! Server functions of the pages for joining.

use leptos::prelude::*;

use crate::{
    admin::model::invitations::{Invited, OwnApproval},
    error::AppError,
};

/// The person who invites and the person invited, by the code of the link. Changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown code; [`AppError::InvitationOver`].
#[server(prefix = "/fn", endpoint = "join/invitation")]
pub async fn invitation(code: String) -> Result<Invited, AppError> {
    use crate::{accounts::server::join, web::request};
    join::invitation(&request::app()?, request::request_context().actor, &code).await
}

/// Creates the account that an invitation allows, with the role that the invitation names, signs it in and goes to its
/// pages.
///
/// # Errors
/// [`AppError::Forbidden`] while another account is signed in; [`AppError::NotFound`]; [`AppError::InvitationOver`];
/// [`AppError::Invalid`] naming `email`, `name`, `designation`, `registration_number` or `password`.
#[server(prefix = "/fn", endpoint = "join")]
pub async fn join(
    code: String,
    #[server(default)] email: String,
    #[server(default)] name: String,
    #[server(default)] designation: String,
    #[server(default)] registration_number: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use crate::{accounts::server::join, web::request};
    let (app, request_context) = (request::app()?, request::request_context());
    let form = join::JoinForm { code, email, name, designation, registration_number, password };
    join::join(&app, &request_context, form).await?.enter(&app);
    Ok(())
}

/// Whether staff let the signed-in doctor in.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "join/approval")]
pub async fn approval() -> Result<OwnApproval, AppError> {
    let app = crate::web::request::app()?;
    let doctor = crate::web::request::allowed(crate::accounts::Permission::KeepOwnCalendar)?;
    crate::accounts::server::join::own_approval(&app, doctor).await
}
