//! The second factor of an account: codes that a telephone makes, passkeys, and recovery codes for the day on which both
//! are gone.
//!
//! The secret of the codes is encrypted with a data key of the clinic; recovery codes are hashed like passwords. A code
//! works once. Whatever changes the second factor asks for a code, is written to the audit log, told to the owner by
//! mail, and ends the trust in browsers.

pub(crate) mod attempts;
pub mod passkeys;
pub(crate) mod proof;
mod recovery;
pub mod reset;
pub mod rule;
mod totp;
pub mod trusted;

use uuid::Uuid;

use self::{
    attempts::CodeAttempt,
    passkeys::{add::begun, challenge::is_offered, store},
    proof::{Proof, Stored, context, decrypted, note, prove, six_digits, tell},
    recovery::NewCodes,
    totp::{Fit, fit},
};
use super::{account_row::Account, sessions};
use crate::{
    accounts::{Role, model::second_factor::OwnSecondFactor},
    clinic::server::clinic_zone,
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::PersonId,
    state::AppState,
    time::Timestamp,
    web::{forms, request::Actor},
};

/// Seconds for which a secret waits for its first code: an hour.
const PENDING_SECONDS: i64 = 3600;

/// What the page of the second factor shows to its owner.
///
/// # Errors
/// The database cannot be read.
pub async fn own(app: &AppState, actor: Actor) -> Result<OwnSecondFactor, AppError> {
    let now = app.clock.now();
    let clinic = app.clinic.now().await.name.clone();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let read = async |conn: &mut Conn<'_>| -> Result<_, Error> {
        let account = Account::find(conn, actor.user).await?;
        let stored = Stored::find(conn, actor.user).await?;
        let left = recovery::left(conn, actor.user).await?;
        let zone = clinic_zone(conn).await?;
        let browsers = trusted::list(conn, actor.user, &zone, now).await?;
        let passkeys = store::list(conn, actor.user).await?;
        Ok((address_first(app, &account), account.email, stored, left, browsers, zone, passkeys))
    };
    let (address_first, email, stored, left, browsers, zone, passkeys) = read(&mut reader.conn()).await?;
    let new_passkey = begun(&mut reader.conn(), actor, now).await?;
    drop(reader);
    let pending = stored.as_ref().and_then(|stored| stored.pending(now));
    let set_up = match pending {
        Some(kept) => totp::set_up(&decrypted(app, actor.user, kept)?, &clinic, &email),
        None => None,
    };
    Ok(OwnSecondFactor {
        role: actor.role,
        address_first,
        is_needed: is_needed(app, actor.role).await,
        on_since: stored.and_then(|stored| stored.confirmed_at).map(|at| zone.moment_words(at, now)),
        codes_left: u32::try_from(left).unwrap_or_default(),
        set_up,
        browsers,
        passkeys: passkeys.into_iter().map(|passkey| passkey.own(&zone, now)).collect(),
        passkeys_offered: is_offered(app),
        new_passkey,
    })
}

/// Whether a patient must confirm the address first: whoever opened an account with the address of another person could
/// else lock its owner out, who gets in by a mailed link.
fn address_first(app: &AppState, account: &Account) -> bool {
    app.settings.sends_mail() && account.role == Role::Patient && account.email_verified_at.is_none()
}

impl Stored {
    /// The secret that waits for its first code, unless it has waited too long.
    fn pending(&self, now: Timestamp) -> Option<&[u8]> {
        let since = self.pending_at?;
        self.pending_secret.as_deref().filter(|_| now.0 - since.0 < PENDING_SECONDS)
    }
}

/// Begins to set up a telephone: draws a secret, which counts once a code of it was typed. Who has a second factor types
/// a code of it, or a recovery code; until the new telephone is confirmed, the old one stays.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`]; [`AppError::Conflict`] for a patient whose address is
/// not confirmed.
pub async fn begin(app: &AppState, actor: Actor, typed: &str) -> Result<(), AppError> {
    let (account, is_on) = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let conn = &mut reader.conn();
        (Account::find(conn, actor.user).await?, is_confirmed(conn, actor.user).await?)
    };
    let proof = match is_on {
        true => Some(prove_in_session(app, actor, typed).await?),
        false if address_first(app, &account) => return Err(AppError::Conflict),
        false => None,
    };
    let secret = app.data_keys.encrypt(&context(actor.user), &totp::new_secret());
    Ok(app.db.write(BeginSetUp { actor, secret, proof, now: app.clock.now() }).await?)
}

/// Whether more than the password is asked for at the sign-in to this account: a code, or a passkey.
pub(super) async fn is_confirmed(conn: &mut Conn<'_>, user: PersonId) -> Result<bool, Error> {
    Ok(has_codes(conn, user).await? || store::count(conn, user).await? > 0)
}

/// Whether a telephone makes codes for this account.
pub(super) async fn has_codes(conn: &mut Conn<'_>, user: PersonId) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from second_factors where person_id = $1 and confirmed_at is not null";
    let found: i64 = conn.fetch_value(SQL, (user,)).await?;
    Ok(found > 0)
}

/// Since when more than the password is asked for at the sign-in to this account.
pub(crate) async fn on_since(conn: &mut Conn<'_>, user: PersonId) -> Result<Option<Timestamp>, Error> {
    const SQL: &str = "select min(since) from (
            select confirmed_at as since from second_factors where person_id = $1 and confirmed_at is not null
            union all select created_at as since from passkeys where person_id = $1) s";
    conn.fetch_value(SQL, (user,)).await
}

async fn prove_in_session(app: &AppState, actor: Actor, typed: &str) -> Result<Proof, AppError> {
    prove(app, actor.user, CodeAttempt::in_session(actor.user, actor.session), typed).await
}

/// Keeps a new secret beside the present one.
struct BeginSetUp {
    actor: Actor,
    /// Encrypted.
    secret: Vec<u8>,
    /// None while there is no second factor.
    proof: Option<Proof>,
    now: Timestamp,
}

impl WriteUnit for BeginSetUp {
    const NAME: &'static str = "begin_second_factor";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into second_factors (person_id, pending_secret, pending_at) values ($1, $2, $3)
            on conflict (person_id) do update set pending_secret = excluded.pending_secret,
                pending_at = excluded.pending_at";
        match &self.proof {
            Some(proof) => proof.use_up(tx, self.actor.into(), self.now).await?,
            // one that was set up meanwhile is replaced only with a code of it
            None if is_confirmed(tx, self.actor.user).await? => return Err(AppError::Conflict.into()),
            None => {}
        }
        tx.execute(SQL, (self.actor.user, &self.secret, self.now)).await?;
        Ok(())
    }
}

/// Has the next page show recovery codes, once.
pub fn show_once(app: &AppState, codes: &[String]) {
    forms::say_once(app, "account/second_factor", vec![("codes".into(), codes.join(" "))]);
}

/// Has the next page say what was done.
pub fn say(app: &AppState, done: &str) {
    forms::say_once(app, "account/second_factor", vec![("done".into(), done.into())]);
}

/// Ends the set-up with the first code of the telephone: from now on codes are asked for. Every other session ends.
/// Returns the recovery codes, which can be shown only now.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`; [`AppError::Conflict`] when no secret waits for a code, or no longer.
pub async fn confirm(app: &AppState, actor: Actor, typed: &str) -> Result<Vec<String>, AppError> {
    let code = six_digits(typed)?;
    let now = app.clock.now();
    let stored = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        Stored::find(&mut reader.conn(), actor.user).await?
    };
    let pending = stored.as_ref().and_then(|stored| stored.pending(now)).ok_or(AppError::Conflict)?.to_vec();
    let step = match fit(&decrypted(app, actor.user, &pending)?, &code, now) {
        Fit::Now(step) => step,
        Fit::Off { seconds, .. } => return Err(AppError::field("code", FieldCode::ClockWrong(seconds))),
        Fit::No => return Err(AppError::field("code", FieldCode::WrongCode)),
    };
    let codes = NewCodes::draw(&app.hasher).await?;
    let unit = ConfirmSetUp { actor, pending, step, codes: codes.clone(), message: Uuid::now_v7(), now };
    app.db.write(unit).await?;
    tracing::info!(user = %actor.user, "a second factor was set up");
    Ok(codes.codes)
}

/// Makes a waiting secret the one of the account.
struct ConfirmSetUp {
    actor: Actor,
    /// The secret as it is kept.
    pending: Vec<u8>,
    /// Of the code that was typed, which is used up with it.
    step: i64,
    codes: NewCodes,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for ConfirmSetUp {
    const NAME: &'static str = "confirm_second_factor";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update second_factors set secret = pending_secret, confirmed_at = $3, last_step = $4,
                refused_step = null, pending_secret = null, pending_at = null
            where person_id = $1 and pending_secret = $2";
        let (actor, now) = (self.actor, self.now);
        let set = tx.execute(SQL, (actor.user, &self.pending, now, self.step)).await?;
        if set == 0 {
            return Err(AppError::Conflict.into());
        }
        self.codes.store(tx, actor.user).await?;
        rule::end_grace(tx, actor.user).await?;
        trusted::end_all(tx, actor.user, now).await?;
        sessions::end_others(tx, actor.user, actor.session, now).await?;
        note(tx, actor.into(), actor.user, "second_factor.set_up", "", now).await?;
        tell(tx, actor.user, "set_up", self.message, now).await
    }
}

/// Makes ten other recovery codes; those before work no longer. Returns them, to be shown once.
///
/// # Errors
/// [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`]; [`AppError::Conflict`] without a second factor.
pub async fn new_codes(app: &AppState, actor: Actor, typed: &str) -> Result<Vec<String>, AppError> {
    let proof = prove_in_session(app, actor, typed).await?;
    let codes = NewCodes::draw(&app.hasher).await?;
    let unit = ReplaceCodes { actor, proof, codes: codes.clone(), message: Uuid::now_v7(), now: app.clock.now() };
    app.db.write(unit).await?;
    Ok(codes.codes)
}

/// Puts other recovery codes in the place of those there are.
struct ReplaceCodes {
    actor: Actor,
    proof: Proof,
    codes: NewCodes,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for ReplaceCodes {
    const NAME: &'static str = "replace_recovery_codes";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, now) = (self.actor, self.now);
        self.proof.use_up(tx, actor.into(), now).await?;
        self.codes.store(tx, actor.user).await?;
        note(tx, actor.into(), actor.user, "second_factor.recovery_codes_made", "", now).await?;
        tell(tx, actor.user, "new_codes", self.message, now).await
    }
}

/// Turns codes off. Passkeys stay, and are asked for.
///
/// # Errors
/// As [`new_codes`]; [`AppError::Forbidden`] for those who need a second factor by the clinic's rule and have no passkey.
pub async fn turn_off(app: &AppState, actor: Actor, typed: &str) -> Result<(), AppError> {
    let is_needed = is_needed(app, actor.role).await;
    if is_needed {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        if store::count(&mut reader.conn(), actor.user).await? == 0 {
            return Err(AppError::Forbidden);
        }
    }
    let proof = prove_in_session(app, actor, typed).await?;
    let unit = TurnOff { actor, proof, is_needed, message: Uuid::now_v7(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Whether the clinic's rule asks people of this role for a second factor.
async fn is_needed(app: &AppState, role: Role) -> bool {
    rule::is_about(role) && app.clinic.second_factor_rule().await.is_needed
}

/// Deletes the telephone of a person who has typed a code, and without a passkey what else there is.
struct TurnOff {
    actor: Actor,
    proof: Proof,
    /// Whether a second factor has to stay.
    is_needed: bool,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for TurnOff {
    const NAME: &'static str = "turn_off_second_factor";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, now) = (self.actor, self.now);
        self.proof.use_up(tx, actor.into(), now).await?;
        if store::count(tx, actor.user).await? > 0 {
            const SQL: &str = "delete from second_factors where person_id = $1";
            tx.execute(SQL, (actor.user,)).await?;
            trusted::end_all(tx, actor.user, now).await?;
        } else if self.is_needed {
            return Err(AppError::Forbidden.into());
        } else {
            remove(tx, actor.user, now).await?;
        }
        note(tx, actor.into(), actor.user, "second_factor.turned_off", "", now).await?;
        tell(tx, actor.user, "turned_off", self.message, now).await
    }
}

/// Deletes what makes up a person's second factor, and says whether it was asked for until now.
async fn remove(tx: &mut Tx<'_>, user: PersonId, now: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "delete from second_factors where person_id = $1";
    let was_on = is_confirmed(tx, user).await?;
    recovery::forget(tx, user).await?;
    store::forget_all(tx, user).await?;
    tx.execute(SQL, (user,)).await?;
    trusted::end_all(tx, user, now).await?;
    Ok(was_on)
}
