//! The address of an account: proving that its owner reads it, and changing it.
//!
//! A new address waits in `pending_email` until the link that was sent there is used; the old one is told meanwhile.
//! Where the clinic sends no mail, nothing can be proved, and a change counts at once.

use strum::IntoStaticStr;
use uuid::Uuid;

use super::{
    account_exists, account_mail, account_row, account_row::Account, email_taken, own_account, recent_sign_in,
    sign_in_attempts::Counted,
};
use crate::{
    accounts::model::Proof,
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{PersonId, SessionId},
    notifications::{
        model::Kind,
        server::links::{self, Purpose, Stored},
    },
    random,
    state::AppState,
    text::server::email::EmailAddress,
    time::Timestamp,
    web::rate_limits::Limited,
    web::request::{Actor, RequestContext},
};

/// What a link that proves an address does. Changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
pub async fn open(app: &AppState, token: &str) -> Result<Proof, AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let (_, _, proof) = find(&mut reader.conn(), token, app.clock.now()).await?;
    Ok(proof)
}

/// Proves the address to which the link was sent. A requested new address becomes the account's own. A second call is
/// fine.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`]; [`AppError::Invalid`] naming `email` when
/// another account has taken the address meanwhile; [`AppError::Unavailable`] while the old address has not been told
/// yet.
pub async fn verify(app: &AppState, token: &str) -> Result<(), AppError> {
    let unit = VerifyAddress { token: token.to_owned(), now: app.clock.now() };
    app.db.write(unit).await.map_err(email_taken)
}

/// Proves an address by the link that was sent there.
struct VerifyAddress {
    token: String,
    now: Timestamp,
}

impl WriteUnit for VerifyAddress {
    const NAME: &'static str = "verify_address";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let now = self.now;
        let (link, account, proof) = find(tx, &self.token, now).await?;
        match proof {
            Proof::Done => Ok(()),
            Proof::Confirm => {
                links::use_up(tx, &link, now).await?;
                account_row::prove_address(tx, account.id, now).await
            }
            Proof::Change => {
                links::use_up(tx, &link, now).await?;
                take_over(tx, &account, now).await
            }
        }
    }
}

async fn find(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<(Stored, Account, Proof), Error> {
    let link = links::find(conn, Purpose::VerifyAddress, token).await?;
    let account = Account::find(conn, link.person_id.ok_or(AppError::LinkOver)?).await?;
    let sent_to = |address: &str| link.address_hash == Some(random::token_hash(address));
    let good = link.used_at.is_none() && now < link.expires_at && account.is_active();
    let proof = if sent_to(&account.email) && account.email_verified_at.is_some() {
        Proof::Done
    } else if good && account.pending_email.as_deref().is_some_and(sent_to) {
        Proof::Change
    } else if good && sent_to(&account.email) {
        Proof::Confirm
    } else {
        return Err(AppError::LinkOver.into());
    };
    Ok((link, account, proof))
}

/// Makes the requested address the account's own. Links for a new password that were sent to the old address end.
async fn take_over(tx: &mut Tx<'_>, account: &Account, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update persons set email = pending_email, pending_email = null, email_verified_at = $1,
            mail_failed_at = null
        where id = $2 and pending_email is not null";
    if notices_wait(tx, account.id).await? {
        // once the address is another one, they could not reach the owner of the old one any more
        return Err(AppError::Unavailable { unchanged: true }.into());
    }
    tx.execute(SQL, (now, account.id)).await?;
    Ok(())
}

/// Whether a notice to the owner is still on its way to the present address.
async fn notices_wait(conn: &mut Conn<'_>, user: PersonId) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from outbox where person_id = $1 and state in ('queued', 'sending')
        and kind in ('address_changing', 'password_changed')";
    let waiting: i64 = conn.fetch_value(SQL, (user,)).await?;
    Ok(waiting > 0)
}

/// What became of the request for another address, and what the account's page says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(const_into_str)]
pub enum Asked {
    /// It is the account's own now.
    #[strum(serialize = "email")]
    Changed,
    /// It waits until the link that is on its way there is used.
    #[strum(serialize = "email_asked")]
    Waits,
    /// It was the account's own already.
    #[strum(serialize = "email_kept")]
    Same,
}

/// Asks for another address. The present address gets a notice, the requested one a link; where another account has it,
/// that account's owner gets a notice instead, and the asker learns nothing of it.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`, also for the address of another account where no mail is sent; [`AppError::WrongCredentials`] for a wrong password;
/// [`AppError::TooManyAttempts`].
pub async fn change(
    app: &AppState,
    request_context: &RequestContext,
    email: &str,
    password: &str,
) -> Result<Asked, AppError> {
    let (wanted, now) = (EmailAddress::read(email), app.clock.now());
    let actor = request_context.actor.ok_or(AppError::Unauthenticated)?;
    let email = wanted.map_err(|code| AppError::field("email", code))?.kept().to_owned();
    let own_account::Proved { account, attempt } = own_account::prove(app, actor, password).await?;
    // messages go to an address that somebody else may have
    app.limits.take(&app.settings.limits, Limited::Registration, request_context.address, now).await?;
    let messages = [Uuid::now_v7(), Uuid::now_v7()];
    let (session, sends_mail) = (actor.session, app.settings.sends_mail());
    let unit = ChangeAddress { account, attempt, session, email, messages, sends_mail, now };
    app.db.write(unit).await.map_err(email_taken)
}

/// Gives an account the address that its owner asked for, or stores it until its link is used.
struct ChangeAddress {
    account: Account,
    attempt: Counted,
    /// In which the password was typed.
    session: SessionId,
    /// The address that is wanted.
    email: String,
    /// Names of the two messages.
    messages: [Uuid; 2],
    /// Whether the clinic sends any.
    sends_mail: bool,
    now: Timestamp,
}

impl WriteUnit for ChangeAddress {
    const NAME: &'static str = "change_address";
    type Output = Asked;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Asked, Error> {
        const WAIT: &str = "update persons set pending_email = $1 where id = $2 and password_hash = $3";
        const AT_ONCE: &str = "update persons set email = $1, pending_email = null, email_verified_at = null,
                mail_failed_at = null
            where id = $2 and password_hash = $3";
        let account = &self.account;
        self.attempt.forgive(tx, self.now).await?;
        recent_sign_in::given(tx, self.session, self.now).await?;
        if self.email == account.email {
            forget_wish(tx, account.id).await?;
            return Ok(Asked::Same);
        }
        // where mail is sent, the same happens whether or not another account has the address: its owner is told
        if !self.sends_mail && account_exists(tx, &self.email).await? {
            return Err(AppError::field("email", FieldCode::EmailUnusable).into());
        }
        let sql = if self.sends_mail { WAIT } else { AT_ONCE };
        let changed = tx.execute(sql, (&self.email, account.id, &account.password_hash)).await?;
        if changed == 0 {
            return Err(AppError::Conflict.into());
        }
        if !self.sends_mail {
            return Ok(Asked::Changed);
        }
        // no second link is needed to mend a mistyped address, so only the day's number counts
        let wait_seconds = account_mail::wait(tx, Kind::VerifyAddress, account.id, 0, self.now).await?;
        if wait_seconds > 0 {
            return Err(AppError::TooManyAttempts { wait_seconds }.into());
        }
        let [notice, link] = self.messages;
        account_mail::send(tx, Kind::AddressChanging, account.id, notice, self.now).await?;
        account_mail::send(tx, Kind::VerifyAddress, account.id, link, self.now).await?;
        Ok(Asked::Waits)
    }
}

/// Stops a change of address that waits for its link. A second call is fine.
///
/// # Errors
/// The database cannot be written.
pub async fn cancel(app: &AppState, actor: Actor) -> Result<(), AppError> {
    Ok(app.db.write(CancelAddressChange { user: actor.user }).await?)
}

/// Stops a change of address that waits for its link.
struct CancelAddressChange {
    user: PersonId,
}

impl WriteUnit for CancelAddressChange {
    const NAME: &'static str = "cancel_address_change";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        forget_wish(tx, self.user).await
    }
}

async fn forget_wish(tx: &mut Tx<'_>, user: PersonId) -> Result<(), Error> {
    const SQL: &str = "update persons set pending_email = null where id = $1";
    tx.execute(SQL, (user,)).await?;
    Ok(())
}

/// Sends the link once more: to the address that is wanted, or to the present one.
///
/// # Errors
/// [`AppError::Conflict`] when there is nothing to confirm; [`AppError::TooManyAttempts`] within five minutes, and
/// after ten in a day.
pub async fn send_link(app: &AppState, actor: Actor) -> Result<(), AppError> {
    let unit = SendAddressLink { user: actor.user, message: Uuid::now_v7(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Sends the link that proves an address once more.
struct SendAddressLink {
    user: PersonId,
    /// Names the message.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for SendAddressLink {
    const NAME: &'static str = "send_address_link";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let account = Account::find(tx, self.user).await?;
        if account.email_verified_at.is_some() && account.pending_email.is_none() {
            return Err(AppError::Conflict.into());
        }
        let apart = account_mail::MIN_RESEND_INTERVAL;
        let wait_seconds = account_mail::wait(tx, Kind::VerifyAddress, account.id, apart, self.now).await?;
        if wait_seconds > 0 {
            return Err(AppError::TooManyAttempts { wait_seconds }.into());
        }
        account_mail::send(tx, Kind::VerifyAddress, account.id, self.message, self.now).await
    }
}
