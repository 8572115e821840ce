//! Server functions for people's own accounts.

use leptos::prelude::*;

use crate::{accounts::model::OwnAccount, error::AppError};

/// What the account of the signed-in person holds.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(name = LoadOwnAccount, prefix = "/fn", endpoint = "account/own")]
pub async fn own_account() -> Result<OwnAccount, AppError> {
    use crate::{accounts::server::own_account, web::request};
    own_account::account(&request::app()?, request::signed_in()?).await
}

/// Saves another name, phone number or birth date. A birth date that is not sent stays as it is.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Invalid`] naming `name`, `phone` or `birth_date`.
#[server(prefix = "/fn", endpoint = "account/profile")]
pub async fn save_own_profile(
    name: String,
    #[server(default)] phone: String,
    #[server(default)] birth_date_day: Option<String>,
    #[server(default)] birth_date_month: Option<String>,
    #[server(default)] birth_date_year: Option<String>,
) -> Result<(), AppError> {
    use crate::{accounts::server::own_account, ui::DateParts, web::request};
    let app = request::app()?;
    let birth_date = match (birth_date_day, birth_date_month, birth_date_year) {
        (None, None, None) => None,
        (day, month, year) => {
            let [day, month, year] = [day, month, year].map(Option::unwrap_or_default);
            Some(DateParts { day, month, year }.text())
        }
    };
    own_account::save_profile(&app, request::signed_in()?, own_account::Profile { name, phone, birth_date }).await?;
    own_account::back(&app, "profile");
    Ok(())
}

/// Changes the password; every other session of the account ends.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Invalid`] naming `password_now` or `password`;
/// [`AppError::WrongCredentials`]; [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "account/password")]
pub async fn change_password(password_now: String, password: String) -> Result<(), AppError> {
    use crate::{accounts::server::own_account, web::request};
    let app = request::app()?;
    own_account::change_password(&app, &request::request_context(), &password_now, &password).await?;
    own_account::back(&app, "password");
    Ok(())
}

/// Asks for another email address. The change takes effect when the link sent there is used.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Invalid`] naming `email` or `password_now`;
/// [`AppError::WrongCredentials`]; [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "account/email")]
pub async fn change_email(email: String, password_now: String) -> Result<(), AppError> {
    use crate::{
        accounts::server::{email_address, own_account},
        web::request,
    };
    let app = request::app()?;
    let asked = email_address::change(&app, &request::request_context(), &email, &password_now).await?;
    own_account::back(&app, asked.into_str());
    Ok(())
}

/// Stops a change of address that waits for its link. A second call is fine.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(prefix = "/fn", endpoint = "account/cancel_email")]
pub async fn cancel_email() -> Result<(), AppError> {
    use crate::{
        accounts::server::{email_address, own_account},
        web::request,
    };
    let app = request::app()?;
    email_address::cancel(&app, request::signed_in()?).await?;
    own_account::back(&app, "email_kept");
    Ok(())
}

/// Sends the link that confirms the address once more.
///
/// # Errors
/// [`AppError::Unauthenticated`]; [`AppError::Conflict`] when there is nothing to confirm;
/// [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "account/send_link")]
pub async fn send_link() -> Result<(), AppError> {
    use crate::{
        accounts::server::{email_address, own_account},
        web::request,
    };
    let app = request::app()?;
    email_address::send_link(&app, request::signed_in()?).await?;
    own_account::back(&app, "link");
    Ok(())
}

/// Stores whether the key "/" goes to the search for patients in this browser, for a year, and goes back to that part of
/// the page.
///
/// # Errors
/// [`AppError::Unauthenticated`].
#[server(prefix = "/fn", endpoint = "account/search_key")]
pub async fn set_search_key(#[server(default)] on: bool) -> Result<(), AppError> {
    use crate::web::request;
    request::signed_in()?;
    request::remember_search_key(on, &request::app()?);
    request::back_to("keys");
    Ok(())
}
