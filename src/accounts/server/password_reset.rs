//! A new password for an owner who forgot it, or never had one because the clinic created the account.
//!
//! Asking always gets the same answer after the same time. The message with a link that the answer promises is written
//! in the unit that the answer waits for. That unit asks and writes for every address, whether or not it has an
//! account.

use std::time::{Duration, Instant};

use tokio::time::sleep;
use uuid::Uuid;

use super::{
    account_mail, account_row, account_row::Account, care, match_candidates, person_record::ChangedBy,
    second_factor::trusted, sessions, sign_in_attempts, staff_directory::made_for, taken_meanwhile, wrong_password,
};
use crate::{
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::PersonId,
    notifications::{
        model::Kind,
        server::links::{self, Purpose, Stored},
    },
    random,
    state::AppState,
    text::server::{
        email::{EmailAddress, kept_email},
        telephone::Country,
    },
    time::Timestamp,
    web::rate_limits::Limited,
    web::request::RequestContext,
};

/// How long an answer takes, whether or not there is an account: longer than writing a message takes. When writing
/// takes longer, the answer takes the next multiple.
pub const ANSWER_AFTER: Duration = Duration::from_millis(400);

/// Sends a link for a new password to this address, if an account in good standing has it. Asking again too soon gets
/// the same answer and no second message.
///
/// # Errors
/// [`AppError::Invalid`] naming `email` for an invalid address; [`AppError::TooManyAttempts`] for a network address
/// that asks too often.
pub async fn ask(app: &AppState, request_context: &RequestContext, email: &str) -> Result<(), AppError> {
    let address = EmailAddress::read(email).map_err(|code| AppError::field("email", code))?;
    let (email, now) = (address.kept().to_owned(), app.clock.now());
    app.limits.take(&app.settings.limits, Limited::PasswordReset, request_context.address, now).await?;
    let by_directory = app.settings.oidc.is_on();
    let (unit, begun) = (AskReset { email, by_directory, message: Uuid::now_v7(), now }, Instant::now());
    let asked = app.db.write(unit).await;
    sleep(until_the_answer(begun.elapsed())).await;
    Ok(asked?)
}

/// What is left of the time that an answer takes.
fn until_the_answer(elapsed: Duration) -> Duration {
    let step = ANSWER_AFTER.as_micros();
    let left = step - elapsed.as_micros() % step;
    Duration::from_micros(u64::try_from(left).unwrap_or_default())
}

/// Sends a link for a new password to an address, if an account has it and the last link is old enough.
struct AskReset {
    email: String,
    /// Whether accounts that were made by the clinic's directory are opened by it alone.
    by_directory: bool,
    /// Names the message.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for AskReset {
    const NAME: &'static str = "ask_password_reset";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let user = active(tx, &self.email, self.by_directory).await?;
        // for an address without an account, what the same questions and a write cost
        let (asked, apart) = (user.unwrap_or(NOBODY), account_mail::MIN_RESEND_INTERVAL);
        let wait_seconds = account_mail::wait(tx, Kind::ResetPassword, asked, apart, self.now).await?;
        sign_in_attempts::note_request(tx, &self.email, self.now).await?;
        match user {
            Some(user) if wait_seconds == 0 => {
                account_mail::send(tx, Kind::ResetPassword, user, self.message, self.now).await
            }
            _ => Ok(()),
        }
    }
}

/// Has no account and no messages.
const NOBODY: PersonId = PersonId(Uuid::nil());

/// The account with this address, unless the clinic's directory alone opens it. Where none has it, the person whom the clinic added with it, if there is only one.
async fn active(conn: &mut Conn<'_>, email: &str, by_directory: bool) -> Result<Option<PersonId>, Error> {
    const SQL: &str = "select id, password_hash is not null from persons where email = $1 and status = 'active'
        order by password_hash is null limit 2";
    let found: Vec<(PersonId, bool)> = conn.fetch_all(SQL, (email,)).await?;
    let found = match *found.as_slice() {
        [(id, true), ..] | [(id, _)] => Some(id),
        _ => None,
    };
    // asked for every address, so that each takes as long
    let is_made = made_for(conn, found.unwrap_or(NOBODY)).await?.is_some_and(|is_made| is_made);
    Ok(found.filter(|_| !by_directory || !is_made))
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
    let now = app.clock.now();
    // before a password is hashed, which costs much more than this query
    let (_, account) = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        find(&mut reader.conn(), token, now).await?
    };
    let email = account.first_address().unwrap_or(&account.email);
    if let Some(code) = wrong_password(app, password, email, &account.display_name).await {
        return Err(AppError::field("password", code));
    }
    let password_hash = app.hasher.hash(password).await?;
    let (token, country) = (token.to_owned(), app.settings.clinic.phone_country());
    let unit = ResetPassword { token, password_hash, message: Uuid::now_v7(), country, now };
    let user = app.db.write(unit).await.map_err(taken_meanwhile)?;
    tracing::info!(%user, "a password was set by a link");
    Ok(())
}

/// Sets the password of the account that a link belongs to, and returns that account.
struct ResetPassword {
    /// Of the link.
    token: String,
    /// Of the new password.
    password_hash: String,
    /// Names the message that tells the owner.
    message: Uuid,
    country: Country,
    now: Timestamp,
}

impl WriteUnit for ResetPassword {
    const NAME: &'static str = "reset_password";
    type Output = PersonId;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<PersonId, Error> {
        let now = self.now;
        let (link, account) = find(tx, &self.token, now).await?;
        links::use_up(tx, &link, now).await?;
        links::end_all(tx, Purpose::ResetPassword, account.id, now).await?;
        if link.address_hash != Some(random::token_hash(&account.email)) {
            account_row::take_wanted_address(tx, account.id).await?;
        }
        account_row::set_password(tx, account.id, account.password_hash.as_deref(), &self.password_hash).await?;
        account_row::prove_address(tx, account.id, now).await?;
        if account.password_hash.is_none() {
            care::has_own_account(tx, account.id, now).await?;
        }
        let by = ChangedBy { actor: Some(account.id), now, country: self.country };
        match_candidates::join_proved(tx, account.id, by).await?;
        sessions::end_all(tx, account.id, now).await?;
        trusted::end_all(tx, account.id, now).await?;
        sign_in_attempts::forgive_account(tx, &account.email).await?;
        account_mail::send(tx, Kind::PasswordChanged, account.id, self.message, now).await?;
        Ok(account.id)
    }
}

/// Sets the password of an account whose owner cannot be sent a link. For the operator of the server.
///
/// # Errors
/// [`AppError::NotFound`] for an address without an account; [`AppError::Invalid`] naming `password`.
pub async fn set_by_hand(app: &AppState, email: &str, password: &str) -> Result<(), AppError> {
    let email = kept_email(email);
    let account = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let conn = &mut reader.conn();
        let user = active(conn, &email, false).await?.ok_or(AppError::NotFound)?;
        Account::find(conn, user).await?
    };
    if let Some(code) = wrong_password(app, password, &account.email, &account.display_name).await {
        return Err(AppError::field("password", code));
    }
    let password_hash = app.hasher.hash(password).await?;
    let unit = SetPassword { account, password_hash, message: Uuid::now_v7(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Sets the password of an account without a link.
struct SetPassword {
    /// As it was when its new password was checked.
    account: Account,
    /// Of the new password.
    password_hash: String,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for SetPassword {
    const NAME: &'static str = "set_password_by_hand";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (account, now) = (&self.account, self.now);
        account_row::set_password(tx, account.id, account.password_hash.as_deref(), &self.password_hash).await?;
        links::end_all(tx, Purpose::ResetPassword, account.id, now).await?;
        sessions::end_all(tx, account.id, now).await?;
        trusted::end_all(tx, account.id, now).await?;
        sign_in_attempts::forgive_account(tx, &account.email).await?;
        account_mail::send(tx, Kind::PasswordChanged, account.id, self.message, now).await
    }
}

/// The link, if it is still good, and its account.
async fn find(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<(Stored, Account), Error> {
    let link = links::find(conn, Purpose::ResetPassword, token).await?;
    let user = link.person_id.filter(|_| link.used_at.is_none() && now < link.expires_at);
    let account = Account::find(conn, user.ok_or(AppError::LinkOver)?).await?;
    // one that was sent to an address which the account no longer has opens nothing
    let sent_to = |address: &str| link.address_hash == Some(random::token_hash(address));
    let its_own = sent_to(&account.email) || account.first_address().is_some_and(sent_to);
    if its_own && account.is_active() { Ok((link, account)) } else { Err(AppError::LinkOver.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_takes_a_whole_number_of_steps() {
        let took = |millis: u64| {
            let elapsed = Duration::from_millis(millis);
            elapsed + until_the_answer(elapsed)
        };
        for (work, all) in [(0, 400), (3, 400), (399, 400), (400, 800), (401, 800), (1_999, 2_000)] {
            assert_eq!(took(work), Duration::from_millis(all), "{work} ms of work");
        }
    }
}
