//! Granting, and asking for a grant.

use super::{may_act, page::address};
use crate::{
    accounts::{
        Permission,
        model::{
            care::{ADULT_AGE, CareKind, CareScope, MAX_PERSONS, MAX_REASON},
            check_name,
        },
        server::{
            account_mail,
            birth_date::{birth_date, has_turned},
            person_words,
        },
    },
    clinic::server::{
        audit::{Entry, record},
        clinic_zone,
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode, FieldError},
    ids::{GrantId, PersonId},
    notifications::model::Kind,
    random,
    state::AppState,
    text::{
        check_lines, is_blank, kept_lines, line,
        server::{email::EmailAddress, telephone::Country},
    },
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
    web::request::Actor,
};
use uuid::Uuid;

/// A child as its parent types it.
#[derive(Clone, Debug, Default)]
pub struct NewChild {
    pub name: String,
    /// In any spelling that [`LocalDate::from_text`] reads.
    pub birth_date: String,
}

/// Who shall act for whom, as it is typed.
#[derive(Clone, Debug, Default)]
pub struct NewGrant {
    /// Of the other one.
    pub email: String,
    /// Empty for [`CareKind::Carer`].
    pub kind: String,
    pub scope: String,
    /// The last day; empty for none.
    pub until: String,
    /// Of staff.
    pub reason: String,
}

/// The day on which it is, where the clinic is.
async fn today(app: &AppState) -> Result<(Zone, LocalDate), AppError> {
    let mut reader = app.db.read().await?;
    let zone = clinic_zone(&mut reader.conn()).await?;
    let today = zone.local_date(app.clock.now());
    Ok((zone, today))
}

fn refused(checks: impl IntoIterator<Item = (&'static str, Option<FieldCode>)>) -> Result<(), AppError> {
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
    let fields: Vec<FieldError> = checks.into_iter().filter_map(wrong).collect();
    if fields.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields }) }
}

/// Adds a child for whom the signed-in parent acts from now on.
///
/// # Errors
/// [`AppError::Invalid`] naming `name` or `birth_date`; [`AppError::TooManyPersons`]; [`AppError::Forbidden`] for
/// doctors and staff.
pub async fn add_child(app: &AppState, actor: Actor, child: NewChild) -> Result<PersonId, AppError> {
    only_patients(actor)?;
    let (_, today) = today(app).await?;
    let born = birth_date(&child.birth_date, today).and_then(|born| match has_turned(ADULT_AGE, born, today) {
        true => Err(FieldCode::NotAChild),
        false => Ok(born),
    });
    refused([("name", check_name(&child.name)), ("birth_date", born.err())])?;
    let Ok(born) = born else { return Err(AppError::BadRequest) };
    let (id, name) = (PersonId(random::id()), line(&child.name));
    let country = app.settings.clinic.phone_country();
    app.db.write(AddChild { actor, id, name, born, country, now: app.clock.now() }).await?;
    Ok(id)
}

/// Writes a child, and that its parent acts for it.
struct AddChild {
    actor: Actor,
    id: PersonId,
    name: String,
    born: LocalDate,
    country: Country,
    now: Timestamp,
}

impl WriteUnit for AddChild {
    const NAME: &'static str = "add_child";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into persons (id, display_name, birth_date, role, created_at)
            values ($1, $2, $3, 'patient', $4)";
        room_for_one(tx, self.actor.user, self.now).await?;
        tx.execute(SQL, (self.id, &self.name, self.born, self.now)).await?;
        person_words::index(tx, self.id, self.country).await?;
        let grant = Written {
            person: Some(self.id),
            account: Some(self.actor.user),
            email: None,
            kind: CareKind::Parent,
            scope: CareScope::Book,
            until: None,
            reason: String::new(),
        };
        grant.insert(tx, self.actor, GrantId(Uuid::now_v7()), self.now).await
    }
}

/// Asks the owner of an address whether the signed-in account may act for them. The answer is the same whether or not an
/// account has the address; if one has it, it gets a message.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`, `scope` or `until`; [`AppError::TooManyPersons`]; [`AppError::Forbidden`] for
/// doctors and staff.
pub async fn ask_to_act(app: &AppState, actor: Actor, asked: NewGrant) -> Result<(), AppError> {
    let written = asked.checked(app, Some(actor)).await?;
    write(app, actor, Written { account: Some(actor.user), ..written }).await
}

/// Lets the owner of an address act for the signed-in person, once they accept; by the same rules as [`ask_to_act`].
///
/// # Errors
/// Those of [`ask_to_act`].
pub async fn let_act(app: &AppState, actor: Actor, granted: NewGrant) -> Result<(), AppError> {
    let written = granted.checked(app, Some(actor)).await?;
    write(app, actor, Written { person: Some(actor.user), ..written }).await
}

/// Asks the owner of an address to act for a child too: the other parent. Who may book for the child as its parent asks.
///
/// # Errors
/// Those of [`ask_to_act`]; [`AppError::NotFound`] for another person than such a child.
pub async fn invite_parent(app: &AppState, actor: Actor, child: PersonId, asked: NewGrant) -> Result<(), AppError> {
    let written = asked.checked(app, Some(actor)).await?;
    write(app, actor, Written { person: Some(child), kind: CareKind::Parent, ..written }).await
}

/// Whether this account may book for a person without an account as its parent.
async fn is_parent(conn: &mut Conn<'_>, account: PersonId, child: PersonId, now: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from care_grants g join persons p on p.id = g.person_id
        where g.account_id = $1 and g.person_id = $2 and g.kind = 'parent' and p.password_hash is null";
    let found: i64 = conn.fetch_value(SQL, (account, child)).await?;
    Ok(found > 0 && may_act(conn, account, child, CareScope::Book, now).await?)
}

/// Lets the account with an address act for a person, at once and by the word of staff.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`, also when no patient's account has it, `kind`, `scope`, `until` or `reason`;
/// [`AppError::NotFound`] for an unknown person; [`AppError::TooManyPersons`].
pub async fn grant_by_staff(app: &AppState, staff: Actor, person: PersonId, granted: NewGrant) -> Result<(), AppError> {
    let written = granted.checked(app, None).await?;
    write(app, staff, Written { person: Some(person), ..written }).await
}

async fn write(app: &AppState, actor: Actor, grant: Written) -> Result<(), AppError> {
    let unit = WriteGrant { actor, grant, id: GrantId(Uuid::now_v7()), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

pub(super) fn only_patients(actor: Actor) -> Result<(), AppError> {
    actor.needs(Permission::BookForOneself)
}

impl NewGrant {
    /// As it is written, without the one who writes it; `by` is none for staff, who say why.
    async fn checked(self, app: &AppState, by: Option<Actor>) -> Result<Written, AppError> {
        by.map_or(Ok(()), only_patients)?;
        let (zone, today) = today(app).await?;
        let email = EmailAddress::read(&self.email);
        let (scope, until) = (self.scope.parse(), last_day(&self.until, today));
        let kind = if self.kind.is_empty() { Ok(CareKind::Carer) } else { self.kind.parse() };
        let reason = match (by, is_blank(&self.reason)) {
            (None, true) => Some(FieldCode::Missing),
            _ => check_lines(&self.reason, MAX_REASON),
        };
        let own = match (&email, by) {
            (Ok(email), Some(actor)) => {
                let mut reader = app.db.read().await?;
                let (own, _) = address(&mut reader.conn(), actor.user).await?;
                (own.as_deref() == Some(email.kept())).then_some(FieldCode::OwnAddress)
            }
            _ => None,
        };
        refused([
            ("email", email.as_ref().err().copied().or(own)),
            ("kind", kind.is_err().then_some(FieldCode::Unknown)),
            ("scope", scope.is_err().then_some(FieldCode::Unknown)),
            ("until", until.err()),
            ("reason", reason),
        ])?;
        let (Ok(email), Ok(kind), Ok(scope), Ok(until)) = (email, kind, scope, until) else {
            return Err(AppError::BadRequest);
        };
        Ok(Written {
            person: None,
            account: None,
            email: Some(email.kept().to_owned()),
            kind,
            scope,
            until: until.map(|day| zone.window_start(day.plus_days(1), 0)),
            reason: kept_lines(&self.reason),
        })
    }
}

/// The last day of a grant; none for one without an end.
fn last_day(typed: &str, today: LocalDate) -> Result<Option<LocalDate>, FieldCode> {
    if is_blank(typed) {
        return Ok(None);
    }
    match LocalDate::from_text(typed) {
        Ok(day) if day < today => Err(FieldCode::InThePast),
        Ok(day) => Ok(Some(day)),
        Err(_) => Err(FieldCode::NotADate),
    }
}

/// A grant as it is written; one of the two is not known while an address is asked.
#[derive(Clone)]
struct Written {
    person: Option<PersonId>,
    account: Option<PersonId>,
    email: Option<String>,
    kind: CareKind,
    scope: CareScope,
    until: Option<Timestamp>,
    reason: String,
}

impl Written {
    async fn insert(&self, tx: &mut Tx<'_>, by: Actor, id: GrantId, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "insert into care_grants (id, person_id, account_id, invited_email, kind, scope, valid_until,
                granted_by, reason, created_at, accepted_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let accepted = self.email.is_none().then_some(now);
        if let (Some(person), Some(account)) = (self.person, self.account) {
            replace(tx, person, account, by, now).await?;
        }
        let Written { person, account, email, kind, scope, until, reason } = self;
        tx.execute(SQL, (id, *person, *account, email, *kind, *scope, *until, by.user, reason, now, accepted)).await?;
        note(tx, by, "care.granted", self.person.or(self.account), (self.kind, self.scope), now).await
    }
}

/// Ends what there is between the two: a new grant takes its place.
pub(super) async fn replace(
    tx: &mut Tx<'_>,
    person: PersonId,
    account: PersonId,
    by: Actor,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "update care_grants set revoked_at = $3, revoked_by = $4
        where person_id = $1 and account_id = $2 and accepted_at is not null and revoked_at is null";
    tx.execute(SQL, (person, account, now, by.user)).await?;
    Ok(())
}

pub(super) async fn note(
    tx: &mut Tx<'_>,
    by: Actor,
    action: &'static str,
    subject: Option<PersonId>,
    (kind, scope): (CareKind, CareScope),
    now: Timestamp,
) -> Result<(), Error> {
    let details = [kind.into_str(), ", ", scope.into_str()].concat();
    let entry = Entry { action, subject: "user", subject_id: subject.map(|id| id.0), details: &details };
    record(tx, by.into(), now, entry).await
}

/// Whether an account may act for one person more.
pub(super) async fn room_for_one(tx: &mut Tx<'_>, account: PersonId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "select count(*) from care_grants
        where account_id = $1 and revoked_at is null and (valid_until is null or valid_until > $2)";
    let all: i64 = tx.fetch_value(SQL, (account, now)).await?;
    if all < i64::from(MAX_PERSONS) { Ok(()) } else { Err(AppError::TooManyPersons { most: MAX_PERSONS }.into()) }
}

/// Whether one person more may be asked to act for this one.
async fn room_for_carer(tx: &mut Tx<'_>, person: PersonId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "select count(*) from care_grants
        where person_id = $1 and revoked_at is null and (valid_until is null or valid_until > $2)";
    let all: i64 = tx.fetch_value(SQL, (person, now)).await?;
    if all < i64::from(MAX_PERSONS) { Ok(()) } else { Err(AppError::TooManyPersons { most: MAX_PERSONS }.into()) }
}

/// The patient's account with an address.
async fn account_with(conn: &mut Conn<'_>, email: &Option<String>) -> Result<Option<PersonId>, Error> {
    const SQL: &str = "select id from persons
        where email = $1 and password_hash is not null and role = 'patient' and status = 'active'";
    conn.fetch_optional_value(SQL, (email,)).await
}

/// Writes a grant of staff, or one that waits for the answer of the other one, who gets a message.
struct WriteGrant {
    actor: Actor,
    grant: Written,
    id: GrantId,
    now: Timestamp,
}

impl WriteUnit for WriteGrant {
    const NAME: &'static str = "write_care_grant";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, now) = (self.actor, self.now);
        let mut grant = self.grant.clone();
        let other = account_with(tx, &grant.email).await?;
        if actor.may(Permission::ManagePeople) {
            const KNOWN: &str = "select count(*) from persons where id = $1 and role = 'patient'";
            let known: i64 = tx.fetch_value(KNOWN, (grant.person,)).await?;
            if known == 0 {
                return Err(AppError::NotFound.into());
            }
            let account = other.filter(|account| Some(*account) != grant.person);
            let account = account.ok_or_else(|| AppError::field("email", FieldCode::NoSuchAccount))?;
            room_for_one(tx, account, now).await?;
            (grant.account, grant.email) = (Some(account), None);
            return grant.insert(tx, actor, self.id, now).await;
        }
        if let Some(account) = grant.account {
            room_for_one(tx, account, now).await?;
        }
        if let Some(person) = grant.person {
            if person != actor.user && !is_parent(tx, actor.user, person, now).await? {
                return Err(AppError::NotFound.into());
            }
            room_for_carer(tx, person, now).await?;
        }
        grant.insert(tx, actor, self.id, now).await?;
        match other {
            Some(other) => account_mail::send(tx, Kind::CareAsked, other, self.id.0, now).await,
            None => Ok(()),
        }
    }
}
