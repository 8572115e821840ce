//! Registering, signing in and out; what people change about their own accounts.

mod account_mail;
mod account_row;
pub(crate) mod birth_date;
pub mod care;
pub(crate) mod doctor_profile_setup;
pub mod email_address;
mod guessing;
pub mod invitation;
pub mod join;
pub mod match_candidates;
pub mod me;
pub mod own_account;
mod pace;
pub mod password_reset;
mod passwords;
pub(crate) mod people_search;
pub mod person_merge;
pub mod person_record;
pub mod person_words;
pub mod personal_tokens;
mod sessions;
mod sign_in_attempts;
mod sign_in_log;
mod warning;

use guessing::is_easily_guessed;
use person_record::ChangedBy;
use sessions::NewSession;
use sign_in_attempts::{Attempt, Counted};
use uuid::Uuid;

pub(crate) use account_row::account_exists;
pub use passwords::Hasher;
pub(crate) use sessions::end_all as end_sessions;
pub use sessions::{Renewed, Signed, find, renew};
pub use sign_in_attempts::clear as clear_sign_in_attempts;

use super::model::{self, Role, SignedInUser};
use crate::{
    clinic::server::audit::{Author, Entry, record},
    db::{self, Tx, Violation, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::PersonId,
    notifications::model::Kind,
    random,
    state::AppState,
    text::{
        line,
        server::{
            email::{check_email, kept_email},
            telephone::Country,
        },
    },
    time::Timestamp,
    web::cookies,
    web::local_path::local_or_start,
    web::rate_limits::Limited,
    web::request::{self, Actor, RequestContext},
};

/// What a person types to register.
#[derive(Clone)]
pub struct RegisterForm {
    pub name: String,
    pub email: String,
    /// May be empty.
    pub phone: String,
    pub password: String,
}

/// Makes a patient's account and signs it in. The address gets a link by which its owner confirms it.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields; an address that has an account is [`FieldCode::EmailUnusable`];
/// [`AppError::TooManyAttempts`] for a network address that registers too many.
pub async fn register(
    app: &AppState,
    request_context: &RequestContext,
    form: RegisterForm,
) -> Result<Signed, AppError> {
    app.limits.take(&app.settings.limits, Limited::Registration, request_context.address, app.clock.now()).await?;
    let account = NewAccount::check(app, form, Role::Patient).await?;
    let user = account.id;
    let session = NewSession::prepare(app, request_context, &account.email);
    let unit = Register { account, session: session.clone(), message: Uuid::now_v7() };
    app.db.write(unit).await.map_err(email_taken)?;
    tracing::info!(%user, "a patient registered");
    session.signed(app, user, Role::Patient)
}

/// Makes a patient's account and begins its first session.
struct Register {
    account: NewAccount,
    session: NewSession,
    /// Names the message that lets them confirm their address.
    message: Uuid,
}

impl WriteUnit for Register {
    const NAME: &'static str = "register";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        let account = &self.account;
        account.insert(tx).await?;
        let by = ChangedBy { actor: Some(account.id), now: account.now, country: account.country };
        match_candidates::look(tx, account.id, by).await?;
        // the link to a password joins the account with the record that the desk wrote for this address
        let joins = match_candidates::of_address(tx, account.id).await?.is_some();
        let kind = if joins { Kind::ResetPassword } else { Kind::VerifyAddress };
        account_mail::send(tx, kind, account.id, self.message, account.now).await?;
        self.session.begin(tx, account.id).await
    }
}

/// Signs a person in; the session that this browser had until now ends.
///
/// Until the answer is known, every address costs the same: the same questions, the same writes and one comparison of a
/// password, whether it has an account or none, a password or none, or the account is suspended.
///
/// # Errors
/// [`AppError::WrongCredentials`], [`AppError::TooManyAttempts`], or [`AppError::Invalid`] for empty fields.
pub async fn sign_in(
    app: &AppState,
    request_context: &RequestContext,
    email: &str,
    password: &str,
) -> Result<Signed, AppError> {
    let signed = begin_session(app, request_context, email, password).await;
    app.metrics.typed_password(&signed);
    signed
}

async fn begin_session(
    app: &AppState,
    request_context: &RequestContext,
    email: &str,
    password: &str,
) -> Result<Signed, AppError> {
    let email = kept_email(email);
    require(&[("email", &email), ("password", password)])?;
    let attempt = Attempt::new(&email, request_context).count(app).await?;
    let account = active_account(app, &email).await?;
    let hash = account.as_ref().map(|(_, _, hash)| hash.as_str());
    let fits = app.hasher.verify(password, hash).await?;
    if !fits {
        sign_in_log::failed(app, account.as_ref().map(|(user, role, _)| (*user, *role)));
    }
    let Some((user, role, hash)) = account.filter(|_| fits) else {
        attempt.failed(app);
        return Err(AppError::WrongCredentials);
    };

    let session = NewSession::prepare(app, request_context, &email);
    let unit = SignIn { user, role, password_hash: hash, attempt, session: session.clone(), now: app.clock.now() };
    app.db.write(unit).await?;
    session.signed(app, user, role)
}

/// Begins a session of a person who typed the right password.
struct SignIn {
    user: PersonId,
    role: Role,
    /// Of the password that they typed.
    password_hash: String,
    attempt: Counted,
    session: NewSession,
    now: Timestamp,
}

impl WriteUnit for SignIn {
    const NAME: &'static str = "sign_in";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        // a password that was changed meanwhile opens nothing: its sessions have just been ended
        if !account_row::still_signs_in(tx, self.user, &self.password_hash).await? {
            return Err(AppError::WrongCredentials.into());
        }
        self.attempt.forgive(tx, self.now).await?;
        sign_in_log::signed_in(tx, self.user, self.role, self.now).await?;
        self.session.begin(tx, self.user).await
    }
}

/// Ends this session.
///
/// # Errors
/// The database cannot be written.
pub async fn sign_out(app: &AppState, actor: &Actor) -> Result<(), AppError> {
    let unit = SignOut { actor: *actor, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Ends one session.
struct SignOut {
    actor: Actor,
    now: Timestamp,
}

impl WriteUnit for SignOut {
    const NAME: &'static str = "sign_out";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        sign_in_log::signed_out(tx, self.actor, self.now).await?;
        sessions::end(tx, self.actor.session, self.now).await
    }
}

/// The signed-in person, as the header shows them.
///
/// # Errors
/// The database cannot be read.
pub async fn signed_in_user(app: &AppState, actor: &Actor) -> Result<SignedInUser, AppError> {
    let (name, email, mail_fails) = in_the_frame(app, actor.user).await?.ok_or(AppError::Unauthenticated)?;
    Ok(SignedInUser { name, role: actor.role, email, mail_fails })
}

/// Makes an account for a member of the clinic's staff.
///
/// # Errors
/// As [`register`].
pub async fn create_admin(app: &AppState, email: &str, name: &str, password: &str) -> Result<PersonId, AppError> {
    let form = RegisterForm { name: name.into(), email: email.into(), phone: String::new(), password: password.into() };
    let account = NewAccount::check(app, form, Role::Admin).await?;
    let user = account.id;
    app.db.write(CreateAdmin { account }).await.map_err(email_taken)?;
    tracing::info!(%user, "a staff account was made");
    Ok(user)
}

/// Makes a staff account.
struct CreateAdmin {
    account: NewAccount,
}

impl WriteUnit for CreateAdmin {
    const NAME: &'static str = "create_admin";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        let NewAccount { id, name, now, .. } = &self.account;
        self.account.insert(tx).await?;
        let made = Entry { action: "user.made_staff", subject: "user", subject_id: Some(id.0), details: name };
        record(tx, Author::SYSTEM, *now, made).await
    }
}

impl Signed {
    /// Gives the browser its cookies and sends it to `next`, if that is a page of this website. The start page, or none,
    /// is the first page of the person's role.
    pub fn enter(&self, app: &AppState, next: &str) {
        for cookie in self.cookies(&app.settings).into_iter().chain(self.device_cookie(app)) {
            request::append_cookie(&cookie);
        }
        leptos_axum::redirect(match local_or_start(next) {
            "/" => self.actor.role.start_page(),
            page => page,
        });
    }
}

/// Takes the browser's session cookies and sends it to the start page.
pub fn leave(app: &AppState) {
    let https = app.settings.is_https();
    request::append_cookie(&cookies::clear(cookies::ACCESS, https));
    request::append_cookie(&cookies::clear(cookies::REFRESH, https));
    leptos_axum::redirect("/");
}

/// An account whose fields have been checked and whose password has been hashed.
struct NewAccount {
    id: PersonId,
    name: String,
    email: String,
    phone: Option<String>,
    role: Role,
    password_hash: String,
    country: Country,
    now: Timestamp,
}

impl NewAccount {
    async fn check(app: &AppState, form: RegisterForm, role: Role) -> Result<Self, AppError> {
        let fields = wrong_fields(app, &form).await;
        if !fields.is_empty() {
            return Err(AppError::Invalid { fields });
        }
        let phone = model::kept_phone(&form.phone);
        Ok(NewAccount {
            id: PersonId(random::id()),
            name: line(&form.name),
            email: kept_email(&form.email),
            phone: (!phone.is_empty()).then_some(phone),
            role,
            password_hash: app.hasher.hash(&form.password).await?,
            country: app.settings.clinic.phone_country(),
            now: app.clock.now(),
        })
    }

    async fn insert(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        const SQL: &str = "insert into persons (id, email, display_name, phone, role, password_hash, created_at)
            values ($1, $2, $3, $4, $5, $6, $7)";
        let Self { id, email, name, phone, role, password_hash, country, now } = self;
        tx.execute(SQL, (*id, email, name, phone, *role, password_hash, *now)).await?;
        person_words::index(tx, *id, *country).await
    }
}

/// Every field of a new account that must be corrected.
async fn wrong_fields(app: &AppState, form: &RegisterForm) -> Vec<FieldError> {
    let email = kept_email(&form.email);
    let password = wrong_password(app, &form.password, &email, &form.name).await;
    let checks = [
        ("name", model::check_name(&form.name)),
        ("email", check_email(&form.email)),
        ("phone", model::check_phone(&form.phone)),
        ("password", password),
    ];
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
    checks.into_iter().filter_map(wrong).collect()
}

/// What is wrong with a new password of this person, if anything.
async fn wrong_password(app: &AppState, password: &str, email: &str, name: &str) -> Option<FieldCode> {
    let wrong = model::check_password(password, email, name);
    if wrong.is_some() {
        return wrong;
    }
    let clinic = app.clinic.now().await;
    is_easily_guessed(password, &[name, email, &clinic.name]).then_some(FieldCode::EasilyGuessed)
}

fn require(fields: &[(&str, &str)]) -> Result<(), AppError> {
    let missing = |(field, value): &(&str, &str)| {
        value.is_empty().then(|| FieldError { field: (*field).into(), code: FieldCode::Missing })
    };
    let fields: Vec<_> = fields.iter().filter_map(missing).collect();
    if fields.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields }) }
}

fn email_taken(error: db::Error) -> AppError {
    match error.violation() {
        Some(Violation::EmailTaken) => AppError::field("email", FieldCode::EmailUnusable),
        _ => error.into(),
    }
}

async fn active_account(app: &AppState, email: &str) -> Result<Option<(PersonId, Role, String)>, db::Error> {
    const SQL: &str = "select id, role, password_hash from persons
        where email = $1 and password_hash is not null and status = 'active'";
    app.db.read().await?.conn().fetch_optional(SQL, (email,)).await
}

/// Name, address, and whether mail to it fails: one statement for everything that each page shows of its reader.
async fn in_the_frame(app: &AppState, user: PersonId) -> Result<Option<(String, String, bool)>, db::Error> {
    const SQL: &str = "select display_name, email, mail_failed_at is not null from persons where id = $1";
    app.db.read().await?.conn().fetch_optional(SQL, (user,)).await
}
