//! The audit log: who did what, when.

use uuid::Uuid;

use super::clinic_zone;
use crate::{
    clinic::ActorRole,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{AuditEntryId, PersonId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Who makes a change, for the history.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// None for the system and for visitors.
    pub actor: Option<PersonId>,
    pub role: ActorRole,
}

impl Author {
    pub const SYSTEM: Author = Author { actor: None, role: ActorRole::System };
}

/// What was done to what. No health data and no secrets.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Such as `doctor.approved`: the kind of thing, a dot, a verb in the past.
    pub action: &'static str,
    /// The kind of thing: `user`, `doctor`, `invitation`, `location` and so on.
    pub subject: &'static str,
    pub subject_id: Option<Uuid>,
    /// The thing's name as it is now, and what changed.
    pub details: &'a str,
}

/// Writes an entry, in the unit that makes the change.
///
/// # Errors
/// The database's.
pub async fn record(tx: &mut Tx<'_>, by: Author, now: Timestamp, entry: Entry<'_>) -> Result<(), Error> {
    const SQL: &str =
        "insert into audit_entries (id, at, actor_id, actor_role, action, subject_kind, subject_id, details)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.execute(
        SQL,
        (
            AuditEntryId(Uuid::now_v7()),
            now,
            by.actor,
            by.role,
            entry.action,
            entry.subject,
            entry.subject_id,
            entry.details,
        ),
    )
    .await?;
    Ok(())
}

/// Writes an entry about something that changes no row, such as a file that is made.
///
/// # Errors
/// The database's.
pub async fn note(app: &AppState, by: Author, entry: Entry<'_>) -> Result<(), AppError> {
    Ok(app.db.write(NoteEntry::new(by, app.clock.now(), None, entry)).await?)
}

/// Writes that a person read something: once for each person, thing and day of the clinic. The caller holds no
/// connection. An entry that cannot be written is reported in the program's log and keeps nobody from reading, because
/// patients are seen on a full disk too.
pub async fn note_reading(app: &AppState, reader: Author, entry: Entry<'_>) {
    let action = entry.action;
    if let Err(error) = note_once_a_day(app, reader, entry).await {
        tracing::error!(%error, action, "a reading is missing in the audit log");
    }
}

async fn note_once_a_day(app: &AppState, reader: Author, entry: Entry<'_>) -> Result<(), Error> {
    let now = app.clock.now();
    let unit = {
        let mut connection = app.db.read().await?;
        let conn = &mut connection.conn();
        let zone = clinic_zone(conn).await?;
        let unit = NoteEntry::new(reader, now, Some(zone.window_start(zone.local_date(now), 0)), entry);
        // most readings of a day are not its first, and cost no write
        if unit.is_noted(conn).await? {
            return Ok(());
        }
        unit
    };
    app.db.write(unit).await
}

/// Writes one entry; with `since`, only unless the same person has done the same to the same thing since then.
struct NoteEntry {
    by: Author,
    now: Timestamp,
    since: Option<Timestamp>,
    action: &'static str,
    subject: &'static str,
    subject_id: Option<Uuid>,
    details: String,
}

impl NoteEntry {
    fn new(by: Author, now: Timestamp, since: Option<Timestamp>, entry: Entry<'_>) -> Self {
        let Entry { action, subject, subject_id, details } = entry;
        NoteEntry { by, now, since, action, subject, subject_id, details: details.to_owned() }
    }

    async fn is_noted(&self, conn: &mut Conn<'_>) -> Result<bool, Error> {
        const SQL: &str = "select count(*) from audit_entries
            where subject_id = $1 and at >= $2 and actor_id = $3 and action = $4";
        let Some(since) = self.since else { return Ok(false) };
        let noted: i64 = conn.fetch_value(SQL, (self.subject_id, since, self.by.actor, self.action)).await?;
        Ok(noted > 0)
    }
}

impl WriteUnit for NoteEntry {
    const NAME: &'static str = "note_in_audit_log";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        if self.is_noted(tx).await? {
            return Ok(());
        }
        let (action, subject, subject_id) = (self.action, self.subject, self.subject_id);
        record(tx, self.by, self.now, Entry { action, subject, subject_id, details: &self.details }).await
    }
}

impl From<Actor> for Author {
    fn from(actor: Actor) -> Self {
        Author { actor: Some(actor.user), role: actor.role.into() }
    }
}
