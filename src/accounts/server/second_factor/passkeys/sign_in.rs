//! Signing in with a passkey, without a password and without a code.
//!
//! The challenge is the same for everybody and says nothing about accounts: the passkeys that a device has for this
//! website stay in the device, and the one that its owner picks says whose it is.

use axum::http::HeaderMap;

use super::{
    assertion::{Refused, UsedPasskey, discovered, read, refuse},
    challenge::{Ceremony, Holder, KeepChallenge, SECONDS, broken, is_offered, relying_party, take},
    store,
};
use crate::{
    accounts::{
        Role,
        model::second_factor::SignInWays,
        server::{
            Signed, account_row, account_row::Account, second_factor::has_codes, second_step::HalfSignIn,
            sessions::NewSession, sign_in_log, staff_directory::signs_in_only_there,
        },
    },
    db::{self, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::PersonId,
    random,
    state::AppState,
    time::Timestamp,
    web::{
        answer::internal,
        cookies::{self, HALF_SIGN_IN, PASSKEY},
        rate_limits::Limited,
        request::{self, RequestContext},
    },
};

/// What the sign-in pages offer. After the right password, what this account has.
///
/// # Errors
/// The database cannot be read.
pub async fn ways(app: &AppState, half: Option<&HalfSignIn>) -> Result<SignInWays, AppError> {
    let passkeys = is_offered(app);
    let Some(half) = half else {
        let directory = app.staff_directory.name().map(str::to_owned);
        return Ok(SignInWays { passkeys, codes: true, directory });
    };
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let has_passkeys = store::count(conn, half.user()).await? > 0;
    let codes = has_codes(conn, half.user()).await? || !has_passkeys;
    Ok(SignInWays { passkeys: passkeys && has_passkeys, codes, directory: None })
}

/// Asks whatever passkey the browser's owner picks; after the right password, one of that account. Returns what the
/// browser needs, and gives it the cookie by which it is known.
///
/// # Errors
/// [`AppError::NotFound`] where browsers keep no passkeys for this website; [`AppError::TooManyAttempts`] for a network
/// address that asks too often.
pub async fn ask(
    app: &AppState,
    request_context: &RequestContext,
    half: Option<&HalfSignIn>,
) -> Result<String, AppError> {
    let (party, now) = (relying_party(app).await?, app.clock.now());
    app.limits.take(&app.settings.limits, Limited::PasskeyChallenge, request_context.address, now).await?;
    let (options, state) = party.start_discoverable_authentication().map_err(|error| broken(&error))?;
    let ceremony = Ceremony::SignIn { user: half.map(HalfSignIn::user), state }.text()?;
    let token = random::token();
    app.db.write(KeepChallenge { holder_hash: Holder::Browser(&token).hash(), ceremony, now }).await?;
    request::append_cookie(&cookies::set(PASSKEY, &token, SECONDS, app.settings.is_https()));
    serde_json::to_string(&options.public_key).map_err(|error| internal("asking for a passkey", &error))
}

/// The token by which a browser is known whose passkey was asked.
#[must_use]
pub fn token(app: &AppState, headers: &HeaderMap) -> Option<String> {
    let sent = cookies::get(headers, PASSKEY, app.settings.is_https())?;
    cookies::is_token(sent).then(|| sent.to_owned())
}

/// Gives the browser its cookies and sends it to `next`.
pub fn enter(app: &AppState, signed: &Signed, next: &str) {
    for used in [HALF_SIGN_IN, PASSKEY] {
        request::append_cookie(&cookies::clear(used, app.settings.is_https()));
    }
    signed.enter(app, next);
}

/// Signs the owner of a passkey in; the session that this browser had until now ends.
///
/// # Errors
/// [`AppError::SignInOver`] when nothing was asked, or too long ago; [`AppError::Invalid`] naming `credential`.
pub async fn finish(
    app: &AppState,
    request_context: &RequestContext,
    token: Option<&str>,
    sent: &str,
) -> Result<Signed, AppError> {
    // whatever is wrong with the answer, its challenge is over
    let taken = match token {
        Some(token) => take(app, Holder::Browser(token)).await?,
        None => None,
    };
    let Some(answer) = read(sent) else {
        return Err(AppError::field("credential", FieldCode::WrongPasskey));
    };
    let Some(Ceremony::SignIn { user: expected, state }) = taken else {
        tracing::warn!(reason = "nothing was asked, or too long ago", "a passkey was refused");
        return Err(AppError::SignInOver);
    };
    let used = match discovered(app, state, &answer).await? {
        Ok(used) => used,
        Err(refused) => return Err(refuse(app, "credential", refused).await),
    };
    if expected.is_some_and(|expected| expected != used.user) {
        let refused = Refused { user: Some(used.user), why: "the password before it was of another account" };
        return Err(refuse(app, "credential", refused).await);
    }
    begin(app, request_context, used).await
}

async fn begin(app: &AppState, request_context: &RequestContext, used: UsedPasskey) -> Result<Signed, AppError> {
    let user = used.user;
    let account = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        Account::find(&mut reader.conn(), user).await?
    };
    let Some(password_hash) = account.password_hash.clone().filter(|_| account.is_active()) else {
        return Err(refuse(app, "credential", Refused { user: Some(user), why: "the account is not in use" }).await);
    };
    if signs_in_only_there(app, user).await? {
        let why = "the clinic's directory alone opens the account";
        return Err(refuse(app, "credential", Refused { user: Some(user), why }).await);
    }
    let session = NewSession::prepare(app, request_context, &account.email);
    let (role, now) = (account.role, app.clock.now());
    app.db.write(SignInWithPasskey { used, role, password_hash, session: session.clone(), now }).await?;
    session.signed(app, user, role)
}

/// Begins a session of the owner of a passkey.
struct SignInWithPasskey {
    used: UsedPasskey,
    role: Role,
    /// Of the account, so that one that is closed or given another password meanwhile begins none.
    password_hash: String,
    session: NewSession,
    now: Timestamp,
}

impl WriteUnit for SignInWithPasskey {
    const NAME: &'static str = "sign_in_with_passkey";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        let (user, now): (PersonId, _) = (self.used.user, self.now);
        let goes_on = account_row::still_signs_in(tx, user, &self.password_hash).await?;
        if !goes_on || !self.used.note_use(tx, now).await? {
            return Err(AppError::field("credential", FieldCode::WrongPasskey).into());
        }
        sign_in_log::signed_in(tx, user, self.role, now).await?;
        self.session.tell_owner(tx, user).await?;
        self.session.begin(tx, user).await
    }
}
