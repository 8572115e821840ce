//! Server functions of the page that asks for the password again.

use leptos::prelude::*;

use crate::{accounts::model::recent_sign_in::PasswordPage, error::AppError};

/// What the page shows.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(name = LoadPasswordPage, prefix = "/fn", endpoint = "account/again_page")]
pub async fn password_page() -> Result<PasswordPage, AppError> {
    use crate::{accounts::server::recent_sign_in, web::request};
    recent_sign_in::page(&request::app()?, request::signed_in()?).await
}

/// Takes the password once more, and goes on to `next`, a path of this website. A form that is held in `held` is sent
/// again instead (`web/forms.rs:around`).
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Invalid`] naming `password_now`; [`AppError::WrongCredentials`];
/// [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "account/again")]
pub async fn type_password_again(
    #[server(default)] password_now: String,
    #[server(default)] next: String,
    #[server(default)] held: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::server::recent_sign_in,
        web::{local_path::local_or_start, request},
    };
    // read by the middleware, which sends the held form
    drop(held);
    recent_sign_in::type_again(&request::app()?, request::signed_in()?, &password_now).await?;
    leptos_axum::redirect(local_or_start(&next));
    Ok(())
}
