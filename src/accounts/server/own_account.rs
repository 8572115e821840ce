//! One's own account: what it holds, its name, phone number and password.

use uuid::Uuid;

use super::{
    account_mail, account_row,
    account_row::Account,
    match_candidates,
    person_record::{self, ChangedBy, read_birth_date},
    recent_sign_in, require, second_factor, sessions,
    sign_in_attempts::{Attempt, Counted},
    sign_in_log,
    staff_directory::made_for,
    wrong_password,
};
use crate::{
    accounts::model::{OwnAccount, check_name, check_phone, kept_phone},
    clinic::server::clinic_zone,
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::{PersonId, SessionId},
    notifications::{
        model::Kind,
        server::links::{self, Purpose},
    },
    state::AppState,
    text::line,
    time::{Timestamp, server::LocalDate},
    web::forms,
    web::request::{Actor, RequestContext},
};

/// What the account holds, for its owner.
///
/// # Errors
/// The database cannot be read.
pub async fn account(app: &AppState, actor: Actor) -> Result<OwnAccount, AppError> {
    let (account, second_factor, is_made) = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        let conn = &mut reader.conn();
        let account = Account::find(conn, actor.user).await?;
        (account, second_factor::is_confirmed(conn, actor.user).await?, made_for(conn, actor.user).await?)
    };
    Ok(OwnAccount {
        name: account.display_name,
        email: account.email,
        phone: account.phone.unwrap_or_default(),
        birth_date: account.birth_date.map(|date| date.to_string()).unwrap_or_default(),
        birth_date_words: account.birth_date.map_or_else(|| "Not given".to_owned(), LocalDate::plain_words),
        role: account.role,
        verified: account.email_verified_at.is_some(),
        pending_email: account.pending_email,
        sends_mail: app.settings.sends_mail(),
        second_factor,
        directory: app.staff_directory.name().filter(|_| is_made == Some(true)).map(str::to_owned),
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

/// What the owner keeps of themselves. A birth date that is not sent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    pub name: String,
    pub phone: String,
    pub birth_date: Option<String>,
}

/// Saves another name, phone number or birth date; an empty one is none.
///
/// # Errors
/// [`AppError::Invalid`] naming `name`, `phone` or `birth_date`.
pub async fn save_profile(app: &AppState, actor: Actor, profile: Profile) -> Result<(), AppError> {
    let now = app.clock.now();
    let today = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        clinic_zone(&mut reader.conn()).await?.local_date(now)
    };
    let checks = [
        ("name", check_name(&profile.name)),
        ("phone", check_phone(&profile.phone)),
        ("birth_date", profile.birth_date.as_deref().and_then(|typed| read_birth_date(typed, today).err())),
    ];
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
    let fields: Vec<_> = checks.into_iter().filter_map(wrong).collect();
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields });
    }
    let by = ChangedBy { actor: Some(actor.user), now, country: app.settings.clinic.phone_country() };
    Ok(app.db.write(SaveProfile { user: actor.user, profile, by }).await?)
}

/// Saves what the owner of an account changed, with its history.
struct SaveProfile {
    user: PersonId,
    profile: Profile,
    by: ChangedBy,
}

impl WriteUnit for SaveProfile {
    const NAME: &'static str = "save_own_account";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let before = person_record::stored(tx, self.user).await?;
        let mut values = before.values.clone();
        values.name = line(&self.profile.name);
        values.phone = kept_phone(&self.profile.phone);
        if let Some(typed) = &self.profile.birth_date {
            let born = LocalDate::from_text(typed).map(|date| date.to_string());
            values.birth_date = born.unwrap_or_default();
        }
        person_record::write(tx, &before, &values, self.by).await?;
        match_candidates::look(tx, self.user, self.by).await
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
        recent_sign_in::given(tx, self.session, now).await?;
        account_row::set_password(tx, account.id, account.password_hash.as_deref(), &self.password_hash).await?;
        links::end_all(tx, Purpose::ResetPassword, account.id, now).await?;
        sessions::end_others(tx, account.id, self.session, now).await?;
        second_factor::trusted::end_all(tx, account.id, now).await?;
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
        sign_in_log::failed(app, Some((actor.user, actor.role)));
        return Err(AppError::WrongCredentials);
    }
    Ok(Proved { account, attempt })
}
