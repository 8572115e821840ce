//! The doctor's day by mail, for doctors who asked for it: times and locations, and nothing about patients.

use sqlx::FromRow;

use super::{
    email::{Email, RenderContext},
    layout::{Body, Facts, Part, one_line},
    message_context::address,
    outbox::{Notice, To, enqueue_notice},
    preferences::daily_agenda_is_on,
};
use crate::{
    availability::server::home_zone,
    booking::Mode,
    db::{Conn, Error, Tx, WriteUnit, on},
    error::AppError,
    ids::{DoctorId, PersonId},
    notifications::{model::Kind, server::compose_error::ComposeError},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// The minute of the doctor's day at which its message is written.
const FIRST_MINUTE: u16 = 6 * 60;
/// The minute from which it would come too late to help, as after an outage.
const LAST_MINUTE: u16 = 12 * 60;
const DAY_SECONDS: i64 = 86_400;

/// Puts the messages about today into the outbox, for doctors who want them and have appointments left today, and
/// returns their number. Another process may do the same at the same time: a doctor gets one a day.
///
/// # Errors
/// The database cannot be reached.
pub async fn enqueue_due(app: &AppState) -> Result<usize, AppError> {
    let now = app.clock.now();
    let due = find_due(app, now).await?;
    for (user, date) in &due {
        app.db.write(EnqueueDailyAgenda { user: *user, date: date.to_string(), now }).await?;
    }
    Ok(due.len())
}

/// Puts the message about one doctor's day into the outbox.
struct EnqueueDailyAgenda {
    user: PersonId,
    date: String,
    now: Timestamp,
}

impl WriteUnit for EnqueueDailyAgenda {
    const NAME: &'static str = "enqueue_daily_agenda";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let dedupe_key = &key(self.user, &self.date);
        let notice = Notice { kind: Kind::DailyAgenda, to: To::Person(self.user), about: &self.date, dedupe_key };
        enqueue_notice(tx, self.now, notice).await
    }
}

fn key(user: PersonId, date: &str) -> String {
    format!("agenda:{user}:{date}")
}

async fn find_due(app: &AppState, now: Timestamp) -> Result<Vec<(PersonId, LocalDate)>, Error> {
    const SQL: &str = "select p.id, d.id from doctors d join persons p on p.id = d.person_id
        where p.daily_agenda and p.role = 'doctor' and p.status = 'active'";
    const WRITTEN: &str = "select count(*) from outbox where dedupe_key = $1";
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let doctors: Vec<(PersonId, DoctorId)> = conn.fetch_all(SQL, ()).await?;
    let mut due = Vec::new();
    for (user, doctor) in doctors {
        let Some(zone) = home_zone(conn, doctor).await? else { continue };
        let date = zone.local_date(now);
        if now < zone.window_start(date, FIRST_MINUTE) || now >= zone.window_start(date, LAST_MINUTE) {
            continue;
        }
        let dedupe_key = key(user, &date.to_string());
        let written: i64 = conn.fetch_value(WRITTEN, (&dedupe_key,)).await?;
        if written == 0 && !left_of_day(conn, doctor, &zone, date, now).await?.is_empty() {
            due.push((user, date));
        }
    }
    Ok(due)
}

#[derive(FromRow)]
struct Row {
    starts_at: Timestamp,
    ends_at: Timestamp,
    time_zone: String,
    mode: Mode,
    location_name: String,
}

/// The booked appointments of this date that are not over, by start. An appointment counts for the date at its own
/// location.
async fn left_of_day(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    zone: &Zone,
    date: LocalDate,
    now: Timestamp,
) -> Result<Vec<Row>, Error> {
    const SQL: &str = "select a.starts_at, a.ends_at, t.time_zone, t.mode, t.location_name
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.doctor_id = $1 and a.starts_at > $2 and a.starts_at < $3 and a.ends_at > $4
            and a.status in ('booked', 'arrived') and a.local_start >= $5 and a.local_start < $6
        order by a.starts_at";
    let noon = zone.window_start(date, LAST_MINUTE);
    let (from, until) = (noon.plus_seconds(-2 * DAY_SECONDS), noon.plus_seconds(2 * DAY_SECONDS));
    let (today, tomorrow) = (date.to_string(), date.plus_days(1).to_string());
    conn.fetch_all(SQL, (doctor, from, until, now, &today, &tomorrow)).await
}

/// The appointments that are left of the day, as they stand now.
pub(super) async fn email(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    const SQL: &str = "select id from doctors where person_id = $1";
    let claimed = render.claimed;
    let user = claimed.person_id.ok_or(ComposeError::Broken("no person"))?;
    let date: LocalDate = claimed.about.parse().map_err(|_| ComposeError::Broken("date of the day"))?;
    if !daily_agenda_is_on(conn, user).await? {
        return Ok(None);
    }
    let doctor: Option<DoctorId> =
        on!(conn, |c| sqlx::query_scalar(SQL).bind(user).fetch_optional(c).await.map_err(Error::from)?);
    let Some(doctor) = doctor else { return Ok(None) };
    let zone = home_zone(conn, doctor).await?.ok_or(ComposeError::Broken("no place"))?;
    let rows = left_of_day(conn, doctor, &zone, date, render.now).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let words = body(&rows, date, render)?.lay_out()?;
    Ok(Some(Email::plain(address(conn, user).await?, words)))
}

fn body(rows: &[Row], date: LocalDate, render: &RenderContext<'_>) -> Result<Body, Error> {
    let many = if rows.len() == 1 { "1 appointment".to_owned() } else { format!("{} appointments", rows.len()) };
    Ok(Body {
        subject: format!("{many} on {}", date.date_words()),
        parts: vec![Part {
            opening: format!("You have {many} on {}.", date.date_words()),
            facts: location_tables(rows)?,
        }],
        lead: "To see your day, sign in:".to_owned(),
        link: format!("{}/doctor", render.site),
        closing: vec![format!(
            "You asked for this message. To stop it, sign in:\n{}/account/notifications",
            render.site
        )],
    })
}

/// One table for each stay at a location, with one line for each appointment.
fn location_tables(rows: &[Row]) -> Result<Vec<Facts>, Error> {
    let mut tables: Vec<Facts> = Vec::new();
    let mut last: Option<(Mode, &str)> = None;
    for row in rows {
        let zone = Zone::parse(&row.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        if last != Some((row.mode, &row.location_name)) {
            last = Some((row.mode, &row.location_name));
            tables.push(vec![("Where", location_words(row))]);
        }
        let time = format!("{} to {}", zone.time_words(row.starts_at), zone.time_words(row.ends_at));
        tables.last_mut().into_iter().for_each(|table| table.push(("Time", time.clone())));
    }
    Ok(tables)
}

fn location_words(row: &Row) -> String {
    let name = one_line(&row.location_name);
    match row.mode {
        Mode::InPerson => name,
        mode => format!("{} ({name})", mode.label()),
    }
}
