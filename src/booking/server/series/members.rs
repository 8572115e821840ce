//! A series after it was booked: where an appointment stands in it, all of them, and cancelling those that remain.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::Permission,
    booking::{
        Action, CancelReason, Change, SeriesMark, Status, next_status,
        series::SeriesDetails,
        server::{
            access::{ReasonRule, acts_for, find_for, note_read},
            appointment::{Appointment, Author},
            cancel::{end_request, prepare_cancel},
            doctor_news::DoctorNews,
            history::cancelled_words,
            views,
            who::whose,
        },
    },
    db::{Conn, Error, Tx, WriteUnit, ids_json, in_ids},
    error::AppError,
    ids::{AppointmentId, PersonId, SeriesId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Where an appointment stands in its series, whatever it was moved to; none for one that was booked alone. A doctor
/// does not learn that the patient sees another doctor the same day.
///
/// # Errors
/// The database's.
pub async fn mark_of(
    conn: &mut Conn<'_>,
    appointment: &Appointment,
    actor: Actor,
) -> Result<Option<SeriesMark>, Error> {
    const SQL: &str = "select s.id, s.kind, cast(m.position as bigint) as position,
            (select count(*) from series_members o where o.series_id = s.id) as members
        from appointments f
        join series_members m on m.appointment_id = f.id
        join appointment_series s on s.id = m.series_id
        where f.reference = $1 and f.chain_position = 1";
    let found: Option<MarkRow> = conn.fetch_optional(SQL, (&appointment.reference,)).await?;
    let shown =
        found.filter(|row| row.members > 1 && (row.kind == SERIES || actor.may(Permission::KnowOtherAppointments)));
    Ok(shown.map(|row| SeriesMark { id: row.id, position: row.position, members: row.members }))
}

/// Where a patient's appointments stand in their series, by reference.
///
/// # Errors
/// The database's.
pub async fn marks_of(
    conn: &mut Conn<'_>,
    patients: impl Iterator<Item = &PersonId>,
) -> Result<HashMap<String, SeriesMark>, Error> {
    let sql = in_ids!(
        "select f.reference, m.series_id, cast(m.position as bigint),
            (select count(*) from series_members o where o.series_id = m.series_id)
        from appointments f join series_members m on m.appointment_id = f.id
        where f.patient_id",
        ""
    );
    let ids = ids_json(patients.map(|id| id.0));
    let rows: Vec<(String, SeriesId, i64, i64)> = conn.fetch_all(sql, (&ids,)).await?;
    let mark = |(reference, id, position, members)| (reference, SeriesMark { id, position, members });
    Ok(rows.into_iter().filter(|(.., members)| *members > 1).map(mark).collect())
}

#[derive(FromRow)]
struct MarkRow {
    id: SeriesId,
    kind: String,
    position: i64,
    members: i64,
}

/// Of one doctor, in `appointment_series.kind`.
const SERIES: &str = "series";

#[derive(FromRow)]
struct MemberRow {
    position: i64,
    id: AppointmentId,
    status: Status,
}

/// The appointments of a series as they stand now, each with its place: those of them that this actor may see. A
/// request to move one is not its appointment yet.
async fn members(
    conn: &mut Conn<'_>,
    actor: Actor,
    series: SeriesId,
    now: Timestamp,
) -> Result<Vec<(i64, Appointment)>, Error> {
    const SQL: &str = "select cast(m.position as bigint) as position, a.id, a.status
        from series_members m
        join appointments f on f.id = m.appointment_id
        join appointments a on a.reference = f.reference
        where m.series_id = $1 and a.would_replace is null
        order by m.position, a.chain_position";
    let rows: Vec<MemberRow> = conn.fetch_all(SQL, (series,)).await?;
    let mut members = Vec::new();
    for chain in rows.chunk_by(|a, b| a.position == b.position) {
        let stands = chain.iter().rev().find(|row| row.status != Status::Rescheduled).or(chain.last());
        let Some(row) = stands else { continue };
        match find_for(conn, actor, row.id, now).await {
            Ok(appointment) => members.push((row.position, appointment)),
            Err(Error::App(AppError::NotFound)) => {}
            Err(error) => return Err(error),
        }
    }
    if members.is_empty() { Err(AppError::NotFound.into()) } else { Ok(members) }
}

/// Whether this actor can cancel an appointment of a series now.
fn can_cancel(actor: Actor, appointment: &Appointment, now: Timestamp) -> bool {
    if actor.may(Permission::WorkAtDesk) {
        let by = actor.role.into();
        appointment.starts_at > now && next_status(Some(appointment.status), Action::Cancel, by).is_some()
    } else {
        matches!(views::change_now(appointment, now), Change::Free | Change::LateCancelOnly)
    }
}

/// What a form says of the appointments that it cancels: they are cancelled as its page showed them.
fn seen<'a>(appointments: impl Iterator<Item = &'a Appointment>) -> String {
    let one = |appointment: &Appointment| format!("{}.{}", appointment.id.0.simple(), appointment.version);
    appointments.map(one).collect::<Vec<_>>().join("-")
}

/// A series as its patient sees it, its doctor, or staff, of whom the audit log keeps that they read it.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown series and for another person's alike.
pub async fn details(app: &AppState, actor: Actor, series: SeriesId) -> Result<SeriesDetails, AppError> {
    const KIND: &str = "select kind from appointment_series where id = $1";
    const COUNT: &str = "select count(*) from series_members where series_id = $1";
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let kind: Option<String> = conn.fetch_optional_value(KIND, (series,)).await?;
    let is_pair = kind.ok_or(AppError::NotFound)? != SERIES;
    let found = members(conn, actor, series, now).await?;
    let all: i64 = conn.fetch_value(COUNT, (series,)).await?;
    let mut cancelled = cancelled_words(conn, actor, found.iter().map(|(_, appointment)| appointment)).await?;
    let (mut appointments, mut patient) = (Vec::with_capacity(found.len()), None);
    for (position, appointment) in &found {
        let reason = ReasonRule::of(conn, appointment.doctor_id).await?.reason_for(actor, appointment);
        let contact = match appointment.patient_id {
            Some(patient) if actor.may(Permission::WorkAtDesk) => Some(views::contact(conn, patient).await?),
            _ => None,
        };
        let named = (whose(conn, actor, appointment).await?, cancelled.remove(&appointment.id));
        let details = views::details(appointment, reason, named, Vec::new(), contact, now)?;
        patient = details.patient.as_ref().map(|patient| patient.name.clone()).or(patient);
        appointments.push((*position, details));
    }
    let may_change = match found.first().and_then(|(_, first)| first.patient_id) {
        Some(patient) if actor.may(Permission::BookForOneself) => acts_for(conn, actor, patient, now).await?,
        _ => true,
    };
    drop(reader);
    if let Some((_, first)) = found.first() {
        note_read(app, actor, first).await;
    }
    let rows = || found.iter().map(|(_, appointment)| appointment);
    let remaining = || rows().filter(|appointment| may_change && can_cancel(actor, appointment, now));
    let ahead = |row: &&Appointment| matches!(row.status, Status::Booked | Status::Requested) && row.starts_at > now;
    Ok(SeriesDetails {
        id: series,
        is_pair,
        members: all,
        patient,
        remaining: remaining().map(|appointment| appointment.id).collect(),
        seen: seen(remaining()),
        // who may only see them is not told to call
        too_late: rows().filter(ahead).count().saturating_sub(remaining().count()) * usize::from(may_change),
        clinic_phone: rows().next().map(|row| row.location_phone.clone()).unwrap_or_default(),
        appointments,
    })
}

/// Cancels what remains of a series in one unit, each with its own history, and tells patient and doctors once of all
/// of them. A second cancellation changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] when they are not those that the page showed, [`AppError::Invalid`] for a reason that is not
/// this role's to give, [`AppError::NotFound`] for another person's series.
pub async fn cancel_remaining(
    app: &AppState,
    actor: Actor,
    series: SeriesId,
    seen: String,
    reason: Option<CancelReason>,
) -> Result<(), AppError> {
    let unit = CancelRemaining { actor, series, seen, reason, act: Uuid::now_v7(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Cancels those appointments of a series that its page showed as remaining.
struct CancelRemaining {
    actor: Actor,
    series: SeriesId,
    seen: String,
    reason: Option<CancelReason>,
    /// Names this action: each person gets one message about it.
    act: Uuid,
    now: Timestamp,
}

impl WriteUnit for CancelRemaining {
    const NAME: &'static str = "cancel_series";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (actor, now) = (self.actor, self.now);
        let by = Author::from(actor);
        let found = members(tx, actor, self.series, now).await?;
        let patient =
            found.first().and_then(|(_, first)| first.patient_id).filter(|_| actor.may(Permission::BookForOneself));
        if let Some(patient) = patient
            && !acts_for(tx, actor, patient, now).await?
        {
            return Err(AppError::NotActing.into());
        }
        let rows = found.into_iter().map(|(_, appointment)| appointment);
        let remaining: Vec<Appointment> = rows.filter(|row| can_cancel(actor, row, now)).collect();
        if remaining.is_empty() && !self.seen.is_empty() {
            return Ok(());
        }
        if remaining.is_empty() || seen(remaining.iter()) != self.seen {
            return Err(AppError::Conflict.into());
        }
        let mut news = DoctorNews::default();
        let (mut patient, mut cancelled) = (None, Vec::with_capacity(remaining.len()));
        for mut appointment in remaining {
            prepare_cancel(&mut appointment, actor, self.reason, now)?;
            appointment.change(tx, Action::Cancel, by, now).await?;
            end_request(tx, &appointment, Action::Cancel, by, now).await?;
            news.add(&appointment, by, now);
            patient = appointment.patient_id.or(patient);
            cancelled.push(appointment.id);
        }
        if let Some(to) = patient {
            let (kind, dedupe_key) = (Kind::AppointmentsCancelled, &format!("series_cancelled:{}", self.act));
            enqueue(tx, now, Message { kind, to, appointments: &cancelled, dedupe_key }).await?;
        }
        news.tell(tx, self.act, now).await
    }
}
