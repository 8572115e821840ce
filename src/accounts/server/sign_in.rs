//! Signing in by a password.

use super::{
    Role, Signed, account_row, require, second_factor,
    second_factor::trusted,
    second_step::{FirstStep, HalfSignIn},
    sessions::NewSession,
    sign_in_attempts::{Attempt, Counted},
    sign_in_log,
};
use crate::{
    db::{self, Tx, WriteUnit},
    error::AppError,
    ids::PersonId,
    state::AppState,
    text::server::email::kept_email,
    time::Timestamp,
    web::request::RequestContext,
};

/// Signs a person in by the password alone; the session that this browser had until now ends.
///
/// # Errors
/// As [`first_step`]; [`AppError::SecondFactorNeeded`] where the account asks for a code too.
pub async fn sign_in(
    app: &AppState,
    request_context: &RequestContext,
    email: &str,
    password: &str,
) -> Result<Signed, AppError> {
    match first_step(app, request_context, email, password).await? {
        FirstStep::Signed(signed) => Ok(signed),
        FirstStep::CodeNeeded(_) => Err(AppError::SecondFactorNeeded),
    }
}

/// Looks at a password. The right one signs its person in, and the session that this browser had until now ends; where
/// the account asks for a code too, and does not trust this browser, nothing begins yet.
///
/// Until the answer is known, every address costs the same: the same questions, the same writes and one comparison of a
/// password, whether it has an account or none, a password or none, or the account is suspended.
///
/// # Errors
/// [`AppError::WrongCredentials`], [`AppError::TooManyAttempts`], or [`AppError::Invalid`] for empty fields.
pub async fn first_step(
    app: &AppState,
    request_context: &RequestContext,
    email: &str,
    password: &str,
) -> Result<FirstStep, AppError> {
    let step = look_at_password(app, request_context, email, password).await;
    app.metrics.typed_password(&step);
    step
}

async fn look_at_password(
    app: &AppState,
    request_context: &RequestContext,
    email: &str,
    password: &str,
) -> Result<FirstStep, AppError> {
    let email = kept_email(email);
    require(&[("email", &email), ("password", password)])?;
    let attempt = Attempt::new(&email, request_context).count(app).await?;
    let account = active_account(app, &email).await?;
    let hash = account.as_ref().map(|(_, _, hash)| hash.as_str());
    let fits = app.hasher.verify(password, hash).await?;
    if !fits {
        sign_in_log::failed(app, account.as_ref().map(|(user, role, _)| (*user, *role)));
    }
    let Some((user, role, password_hash)) = account.filter(|_| fits) else {
        attempt.failed(app);
        return Err(AppError::WrongCredentials);
    };

    let (session, now) = (NewSession::prepare(app, request_context, &email), app.clock.now());
    let half = HalfSignIn::new(user, &password_hash, now);
    let trusted = request_context.trusted.clone();
    let unit = SignIn { user, role, password_hash, attempt, session: session.clone(), trusted, now };
    Ok(match app.db.write(unit).await? {
        true => FirstStep::Signed(session.signed(app, user, role)?),
        false => FirstStep::CodeNeeded(half),
    })
}

/// Begins a session of a person who typed the right password, unless the account asks for a code too. Returns whether
/// it began.
struct SignIn {
    user: PersonId,
    role: Role,
    /// Of the password that they typed.
    password_hash: String,
    attempt: Counted,
    session: NewSession,
    /// What the browser has of accounts that trust it.
    trusted: Vec<String>,
    now: Timestamp,
}

impl WriteUnit for SignIn {
    const NAME: &'static str = "sign_in";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, db::Error> {
        // a password that was changed meanwhile opens nothing: its sessions have just been ended
        if !account_row::still_signs_in(tx, self.user, &self.password_hash).await? {
            return Err(AppError::WrongCredentials.into());
        }
        self.attempt.forgive(tx, self.now).await?;
        let has_second_factor = second_factor::is_confirmed(tx, self.user).await?;
        if has_second_factor && !trusted::is_trusted(tx, self.user, &self.trusted, self.now).await? {
            return Ok(false);
        }
        if !has_second_factor {
            second_factor::rule::begin_grace(tx, self.user, self.role, self.now).await?;
        }
        sign_in_log::signed_in(tx, self.user, self.role, self.now).await?;
        self.session.tell_owner(tx, self.user).await?;
        self.session.begin(tx, self.user).await?;
        Ok(true)
    }
}

async fn active_account(app: &AppState, email: &str) -> Result<Option<(PersonId, Role, String)>, db::Error> {
    const SQL: &str = "select id, role, password_hash from persons
        where email = $1 and password_hash is not null and status = 'active'";
    app.db.read().await?.conn().fetch_optional(SQL, (email,)).await
}
