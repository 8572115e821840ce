//! Time off, and what becomes of the visits in it.
//!
//! Time off and what happens to the visits in it are one unit, so that a time never is free and away at once.

mod span;

use sqlx::FromRow;
use uuid::Uuid;

use self::span::{Away, words};
use crate::{
    admin::server::audit,
    availability::model::time_off::{
        MOST_PRIVATE_REASON, TimeOffForm, TimeOffItem, TimeOffList, TimeOffSpan, TimeOffVisits,
    },
    booking::{
        server::settle::{self, Settled, Settling},
        settle::{SettleForm, Tally},
    },
    db::{Conn, Error, on},
    doctors::server::{Calendar, bump, calendar_of},
    error::{AppError, FieldCode},
    ids::{DoctorId, TimeOffId},
    server::{local_path::encode, request::Actor, state::AppState},
    time::{Instant, server::Zone},
};

/// The coming time off of a doctor. `done` is what the last form did, as [`Tally::to_code`] wrote it, or `saved`, or
/// `removed`.
///
/// # Errors
/// As [`calendar_of`].
pub async fn list(app: &AppState, actor: Actor, doctor: &str, done: &str) -> Result<TimeOffList, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_of(conn, actor, doctor).await?;
    let rows = coming(conn, calendar.doctor, now).await?;
    let item = |row: Absence| TimeOffItem {
        id: row.id,
        when: words(&calendar.zone, row.starts_at, row.ends_at, now),
        reason: row.private_reason,
    };
    Ok(TimeOffList {
        items: rows.into_iter().map(item).collect(),
        done: done_words(conn, done).await?,
        zone: calendar.zone.words(),
        doctor: calendar.slug,
        name: calendar.name,
        version: calendar.version,
        by_staff: calendar.by_staff,
    })
}

/// Time off as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct Absence {
    pub id: TimeOffId,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// May be empty.
    pub private_reason: String,
}

/// The calendar, and its time off that is coming or under way, the earliest first.
///
/// # Errors
/// As [`calendar_of`].
pub async fn absences(app: &AppState, actor: Actor, doctor: &str) -> Result<(Calendar, Vec<Absence>), AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_of(conn, actor, doctor).await?;
    let rows = coming(conn, calendar.doctor, now).await?;
    Ok((calendar, rows))
}

async fn coming(conn: &mut Conn<'_>, doctor: DoctorId, now: Instant) -> Result<Vec<Absence>, Error> {
    const SQL: &str = "select id, starts_at, ends_at, private_reason from time_off
        where doctor_id = $1 and ends_at > $2 order by starts_at, id";
    Ok(on!(conn, |c| sqlx::query_as(SQL).bind(doctor).bind(now).fetch_all(c).await?))
}

async fn done_words(conn: &mut Conn<'_>, done: &str) -> Result<String, Error> {
    match done {
        "saved" => return Ok("The time off is saved. Nobody can book these times any more.".to_owned()),
        "removed" => return Ok("The time off is removed. Patients can book these times again.".to_owned()),
        _ => {}
    }
    let counted = tally_words(conn, &Tally::of_code(done)).await?;
    Ok(if counted.is_empty() { counted } else { ["The time off is saved. ", &counted].concat() })
}

/// What became of the visits, and where their patients see it: "5 visits cancelled, 2 moved. The patients see it under My
/// appointments." Nothing when there were none.
///
/// # Errors
/// The database's.
pub async fn tally_words(conn: &mut Conn<'_>, tally: &Tally) -> Result<String, Error> {
    const SQL: &str = "select name from doctors where slug = $1";
    let mut names = Vec::with_capacity(tally.given.len());
    for (slug, _) in &tally.given {
        let name: Option<String> = on!(conn, |c| sqlx::query_scalar(SQL).bind(slug).fetch_optional(c).await?);
        names.extend(name.map(|name| (slug.clone(), name)));
    }
    let name = |slug: &str| names.iter().find(|(known, _)| known == slug).map(|(_, name)| name.clone());
    let told = tally.cancelled > 0 || tally.moved > 0 || !tally.given.is_empty();
    let told = if told { " The patients see it under My appointments." } else { "" };
    Ok([&tally.words(name), told].concat())
}

/// The address of the list, which says what was done.
#[must_use]
pub fn list_page(doctor: &str, done: &str) -> String {
    let whose = if doctor.is_empty() { String::new() } else { format!("doctor={}&", encode(doctor)) };
    format!("/doctor/time-off?{whose}done={}", encode(done))
}

/// The address of the page that asks what becomes of the visits in the time off of a form; the plain list when its dates
/// cannot be read.
#[must_use]
pub fn visits_page(doctor: &str, form: &TimeOffForm) -> String {
    let whose = if doctor.is_empty() { String::new() } else { format!("doctor={}&", encode(doctor)) };
    match Away::typed(form) {
        Ok(away) => format!("/doctor/time-off/visits?{whose}{}", away.query()),
        Err(_) => list_page(doctor, ""),
    }
}

/// Adds time off that no booked visit touches; its id.
///
/// # Errors
/// [`AppError::VisitsAhead`] when booked visits touch it: nothing is saved, see [`settle`]. [`AppError::Invalid`] naming
/// the fields, [`AppError::Conflict`] for a stale version, and as [`calendar_of`].
pub async fn add(
    app: &AppState,
    actor: Actor,
    doctor: String,
    version: i64,
    form: TimeOffForm,
) -> Result<TimeOffId, AppError> {
    let (now, id) = (app.clock.now(), Uuid::now_v7());
    let unit = app.db.write(move |mut tx| {
        let (doctor, form) = (doctor.clone(), form.clone());
        async move {
            let conn = &mut tx.conn();
            let calendar = calendar_of(conn, actor, &doctor).await?;
            let away = Away::of_form(&form, &calendar.zone, now)?;
            let span = away.span(&calendar.zone);
            bump(conn, calendar.doctor, version).await?;
            let visits = settle::visits_ahead(conn, calendar.doctor, (span.0, Some(span.1)), now).await?;
            if !visits.is_empty() {
                let visits = i64::try_from(visits.len()).unwrap_or(i64::MAX);
                return Err(AppError::VisitsAhead { visits }.into());
            }
            insert(conn, &calendar, id, span, &form.reason, actor, now).await?;
            Ok((tx, calendar.doctor))
        }
    });
    app.directory.touch(unit.await?);
    Ok(TimeOffId(id))
}

/// Writes the row and a line in the audit log, and ends the holds in it.
async fn insert(
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    id: Uuid,
    (start, end): (Instant, Instant),
    reason: &str,
    actor: Actor,
    now: Instant,
) -> Result<(), Error> {
    let reason = checked_reason(reason)?;
    const SQL: &str =
        "insert into time_off (id, doctor_id, starts_at, ends_at, private_reason) values ($1, $2, $3, $4, $5)";
    on!(conn, |c| {
        let query = sqlx::query(SQL).bind(id).bind(calendar.doctor).bind(start).bind(end).bind(&reason);
        query.execute(c).await?.rows_affected()
    });
    settle::end_holds(conn, calendar.doctor, (start, Some(end)), now).await?;
    log(conn, calendar, "time_off.added", &words(&calendar.zone, start, end, now), actor, now).await
}

/// A line in the audit log. The private reason is not in it.
async fn log(
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    action: &'static str,
    when: &str,
    actor: Actor,
    now: Instant,
) -> Result<(), Error> {
    let details = [&calendar.name, ": ", when].concat();
    let subject_id = Some(calendar.doctor.0);
    let entry = audit::Entry { action, subject: "doctor", subject_id, details: &details };
    audit::record(conn, actor.into(), now, entry).await
}

fn checked_reason(reason: &str) -> Result<String, AppError> {
    let reason = reason.trim();
    if reason.chars().count() > MOST_PRIVATE_REASON as usize {
        return Err(AppError::field("reason", FieldCode::TooLong(MOST_PRIVATE_REASON)));
    }
    if reason.chars().any(char::is_control) {
        return Err(AppError::field("reason", FieldCode::BadCharacters));
    }
    Ok(reason.to_owned())
}

/// Removes time off: the times are free again.
///
/// # Errors
/// [`AppError::NotFound`] when it is not this doctor's or is over, [`AppError::Conflict`] for a stale version, and as
/// [`calendar_of`].
pub async fn remove(app: &AppState, actor: Actor, doctor: String, version: i64, id: TimeOffId) -> Result<(), AppError> {
    let now = app.clock.now();
    let unit = app.db.write(move |mut tx| {
        let doctor = doctor.clone();
        async move {
            let conn = &mut tx.conn();
            let calendar = calendar_of(conn, actor, &doctor).await?;
            let row = coming(conn, calendar.doctor, now).await?.into_iter().find(|row| row.id == id);
            let row = row.ok_or(AppError::NotFound)?;
            bump(conn, calendar.doctor, version).await?;
            const SQL: &str = "delete from time_off where id = $1 and doctor_id = $2";
            on!(conn, |c| sqlx::query(SQL).bind(id).bind(calendar.doctor).execute(c).await?.rows_affected());
            let when = words(&calendar.zone, row.starts_at, row.ends_at, now);
            log(conn, &calendar, "time_off.removed", &when, actor, now).await?;
            Ok((tx, calendar.doctor))
        }
    });
    app.directory.touch(unit.await?);
    Ok(())
}

/// The visits in time off that is not saved yet, and what each of them could become.
///
/// # Errors
/// [`AppError::NotFound`] for an address that makes no sense or lies in the past, and as [`calendar_of`].
pub async fn visits(app: &AppState, actor: Actor, doctor: &str, span: &TimeOffSpan) -> Result<TimeOffVisits, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_of(conn, actor, doctor).await?;
    let (start, end) = span_of(span, &calendar.zone, now).map_err(|_| AppError::NotFound)?;
    Ok(TimeOffVisits {
        list: settle::list(conn, calendar.doctor, (start, Some(end)), now).await?,
        when: words(&calendar.zone, start, end, now),
        doctor: calendar.slug,
        name: calendar.name,
        version: calendar.version,
        by_staff: calendar.by_staff,
    })
}

fn span_of(span: &TimeOffSpan, zone: &Zone, now: Instant) -> Result<(Instant, Instant), AppError> {
    let away = Away::of_address(span).ok_or(AppError::NotFound)?;
    away.check(zone, now)?;
    Ok(away.span(zone))
}

/// The time off and what becomes of the visits in it, as one form says it.
#[derive(Clone, Debug)]
pub struct TimeOffWish {
    /// The doctor's slug.
    pub doctor: String,
    /// The version of the doctor's calendar on the page.
    pub version: i64,
    pub span: TimeOffSpan,
    pub reason: String,
    pub choices: SettleForm,
}

/// Adds time off and settles every visit in it, in one unit.
///
/// # Errors
/// [`AppError::Conflict`] when the calendar, or a visit in the time off, changed since the page was made;
/// [`AppError::NotSettled`] naming the first visit that cannot become what was chosen; [`AppError::Invalid`] when a choice
/// is missing; and as [`calendar_of`]. Nothing is saved then.
pub async fn settle(app: &AppState, actor: Actor, wish: TimeOffWish) -> Result<Vec<Settled>, AppError> {
    let (now, id) = (app.clock.now(), Uuid::now_v7());
    let unit = app.db.write(move |mut tx| {
        let wish = wish.clone();
        async move {
            let conn = &mut tx.conn();
            let calendar = calendar_of(conn, actor, &wish.doctor).await?;
            let (start, end) = span_of(&wish.span, &calendar.zone, now)?;
            let decisions = wish.choices.decisions()?;
            bump(conn, calendar.doctor, wish.version).await?;
            insert(conn, &calendar, id, (start, end), &wish.reason, actor, now).await?;
            let visits = settle::visits_ahead(conn, calendar.doctor, (start, Some(end)), now).await?;
            let act = Settling { doctor: calendar.doctor, by: actor.into(), action: id, back: Some(end), now };
            let settled = settle::settle(conn, &act, visits, &decisions).await?;
            Ok((tx, (calendar.doctor, settled)))
        }
    });
    let (doctor, settled) = unit.await.map_err(settle::in_words)?;
    app.directory.touch(doctor);
    for colleague in settle::receivers(&settled) {
        app.directory.touch(colleague);
    }
    Ok(settled)
}
