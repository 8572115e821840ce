//! Registering, signing in and out; what people change about their own accounts.

mod account_mail;
mod account_row;
pub(crate) mod birth_date;
pub mod care;
pub(crate) mod doctor_profile_setup;
pub mod email_address;
pub mod erasure;
mod guessing;
pub mod invitation;
pub mod join;
mod lifetime;
pub mod match_candidates;
pub mod me;
pub mod own_account;
pub mod own_sessions;
mod pace;
pub mod password_reset;
mod passwords;
pub(crate) mod people_search;
pub mod person_merge;
pub mod person_record;
pub mod person_words;
pub mod personal_tokens;
pub mod recent_sign_in;
pub mod registration;
pub mod second_factor;
pub mod second_step;
mod sessions;
mod sign_in;
mod sign_in_attempts;
mod sign_in_log;
pub mod staff_directory;
mod warning;

use axum::http::HeaderMap;
use cookie::Cookie;
use guessing::is_easily_guessed;
use person_record::ChangedBy;
use sessions::NewSession;
use uuid::Uuid;

pub(crate) use account_row::{account_exists, other_admins};
pub use passwords::Hasher;
pub(crate) use sessions::end_all as end_sessions;
pub use sessions::{Renewed, Signed, find, renew};
pub use sign_in::{first_step, sign_in};
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
    web::late_forms,
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

/// Makes a patient's account and signs it in, without asking whether the address is theirs: where the clinic sends no mail.
/// Elsewhere it is [`registration::ask`].
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

/// Makes an account for a member of the clinic's staff: an admin.
///
/// # Errors
/// As [`register`].
pub async fn create_admin(app: &AppState, email: &str, name: &str, password: &str) -> Result<PersonId, AppError> {
    create_staff(app, Role::Admin, email, name, password).await
}

/// Makes an account for a member of the clinic's staff, in this role.
///
/// # Errors
/// As [`register`].
pub async fn create_staff(
    app: &AppState,
    role: Role,
    email: &str,
    name: &str,
    password: &str,
) -> Result<PersonId, AppError> {
    let form = RegisterForm { name: name.into(), email: email.into(), phone: String::new(), password: password.into() };
    let account = NewAccount::check(app, form, role).await?;
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
        let late = late_forms::resume(app, self.actor.user);
        leptos_axum::redirect(self.first_page(late.as_deref(), next));
    }

    /// The same for handlers outside Leptos: the cookies for the browser, and the page.
    fn way_in(&self, app: &AppState, headers: &HeaderMap, next: &str) -> (Vec<Cookie<'static>>, String) {
        let own = self.cookies(&app.settings).into_iter().chain(self.device_cookie(app)).map(Cookie::into_owned);
        let (mut cookies, late) = late_forms::take(app, headers, self.actor.user);
        cookies.extend(own);
        (cookies, self.first_page(late.as_deref(), next).to_owned())
    }

    fn first_page<'p>(&self, late: Option<&'p str>, next: &'p str) -> &'p str {
        match late.unwrap_or(local_or_start(next)) {
            "/" => self.actor.role.start_page(),
            page => page,
        }
    }
}

/// Takes the browser's session cookies and sends it to the start page.
pub fn leave(app: &AppState) {
    forget_session(app);
    leptos_axum::redirect("/");
}

/// Takes the browser's session cookies.
pub fn forget_session(app: &AppState) {
    let https = app.settings.is_https();
    request::append_cookie(&cookies::clear(cookies::ACCESS, https));
    request::append_cookie(&cookies::clear(cookies::REFRESH, https));
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
        let phone = (!phone.is_empty()).then_some(phone);
        Self::with_password(app, (line(&form.name), kept_email(&form.email), phone), role, &form.password).await
    }

    /// Of name, address and telephone number as they are kept, and a password, all checked.
    async fn with_password(
        app: &AppState,
        (name, email, phone): (String, String, Option<String>),
        role: Role,
        password: &str,
    ) -> Result<Self, AppError> {
        let (password_hash, id) = (app.hasher.hash(password).await?, PersonId(random::id()));
        let (country, now) = (app.settings.clinic.phone_country(), app.clock.now());
        Ok(NewAccount { id, name, email, phone, role, password_hash, country, now })
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
    let mut fields = wrong_contact_fields(form);
    let password = wrong_password(app, &form.password, &kept_email(&form.email), &form.name).await;
    fields.extend(password.map(|code| FieldError { field: "password".into(), code }));
    fields
}

/// Every field but the password that must be corrected.
fn wrong_contact_fields(form: &RegisterForm) -> Vec<FieldError> {
    let checks = [
        ("name", model::check_name(&form.name)),
        ("email", check_email(&form.email)),
        ("phone", model::check_phone(&form.phone)),
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

/// The error of a link whose address has become that of another account since it was sent.
fn taken_meanwhile(error: db::Error) -> AppError {
    match error.violation() {
        Some(Violation::EmailTaken) => AppError::LinkOver,
        _ => error.into(),
    }
}

/// Name, address, and whether mail to it fails: one statement for everything that each page shows of its reader.
async fn in_the_frame(app: &AppState, user: PersonId) -> Result<Option<(String, String, bool)>, db::Error> {
    const SQL: &str = "select display_name, email, mail_failed_at is not null from persons where id = $1";
    app.db.read().await?.conn().fetch_optional(SQL, (user,)).await
}
