//! Server functions for accounts. Forms post here with or without scripts.

pub mod by_mail;
pub mod care;
pub mod join;
pub mod own_account;
pub mod passkeys;
pub mod personal_tokens;
pub mod recent_sign_in;
pub mod registration;
pub mod second_factor;
pub mod sessions;

use leptos::prelude::*;

use crate::error::AppError;

/// Signs a person in and goes to `next`, a path of this website; first to the page that asks for a code, where the
/// account has a second factor.
///
/// # Errors
/// [`AppError::WrongCredentials`], [`AppError::TooManyAttempts`], or [`AppError::Invalid`] for empty fields.
#[server(prefix = "/fn", endpoint = "sign_in")]
pub async fn sign_in(email: String, password: String, #[server(default)] next: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{self, second_step::FirstStep},
        web::request,
    };
    let (app, request_context) = (request::app()?, request::request_context());
    match server::first_step(&app, &request_context, &email, &password).await? {
        FirstStep::Signed(signed) => signed.enter(&app, &next),
        FirstStep::CodeNeeded(half) => half.ask(&app, &next),
    }
    Ok(())
}

/// Ends this browser's session and goes to the start page. A second call is fine.
///
/// # Errors
/// The database cannot be written.
#[server(prefix = "/fn", endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::{accounts::server, web::request};
    let app = request::app()?;
    if let Some(actor) = request::request_context().actor {
        server::sign_out(&app, &actor).await?;
    }
    server::leave(&app);
    Ok(())
}
