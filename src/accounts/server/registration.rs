//! Registering where mail is sent: the owner of an address finishes over a link that is sent there.
//!
//! Asking does the same for every address, so the answer, its bytes and its time say nothing: one row and one message
//! that waits. Only when the message is written is it looked whether the address has an account; its owner then reads
//! that somebody tried, and nobody gets a link. The password is chosen behind the link, so nobody can have an account
//! ready for an address that they do not read.
//!
//! Where the clinic sends no mail nothing can be proved, and [`super::register`] makes the account at once.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    NewAccount, RegisterForm, Signed, account_row, match_candidates, person_record::ChangedBy, sessions::NewSession,
    taken_meanwhile, wrong_contact_fields, wrong_password,
};
use crate::{
    accounts::{
        Role,
        model::{self, OpenAccount},
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, PersonId, RegistrationId},
    notifications::{
        model::Kind,
        server::{
            Notice, To, enqueue_notice,
            links::{self, Purpose, REGISTRATION_SECONDS, Stored},
        },
    },
    state::AppState,
    text::{line, server::email::kept_email},
    time::Timestamp,
    web::local_path::is_local,
    web::rate_limits::Limited,
    web::request::RequestContext,
};

/// Messages that registrations of one address cause in a day.
const MAX_A_DAY: i64 = 10;
const DAY: i64 = 24 * 3600;
/// Seconds in which the same form again, as when a button is pressed twice, causes no second message.
const SAME_AGAIN: i64 = 300;

/// Characters of the address of a page that is gone on with.
const MAX_NEXT: usize = 1_000;

/// The time that a browser held when it registered, and the hash by which it is known.
pub type HeldBy = (AppointmentId, Vec<u8>);

/// What somebody typed to register, checked.
pub struct AskedAccount {
    name: String,
    email: String,
    phone: Option<String>,
}

/// Checks what was typed to register. `form.password` is not looked at: it is chosen later.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields; [`AppError::TooManyAttempts`] for a network address that registers too many.
pub async fn check(
    app: &AppState,
    request_context: &RequestContext,
    form: &RegisterForm,
) -> Result<AskedAccount, AppError> {
    app.limits.take(&app.settings.limits, Limited::Registration, request_context.address, app.clock.now()).await?;
    let fields = wrong_contact_fields(form);
    if !fields.is_empty() {
        return Err(AppError::Invalid { fields });
    }
    let phone = model::kept_phone(&form.phone);
    Ok(AskedAccount {
        name: line(&form.name),
        email: kept_email(&form.email),
        phone: (!phone.is_empty()).then_some(phone),
    })
}

/// Writes a registration down and has the owner of the address told. `next` is the page to go on with, `held` the time
/// that the browser holds.
///
/// # Errors
/// The database cannot be written.
pub async fn ask(app: &AppState, asked: AskedAccount, next: &str, held: Option<HeldBy>) -> Result<(), AppError> {
    let next = if is_local(next) && next.len() <= MAX_NEXT { next.to_owned() } else { String::new() };
    let (hold, holder) = held.unzip();
    let id = RegistrationId(Uuid::now_v7());
    Ok(app.db.write(AskForAccount { id, asked, next, hold, holder, now: app.clock.now() }).await?)
}

/// Writes a registration and the message about it, the same for every address.
struct AskForAccount {
    id: RegistrationId,
    asked: AskedAccount,
    next: String,
    hold: Option<AppointmentId>,
    /// SHA-256 of the token of the browser that holds it.
    holder: Option<Vec<u8>>,
    now: Timestamp,
}

impl WriteUnit for AskForAccount {
    const NAME: &'static str = "ask_for_account";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const OVER: &str = "delete from registrations where expires_at <= $1";
        const EARLIER: &str = "select count(*), coalesce(sum(case when created_at > $3 and display_name = $4
                and phone is not distinct from $5 and next_page = $6 then 1 else 0 end), 0)
            from registrations where email = $1 and created_at > $2";
        const SQL: &str = "insert into registrations (id, email, display_name, phone, next_page, hold_id, holder_hash,
                created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let (AskedAccount { name, email, phone }, now) = (&self.asked, self.now);
        tx.execute(OVER, (now,)).await?;
        let (day, again) = (now.plus_seconds(-DAY), now.plus_seconds(-SAME_AGAIN));
        let (today, same): (i64, i64) = tx.fetch_one(EARLIER, (email, day, again, name, phone, &self.next)).await?;
        if same > 0 || today >= MAX_A_DAY {
            return Ok(());
        }
        let until = now.plus_seconds(REGISTRATION_SECONDS);
        let binds = (self.id, email, name, phone, &self.next, self.hold, &self.holder, now, until);
        tx.execute(SQL, binds).await?;
        let about = self.id.to_string();
        let dedupe_key = ["registration:", &about].concat();
        let notice = Notice { kind: Kind::Registration, to: To::Registrant, about: &about, dedupe_key: &dedupe_key };
        enqueue_notice(tx, now, notice).await
    }
}

/// A registration as it is stored.
#[derive(Clone, Debug, FromRow)]
struct Registration {
    email: String,
    display_name: String,
    phone: Option<String>,
    next_page: String,
    hold_id: Option<AppointmentId>,
    holder_hash: Option<Vec<u8>>,
}

impl Registration {
    /// The registration of a link, if the link is still good, and the link.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
    async fn find(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<(Stored, Registration), Error> {
        const SQL: &str = "select email, display_name, phone, next_page, hold_id, holder_hash from registrations
            where id = $1 and expires_at > $2";
        let link = links::find(conn, Purpose::OpenAccount, token).await?;
        let id = links::about(conn, &link).await?.parse::<RegistrationId>().map_err(|_| AppError::LinkOver)?;
        let found = conn.fetch_optional(SQL, (id, now)).await?;
        let good = found.filter(|_| link.used_at.is_none() && now < link.expires_at);
        Ok((link, good.ok_or(AppError::LinkOver)?))
    }
}

/// What the page behind the link shows. Changes nothing.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`].
pub async fn open(app: &AppState, token: &str) -> Result<OpenAccount, AppError> {
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let (_, registration) = Registration::find(&mut reader.conn(), token, app.clock.now()).await?;
    let Registration { email, display_name: name, next_page: next, .. } = registration;
    Ok(OpenAccount { name, email, next })
}

/// An account that was just opened.
pub struct Opened {
    pub signed: Signed,
    /// The page to go on with.
    pub next: String,
    /// The time that the browser held in which the person registered.
    pub held: Option<HeldBy>,
}

/// Makes the account of a registration by its link, which is used up, with this password, and signs it in. The link came
/// to the address, so the address is confirmed, and what the desk wrote for it is joined with the account.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown link; [`AppError::LinkOver`], also when the address has got an account
/// meanwhile; [`AppError::Invalid`] naming `password`.
pub async fn finish(
    app: &AppState,
    request_context: &RequestContext,
    token: &str,
    password: &str,
) -> Result<Opened, AppError> {
    let now = app.clock.now();
    // before a password is hashed, which costs much more than these queries
    let (_, registration) = {
        let mut reader = app.db.read().await.map_err(AppError::from)?;
        Registration::find(&mut reader.conn(), token, now).await?
    };
    if let Some(code) = wrong_password(app, password, &registration.email, &registration.display_name).await {
        return Err(AppError::field("password", code));
    }
    let Registration { email, display_name, phone, next_page, hold_id, holder_hash } = registration;
    let (name, role) = (display_name, Role::Patient);
    let account = NewAccount::with_password(app, (name, email, phone), role, password).await?;
    let (user, session) = (account.id, NewSession::prepare(app, request_context, &account.email));
    let unit = OpenByLink { token: token.to_owned(), account, session: session.clone() };
    app.db.write(unit).await.map_err(taken_meanwhile)?;
    tracing::info!(%user, "a patient registered");
    Ok(Opened { signed: session.signed(app, user, role)?, next: next_page, held: hold_id.zip(holder_hash) })
}

/// Makes the account of a registration and begins its first session.
struct OpenByLink {
    /// Of the link.
    token: String,
    account: NewAccount,
    session: NewSession,
}

impl WriteUnit for OpenByLink {
    const NAME: &'static str = "open_account";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const FORGET: &str = "delete from registrations where email = $1";
        let NewAccount { id, email, country, now, .. } = &self.account;
        let (id, now): (PersonId, Timestamp) = (*id, *now);
        let (link, _) = Registration::find(tx, &self.token, now).await?;
        links::use_up(tx, &link, now).await?;
        self.account.insert(tx).await?;
        account_row::prove_address(tx, id, now).await?;
        let by = ChangedBy { actor: Some(id), now, country: *country };
        match_candidates::look(tx, id, by).await?;
        match_candidates::join_proved(tx, id, by).await?;
        tx.execute(FORGET, (email,)).await?;
        self.session.begin(tx, id).await
    }
}
