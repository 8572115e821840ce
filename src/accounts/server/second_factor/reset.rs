//! A second factor that its owner can no longer use: taken away by staff, by the operator of the server, or by the owner
//! with a mailed link and a recovery code. The password stays and is asked for as before.

use uuid::Uuid;

use super::{
    attempts::CodeAttempt,
    proof::{Proof, note, prove, tell},
    remove,
};
use crate::{
    accounts::server::{account_mail, account_row::Account, second_step::HalfSignIn, sessions},
    admin::model::people::check_reason,
    clinic::server::audit::Author,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{PersonId, SessionId},
    notifications::{
        model::Kind,
        server::links::{self, Purpose, Stored},
    },
    random,
    state::AppState,
    text::{kept_lines, server::email::kept_email},
    time::Timestamp,
    web::request::{Actor, RequestContext},
};

/// Takes the second factor from an account, because its owner has lost the telephone and has no recovery code. The
/// owner is told by mail, and every session of the account ends.
///
/// # Errors
/// [`AppError::Invalid`] naming `reason`; [`AppError::Forbidden`] for one's own account; [`AppError::NotFound`];
/// [`AppError::Conflict`] for an account without a second factor.
pub async fn by_staff(app: &AppState, staff: Actor, user: PersonId, reason: &str) -> Result<(), AppError> {
    if let Some(code) = check_reason(reason) {
        return Err(AppError::field("reason", code));
    }
    if staff.user == user {
        return Err(AppError::Forbidden);
    }
    let unit = ResetByOthers {
        by: staff.into(),
        user,
        reason: kept_lines(reason),
        message: Uuid::now_v7(),
        now: app.clock.now(),
    };
    Ok(app.db.write(unit).await?)
}

/// The same on the machine of the server, for whom nobody can ask on a page.
///
/// # Errors
/// [`AppError::NotFound`] for an address without an account; [`AppError::Conflict`] for one without a second factor.
pub async fn by_hand(app: &AppState, email: &str) -> Result<(), AppError> {
    const SQL: &str = "select id from persons where email = $1 and password_hash is not null";
    let email = kept_email(email);
    let user = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let read = async |conn: &mut Conn<'_>| -> Result<Option<PersonId>, Error> {
            conn.fetch_optional_value(SQL, (&email,)).await
        };
        read(&mut reader.conn()).await?.ok_or(AppError::NotFound)?
    };
    let (by, reason) = (Author::SYSTEM, "on the command line".to_owned());
    Ok(app.db.write(ResetByOthers { by, user, reason, message: Uuid::now_v7(), now: app.clock.now() }).await?)
}

/// Takes the second factor from an account, by the word of another person.
struct ResetByOthers {
    by: Author,
    user: PersonId,
    reason: String,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for ResetByOthers {
    const NAME: &'static str = "reset_second_factor";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let account = Account::find(tx, self.user).await?;
        if !remove(tx, self.user, self.now).await? {
            return Err(AppError::Conflict.into());
        }
        // the telephone that is gone may be signed in; no session has this id
        sessions::end_others(tx, self.user, SessionId(Uuid::nil()), self.now).await?;
        let details = [&account.display_name, ": ", &self.reason].concat();
        note(tx, self.by, self.user, "second_factor.reset", &details, self.now).await?;
        tell(tx, self.user, "reset", self.message, self.now).await
    }
}

/// Sends the owner of an account who has typed the right password a link by which, with a recovery code, the second
/// factor is taken away. Asking again too soon sends none.
///
/// # Errors
/// [`AppError::SignInOver`]; [`AppError::TooManyAttempts`] within five minutes, and after ten in a day.
pub async fn send_link(app: &AppState, half: &HalfSignIn) -> Result<(), AppError> {
    let (account, _) = half.account(app).await?;
    Ok(app.db.write(SendResetLink { user: account.id, message: Uuid::now_v7(), now: app.clock.now() }).await?)
}

/// Sends a link that takes a second factor away.
struct SendResetLink {
    user: PersonId,
    /// Names the message.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for SendResetLink {
    const NAME: &'static str = "send_second_factor_link";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let apart = account_mail::MIN_RESEND_INTERVAL;
        let wait_seconds = account_mail::wait(tx, Kind::ResetSecondFactor, self.user, apart, self.now).await?;
        if wait_seconds > 0 {
            return Err(AppError::TooManyAttempts { wait_seconds }.into());
        }
        account_mail::send(tx, Kind::ResetSecondFactor, self.user, self.message, self.now).await
    }
}

/// Whether a second factor can be taken away with this link. Changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
pub async fn open(app: &AppState, token: &str) -> Result<(), AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    find(&mut reader.conn(), token, app.clock.now()).await?;
    Ok(())
}

/// Takes the second factor away by a link, which is used up, and a recovery code.
///
/// # Errors
/// As [`open`]; [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`]; [`AppError::Conflict`] for an account
/// without a second factor.
pub async fn by_link(
    app: &AppState,
    request_context: &RequestContext,
    token: &str,
    typed: &str,
) -> Result<(), AppError> {
    let now = app.clock.now();
    let (_, account) = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        find(&mut reader.conn(), token, now).await?
    };
    let attempt = CodeAttempt::at_sign_in(account.id, &account.email, request_context);
    let proof = prove(app, account.id, attempt, typed).await?;
    Ok(app.db.write(ResetByLink { token: token.to_owned(), proof, message: Uuid::now_v7(), now }).await?)
}

/// Takes the second factor from the account that a link belongs to.
struct ResetByLink {
    /// Of the link.
    token: String,
    proof: Proof,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for ResetByLink {
    const NAME: &'static str = "reset_second_factor_by_link";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let now = self.now;
        let (link, account) = find(tx, &self.token, now).await?;
        links::use_up(tx, &link, now).await?;
        links::end_all(tx, Purpose::ResetSecondFactor, account.id, now).await?;
        let by = Author { actor: Some(account.id), role: account.role.into() };
        self.proof.use_up(tx, by, now).await?;
        remove(tx, account.id, now).await?;
        note(tx, by, account.id, "second_factor.reset", "", now).await?;
        tell(tx, account.id, "removed", self.message, now).await
    }
}

/// The link, if it is still good, and its account.
async fn find(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<(Stored, Account), Error> {
    let link = links::find(conn, Purpose::ResetSecondFactor, token).await?;
    let user = link.person_id.filter(|_| link.used_at.is_none() && now < link.expires_at);
    let account = Account::find(conn, user.ok_or(AppError::LinkOver)?).await?;
    // one that was sent to an address which the account no longer has opens nothing
    let its_own = link.address_hash == Some(random::token_hash(&account.email));
    if its_own && account.is_active() { Ok((link, account)) } else { Err(AppError::LinkOver.into()) }
}
