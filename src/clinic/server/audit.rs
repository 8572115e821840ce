//! The audit log: who did what, when.

use uuid::Uuid;

use crate::{
    clinic::ActorRole,
    db::{Error, Tx},
    ids::{AuditEntryId, UserId},
    time::Timestamp,
    web::request::Actor,
};

/// Who makes a change, for the history.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// None for the system and for visitors.
    pub actor: Option<UserId>,
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

impl From<Actor> for Author {
    fn from(actor: Actor) -> Self {
        Author { actor: Some(actor.user), role: actor.role.into() }
    }
}
