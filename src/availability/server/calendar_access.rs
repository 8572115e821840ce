//! Whose calendar a doctor or a member of the staff is working on.

use sqlx::FromRow;

use crate::{
    accounts::Role,
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
    /// Whether staff opened it.
    pub by_staff: bool,
}

#[derive(FromRow)]
struct Row {
    id: DoctorId,
    slug: String,
    name: String,
    status: DoctorStatus,
    schedule_version: i64,
}

/// The calendar that `actor` may work on: a doctor's own, even if `slug` names another doctor; for staff that of the
/// doctor with this slug.
///
/// # Errors
/// [`AppError::Forbidden`] for patients; [`AppError::NotFound`] for another doctor's calendar, an unknown slug, or a
/// clinic without a location.
pub async fn calendar_of(conn: &mut Conn<'_>, actor: Actor, slug: &str) -> Result<Calendar, Error> {
    const OWN: &str = "select id, slug, name, status, schedule_version from doctors where person_id = $1";
    const NAMED: &str = "select id, slug, name, status, schedule_version from doctors where slug = $1";
    let row: Option<Row> = match actor.role {
        Role::Patient => return Err(AppError::Forbidden.into()),
        Role::Doctor => conn.fetch_optional(OWN, (actor.user,)).await?,
        Role::Admin => conn.fetch_optional(NAMED, (slug,)).await?,
    };
    let by_staff = actor.role == Role::Admin;
    let row = row.filter(|row| by_staff || slug.is_empty() || row.slug == slug).ok_or(AppError::NotFound)?;
    let zone = home_zone(conn, row.id).await?.ok_or(AppError::NotFound)?;
    let Row { id, slug, name, status, schedule_version } = row;
    Ok(Calendar { doctor: id, slug, name, status, version: schedule_version, zone, by_staff })
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

/// Notes in the audit log that staff read the appointments in a calendar, with the names of patients. The caller holds
/// no connection.
pub async fn note_calendar_read(app: &AppState, actor: Actor, calendar: DoctorId, doctor_name: &str) {
    if actor.role == Role::Admin {
        let (subject_id, details) = (Some(calendar.0), doctor_name);
        let entry = Entry { action: "doctor.calendar_read", subject: "doctor", subject_id, details };
        note_reading(app, actor.into(), entry).await;
    }
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
