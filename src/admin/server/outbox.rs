//! Messages to people, as staff see and retry them.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    admin::model::outbox::{Messages, OutboxRow, PER_PAGE},
    clinic::server::audit::{Entry, record},
    clinic::server::clinic_zone,
    config::TransportKind,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    notifications::model::{DeliveryError, Kind, State},
    state::AppState,
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

/// One page of the outbox, the newest first; a page past the end is the last one.
///
/// # Errors
/// The database's.
pub async fn list(app: &AppState, only: Option<State>, kind: Option<Kind>, page: u32) -> Result<Messages, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let counts = counts(conn, kind).await?;
    let all: i64 = counts.iter().filter(|(state, _)| only.is_none_or(|only| only == *state)).map(|(_, n)| n).sum();
    let pages = u32::try_from((all + i64::from(PER_PAGE) - 1) / i64::from(PER_PAGE)).unwrap_or(u32::MAX).max(1);
    let page = page.clamp(1, pages);
    let zone = clinic_zone(conn).await?;
    let rows = rows(conn, only, kind, page).await?.into_iter().map(|row| row.shown(&zone, now)).collect();
    let oldest = oldest(conn, now).await?.map(|since| age_words(now.minutes_since(since)));
    let sends = app.settings.mail.transport != TransportKind::None;
    Ok(Messages { sends, only, kind, counts, oldest, rows, page, pages })
}

async fn counts(conn: &mut Conn<'_>, kind: Option<Kind>) -> Result<Vec<(State, i64)>, Error> {
    const SQL: &str = "select state, count(*) from outbox where (kind = $1 or $1 is null) group by state";
    conn.fetch_all(SQL, (kind,)).await
}

/// Since when the oldest message that is due has been waiting.
async fn oldest(conn: &mut Conn<'_>, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    const SQL: &str = "select min(created_at) from outbox where state in ('queued', 'sending') and created_at <= $1";
    conn.fetch_value(SQL, (now,)).await
}

#[derive(FromRow)]
pub(super) struct Row {
    id: Uuid,
    pub kind: String,
    recipient: String,
    created_at: Timestamp,
    pub due_at: Timestamp,
    state: State,
    attempts: i32,
    last_error: Option<DeliveryError>,
}

impl Row {
    pub fn shown(self, zone: &Zone, now: Timestamp) -> OutboxRow {
        OutboxRow {
            id: self.id,
            what: self.kind.parse().map_or("Unknown", Kind::label).to_owned(),
            person: if self.recipient.is_empty() { "Somebody who registers".to_owned() } else { self.recipient },
            written: zone.moment_words(self.created_at, now),
            state: self.state,
            attempts: self.attempts,
            delivery_error: self.last_error,
        }
    }
}

async fn rows(conn: &mut Conn<'_>, only: Option<State>, kind: Option<Kind>, page: u32) -> Result<Vec<Row>, Error> {
    const SQL: &str = "select o.id, o.kind, coalesce(p.display_name, i.email, '') as recipient, o.created_at, o.due_at,
            o.state, o.attempts, o.last_error
        from outbox o left join persons p on p.id = o.person_id left join invitations i on i.id = o.invitation_id
        where (o.state = $3 or $3 is null) and (o.kind = $4 or $4 is null)
        order by o.created_at desc, o.id desc limit $1 offset $2";
    let (most, skipped) = (i64::from(PER_PAGE), i64::from(page - 1) * i64::from(PER_PAGE));
    conn.fetch_all(SQL, (most, skipped, only, kind)).await
}

/// One message.
pub(super) async fn row(conn: &mut Conn<'_>, id: Uuid) -> Result<Row, Error> {
    const SQL: &str = "select o.id, o.kind, coalesce(p.display_name, i.email, '') as recipient, o.created_at, o.due_at,
            o.state, o.attempts, o.last_error
        from outbox o left join persons p on p.id = o.person_id left join invitations i on i.id = o.invitation_id
        where o.id = $1";
    let row: Option<Row> = conn.fetch_optional(SQL, (id,)).await?;
    row.ok_or(Error::App(AppError::NotFound))
}

/// "less than a minute", "5 minutes", "3 hours", "2 days"
fn age_words(minutes: i64) -> String {
    let (count, unit) = match minutes {
        ..1 => return "less than a minute".to_owned(),
        1..120 => (minutes, "minute"),
        120..2_880 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Puts a message that was given up back into the queue, with all its attempts.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] for one that is not given up.
pub async fn retry(app: &AppState, staff: Actor, id: Uuid) -> Result<(), AppError> {
    Ok(app.db.write(RetryMessage { staff, id, now: app.clock.now() }).await?)
}

/// Puts a message that was given up back into the queue.
struct RetryMessage {
    staff: Actor,
    id: Uuid,
    now: Timestamp,
}

impl WriteUnit for RetryMessage {
    const NAME: &'static str = "retry_message";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const FIND: &str = "select kind from outbox where id = $1";
        const SQL: &str =
            "update outbox set state = 'queued', attempts = 0, due_at = $2, leased_until = null, updated_at = $2
            where id = $1 and state = 'failed'";
        let kind: Option<String> = tx.fetch_optional_value(FIND, (self.id,)).await?;
        let kind = kind.ok_or(AppError::NotFound)?;
        let changed = tx.execute(SQL, (self.id, self.now)).await?;
        if changed == 0 {
            return Err(AppError::Conflict.into());
        }
        let details = kind.parse().map_or("Unknown", Kind::label);
        let entry = Entry { action: "message.retried", subject: "message", subject_id: Some(self.id), details };
        record(tx, self.staff.into(), self.now, entry).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_in_the_largest_unit_that_fits() {
        for (minutes, words) in [
            (0, "less than a minute"),
            (1, "1 minute"),
            (119, "119 minutes"),
            (120, "2 hours"),
            (2_879, "47 hours"),
            (2_880, "2 days"),
        ] {
            assert_eq!(age_words(minutes), words);
        }
    }
}
