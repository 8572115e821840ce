//! Server functions of the page of personal tokens. Every signed-in person has their own.

use leptos::prelude::*;

use crate::{accounts::model::personal_tokens::TokenList, error::AppError, ids::TokenId};

/// The tokens of the signed-in person.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(prefix = "/fn", endpoint = "account/tokens")]
pub async fn own_tokens() -> Result<TokenList, AppError> {
    use crate::{accounts::server::personal_tokens, web::request};
    personal_tokens::own(&request::app()?, request::signed_in()?).await
}

/// Makes a token. It is shown once, on the next page.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::Invalid`] naming `name`, `scope` or `days`;
/// [`AppError::TooManyTokens`].
#[server(prefix = "/fn", endpoint = "account/make_token")]
pub async fn make_token(
    #[server(default)] name: String,
    #[server(default)] scope: String,
    #[server(default)] days: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::server::{personal_tokens, recent_sign_in::require_recent_sign_in},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    let new_token = personal_tokens::NewToken::typed(actor.role, name, &scope, &days)?;
    personal_tokens::create(&app, actor, new_token).await?.show_once(&app);
    Ok(())
}

/// Revokes a token. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`], also for another person's.
#[server(prefix = "/fn", endpoint = "account/revoke_token")]
pub async fn revoke_token(id: TokenId) -> Result<(), AppError> {
    use crate::{accounts::server::personal_tokens, web::request};
    personal_tokens::revoke(&request::app()?, request::signed_in()?, id).await
}
