//! Reminders of appointments: when they are due, and stopping them.
//!
//! A reminder is put into the outbox when it is due, and checked again when it is sent. An appointment booked after
//! that moment gets no reminder: its confirmation said the same.

use std::collections::HashSet;

use sqlx::FromRow;

use super::{
    links::{self, Purpose, Stored},
    outbox::{Claimed, Message, enqueue},
};
use crate::{
    config::MailSettings,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, PersonId},
    notifications::{model::Kind, server::compose_error::ComposeError},
    state::AppState,
    time::{Timestamp, server::Zone},
};

/// Seconds after its moment within which a reminder is still worth sending.
const MAX_LATE: i64 = 24 * 3600;
/// Seconds before an appointment in which a reminder is no longer useful.
const TOO_CLOSE: i64 = 2 * 3600;
/// Seconds by which a day may be longer or shorter than 24 hours, and some more.
const ODD_DAY: i64 = 3 * 3600;
/// Reminders written in one unit.
const BATCH: usize = 100;

/// Whether a reminder from `since` still helps at `now` with an appointment that starts at `starts_at`.
pub(super) fn still_helps(starts_at: Timestamp, since: Timestamp, now: Timestamp) -> bool {
    starts_at > now.plus_seconds(TOO_CLOSE) && since > now.plus_seconds(-MAX_LATE)
}

/// Whether the person of this message wants reminders.
pub(super) async fn wanted(conn: &mut Conn<'_>, claimed: &Claimed) -> Result<bool, ComposeError> {
    let person = claimed.person_id.ok_or(ComposeError::Broken("no person"))?;
    Ok(are_on(conn, person).await?)
}

/// Whether this person wants reminders.
pub(super) async fn are_on(conn: &mut Conn<'_>, person: PersonId) -> Result<bool, Error> {
    const SQL: &str = "select reminders from persons where id = $1";
    conn.fetch_value(SQL, (person,)).await
}

/// A reminder whose moment has come.
#[derive(Clone, Debug)]
struct Due {
    appointment: AppointmentId,
    patient: PersonId,
    dedupe_key: String,
    moment: Timestamp,
}

/// Puts the due reminders into the outbox and returns their number. Another process may do the same at the same time:
/// each reminder is one message.
///
/// # Errors
/// The database cannot be reached.
pub async fn enqueue_due(app: &AppState) -> Result<usize, AppError> {
    let now = app.clock.now();
    let due = find_due(app, now).await?;
    for batch in due.chunks(BATCH) {
        app.db.write(EnqueueReminders { batch: batch.to_vec(), now }).await?;
    }
    Ok(due.len())
}

/// Puts some reminders into the outbox.
struct EnqueueReminders {
    batch: Vec<Due>,
    now: Timestamp,
}

impl WriteUnit for EnqueueReminders {
    const NAME: &'static str = "enqueue_reminders";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        for Due { appointment, patient, dedupe_key, .. } in &self.batch {
            let message = Message { kind: Kind::Reminder, to: *patient, appointments: &[*appointment], dedupe_key };
            enqueue(tx, self.now, message).await?;
        }
        Ok(())
    }
}

async fn find_due(app: &AppState, now: Timestamp) -> Result<Vec<Due>, Error> {
    let mail = &app.settings.mail;
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let mut due = Vec::new();
    for days in &mail.reminder_days {
        due.extend(come(conn, mail, days.0, now).await?);
    }
    if due.is_empty() {
        return Ok(due);
    }
    let written = written(conn, now).await?;
    due.retain(|reminder| !written.contains(&reminder.dedupe_key));
    let mut context = Vec::with_capacity(due.len());
    for reminder in due {
        if agreed_at(conn, reminder.appointment).await?.is_none_or(|agreed| agreed <= reminder.moment) {
            context.push(reminder);
        }
    }
    Ok(context)
}

#[derive(FromRow)]
struct Ahead {
    id: AppointmentId,
    patient_id: PersonId,
    starts_at: Timestamp,
    time_zone: String,
}

/// The booked appointments whose reminder, this number of days before, became due within the last day. Reads the
/// appointments of two days, by the index of their start.
async fn come(conn: &mut Conn<'_>, mail: &MailSettings, days: i64, now: Timestamp) -> Result<Vec<Due>, Error> {
    const SQL: &str = "select a.id, a.patient_id, a.starts_at, t.time_zone
        from appointments a join appointment_terms t on t.id = a.terms_id join persons p on p.id = a.patient_id
        where a.status = 'booked' and a.starts_at > $1 and a.starts_at > $2 and a.starts_at <= $3 and p.reminders";
    let first = now.plus_seconds(days * 86_400 - i64::from(mail.reminder_hour) * 3600);
    let (from, until) = (first.plus_seconds(-MAX_LATE - ODD_DAY), first.plus_seconds(86_400 + ODD_DAY));
    let close = now.plus_seconds(TOO_CLOSE);
    let rows: Vec<Ahead> = conn.fetch_all(SQL, (from, close, until)).await?;
    let due = rows.into_iter().filter_map(|row| {
        // an appointment without a zone cannot be shown either; it must not keep the others from being reminded of
        let zone = Zone::parse(&row.time_zone)?;
        let date = zone.local_date(row.starts_at).plus_days(-days);
        let moment = zone.window_start(date, mail.reminder_hour * 60);
        let dedupe_key = format!("reminder:{}:{days}", row.id);
        let is_due = moment <= now && still_helps(row.starts_at, moment, now);
        is_due.then_some(Due { appointment: row.id, patient: row.patient_id, dedupe_key, moment })
    });
    Ok(due.collect())
}

/// What was asked for since the oldest moment that still counts.
async fn written(conn: &mut Conn<'_>, now: Timestamp) -> Result<HashSet<String>, Error> {
    const SQL: &str = "select dedupe_key from outbox where created_at > $1 and kind = 'reminder'";
    let since = now.plus_seconds(-MAX_LATE);
    let keys: Vec<String> = conn.fetch_values(SQL, (since,)).await?;
    Ok(keys.into_iter().collect())
}

/// When the appointment was booked, or its request accepted.
async fn agreed_at(conn: &mut Conn<'_>, appointment: AppointmentId) -> Result<Option<Timestamp>, Error> {
    const SQL: &str = "select max(at) from appointment_events where appointment_id = $1
            and (action in ('book', 'accept', 'import') or (action = 'restore' and version = 1))";
    conn.fetch_value(SQL, (appointment,)).await
}

/// Whether reminders are on for the person of this link.
///
/// # Errors
/// [`AppError::NotFound`] for a token that was never given out for this, or is too old.
pub async fn by_link(app: &AppState, token: &str) -> Result<bool, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let person = person_of(conn, token, app.clock.now()).await?;
    Ok(are_on(conn, person).await?)
}

/// Switches reminders off for the person of this link, and changes nothing else. A second call is fine.
///
/// # Errors
/// As [`by_link`].
pub async fn stop(app: &AppState, token: &str) -> Result<(), AppError> {
    Ok(app.db.write(StopReminders { token: token.to_owned(), now: app.clock.now() }).await?)
}

/// Switches reminders off for the person of a link.
struct StopReminders {
    token: String,
    now: Timestamp,
}

impl WriteUnit for StopReminders {
    const NAME: &'static str = "stop_reminders";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update persons set reminders = $2 where id = $1";
        let person = person_of(tx, &self.token, self.now).await?;
        tx.execute(SQL, (person, false)).await?;
        Ok(())
    }
}

async fn person_of(conn: &mut Conn<'_>, token: &str, now: Timestamp) -> Result<PersonId, Error> {
    let Stored { person_id, expires_at, .. } = links::find(conn, Purpose::StopReminders, token).await?;
    person_id.filter(|_| now < expires_at).ok_or(Error::App(AppError::NotFound))
}
