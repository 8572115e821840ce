//! Server functions about one's own data.

use leptos::prelude::*;

use crate::{
    error::AppError,
    ids::PersonId,
    own_data::model::{AccessPage, AccessQuery, ClosingPage, OwnDataPage},
};

/// Whose data the signed-in person can have as files, and what there is.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(name = LoadOwnData, prefix = "/fn", endpoint = "account/data")]
pub async fn own_data() -> Result<OwnDataPage, AppError> {
    use crate::{own_data::server::ask, web::request};
    ask::page(&request::app()?, request::signed_in()?).await
}

/// Asks for the files of a person's data: one's own, or those of a person without an account for whom one may book.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::NotFound`] for anybody else; [`AppError::TooManyAttempts`] soon after
/// the last time.
#[server(prefix = "/fn", endpoint = "account/ask_data")]
pub async fn ask_data(person: PersonId) -> Result<(), AppError> {
    use crate::{accounts::server::recent_sign_in::require_recent_sign_in, own_data::server::ask, web::request};
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    ask::ask(&app, actor, person).await?;
    ask::back(&app);
    Ok(())
}

/// What closing the signed-in patient's account would do.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] for doctors and staff, who leave by the clinic.
#[server(name = LoadClosing, prefix = "/fn", endpoint = "account/closing")]
pub async fn closing() -> Result<ClosingPage, AppError> {
    use crate::{own_data::server::close, web::request};
    close::page(&request::app()?, request::signed_in()?).await
}

/// Closes the signed-in patient's account. `seen` is what its page showed of the appointments, `sure` a tick.
///
/// # Errors
/// [`AppError::Forbidden`] for doctors and staff; [`AppError::RecentSignInNeeded`]; [`AppError::Invalid`] naming `sure`; [`AppError::TooLate`] while an
/// appointment can only be cancelled by the clinic; [`AppError::Conflict`] when the appointments are others now.
#[server(prefix = "/fn", endpoint = "account/close")]
pub async fn close_account(#[server(default)] seen: String, #[server(default)] sure: String) -> Result<(), AppError> {
    use crate::{
        accounts::{
            Permission,
            server::{forget_session, recent_sign_in::require_recent_sign_in},
        },
        error::FieldCode,
        own_data::server::close,
        web::request,
    };
    let (app, actor) = (request::app()?, request::allowed(Permission::BookForOneself)?);
    require_recent_sign_in(&app, actor).await?;
    if sure != "yes" {
        return Err(AppError::field("sure", FieldCode::Missing));
    }
    close::close(&app, actor, seen).await?;
    forget_session(&app);
    leptos_axum::redirect("/account/closed");
    Ok(())
}

/// Who looked at or changed the appointments of the signed-in patient, or of one for whom they book.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Forbidden`] for doctors and staff; [`AppError::NotFound`] for anybody else.
#[server(name = LoadAccess, prefix = "/fn", endpoint = "account/access")]
pub async fn access(query: AccessQuery) -> Result<AccessPage, AppError> {
    use crate::{accounts::Permission, own_data::server::access_log, web::request};
    access_log::page(&request::app()?, request::allowed(Permission::BookForOneself)?, &query).await
}
