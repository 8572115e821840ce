//! Asking for the files of a person's data, and what there is of them.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::{
        model::care::{ActedFor, CareScope},
        server::care::acted_for,
    },
    clinic::server::{
        audit::{Entry, record},
        clinic_zone,
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{ExportId, PersonId},
    own_data::model::{ExportState, OwnDataPage, PersonData},
    state::AppState,
    time::{Timestamp, server::Zone},
    web::{forms, request::Actor},
};

/// Seconds between two times that the same person's files are asked for.
const APART: i64 = 10 * 60;

/// The newest files of a person.
#[derive(FromRow)]
struct Newest {
    id: ExportId,
    asked_at: Timestamp,
    ready_at: Option<Timestamp>,
    until_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

impl Newest {
    async fn of(conn: &mut Conn<'_>, person: PersonId) -> Result<Option<Newest>, Error> {
        const SQL: &str = "select id, asked_at, ready_at, until_at, ended_at from data_exports
            where person_id = $1 order by asked_at desc, id desc limit 1";
        conn.fetch_optional(SQL, (person,)).await
    }

    fn state(&self, zone: &Zone, now: Timestamp) -> ExportState {
        match (self.ready_at, self.until_at, self.ended_at) {
            (None, _, None) => ExportState::Waiting,
            (Some(made), Some(until), None) if until > now => ExportState::Ready {
                id: self.id,
                made: zone.moment_words(made, now),
                until: zone.moment_words(until, now),
            },
            _ => ExportState::None,
        }
    }
}

/// The people whose files this account can have: its owner, and those without an account for whom it may book. Who has
/// an account asks for themselves; who may only see appointments gets no more than that.
pub(super) async fn persons(conn: &mut Conn<'_>, actor: Actor, now: Timestamp) -> Result<Vec<ActedFor>, Error> {
    const SQL: &str = "select count(*) from persons where id = $1 and password_hash is null and status = 'active'";
    let mut persons = Vec::new();
    for person in acted_for(conn, actor.user, now).await? {
        let without_account: i64 = if person.own { 0 } else { conn.fetch_value(SQL, (person.id,)).await? };
        if person.own || (person.scope == CareScope::Book && without_account == 1) {
            persons.push(person);
        }
    }
    Ok(persons)
}

/// Whether this account can have the files of this person.
///
/// # Errors
/// [`AppError::NotFound`] when it cannot; the database's.
pub(super) async fn check(
    conn: &mut Conn<'_>,
    actor: Actor,
    person: PersonId,
    now: Timestamp,
) -> Result<ActedFor, Error> {
    let found = persons(conn, actor, now).await?.into_iter().find(|known| known.id == person);
    found.ok_or(Error::App(AppError::NotFound))
}

/// The page of one's own data.
///
/// # Errors
/// The database's.
pub async fn page(app: &AppState, actor: Actor) -> Result<OwnDataPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let zone = clinic_zone(conn).await?;
    let mut shown = Vec::new();
    for person in persons(conn, actor, now).await? {
        let newest = Newest::of(conn, person.id).await?;
        let state = newest.map_or(ExportState::None, |newest| newest.state(&zone, now));
        shown.push(PersonData { id: person.id, name: person.name, own: person.own, state });
    }
    Ok(OwnDataPage { persons: shown, sends_mail: app.settings.sends_mail() })
}

/// Goes back to the page, which says once that the files were asked for.
pub fn back(app: &AppState) {
    forms::say_once(app, "account/data", vec![("done".into(), "asked".into())]);
    leptos_axum::redirect("/account/data");
}

/// Asks for a person's files. While some are being written, asking again is asking once.
///
/// # Errors
/// [`AppError::NotFound`] for a person whose files this account cannot have; [`AppError::TooManyAttempts`].
pub async fn ask(app: &AppState, actor: Actor, person: PersonId) -> Result<(), AppError> {
    Ok(app.db.write(AskForData { id: ExportId(Uuid::now_v7()), actor, person, now: app.clock.now() }).await?)
}

/// Has a job write the files of a person's data.
struct AskForData {
    id: ExportId,
    actor: Actor,
    person: PersonId,
    now: Timestamp,
}

impl WriteUnit for AskForData {
    const NAME: &'static str = "ask_for_own_data";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into data_exports (id, person_id, asked_by, asked_at) values ($1, $2, $3, $4)";
        check(tx, self.actor, self.person, self.now).await?;
        if let Some(newest) = Newest::of(tx, self.person).await? {
            if newest.ready_at.is_none() && newest.ended_at.is_none() {
                return Ok(());
            }
            let wait = newest.asked_at.0 + APART - self.now.0;
            if let Ok(wait_seconds @ 1..) = u32::try_from(wait) {
                return Err(AppError::TooManyAttempts { wait_seconds }.into());
            }
        }
        tx.execute(SQL, (self.id, self.person, self.actor.user, self.now)).await?;
        let subject_id = Some(self.person.0);
        let asked = Entry { action: "own_data.asked", subject: "user", subject_id, details: "" };
        record(tx, self.actor.into(), self.now, asked).await
    }
}
