//! A new password for somebody who forgot theirs, or never had one because the clinic made the account.
//!
//! Asking always gets the same answer at the same time. What the answer promises, a message with a link, is written in
//! the unit that it waits for.

use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use super::{account_mail, account_row, account_row::Account, normalised, sessions, sign_in_attempts, wrong_password};
use crate::{
    accounts::model::check_email,
    db::{Conn, Error, OwnedTx},
    error::AppError,
    ids::UserId,
    notifications::{
        model::Kind,
        server::links::{self, Purpose, Stored},
    },
    random,
    state::AppState,
    time::Timestamp,
    web::rate_limits::Limited,
    web::request::RequestContext,
};

/// How long an answer takes, whether or not there is an account: longer than writing a message does.
pub const ANSWER_AFTER: Duration = Duration::from_millis(400);

/// Sends a link for a new password to this address, if an account in good standing has it. Who asks again too soon gets
/// the same answer and no second message.
///
/// # Errors
/// [`AppError::Invalid`] naming `email` for what is no address; [`AppError::TooManyAttempts`] for a network address that
/// asks too often.
pub async fn ask(app: &AppState, request_context: &RequestContext, email: &str) -> Result<(), AppError> {
    let (email, now, letter) = (normalised(email), app.clock.now(), Uuid::now_v7());
    if let Some(code) = check_email(&email) {
        return Err(AppError::field("email", code));
    }
    app.limits.take(&app.settings.limits, Limited::PasswordReset, request_context.address, now)?;
    let unit = move |mut tx: OwnedTx| {
        let email = email.clone();
        async move {
            let conn = &mut tx.conn();
            if let Some(user) = active(conn, &email).await?
                && account_mail::wait(conn, Kind::ResetPassword, user, account_mail::MIN_RESEND_INTERVAL, now).await?
                    == 0
            {
                account_mail::send(conn, Kind::ResetPassword, user, letter, now).await?;
            }
            Ok((tx, ()))
        }
    };
    let (asked, ()) = tokio::join!(app.db.write_owned(unit), sleep(ANSWER_AFTER));
    Ok(asked?)
}

async fn active(conn: &mut Conn<'_>, email: &str) -> Result<Option<UserId>, Error> {
    const SQL: &str = "select id from users where email = $1 and status = 'active'";
    Ok(conn.fetch_optional_value(SQL, (email,)).await?)
}

/// Whether a new password can be set with this link. Changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
pub async fn open(app: &AppState, token: &str) -> Result<(), AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    find(&mut reader.conn(), token, app.clock.now()).await?;
    Ok(())
}

/// Sets the password by a link, which is used up. Every session of the account ends, and so do the delays after wrong
/// passwords. The link came to the account's address, so the address is confirmed too.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`]; [`AppError::Invalid`] naming `password`.
pub async fn reset(app: &AppState, token: &str, password: &str) -> Result<(), AppError> {
    let (now, letter) = (app.clock.now(), Uuid::now_v7());
    // before a password is hashed, which costs much more than a look
    let (_, account) = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        find(&mut reader.conn(), token, now).await?
    };
    if let Some(code) = wrong_password(app, password, &account.email, &account.display_name).await {
        return Err(AppError::field("password", code));
    }
    let hash = app.hasher.hash(password).await?;
    let token = token.to_owned();
    let unit = move |mut tx: OwnedTx| {
        let (token, hash) = (token.clone(), hash.clone());
        async move {
            let conn = &mut tx.conn();
            let (link, account) = find(conn, &token, now).await?;
            links::use_up(conn, &link, now).await?;
            links::end_all(conn, Purpose::ResetPassword, account.id, now).await?;
            account_row::set_password(conn, account.id, &account.password_hash, &hash).await?;
            account_row::prove_address(conn, account.id, now).await?;
            sessions::end_all(conn, account.id, now).await?;
            sign_in_attempts::forgive_account(conn, &account.email).await?;
            account_mail::send(conn, Kind::PasswordChanged, account.id, letter, now).await?;
            Ok((tx, account.id))
        }
    };
    let user = app.db.write_owned(unit).await?;
    tracing::info!(%user, "a password was set by a link");
    Ok(())
}

/// Sets the password of an account whose owner cannot be sent a link. For whoever runs the program.
///
/// # Errors
/// [`AppError::NotFound`] for an address without an account; [`AppError::Invalid`] naming `password`.
pub async fn set_by_hand(app: &AppState, email: &str, password: &str) -> Result<(), AppError> {
    let (email, now, letter) = (normalised(email), app.clock.now(), Uuid::now_v7());
    let account = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let conn = &mut reader.conn();
        let user = active(conn, &email).await?.ok_or(AppError::NotFound)?;
        Account::find(conn, user).await?
    };
    if let Some(code) = wrong_password(app, password, &account.email, &account.display_name).await {
        return Err(AppError::field("password", code));
    }
    let hash = app.hasher.hash(password).await?;
    let unit = move |mut tx: OwnedTx| {
        let (account, hash) = (account.clone(), hash.clone());
        async move {
            let conn = &mut tx.conn();
            account_row::set_password(conn, account.id, &account.password_hash, &hash).await?;
            links::end_all(conn, Purpose::ResetPassword, account.id, now).await?;
            sessions::end_all(conn, account.id, now).await?;
            sign_in_attempts::forgive_account(conn, &account.email).await?;
            account_mail::send(conn, Kind::PasswordChanged, account.id, letter, now).await?;
            Ok((tx, ()))
        }
    };
    Ok(app.db.write_owned(unit).await?)
}

/// The link, if it is still good, and its account.
async fn find(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<(Stored, Account), Error> {
    let link = links::find(conn, Purpose::ResetPassword, token).await?;
    let user = link.user_id.filter(|_| link.used_at.is_none() && now < link.expires_at);
    let account = Account::find(conn, user.ok_or(AppError::LinkOver)?).await?;
    // one that was sent to an address which the account no longer has opens nothing
    let its_own = link.address_hash == Some(random::token_hash(&account.email));
    if its_own && account.is_active() { Ok((link, account)) } else { Err(AppError::LinkOver.into()) }
}
