//! Server functions of the pages behind mailed links. Reading changes nothing, because mail scanners open every link.

use leptos::prelude::*;

use crate::{accounts::model::Proof, error::AppError};

/// What a link that proves an address does.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
#[server(prefix = "/fn", endpoint = "account/verification")]
pub async fn verification(token: String) -> Result<Proof, AppError> {
    crate::accounts::server::email_address::open(&crate::web::request::app()?, &token).await
}

/// Proves the address to which the link was sent. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`]; [`AppError::Invalid`] naming `email` when
/// another account has taken the address meanwhile; [`AppError::Unavailable`] while the old address has not been told
/// yet.
#[server(prefix = "/fn", endpoint = "account/verify")]
pub async fn verify_address(token: String) -> Result<(), AppError> {
    crate::accounts::server::email_address::verify(&crate::web::request::app()?, &token).await
}

/// Sends a link for a new password, if an account has this address. The answer never says whether.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`; [`AppError::TooManyAttempts`] for a network address that asks too often.
#[server(prefix = "/fn", endpoint = "account/forgot")]
pub async fn ask_for_reset(email: String) -> Result<(), AppError> {
    use crate::{accounts::server::password_reset, web::forms, web::request};
    let app = request::app()?;
    password_reset::ask(&app, &request::request_context(), &email).await?;
    forms::say_once(&app, "account/forgot", vec![("email".into(), crate::text::line(&email))]);
    Ok(())
}

/// Whether a new password can be set with this link.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
#[server(prefix = "/fn", endpoint = "account/reset_link")]
pub async fn reset_link(token: String) -> Result<(), AppError> {
    crate::accounts::server::password_reset::open(&crate::web::request::app()?, &token).await
}

/// Sets a new password by a link and leads to the sign-in page.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`]; [`AppError::Invalid`] naming `password`.
#[server(prefix = "/fn", endpoint = "account/reset")]
pub async fn reset_password(token: String, #[server(default)] password: String) -> Result<(), AppError> {
    use crate::{accounts::server::password_reset, web::forms, web::request};
    let app = request::app()?;
    password_reset::reset(&app, &token, &password).await?;
    forms::say_once(&app, "account/reset", Vec::new());
    leptos_axum::redirect("/sign-in");
    Ok(())
}
