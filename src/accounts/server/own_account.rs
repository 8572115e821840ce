//! One's own account: what it holds, its name, phone number and password.

use uuid::Uuid;

use super::{
    account_mail, account_row,
    account_row::Account,
    people_search::search_text,
    require, sessions,
    sign_in_attempts::{Attempt, Counted},
    wrong_password,
};
use crate::{
    accounts::model::{OwnAccount, check_name, check_phone, kept_phone},
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::{PersonId, SessionId},
    notifications::{
        model::Kind,
        server::links::{self, Purpose},
    },
    state::AppState,
    text::line,
    time::Timestamp,
    web::forms,
    web::request::{Actor, RequestContext},
};

/// What the account holds, for its owner.
///
/// # Errors
/// The database cannot be read.
pub async fn account(app: &AppState, actor: Actor) -> Result<OwnAccount, AppError> {
    let account = find(app, actor).await?;
    Ok(OwnAccount {
        name: account.display_name,
        email: account.email,
        phone: account.phone.unwrap_or_default(),
        role: account.role,
        verified: account.email_verified_at.is_some(),
        pending_email: account.pending_email,
        sends_mail: app.settings.sends_mail(),
    })
}

/// Goes to the account's page, which says once what was done: `profile`, `password`, `link` and so on.
pub fn back(app: &AppState, done: &str) {
    forms::say_once(app, "account", vec![("done".into(), done.into())]);
    leptos_axum::redirect("/account");
}

async fn find(app: &AppState, actor: Actor) -> Result<Account, AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    Ok(Account::find(&mut reader.conn(), actor.user).await?)
}

/// Saves another name or phone number; an empty number is none.
///
/// # Errors
/// [`AppError::Invalid`] naming `name` or `phone`.
pub async fn save_profile(app: &AppState, actor: Actor, name: &str, phone: &str) -> Result<(), AppError> {
    let checks = [("name", check_name(name)), ("phone", check_phone(phone))];
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
    let fields: Vec<_> = checks.into_iter().filter_map(wrong).collect();
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields });
    }
    let (name, phone) = (line(name), kept_phone(phone));
    let phone = (!phone.is_empty()).then_some(phone);
    Ok(app.db.write(SaveProfile { user: actor.user, name, phone }).await?)
}

/// Saves the name and the phone number of an account.
struct SaveProfile {
    user: PersonId,
    name: String,
    phone: Option<String>,
}

impl WriteUnit for SaveProfile {
    const NAME: &'static str = "save_own_account";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update persons set display_name = $1, phone = $2, search_text = $3 where id = $4";
        let search_text = search_text(&self.name, self.phone.as_deref());
        tx.execute(SQL, (&self.name, &self.phone, search_text, self.user)).await?;
        Ok(())
    }
}

/// Changes the password. Every other session of the account ends.
///
/// # Errors
/// [`AppError::Invalid`] naming `password_now` or `password`; [`AppError::WrongCredentials`] when the present password
/// does not match; [`AppError::TooManyAttempts`].
pub async fn change_password(
    app: &AppState,
    request_context: &RequestContext,
    now: &str,
    new: &str,
) -> Result<(), AppError> {
    let actor = request_context.actor.ok_or(AppError::Unauthenticated)?;
    let account = find(app, actor).await?;
    let checks = [
        ("password_now", now.is_empty().then_some(FieldCode::Missing)),
        ("password", wrong_password(app, new, &account.email, &account.display_name).await),
    ];
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
    let fields: Vec<_> = checks.into_iter().filter_map(wrong).collect();
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields });
    }
    let Proved { account, attempt } = prove(app, actor, now).await?;
    let (password_hash, message, now) = (app.hasher.hash(new).await?, Uuid::now_v7(), app.clock.now());
    let unit = ChangePassword { account, attempt, session: actor.session, password_hash, message, now };
    Ok(app.db.write(unit).await?)
}

/// Gives an account another password, and ends its other sessions.
struct ChangePassword {
    account: Account,
    attempt: Counted,
    /// The session that goes on.
    session: SessionId,
    /// Of the new password.
    password_hash: String,
    /// Names the message that tells the owner.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for ChangePassword {
    const NAME: &'static str = "change_password";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (account, now) = (&self.account, self.now);
        self.attempt.forgive(tx, now).await?;
        account_row::set_password(tx, account.id, account.password_hash.as_deref(), &self.password_hash).await?;
        links::end_all(tx, Purpose::ResetPassword, account.id, now).await?;
        sessions::end_others(tx, account.id, self.session, now).await?;
        account_mail::send(tx, Kind::PasswordChanged, account.id, self.message, now).await
    }
}

/// An account whose owner has just typed the right password.
pub(super) struct Proved {
    pub account: Account,
    /// To be forgiven in the unit that follows.
    pub attempt: Counted,
}

/// Asks for the present password before a change that could lock the owner out: access to a browser left signed in must
/// not be enough. Guesses are slowed down as on the sign-in page, and counted for the session.
///
/// # Errors
/// [`AppError::Invalid`] naming `password_now`; [`AppError::WrongCredentials`]; [`AppError::TooManyAttempts`].
pub(super) async fn prove(app: &AppState, actor: Actor, password: &str) -> Result<Proved, AppError> {
    require(&[("password_now", password)])?;
    let account = find(app, actor).await?;
    let attempt = Attempt::in_session(&account.email, actor.session).count(app).await?;
    if !app.hasher.verify(password, account.password_hash.as_deref()).await? {
        return Err(AppError::WrongCredentials);
    }
    Ok(Proved { account, attempt })
}
