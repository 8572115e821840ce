//! The second step of a sign-in: a code after the right password.
//!
//! Between the two steps the browser holds a [`HalfSignIn`] in an encrypted cookie. It names the account, the password
//! that was typed and the moment at which it ends; it opens nothing, and is good for this one step alone.

use axum::http::HeaderMap;
use cookie::Cookie;

use super::{
    Role, Signed,
    account_row::{self, Account},
    second_factor::{
        attempts::CodeAttempt,
        proof::{Proof, prove},
        trusted::{self, NewTrust},
    },
    sessions::NewSession,
    sign_in_log,
};
use crate::{
    clinic::server::audit::Author,
    db::{self, Tx, WriteUnit},
    error::AppError,
    ids::PersonId,
    random,
    state::AppState,
    time::Timestamp,
    web::{
        cookies::{self, HALF_SIGN_IN, TRUSTED},
        local_path::{encode, is_local},
        request::{self, RequestContext},
    },
};

/// Seconds between the password and the code.
const SECONDS: u32 = 300;

/// What a right password leads to.
#[allow(clippy::large_enum_variant, reason = "it lives for one request")]
pub enum FirstStep {
    Signed(Signed),
    /// The account asks for a code too.
    CodeNeeded(HalfSignIn),
}

/// The right password of an account that asks for a code too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfSignIn {
    pub(super) user: PersonId,
    until: Timestamp,
    /// Stands for the password that was typed.
    password: String,
}

impl HalfSignIn {
    pub(super) fn new(user: PersonId, password_hash: &str, now: Timestamp) -> Self {
        HalfSignIn { user, until: now.plus_seconds(SECONDS.into()), password: mark(password_hash) }
    }

    /// Whose password was typed.
    #[must_use]
    pub fn user(&self) -> PersonId {
        self.user
    }

    /// The one that the browser sent, if this server made it for this step and its time is not over.
    #[must_use]
    pub fn of(app: &AppState, headers: &HeaderMap) -> Option<Self> {
        let text = cookies::unseal(HALF_SIGN_IN, headers, app.keys.cookies(), app.settings.is_https())?;
        let mut words = text.split(' ');
        let (user, until, password) = (words.next()?, words.next()?, words.next()?.to_owned());
        let half = HalfSignIn { user: user.parse().ok()?, until: Timestamp(until.parse().ok()?), password };
        (app.clock.now() < half.until).then_some(half)
    }

    /// The cookie for the browser.
    #[must_use]
    pub fn cookie(&self, app: &AppState) -> Cookie<'static> {
        let text = format!("{} {} {}", self.user, self.until.0, self.password);
        let value = cookies::seal(HALF_SIGN_IN, text, app.keys.cookies());
        cookies::set(HALF_SIGN_IN, &value, SECONDS, app.settings.is_https()).into_owned()
    }

    /// Sends the browser to the page that asks for the code; `next` is where it goes afterwards.
    pub fn ask(&self, app: &AppState, next: &str) {
        request::append_cookie(&self.cookie(app));
        leptos_axum::redirect(&with_next("/sign-in/code", next));
    }

    /// The account, while its password is still the one that was typed.
    ///
    /// # Errors
    /// [`AppError::SignInOver`]
    pub(super) async fn account(&self, app: &AppState) -> Result<(Account, String), AppError> {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let account =
            Account::find(&mut reader.conn(), self.user).await.map_err(|error| match AppError::from(error) {
                AppError::NotFound => AppError::SignInOver,
                other => other,
            })?;
        let hash = account.password_hash.clone().filter(|hash| mark(hash) == self.password);
        let hash = hash.filter(|_| account.is_active()).ok_or(AppError::SignInOver)?;
        Ok((account, hash))
    }
}

/// Stands for a password's hash, which has a random salt.
fn mark(password_hash: &str) -> String {
    let hash = random::token_hash(password_hash);
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// This page of the sign-in, with the page to go to afterwards.
pub(super) fn with_next(path: &str, next: &str) -> String {
    if is_local(next) { [path, "?next=", &encode(next)].concat() } else { path.to_owned() }
}

/// Sends the browser back to the first step, which says why.
pub fn begin_again(app: &AppState, next: &str) {
    request::append_cookie(&cookies::clear(HALF_SIGN_IN, app.settings.is_https()));
    leptos_axum::redirect(&with_next("/sign-in", next));
}

/// A sign-in that a code has completed.
pub struct Finished {
    pub signed: Signed,
    /// The trust that the browser asked for.
    trust: Option<NewTrust>,
}

impl Finished {
    /// Gives the browser its cookies and sends it to `next`.
    pub fn enter(&self, app: &AppState, request_context: &RequestContext, next: &str) {
        let https = app.settings.is_https();
        request::append_cookie(&cookies::clear(HALF_SIGN_IN, https));
        if let Some(trust) = &self.trust {
            let value = trust.cookie_value(&request_context.trusted);
            request::append_cookie(&cookies::set(TRUSTED, &value, trusted::SECONDS, https));
        }
        self.signed.enter(app, next);
    }
}

/// Signs a person in who typed the right password before, by a code. `trust` is what the browser calls itself, if it
/// shall not be asked for a code in the next 30 days.
///
/// # Errors
/// [`AppError::SignInOver`]; [`AppError::Invalid`] naming `code`; [`AppError::TooManyAttempts`].
pub async fn finish(
    app: &AppState,
    request_context: &RequestContext,
    half: &HalfSignIn,
    code: &str,
    trust: Option<&str>,
) -> Result<Finished, AppError> {
    let (account, password_hash) = half.account(app).await?;
    let attempt = CodeAttempt::at_sign_in(account.id, &account.email, request_context);
    let proof = prove(app, account.id, attempt, code).await.map_err(turned_off)?;
    let session = NewSession::prepare(app, request_context, &account.email);
    let (user, role, trust) = (account.id, account.role, trust.map(NewTrust::prepare));
    let unit = FinishSignIn {
        user,
        role,
        password_hash,
        proof,
        session: session.clone(),
        trust: trust.clone(),
        now: app.clock.now(),
    };
    app.db.write(unit).await?;
    Ok(Finished { signed: session.signed(app, user, role)?, trust })
}

/// A second factor that was turned off meanwhile is no longer needed: the password is asked for again.
fn turned_off(error: AppError) -> AppError {
    if error == AppError::Conflict { AppError::SignInOver } else { error }
}

/// Begins a session of a person who typed the right password and the right code.
struct FinishSignIn {
    user: PersonId,
    role: Role,
    /// Of the password that they typed.
    password_hash: String,
    proof: Proof,
    session: NewSession,
    trust: Option<NewTrust>,
    now: Timestamp,
}

impl WriteUnit for FinishSignIn {
    const NAME: &'static str = "finish_sign_in";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        let (user, role, now) = (self.user, self.role, self.now);
        if !account_row::still_signs_in(tx, user, &self.password_hash).await? {
            return Err(AppError::SignInOver.into());
        }
        let by = Author { actor: Some(user), role: role.into() };
        self.proof.use_up(tx, by, now).await?;
        if let Some(trust) = &self.trust {
            trust.begin(tx, by, user, now).await?;
        }
        sign_in_log::signed_in(tx, user, role, now).await?;
        self.session.tell_owner(tx, user).await?;
        self.session.begin(tx, user).await
    }
}
