//! Whose calendar a doctor or a member of the staff is working on.

use sqlx::FromRow;

use crate::{
    accounts::Permission,
    availability::server::load_locations,
    clinic::{
        DoctorStatus,
        server::{
            audit::{Entry, note_reading},
            clinic_zone,
        },
    },
    db::{Conn, Error, Tx},
    error::AppError,
    ids::{DoctorId, LocationId},
    state::AppState,
    time::server::Zone,
    web::request::Actor,
};

/// One doctor's calendar, opened by a person who may change it.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub doctor: DoctorId,
    pub slug: String,
    pub name: String,
    pub status: DoctorStatus,
    /// What every page that changes hours, visit types or the profile carries, so that it never overwrites what another
    /// page saved meanwhile.
    pub version: i64,
    /// The zone whose calendar the doctor's days follow: the clinic's, if the doctor has hours at a location in it or
    /// has none at all; else that of the location made first at which the doctor has hours.
    pub zone: Zone,
    pub hand: Hand,
    /// Whether staff opened it.
    pub by_staff: bool,
}

impl Calendar {
    /// The slug with which every address of a page must name the doctor; empty in the doctor's own calendar.
    #[must_use]
    pub fn named(&self) -> &str {
        if self.hand == Hand::Owner { "" } else { &self.slug }
    }
}

#[derive(FromRow)]
struct Row {
    id: DoctorId,
    slug: String,
    name: String,
    status: DoctorStatus,
    schedule_version: i64,
}

/// In whose place somebody works on a doctor's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// The doctor whose calendar it is.
    Owner,
    /// A colleague whom the doctor lets.
    Colleague,
    /// The clinic's staff, for all doctors.
    Clinic,
}

/// As whom this actor works on the calendar of a doctor; none for others. The one rule for calendars and for single
/// appointments.
///
/// # Errors
/// The database's.
pub async fn hand_on(conn: &mut Conn<'_>, actor: Actor, doctor: DoctorId) -> Result<Option<Hand>, Error> {
    if actor.may(Permission::WorkInEveryCalendar) {
        return Ok(Some(Hand::Clinic));
    }
    let calendars = calendars_of(conn, actor).await?;
    Ok(calendars.into_iter().find(|(calendar, _)| *calendar == doctor).map(|(_, hand)| hand))
}

/// The calendars in which a doctor works: the doctor's own first, then those of colleagues who let them, as long as the
/// doctor has not left.
///
/// # Errors
/// The database's.
pub async fn calendars_of(conn: &mut Conn<'_>, actor: Actor) -> Result<Vec<(DoctorId, Hand)>, Error> {
    const SQL: &str = "select o.id, o.id as own from doctors o where o.person_id = $1
        union all
        select c.doctor_id as id, o.id as own from doctors o
        join calendar_colleagues c on c.colleague_id = o.id and c.ended_at is null
        where o.person_id = $1 and o.status <> 'deactivated'";
    if !actor.may(Permission::KeepOwnCalendar) {
        return Ok(Vec::new());
    }
    let rows: Vec<(DoctorId, DoctorId)> = conn.fetch_all(SQL, (actor.user,)).await?;
    let hand = |(id, own)| (id, if id == own { Hand::Owner } else { Hand::Colleague });
    let mut calendars: Vec<(DoctorId, Hand)> = rows.into_iter().map(hand).collect();
    calendars.sort_by_key(|(id, hand)| (*hand != Hand::Owner, *id));
    Ok(calendars)
}

/// The calendar of which `actor` may change hours, visit types, time off and profile: a doctor's own, even if `slug` is
/// empty; for staff that of the doctor with this slug.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, and for who works in the calendar at the desk alone; [`AppError::NotFound`] for
/// another doctor's calendar, an unknown slug, or a clinic without a location.
pub async fn calendar_of(conn: &mut Conn<'_>, actor: Actor, slug: &str) -> Result<Calendar, Error> {
    if actor.may(Permission::WorkInEveryCalendar) {
        actor.needs(Permission::EditEveryCalendar)?;
    }
    let calendar = open(conn, actor, slug).await?;
    if calendar.hand == Hand::Colleague { Err(AppError::Forbidden.into()) } else { Ok(calendar) }
}

/// The calendar in which `actor` may see, book, move and cancel appointments: as [`calendar_of`], for receptionists and for colleagues
/// whom the doctor lets, too.
///
/// # Errors
/// [`AppError::Forbidden`] for patients; otherwise as [`calendar_of`].
pub async fn calendar_at_desk(conn: &mut Conn<'_>, actor: Actor, slug: &str) -> Result<Calendar, Error> {
    open(conn, actor, slug).await
}

async fn open(conn: &mut Conn<'_>, actor: Actor, slug: &str) -> Result<Calendar, Error> {
    const OWN: &str = "select id, slug, name, status, schedule_version from doctors where person_id = $1";
    const NAMED: &str = "select id, slug, name, status, schedule_version from doctors where slug = $1";
    actor.needs(Permission::WorkAtDesk)?;
    let own = slug.is_empty() && actor.may(Permission::KeepOwnCalendar);
    let row: Option<Row> =
        if own { conn.fetch_optional(OWN, (actor.user,)).await? } else { conn.fetch_optional(NAMED, (slug,)).await? };
    let row = row.ok_or(AppError::NotFound)?;
    let hand = if own { Some(Hand::Owner) } else { hand_on(conn, actor, row.id).await? };
    let hand = hand.ok_or(AppError::NotFound)?;
    let zone = home_zone(conn, row.id).await?.ok_or(AppError::NotFound)?;
    let Row { id, slug, name, status, schedule_version } = row;
    let by_staff = hand == Hand::Clinic;
    Ok(Calendar { doctor: id, slug, name, status, version: schedule_version, zone, hand, by_staff })
}

/// The zone whose calendar this doctor's days follow, as in [`Calendar::zone`]; none in a clinic without a location.
///
/// # Errors
/// The database's.
pub async fn home_zone(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Option<Zone>, Error> {
    const SQL: &str = "select distinct location_id from weekly_hours where doctor_id = $1";
    let own: Vec<LocationId> = conn.fetch_values(SQL, (doctor,)).await?;
    let (locations, clinic) = (load_locations(conn).await?, clinic_zone(conn).await?);
    if locations.is_empty() {
        return Ok(None);
    }
    let own = locations.into_values().filter(|location| own.contains(&location.id));
    let home = own.min_by_key(|location| (location.zone.name() != clinic.name(), location.id));
    Ok(Some(home.map_or(clinic, |location| location.zone)))
}

/// Notes in the audit log that somebody else than its doctor read the appointments in a calendar, with the names of
/// patients. The caller holds no connection.
pub async fn note_calendar_read(app: &AppState, actor: Actor, calendar: DoctorId, doctor_name: &str) {
    if !is_own(app, actor, calendar).await {
        let (subject_id, details) = (Some(calendar.0), doctor_name);
        let entry = Entry { action: "doctor.calendar_read", subject: "doctor", subject_id, details };
        note_reading(app, actor.into(), entry).await;
    }
}

/// Whether this actor is the doctor, or a patient, neither of whose reading the audit log keeps. What cannot be read is
/// noted. The caller holds no connection.
pub async fn is_own(app: &AppState, actor: Actor, calendar: DoctorId) -> bool {
    if !actor.may(Permission::WorkAtDesk) {
        return true;
    }
    if actor.may(Permission::WorkInEveryCalendar) {
        return false;
    }
    let Ok(mut reader) = app.db.read().await else { return false };
    let hand = hand_on(&mut reader.conn(), actor, calendar).await;
    matches!(hand, Ok(Some(Hand::Owner)))
}

/// Raises the version of a doctor's calendar, if it still is `version`. Comes first in every unit that changes hours,
/// visit types or the profile.
///
/// # Errors
/// [`AppError::Conflict`] when they changed since the page was made.
pub async fn bump(tx: &mut Tx<'_>, doctor: DoctorId, version: i64) -> Result<(), Error> {
    const SQL: &str =
        "update doctors set schedule_version = schedule_version + 1 where id = $1 and schedule_version = $2";
    let changed = tx.execute(SQL, (doctor, version)).await?;
    if changed == 0 { Err(AppError::Conflict.into()) } else { Ok(()) }
}
