//! Server functions of passkeys: one's own, and signing in with one.

use leptos::prelude::*;

use crate::{accounts::model::second_factor::SignInWays, error::AppError, ids::PasskeyId};

/// Begins to add a passkey; the next page asks the browser for it. Who has a second factor sends a code of it, or the
/// answer of a passkey.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`];
/// [`AppError::Conflict`] for a patient whose address is not confirmed, and with ten passkeys.
#[server(prefix = "/fn", endpoint = "account/begin_passkey")]
pub async fn begin_passkey(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{recent_sign_in::require_recent_sign_in, second_factor::passkeys},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    passkeys::add::begin(&app, actor, &code, &request::request_context().agent).await?;
    leptos_axum::redirect("/account/second-factor/new-passkey");
    Ok(())
}

/// Adds a passkey by the answer of the browser. The next page shows recovery codes, once, if there were none.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Invalid`] naming `credential`; [`AppError::Conflict`] when nothing was asked,
/// or too long ago, and for a passkey that is here already.
#[server(prefix = "/fn", endpoint = "account/add_passkey")]
pub async fn add_passkey(
    #[server(default)] name: String,
    #[server(default)] credential: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::server::second_factor::{self, passkeys},
        web::request,
    };
    let app = request::app()?;
    let codes = passkeys::add::add(&app, request::signed_in()?, &name, &credential).await?;
    if codes.is_empty() {
        second_factor::say(&app, "passkey_added");
    } else {
        second_factor::show_once(&app, &codes);
    }
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Removes a passkey, with a code or with the answer of a passkey.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`];
/// [`AppError::NotFound`], also for another person's; [`AppError::Forbidden`] for the last second factor of those who need
/// one.
#[server(prefix = "/fn", endpoint = "account/remove_passkey")]
pub async fn remove_passkey(id: PasskeyId, #[server(default)] code: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{
            recent_sign_in::require_recent_sign_in,
            second_factor::{self, passkeys},
        },
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    passkeys::remove::remove(&app, actor, id, &code).await?;
    second_factor::say(&app, "passkey_removed");
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Asks the passkeys of the signed-in person, in place of a code: what the browser needs, as JSON.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::NotFound`] without a passkey.
#[server(prefix = "/fn", endpoint = "account/passkey_challenge")]
pub async fn passkey_challenge() -> Result<String, AppError> {
    use crate::{accounts::server::second_factor::passkeys, web::request};
    passkeys::assertion::ask(&request::app()?, request::signed_in()?).await
}

/// The ways in which a person can sign in here; with `second`, those of the account whose password was typed.
///
/// # Errors
/// The database cannot be read.
#[server(name = LoadSignInWays, prefix = "/fn", endpoint = "sign_in/ways")]
pub async fn sign_in_ways(#[server(default)] second: bool) -> Result<SignInWays, AppError> {
    use crate::{
        accounts::server::{second_factor::passkeys, second_step::HalfSignIn},
        web::request,
    };
    let app = request::app()?;
    let half = request::with_headers(|headers| HalfSignIn::of(&app, headers)).filter(|_| second);
    passkeys::sign_in::ways(&app, half.as_ref()).await
}

/// Asks for a passkey to sign in with: what the browser needs, as JSON. With `second`, one of the account whose password was
/// typed.
///
/// # Errors
/// [`AppError::SignInOver`] with `second`, when that was too long ago; [`AppError::NotFound`] where browsers keep no passkeys
/// for this website; [`AppError::TooManyAttempts`] for a network address that asks too often.
#[server(prefix = "/fn", endpoint = "sign_in/passkey_challenge")]
pub async fn sign_in_challenge(#[server(default)] second: bool) -> Result<String, AppError> {
    use crate::{
        accounts::server::{second_factor::passkeys, second_step::HalfSignIn},
        web::request,
    };
    let app = request::app()?;
    let half = request::with_headers(|headers| HalfSignIn::of(&app, headers)).filter(|_| second);
    if second && half.is_none() {
        return Err(AppError::SignInOver);
    }
    passkeys::sign_in::ask(&app, &request::request_context(), half.as_ref()).await
}

/// Signs the owner of a passkey in, and goes to `next`, a path of this website.
///
/// # Errors
/// [`AppError::SignInOver`] when nothing was asked, or too long ago; [`AppError::Invalid`] naming `credential`.
#[server(prefix = "/fn", endpoint = "sign_in/passkey")]
pub async fn sign_in_with_passkey(
    #[server(default)] credential: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::{accounts::server::second_factor::passkeys::sign_in, web::request};
    let (app, request_context) = (request::app()?, request::request_context());
    let token = request::with_headers(|headers| sign_in::token(&app, headers));
    let signed = sign_in::finish(&app, &request_context, token.as_deref(), &credential).await?;
    sign_in::enter(&app, &signed, &next);
    Ok(())
}
