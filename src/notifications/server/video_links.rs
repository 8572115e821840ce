//! The link to a video call: what messages say about joining, and the message that brings the link the day before, when
//! no reminder does.

use std::collections::HashSet;

use super::outbox::{Message, enqueue};
use crate::{
    booking::{Mode, Status, server::Appointment},
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, PersonId},
    notifications::model::Kind,
    state::AppState,
    time::{Timestamp, server::Zone},
};

/// Seconds ahead within which calls are looked for: two days, and some more for days that are longer.
const AHEAD: i64 = 2 * 86_400 + 3 * 3600;
/// Seconds for which what was written counts.
const LOOK_BACK: i64 = 3 * 86_400;
/// Links written in one unit.
const BATCH: usize = 100;

/// What a message says about joining a call.
pub(super) struct Joining {
    /// One line, or words and below them the address that they are for.
    pub words: String,
    /// The address, where the words have it: a secret of patient and doctor.
    pub url: Option<String>,
}

/// What a message of this kind says about joining this appointment's call; none for what is no call, or called off.
pub(super) fn joining(kind: Kind, row: &Appointment, template: &str, now: Timestamp) -> Result<Option<Joining>, Error> {
    let stands = matches!(row.status, Status::Requested | Status::Booked | Status::Arrived);
    if row.mode != Mode::Video || !stands {
        return Ok(None);
    }
    let says = |words: &str| Ok(Some(Joining { words: words.to_owned(), url: None }));
    let Some(url) = row.video_address(template) else {
        return says("The clinic will tell you how to join.");
    };
    let told = row.video_told_from()? <= now;
    if !told {
        return says("You get the link to join the day before.");
    }
    if !matches!(kind, Kind::Reminder | Kind::VideoLink) {
        return says("You get the link to join in a message of its own.");
    }
    let zone = Zone::parse(&row.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
    let words = format!("To join the video call, from {}:\n{url}", zone.moment_words(row.video_opens(), now));
    Ok(Some(Joining { words, url: Some(url) }))
}

/// Puts the links that no reminder brings into the outbox, at the hour of reminders on the day before, and returns
/// their number. Another process may do the same at the same time: each link is one message.
///
/// # Errors
/// The database cannot be reached.
pub async fn enqueue_due(app: &AppState) -> Result<usize, AppError> {
    let now = app.clock.now();
    let due = find_due(app, now).await?;
    for batch in due.chunks(BATCH) {
        app.db.write(EnqueueVideoLinks { batch: batch.to_vec(), now }).await?;
    }
    Ok(due.len())
}

/// Puts some links into the outbox.
struct EnqueueVideoLinks {
    batch: Vec<(AppointmentId, PersonId)>,
    now: Timestamp,
}

impl WriteUnit for EnqueueVideoLinks {
    const NAME: &'static str = "enqueue_video_links";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        for (appointment, patient) in &self.batch {
            let dedupe_key = &key(*appointment);
            let message = Message { kind: Kind::VideoLink, to: *patient, appointments: &[*appointment], dedupe_key };
            enqueue(tx, self.now, message).await?;
        }
        Ok(())
    }
}

fn key(appointment: AppointmentId) -> String {
    format!("video_link:{appointment}")
}

async fn find_due(app: &AppState, now: Timestamp) -> Result<Vec<(AppointmentId, PersonId)>, Error> {
    let minute = app.settings.mail.reminder_hour * 60;
    let template = &app.settings.booking.video_url_template;
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calls = Appointment::video_calls(conn, now, now.plus_seconds(AHEAD)).await?;
    let due = calls.into_iter().filter_map(|row| {
        // a call without a zone cannot be shown either; it must not keep the others from being told
        let zone = Zone::parse(&row.time_zone)?;
        let moment = zone.window_start(zone.local_date(row.starts_at).plus_days(-1), minute);
        let patient = row.patient_id.filter(|_| moment <= now)?;
        row.video_address(template).map(|_| (row.id, patient))
    });
    let mut due: Vec<_> = due.collect();
    if !due.is_empty() {
        let written = written(conn, now).await?;
        due.retain(|(id, _)| !written.contains(&key(*id)) && !written.contains(&format!("reminder:{id}:1")));
    }
    Ok(due)
}

/// What was asked for lately, and was not taken back because the person wants no reminders.
async fn written(conn: &mut Conn<'_>, now: Timestamp) -> Result<HashSet<String>, Error> {
    const SQL: &str = "select dedupe_key from outbox
        where created_at > $1 and (kind = 'video_link' or (kind = 'reminder' and state <> 'suppressed'))";
    let keys: Vec<String> = conn.fetch_values(SQL, (now.plus_seconds(-LOOK_BACK),)).await?;
    Ok(keys.into_iter().collect())
}
