//! Server functions of the page of sessions, and of staying signed in.

use leptos::prelude::*;

use crate::{accounts::model::sessions::SessionList, error::AppError, ids::SessionId};

/// The sessions of the signed-in person.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(prefix = "/fn", endpoint = "account/sessions")]
pub async fn own_sessions() -> Result<SessionList, AppError> {
    use crate::{accounts::server::own_sessions, web::request};
    own_sessions::list(&request::app()?, &request::request_context()).await
}

/// Ends one session. A second call is fine.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::NotFound`], also for another person's.
#[server(prefix = "/fn", endpoint = "account/end_session")]
pub async fn end_session(id: SessionId) -> Result<(), AppError> {
    use crate::{
        accounts::server::{
            own_sessions::{self, Ended},
            recent_sign_in::require_recent_sign_in,
        },
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    own_sessions::end(&app, actor, Ended::One(id)).await?;
    own_sessions::back(&app, "one");
    Ok(())
}

/// Ends every session of the signed-in person but this one.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::RecentSignInNeeded`].
#[server(prefix = "/fn", endpoint = "account/end_other_sessions")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    use crate::{
        accounts::server::{
            own_sessions::{self, Ended},
            recent_sign_in::require_recent_sign_in,
        },
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    own_sessions::end(&app, actor, Ended::Others).await?;
    own_sessions::back(&app, "others");
    Ok(())
}

/// Counts as a use of the session. The answer is for how many seconds it goes on without another one.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(prefix = "/fn", endpoint = "account/stay")]
pub async fn stay_signed_in() -> Result<u32, AppError> {
    use crate::{accounts::server::own_sessions, web::request};
    own_sessions::seconds_left(&request::app()?, request::signed_in()?).await
}
