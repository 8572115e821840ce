//! Server functions of the page of invitations. For clinic staff only.

use leptos::prelude::*;

use crate::{admin::model::invitations::InvitationList, error::AppError, ids::InvitationId};

/// One page of invitations; a page past the end is the last one.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/invitations")]
pub async fn invitations(page: u32) -> Result<InvitationList, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManagePeople)?;
    crate::admin::server::invitations::list(&app, page).await
}

/// Invites a person. The link is shown once, on the next page.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::Invalid`] naming `role`, `email`, `specialty`, `location` or `days`.
#[server(prefix = "/fn", endpoint = "admin/invite")]
pub async fn invite(
    #[server(default)] role: String,
    #[server(default)] email: String,
    #[server(default)] specialty: String,
    #[server(default)] location: String,
    #[server(default)] days: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::server::recent_sign_in::require_recent_sign_in, admin::server::invitations as server, web::request,
    };
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    require_recent_sign_in(&app, staff).await?;
    let form = server::InviteForm { role, email, specialty, location, days };
    server::create(&app, staff, form).await?.show_once(&app);
    Ok(())
}

/// Makes a new link for an invitation that waits or has run out; the old link ends. The new one is shown once, on the
/// next page.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::NotFound`]; [`AppError::Conflict`] for one that was used or revoked.
#[server(prefix = "/fn", endpoint = "admin/resend_invitation")]
pub async fn resend_invitation(id: InvitationId) -> Result<(), AppError> {
    use crate::{
        accounts::server::recent_sign_in::require_recent_sign_in, admin::server::invitations as server, web::request,
    };
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    require_recent_sign_in(&app, staff).await?;
    server::resend(&app, staff, id).await?.show_once(&app);
    Ok(())
}

/// Revokes an invitation. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for one that was used.
#[server(prefix = "/fn", endpoint = "admin/revoke_invitation")]
pub async fn revoke_invitation(id: InvitationId) -> Result<(), AppError> {
    use crate::{admin::server::invitations as server, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    server::revoke(&app, staff, id).await
}
