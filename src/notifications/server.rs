//! The outbox: messages that wait to be sent.

use uuid::Uuid;

use crate::{
    db::{Conn, Error, on},
    ids::{AppointmentId, UserId},
    time::Instant,
};

/// One message to one person about some of their visits.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// What happened: `visits_cancelled`, `visits_moved`, `request_accepted`, `request_declined`, `request_expired`,
    /// `visit_added`, or `visits_changed` when one action cancelled some of a person's visits and moved others.
    pub kind: &'static str,
    pub to: UserId,
    /// The visits it is about; of those that were moved, the new ones.
    pub visits: &'a [AppointmentId],
    /// The same change asks for the same message once, however often its unit runs.
    pub dedupe_key: &'a str,
}

/// Puts a message into the outbox. The same key twice is one message.
///
/// # Errors
/// The database's.
pub async fn enqueue(conn: &mut Conn<'_>, now: Instant, message: Message<'_>) -> Result<(), Error> {
    enqueue_for(conn, now, now, message).await
}

/// As [`enqueue`], to be sent at `due` at the earliest.
///
/// # Errors
/// The database's.
pub async fn enqueue_for(conn: &mut Conn<'_>, now: Instant, due: Instant, message: Message<'_>) -> Result<(), Error> {
    const SQL: &str =
        "insert into outbox (id, dedupe_key, kind, user_id, appointments, due_at, state, attempts, created_at,
            updated_at)
        values ($1, $2, $3, $4, $5, $6, 'queued', 0, $7, $7)
        on conflict (dedupe_key) do nothing";
    let visits = serde_json::to_string(message.visits).map_err(|_| Error::Corrupt("appointment ids"))?;
    on!(conn, |c| {
        let query = sqlx::query(SQL).bind(Uuid::now_v7()).bind(message.dedupe_key).bind(message.kind).bind(message.to);
        query.bind(&visits).bind(due).bind(now).execute(c).await?.rows_affected()
    });
    Ok(())
}
