//! Time off, and what becomes of the appointments in it.
//!
//! Time off and what happens to the appointments in it are one unit, so that a time is never free while the doctor is
//! away.

mod span;

use sqlx::FromRow;
use uuid::Uuid;

use self::span::{Away, label};
use crate::{
    availability::server::{Calendar, bump, calendar_of, note_calendar_read},
    booking::{
        absence_resolution::{ResolutionCounts, ResolutionForm},
        model::time_off::{
            MAX_PRIVATE_REASON, TimeOffAppointments, TimeOffForm, TimeOffItem, TimeOffList, TimeOffSpan,
        },
        server::absence_resolution::{self, AbsenceResolution, ResolvedAppointment},
    },
    clinic::server::audit,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{DoctorId, TimeOffId},
    state::AppState,
    text::{check_optional_line, line},
    time::{Timestamp, server::Zone},
    web::{local_path::encode, request::Actor},
};

/// The coming time off of a doctor. `done` is what the last form did, as [`ResolutionCounts::to_code`] wrote it, or
/// `saved`, or `removed`.
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
        when: label(&calendar.zone, row.starts_at, row.ends_at, now),
        first_date: calendar.zone.local_date(row.starts_at).to_string(),
        reason: row.private_reason,
    };
    Ok(TimeOffList {
        items: rows.into_iter().map(item).collect(),
        done: done_words(conn, done).await?,
        zone: calendar.zone.label(),
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
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
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

async fn coming(conn: &mut Conn<'_>, doctor: DoctorId, now: Timestamp) -> Result<Vec<Absence>, Error> {
    const SQL: &str = "select id, starts_at, ends_at, private_reason from time_off
        where doctor_id = $1 and ends_at > $2 order by starts_at, id";
    conn.fetch_all(SQL, (doctor, now)).await
}

async fn done_words(conn: &mut Conn<'_>, done: &str) -> Result<String, Error> {
    match done {
        "saved" => return Ok("The time off is saved. Patients can no longer book these times.".to_owned()),
        "removed" => return Ok("The time off is removed. Patients can book these times again.".to_owned()),
        _ => {}
    }
    let counted = tally_words(conn, &ResolutionCounts::from_code(done)).await?;
    Ok(if counted.is_empty() { counted } else { ["The time off is saved. ", &counted].concat() })
}

/// What became of the appointments, and where their patients see it: "5 appointments cancelled, 2 moved. The patients
/// see it under My appointments." Nothing when there were none.
///
/// # Errors
/// The database's.
pub async fn tally_words(conn: &mut Conn<'_>, counts: &ResolutionCounts) -> Result<String, Error> {
    const SQL: &str = "select name from doctors where slug = $1";
    let mut names = Vec::with_capacity(counts.given.len());
    for (slug, _) in &counts.given {
        let name: Option<String> = conn.fetch_optional_value(SQL, (slug,)).await?;
        names.extend(name.map(|name| (slug.clone(), name)));
    }
    let name = |slug: &str| names.iter().find(|(known, _)| known == slug).map(|(_, name)| name.clone());
    let told = counts.cancelled > 0 || counts.moved > 0 || !counts.given.is_empty();
    let told = if told { " The patients see it under My appointments." } else { "" };
    Ok([&counts.label(name), told].concat())
}

/// The address of the list, which says what was done.
#[must_use]
pub fn list_page(doctor: &str, done: &str) -> String {
    let whose = if doctor.is_empty() { String::new() } else { format!("doctor={}&", encode(doctor)) };
    format!("/doctor/time-off?{whose}done={}", encode(done))
}

/// The address of the page that asks what becomes of the appointments in the time off of a form; the plain list when
/// its dates cannot be read.
#[must_use]
pub fn appointments_page(doctor: &str, form: &TimeOffForm) -> String {
    let whose = if doctor.is_empty() { String::new() } else { format!("doctor={}&", encode(doctor)) };
    match Away::typed(form) {
        Ok(away) => format!("/doctor/time-off/appointments?{whose}{}", away.query()),
        Err(_) => list_page(doctor, ""),
    }
}

/// Adds time off that no booked appointment touches; its id.
///
/// # Errors
/// [`AppError::AppointmentsAhead`] when booked appointments touch it: nothing is saved, see [`absence_resolution`].
/// [`AppError::Invalid`] naming the fields, [`AppError::Conflict`] for a stale version, and as [`calendar_of`].
pub async fn add(
    app: &AppState,
    actor: Actor,
    doctor: String,
    version: i64,
    form: TimeOffForm,
) -> Result<TimeOffId, AppError> {
    let id = Uuid::now_v7();
    app.db.write(AddTimeOff { actor, doctor, version, form, id, now: app.clock.now() }).await?;
    Ok(TimeOffId(id))
}

/// Adds time off, unless booked appointments touch it.
struct AddTimeOff {
    actor: Actor,
    /// The doctor's slug.
    doctor: String,
    version: i64,
    form: TimeOffForm,
    id: Uuid,
    now: Timestamp,
}

impl WriteUnit for AddTimeOff {
    const NAME: &'static str = "add_time_off";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, now) = (self.actor, self.now);
        let calendar = calendar_of(tx, actor, &self.doctor).await?;
        let away = Away::of_form(&self.form, &calendar.zone, now)?;
        let span = away.span(&calendar.zone);
        bump(tx, calendar.doctor, self.version).await?;
        tx.schedule_changed(calendar.doctor);
        let appointments =
            absence_resolution::appointments_ahead(tx, calendar.doctor, (span.0, Some(span.1)), now).await?;
        if !appointments.is_empty() {
            let appointments = i64::try_from(appointments.len()).unwrap_or(i64::MAX);
            return Err(AppError::AppointmentsAhead { appointments }.into());
        }
        insert(tx, &calendar, self.id, span, &self.form.reason, actor, now).await
    }
}

/// Writes the row and a line in the audit log, and ends the holds in it.
async fn insert(
    tx: &mut Tx<'_>,
    calendar: &Calendar,
    id: Uuid,
    (start, end): (Timestamp, Timestamp),
    reason: &str,
    actor: Actor,
    now: Timestamp,
) -> Result<(), Error> {
    let reason = checked_reason(reason)?;
    const SQL: &str =
        "insert into time_off (id, doctor_id, starts_at, ends_at, private_reason) values ($1, $2, $3, $4, $5)";
    tx.execute(SQL, (id, calendar.doctor, start, end, &reason)).await?;
    absence_resolution::end_holds(tx, calendar.doctor, (start, Some(end)), now).await?;
    log(tx, calendar, "time_off.added", &label(&calendar.zone, start, end, now), actor, now).await
}

/// A line in the audit log. The private reason is not in it.
async fn log(
    tx: &mut Tx<'_>,
    calendar: &Calendar,
    action: &'static str,
    when: &str,
    actor: Actor,
    now: Timestamp,
) -> Result<(), Error> {
    let details = [&calendar.name, ": ", when].concat();
    let subject_id = Some(calendar.doctor.0);
    let entry = audit::Entry { action, subject: "doctor", subject_id, details: &details };
    audit::record(tx, actor.into(), now, entry).await
}

fn checked_reason(reason: &str) -> Result<String, AppError> {
    match check_optional_line(reason, MAX_PRIVATE_REASON) {
        Some(code) => Err(AppError::field("reason", code)),
        None => Ok(line(reason)),
    }
}

/// Removes time off: the times are free again.
///
/// # Errors
/// [`AppError::NotFound`] when it is not this doctor's or is over, [`AppError::Conflict`] for a stale version, and as
/// [`calendar_of`].
pub async fn remove(app: &AppState, actor: Actor, doctor: String, version: i64, id: TimeOffId) -> Result<(), AppError> {
    Ok(app.db.write(RemoveTimeOff { actor, doctor, version, id, now: app.clock.now() }).await?)
}

/// Removes time off that is coming or under way.
struct RemoveTimeOff {
    actor: Actor,
    /// The doctor's slug.
    doctor: String,
    version: i64,
    id: TimeOffId,
    now: Timestamp,
}

impl WriteUnit for RemoveTimeOff {
    const NAME: &'static str = "remove_time_off";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "delete from time_off where id = $1 and doctor_id = $2";
        let now = self.now;
        let calendar = calendar_of(tx, self.actor, &self.doctor).await?;
        let row = coming(tx, calendar.doctor, now).await?.into_iter().find(|row| row.id == self.id);
        let row = row.ok_or(AppError::NotFound)?;
        bump(tx, calendar.doctor, self.version).await?;
        tx.schedule_changed(calendar.doctor);
        tx.execute(SQL, (self.id, calendar.doctor)).await?;
        let when = label(&calendar.zone, row.starts_at, row.ends_at, now);
        log(tx, &calendar, "time_off.removed", &when, self.actor, now).await
    }
}

/// The appointments in time off that is not saved yet, and what each of them could become.
///
/// # Errors
/// [`AppError::NotFound`] for an address that makes no sense or lies in the past, and as [`calendar_of`].
pub async fn appointments(
    app: &AppState,
    actor: Actor,
    doctor: &str,
    span: &TimeOffSpan,
) -> Result<TimeOffAppointments, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_of(conn, actor, doctor).await?;
    let (start, end) = span_of(span, &calendar.zone, now).map_err(|_| AppError::NotFound)?;
    let list = absence_resolution::list(conn, calendar.doctor, (start, Some(end)), now).await?;
    drop(reader);
    note_calendar_read(app, actor, calendar.doctor, &calendar.name).await;
    Ok(TimeOffAppointments {
        list,
        when: label(&calendar.zone, start, end, now),
        doctor: calendar.slug,
        name: calendar.name,
        version: calendar.version,
        by_staff: calendar.by_staff,
    })
}

fn span_of(span: &TimeOffSpan, zone: &Zone, now: Timestamp) -> Result<(Timestamp, Timestamp), AppError> {
    let away = Away::of_address(span).ok_or(AppError::NotFound)?;
    away.check(zone, now)?;
    Ok(away.span(zone))
}

/// The time off and what becomes of the appointments in it, as one form says it.
#[derive(Clone, Debug)]
pub struct TimeOffRequest {
    /// The doctor's slug.
    pub doctor: String,
    /// The version of the doctor's calendar on the page.
    pub version: i64,
    pub span: TimeOffSpan,
    pub reason: String,
    pub choices: ResolutionForm,
}

/// Adds time off and resolves every appointment in it, in one unit.
///
/// # Errors
/// [`AppError::Conflict`] when the calendar, or an appointment in the time off, changed since the page was made;
/// [`AppError::NotResolved`] naming the first appointment that cannot become what was chosen; [`AppError::Invalid`]
/// when a choice is missing; and as [`calendar_of`]. Nothing is saved then.
pub async fn resolve(
    app: &AppState,
    actor: Actor,
    request: TimeOffRequest,
) -> Result<Vec<ResolvedAppointment>, AppError> {
    let unit = ResolveTimeOff { actor, request, id: Uuid::now_v7(), now: app.clock.now() };
    app.db.write(unit).await.map_err(absence_resolution::in_words)
}

/// Adds time off and resolves the appointments in it.
struct ResolveTimeOff {
    actor: Actor,
    request: TimeOffRequest,
    id: Uuid,
    now: Timestamp,
}

impl WriteUnit for ResolveTimeOff {
    const NAME: &'static str = "resolve_time_off";
    type Output = Vec<ResolvedAppointment>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<ResolvedAppointment>, Error> {
        let ResolveTimeOff { actor, ref request, id, now } = *self;
        let calendar = calendar_of(tx, actor, &request.doctor).await?;
        let (start, end) = span_of(&request.span, &calendar.zone, now)?;
        let decisions = request.choices.decisions()?;
        bump(tx, calendar.doctor, request.version).await?;
        tx.schedule_changed(calendar.doctor);
        insert(tx, &calendar, id, (start, end), &request.reason, actor, now).await?;
        let appointments = absence_resolution::appointments_ahead(tx, calendar.doctor, (start, Some(end)), now).await?;
        let act = AbsenceResolution { doctor: calendar.doctor, by: actor.into(), action: id, back: Some(end), now };
        absence_resolution::resolve(tx, &act, appointments, &decisions).await
    }
}
