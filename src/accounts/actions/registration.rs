//! Server functions of registering. A time that the browser holds is kept meanwhile, which is a matter of booking.

use leptos::prelude::*;

use crate::{accounts::model::OpenAccount, error::AppError};

/// Has a link sent to the address, by which its owner opens a patient's account and goes on to `next`, a path of this
/// website. The answer is the same for an address that has an account; its owner is told. A time that this browser holds
/// is kept meanwhile. Where the clinic sends no mail, the account is made and signed in at once, with `password`.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields `name`, `email`, `phone` or `password`; [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "register")]
pub async fn register(
    name: String,
    email: String,
    #[server(default)] phone: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::server::{self, registration},
        booking::{
            hold_in_address,
            server::{Booker, keep_for_registration},
        },
        web::{forms, local_path, request},
    };
    let (app, request_context) = (request::app()?, request::request_context());
    let form = server::RegisterForm { name, email, phone, password };
    if !app.settings.sends_mail() {
        server::register(&app, &request_context, form).await?.enter(&app, &next);
        return Ok(());
    }
    let asked = registration::check(&app, &request_context, &form).await?;
    let booker = Booker::of_any(&request_context);
    let held = match hold_in_address(&next) {
        Some(hold) => keep_for_registration(&app, &booker, hold).await?.map(|holder| (hold, holder)),
        None => None,
    };
    registration::ask(&app, asked, &next, held).await?;
    forms::say_once(&app, "register", vec![("email".into(), crate::text::line(&form.email))]);
    let next = local_path::local_or_start(&next);
    leptos_axum::redirect(&["/register/sent?next=", &local_path::encode(next)].concat());
    Ok(())
}

/// What the page shows on which a registration is finished. Changes nothing: mail scanners open every link.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
#[server(name = LoadRegistration, prefix = "/fn", endpoint = "account/registration")]
pub async fn registration(token: String) -> Result<OpenAccount, AppError> {
    crate::accounts::server::registration::open(&crate::web::request::app()?, &token).await
}

/// Makes the account of a registration, signs it in and goes on where its person was.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`]; [`AppError::Invalid`] naming `password`.
#[server(name = FinishRegistration, prefix = "/fn", endpoint = "account/open")]
pub async fn open_account(token: String, #[server(default)] password: String) -> Result<(), AppError> {
    use crate::{accounts::server::registration, booking::server::hand_over, web::request};
    let (app, request_context) = (request::app()?, request::request_context());
    let opened = registration::finish(&app, &request_context, &token, &password).await?;
    if let Some((hold, holder)) = opened.held {
        hand_over(&app, opened.signed.actor.user, hold, holder).await;
    }
    opened.signed.enter(&app, &opened.next);
    Ok(())
}
