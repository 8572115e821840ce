//! Grants as the people see them whom they are about.

use sqlx::FromRow;

use crate::{
    accounts::{
        model::care::{Care, CareKind, CareScope, Grant, OWN_ACCOUNT_AGE},
        server::birth_date::has_turned,
    },
    clinic::server::clinic_zone,
    db::{Conn, Error},
    error::AppError,
    ids::{GrantId, PersonId},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
    web::{forms, request::Actor},
};

#[derive(FromRow)]
struct Row {
    id: GrantId,
    person_id: Option<PersonId>,
    account_id: Option<PersonId>,
    invited_email: Option<String>,
    kind: CareKind,
    scope: CareScope,
    valid_until: Option<Timestamp>,
    reason: String,
    person_name: Option<String>,
    account_name: Option<String>,
    birth_date: Option<LocalDate>,
    has_account: bool,
    asked_by: Option<String>,
}

/// Everything that stands or waits between the owner of this account and others.
///
/// # Errors
/// The database's.
pub async fn care(app: &AppState, actor: Actor) -> Result<Care, AppError> {
    let sends_mail = app.settings.sends_mail();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (email, confirmed) = address(conn, actor.user).await?;
    let shown = confirmed || !sends_mail;
    let email = email.filter(|_| shown);
    let mut care = read(conn, actor.user, email, app.clock.now()).await?;
    care.unconfirmed = !shown;
    // what staff wrote is for staff
    for grant in care.persons.iter_mut().chain(&mut care.carers) {
        grant.reason.clear();
    }
    Ok(care)
}

/// Goes to the page of people, which says once what was done.
pub fn back(app: &AppState, done: &str) {
    forms::say_once(app, "account/people", vec![("done".into(), done.into())]);
    leptos_axum::redirect("/account/people");
}

/// The same of any person, for staff, who see no address.
///
/// # Errors
/// The database's.
pub async fn care_of(conn: &mut Conn<'_>, person: PersonId, now: Timestamp) -> Result<Care, Error> {
    read(conn, person, None, now).await
}

/// The address of a person, and whether it is confirmed.
pub(super) async fn address(conn: &mut Conn<'_>, person: PersonId) -> Result<(Option<String>, bool), Error> {
    const SQL: &str = "select email, email_verified_at is not null from persons where id = $1";
    let found = conn.fetch_optional(SQL, (person,)).await?;
    found.ok_or(Error::App(AppError::NotFound))
}

async fn read(conn: &mut Conn<'_>, who: PersonId, email: Option<String>, now: Timestamp) -> Result<Care, Error> {
    const SQL: &str =
        "select g.id, g.person_id, g.account_id, g.invited_email, g.kind, g.scope, g.valid_until, g.reason,
            p.display_name as person_name, a.display_name as account_name, p.birth_date,
            p.password_hash is not null as has_account,
            case when g.kind = 'parent' and g.invited_email is not null then b.display_name end as asked_by
        from care_grants g left join persons p on p.id = g.person_id left join persons a on a.id = g.account_id
            join persons b on b.id = g.granted_by
        where (g.account_id = $1 or g.person_id = $1 or g.invited_email = $2
                or (g.granted_by = $1 and g.kind = 'parent' and g.person_id is not null))
            and g.revoked_at is null and (g.valid_until is null or g.valid_until > $3)
        order by g.created_at, g.id";
    let rows: Vec<Row> = conn.fetch_all(SQL, (who, &email, now)).await?;
    let zone = clinic_zone(conn).await?;
    let today = zone.local_date(now);
    let mut care = Care::default();
    let mut invited = Vec::new();
    for row in rows {
        let (group, other) = match (row.account_id, row.person_id) {
            // asked by the reader, of another parent
            (_, Some(child)) if row.is_between_others(who, email.as_deref()) => {
                invited.push((child, row.shown(Other::Account, &zone, today)));
                continue;
            }
            (Some(account), _) if account == who => (&mut care.persons, Other::Person),
            (_, Some(person)) if person == who => (&mut care.carers, Other::Account),
            (Some(_), _) => (&mut care.asks_to_act, Other::Account),
            (None, _) => (&mut care.asks_to_be_carer, Other::Person),
        };
        group.push(row.shown(other, &zone, today));
    }
    for grant in &mut care.persons {
        let own = |(child, _): &mut (PersonId, Grant)| grant.person == Some(*child);
        let others: Vec<Grant> = invited.extract_if(.., own).map(|(_, other)| other).collect();
        grant.others = others;
    }
    Ok(care)
}

/// Whom the reader sees: the one who is acted for, or the one who acts.
#[derive(Clone, Copy, PartialEq)]
enum Other {
    Person,
    Account,
}

impl Row {
    /// Whether the reader is neither of the two.
    fn is_between_others(&self, who: PersonId, email: Option<&str>) -> bool {
        let is_reader = [self.account_id, self.person_id].contains(&Some(who));
        !is_reader && (self.invited_email.is_none() || self.invited_email.as_deref() != email)
    }

    fn shown(self, other: Other, zone: &Zone, today: LocalDate) -> Grant {
        let name = if other == Other::Person { self.person_name } else { self.account_name };
        let waits = self.invited_email.is_some();
        let is_child = other == Other::Person && self.kind == CareKind::Parent;
        // who was only asked learns no more of a child than its name
        let born = self.birth_date.filter(|_| is_child && !waits);
        let old_enough = born.is_some_and(|born| has_turned(OWN_ACCOUNT_AGE, born, today));
        Grant {
            id: self.id,
            person: self.person_id,
            waits,
            name: name.or(self.invited_email).unwrap_or_default(),
            kind: self.kind,
            scope: self.scope,
            // it ends as the day after the last one begins
            until: self.valid_until.map(|until| zone.local_date(until.plus_seconds(-1)).date_words()),
            born: born.map(born_words),
            may_have_account: old_enough && !self.has_account,
            reason: self.reason,
            asked_by: self.asked_by,
            may_invite: is_child && self.scope == CareScope::Book && !self.has_account && !waits,
            others: Vec::new(),
        }
    }
}

/// "3 December 2020"
fn born_words(born: LocalDate) -> String {
    let words = born.date_words();
    words.split_once(' ').map_or(words.clone(), |(_, date)| date.to_owned())
}
