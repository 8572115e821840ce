//! Typing the password again before what a browser that was left signed in must not be enough for.
//!
//! The last time that the password was given is kept with the session, in the database, so that every server knows it
//! and no cookie can claim it. For [`GRACE_MINUTES`] afterwards nothing is asked again.
//!
//! A server function that needs it calls [`require_recent_sign_in`] before anything else, and has its address in
//! [`NEEDS_RECENT_SIGN_IN`]; a test compares the two. The refusal leads people to a page that asks for the password and
//! then does what they asked for (`web/password_again.rs`). Programs sign in again. A personal token is never enough.

use super::{
    own_account::{self, Proved},
    sign_in_attempts::Counted,
    sign_in_log,
    staff_directory::made_for,
};
use crate::{
    accounts::model::recent_sign_in::PasswordPage,
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::SessionId,
    state::AppState,
    time::Timestamp,
    web::{password_again, request::Actor},
};

/// Minutes for which the password counts as just given.
pub const GRACE_MINUTES: i64 = 10;

/// What calls [`require_recent_sign_in`]: method and address as the router has them.
pub const NEEDS_RECENT_SIGN_IN: &[&str] = &[
    // what acts for a person without their password
    "POST /fn/account/make_token",
    "POST /api/v1/tokens",
    // what makes a password enough, or another telephone
    "POST /fn/account/begin_second_factor",
    "POST /fn/account/new_recovery_codes",
    "POST /fn/account/turn_off_second_factor",
    "POST /fn/account/begin_passkey",
    "POST /fn/account/remove_passkey",
    "POST /fn/admin/reset_second_factor",
    // what takes a person's records along, and what ends the account
    "POST /fn/account/ask_data",
    "GET /account/data/{id}/{file}",
    "POST /fn/account/close",
    // what keeps the owner out of other browsers
    "POST /fn/account/end_session",
    "POST /fn/account/end_other_sessions",
    // what gives others a role
    "POST /fn/admin/invite",
    "POST /fn/admin/resend_invitation",
    "POST /api/v1/staff/invitations",
    "POST /api/v1/staff/invitations/{id}/resend",
    // what takes the clinic's records along
    "GET /admin/audit.csv",
    "GET /admin/statistics.csv",
    // what was written to patients; a message that was shown stays shown for as long as the password counts
    "POST /fn/admin/show_message",
    "POST /fn/admin/mailbox_message",
    "GET /admin/mailbox/{id}",
    "GET /admin/mailbox/{id}/html",
];

/// What asks for the present password in its own form, each time.
pub const ASKS_FOR_PASSWORD: &[&str] = &["POST /fn/account/password", "POST /fn/account/email"];

/// Makes sure that the password was given in this session within the last minutes.
///
/// # Errors
/// [`AppError::RecentSignInNeeded`]; [`AppError::Forbidden`] for a personal token, which has no session.
pub async fn require_recent_sign_in(app: &AppState, actor: Actor) -> Result<(), AppError> {
    match left(app, actor).await? {
        None => Err(AppError::Forbidden),
        Some(seconds) if seconds > 0 => Ok(()),
        Some(_) => Err(AppError::RecentSignInNeeded),
    }
}

/// Seconds for which the password of this session still counts as just given; none without a session.
async fn left(app: &AppState, actor: Actor) -> Result<Option<i64>, AppError> {
    const SQL: &str = "select proved_at from sessions where id = $1 and person_id = $2";
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let proved: Option<Timestamp> =
        reader.conn().fetch_optional_value(SQL, (actor.session, actor.user)).await.map_err(AppError::from)?;
    Ok(proved.map(|proved| proved.plus_minutes(GRACE_MINUTES).0 - app.clock.now().0))
}

/// Notes that the password, a second factor, a passkey or the proof of the clinic's directory was given in this session just now.
pub(super) async fn given(tx: &mut Tx<'_>, session: SessionId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update sessions set proved_at = $1, seen_at = $1 where id = $2 and revoked_at is null";
    tx.execute(SQL, (now, session)).await?;
    Ok(())
}

/// What the page shows that asks for the password.
///
/// # Errors
/// The database cannot be read.
pub async fn page(app: &AppState, actor: Actor) -> Result<PasswordPage, AppError> {
    let account = own_account::account(app, actor).await?;
    let held = password_again::held(app.keys.cookies(), actor.session);
    let is_recent = held.is_none() && left(app, actor).await?.is_some_and(|seconds| seconds > 0);
    let is_made = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        made_for(&mut reader.conn(), actor.user).await?
    };
    let directory = app.staff_directory.name().filter(|_| is_made.is_some()).map(str::to_owned);
    let has_password = directory.is_none() || is_made != Some(true);
    Ok(PasswordPage { email: account.email, held: held.unwrap_or_default(), is_recent, directory, has_password })
}

/// Takes the password of the signed-in person once more. Guesses are slowed down and noted as on the sign-in page.
///
/// # Errors
/// [`AppError::Invalid`] naming `password_now`; [`AppError::WrongCredentials`]; [`AppError::TooManyAttempts`].
pub async fn type_again(app: &AppState, actor: Actor, password: &str) -> Result<(), AppError> {
    let Proved { attempt, .. } = own_account::prove(app, actor, password).await?;
    Ok(app.db.write(TypeAgain { actor, attempt, now: app.clock.now() }).await?)
}

/// Notes that the password was typed again, and was right.
struct TypeAgain {
    actor: Actor,
    attempt: Counted,
    now: Timestamp,
}

impl WriteUnit for TypeAgain {
    const NAME: &'static str = "type_password_again";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        self.attempt.forgive(tx, self.now).await?;
        given(tx, self.actor.session, self.now).await?;
        sign_in_log::typed_again(tx, self.actor, self.now).await
    }
}
