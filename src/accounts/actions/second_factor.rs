//! Server functions of the second factor. Every signed-in person has their own.

use leptos::prelude::*;

use crate::{accounts::model::second_factor::OwnSecondFactor, error::AppError, ids::TrustedBrowserId};

/// The second factor of the signed-in person.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(name = LoadSecondFactor, prefix = "/fn", endpoint = "account/second_factor")]
pub async fn own_second_factor() -> Result<OwnSecondFactor, AppError> {
    use crate::{accounts::server::second_factor, web::request};
    second_factor::own(&request::app()?, request::signed_in()?).await
}

/// Begins to set up a telephone. Who has a second factor sends a code of it.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "account/begin_second_factor")]
pub async fn begin_second_factor(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{recent_sign_in::require_recent_sign_in, second_factor},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    second_factor::begin(&app, actor, &code).await?;
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Ends the set-up with the first code of the telephone. The next page shows the recovery codes, once.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Invalid`] naming `code`; [`AppError::Conflict`] when nothing waits for a
/// code, or no longer.
#[server(prefix = "/fn", endpoint = "account/confirm_second_factor")]
pub async fn confirm_second_factor(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::{accounts::server::second_factor, web::request};
    let app = request::app()?;
    let codes = second_factor::confirm(&app, request::signed_in()?, &code).await?;
    second_factor::show_once(&app, &codes);
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Makes ten other recovery codes, which the next page shows, once.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`];
/// [`AppError::Conflict`] without a second factor.
#[server(prefix = "/fn", endpoint = "account/new_recovery_codes")]
pub async fn new_recovery_codes(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{recent_sign_in::require_recent_sign_in, second_factor},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    let codes = second_factor::new_codes(&app, actor, &code).await?;
    second_factor::show_once(&app, &codes);
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Turns the second factor off.
///
/// # Errors
/// As [`new_recovery_codes`].
#[server(prefix = "/fn", endpoint = "account/turn_off_second_factor")]
pub async fn turn_off_second_factor(#[server(default)] code: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{recent_sign_in::require_recent_sign_in, second_factor},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    require_recent_sign_in(&app, actor).await?;
    second_factor::turn_off(&app, actor, &code).await?;
    second_factor::say(&app, "off");
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Ends the trust in one browser: the next sign-in in it asks for a code again. A second call is fine.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::NotFound`], also for another person's.
#[server(prefix = "/fn", endpoint = "account/forget_browser")]
pub async fn forget_browser(id: TrustedBrowserId) -> Result<(), AppError> {
    use crate::{accounts::server::second_factor, web::request};
    let app = request::app()?;
    second_factor::trusted::revoke(&app, request::signed_in()?, id).await?;
    second_factor::say(&app, "browser");
    leptos_axum::redirect("/account/second-factor");
    Ok(())
}

/// Signs a person in who has just typed the right password, by a code, and goes to `next`, a path of this website. With
/// `trust`, this browser is not asked for a code in the next 30 days.
///
/// # Errors
/// [`AppError::SignInOver`], which the sign-in page shows; [`AppError::Invalid`] naming `code`;
/// [`AppError::TooManyAttempts`].
#[server(name = SignInWithCode, prefix = "/fn", endpoint = "sign_in/code")]
pub async fn sign_in_with_code(
    #[server(default)] code: String,
    #[server(default)] trust: bool,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::server::second_step::{self, HalfSignIn},
        web::request,
    };
    let (app, request_context) = (request::app()?, request::request_context());
    let finished = async {
        let half = request::with_headers(|headers| HalfSignIn::of(&app, headers)).ok_or(AppError::SignInOver)?;
        let agent = request::user_agent();
        second_step::finish(&app, &request_context, &half, &code, trust.then_some(agent.as_str())).await
    };
    match finished.await {
        Ok(finished) => finished.enter(&app, &request_context, &next),
        Err(error) => {
            if error == AppError::SignInOver {
                second_step::begin_again(&app, &next);
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Mails a link that takes the second factor away, together with a recovery code, to a person who has just typed the right
/// password.
///
/// # Errors
/// [`AppError::SignInOver`], which the sign-in page shows; [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "sign_in/lost_telephone")]
pub async fn lost_telephone(#[server(default)] next: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{
            second_factor,
            second_step::{self, HalfSignIn},
        },
        web::request,
    };
    let app = request::app()?;
    let Some(half) = request::with_headers(|headers| HalfSignIn::of(&app, headers)) else {
        second_step::begin_again(&app, &next);
        return Err(AppError::SignInOver);
    };
    second_factor::reset::send_link(&app, &half).await?;
    second_factor::say(&app, "link");
    Ok(())
}

/// Whether the second factor can be taken away with this link.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
#[server(prefix = "/fn", endpoint = "account/second_factor_link")]
pub async fn second_factor_link(token: String) -> Result<(), AppError> {
    crate::accounts::server::second_factor::reset::open(&crate::web::request::app()?, &token).await
}

/// Takes the second factor away by a link and a recovery code, and leads to the sign-in page.
///
/// # Errors
/// As [`second_factor_link`]; [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "account/reset_second_factor")]
pub async fn reset_own_second_factor(token: String, #[server(default)] code: String) -> Result<(), AppError> {
    use crate::{accounts::server::second_factor, web::request};
    let app = request::app()?;
    second_factor::reset::by_link(&app, &request::request_context(), &token, &code).await?;
    second_factor::say(&app, "off");
    leptos_axum::redirect("/sign-in");
    Ok(())
}
