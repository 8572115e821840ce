//! Writes the rows of a clinic: its locations, people, doctors and their hours.

use uuid::Uuid;

use super::{
    people::{LOCATIONS, SPECIALTIES},
    visit_types::NewVisitType,
};
use crate::{
    accounts::{Role, server::person_words},
    db::{Error, Tx},
    ids::{DoctorId, LocationId, PersonId, SpecialtyId, VisitTypeId},
    random,
    text::server::telephone::Country,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// A location of the demonstration clinic, once written.
#[derive(Clone)]
pub struct Location {
    pub id: LocationId,
    pub zone: Zone,
}

/// A doctor to write; the columns are those of `doctors`.
pub struct NewDoctor<'a> {
    pub user: Option<PersonId>,
    pub slug: &'a str,
    pub name: &'a str,
    pub title: &'a str,
    pub registration_number: String,
    pub about: &'a str,
    pub new_patients: bool,
    pub status: &'a str,
    pub specialties: Vec<SpecialtyId>,
    pub languages: &'a [&'a str],
    pub visit_types: &'a [NewVisitType],
}

/// A weekly window in the location's civil time, for every visit type.
pub struct NewHours {
    pub location: LocationId,
    /// ISO: 1 is Monday.
    pub weekday: u8,
    /// Start and end in minutes since midnight.
    pub window: (u16, u16),
    pub valid_from: LocalDate,
    pub every_weeks: i32,
}

/// Writes the clinic's locations, and returns them in the order of the list.
///
/// # Errors
/// The database's, or a time zone that this machine does not know.
pub async fn insert_locations(tx: &mut Tx<'_>) -> Result<Vec<Location>, Error> {
    const SQL: &str = "insert into locations (id, name, address, phone, time_zone) values ($1, $2, $3, $4, $5)";
    let mut locations = Vec::new();
    for (name, address, phone, zone) in LOCATIONS {
        let id = LocationId(Uuid::now_v7());
        tx.execute(SQL, (id, name, address, phone, zone)).await?;
        locations.push(Location { id, zone: Zone::parse(zone).ok_or(Error::Corrupt("unknown time zone"))? });
    }
    Ok(locations)
}

/// Writes the clinic's specialties. Returns slugs with the ids they were given.
///
/// # Errors
/// The database's.
pub async fn insert_specialties(tx: &mut Tx<'_>) -> Result<Vec<(&'static str, SpecialtyId)>, Error> {
    const SQL: &str = "insert into specialties (id, slug, name, other_words) values ($1, $2, $3, $4)";
    let mut specialties = Vec::new();
    for (slug, name, other_words) in SPECIALTIES {
        let id = SpecialtyId(Uuid::now_v7());
        tx.execute(SQL, (id, slug, name, other_words)).await?;
        specialties.push((slug, id));
    }
    Ok(specialties)
}

/// Writes an account, and returns its id.
///
/// # Errors
/// The database's.
pub async fn insert_user(
    tx: &mut Tx<'_>,
    (role, name, email): (Role, &str, &str),
    password_hash: &str,
    now: Timestamp,
) -> Result<PersonId, Error> {
    const SQL: &str = "insert into persons (id, email, display_name, role, password_hash, created_at)
        values ($1, $2, $3, $4, $5, $6)";
    let id = PersonId(random::id());
    tx.execute(SQL, (id, email, name, role, password_hash, now)).await?;
    person_words::index(tx, id, Country::GB).await?;
    Ok(id)
}

/// Writes the doctor with specialties, languages and visit types, and returns the doctor's id and those of the visit
/// types.
///
/// # Errors
/// The database's.
pub async fn insert_doctor(tx: &mut Tx<'_>, doctor: &NewDoctor<'_>) -> Result<(DoctorId, Vec<VisitTypeId>), Error> {
    const DOCTOR: &str = "insert into doctors (id, person_id, slug, name, designation, registration_number, about,
            accepts_new_patients, status)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    const SPECIALTY: &str = "insert into doctor_specialties (doctor_id, specialty_id, position) values ($1, $2, $3)";
    const LANGUAGE: &str = "insert into doctor_languages (doctor_id, language) values ($1, $2)";
    let id = DoctorId(Uuid::now_v7());
    tx.execute(
        DOCTOR,
        (
            id,
            doctor.user,
            doctor.slug,
            doctor.name,
            doctor.title,
            &doctor.registration_number,
            doctor.about,
            doctor.new_patients,
            doctor.status,
        ),
    )
    .await?;
    for (position, specialty) in (0_i32..).zip(&doctor.specialties) {
        tx.execute(SPECIALTY, (id, *specialty, position)).await?;
    }
    for language in doctor.languages {
        tx.execute(LANGUAGE, (id, *language)).await?;
    }
    let mut visit_types = Vec::new();
    for (position, visit_type) in (0_i32..).zip(doctor.visit_types) {
        visit_types.push(insert_visit_type(tx, id, position, visit_type).await?);
    }
    Ok((id, visit_types))
}

async fn insert_visit_type(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    position: i32,
    visit_type: &NewVisitType,
) -> Result<VisitTypeId, Error> {
    const SQL: &str = "insert into visit_types (id, doctor_id, name, position, mode, minutes, buffer_before_minutes,
            buffer_after_minutes, step_minutes, notice_minutes, horizon_days, daily_cap, audience, needs_approval,
            cutoff_minutes, late_cancel, instructions, active, most_at_once)
        values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
    let id = VisitTypeId(Uuid::now_v7());
    tx.execute(
        SQL,
        (
            id,
            doctor,
            visit_type.name,
            position,
            visit_type.mode,
            visit_type.minutes,
            visit_type.buffer_after,
            visit_type.step,
            visit_type.notice,
            visit_type.horizon_days,
            visit_type.daily_cap,
            visit_type.audience,
            visit_type.needs_approval,
            visit_type.cutoff,
            visit_type.late_cancel,
            visit_type.instructions,
            true,
            visit_type.most_at_once,
        ),
    )
    .await?;
    Ok(id)
}

/// Writes a weekly window of the doctor.
///
/// # Errors
/// The database's.
pub async fn insert_hours(tx: &mut Tx<'_>, doctor: DoctorId, hours: &NewHours) -> Result<(), Error> {
    const SQL: &str = "insert into weekly_hours (id, doctor_id, location_id, weekday, start_minute, end_minute,
            valid_from, every_weeks)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (start, end) = hours.window;
    tx.execute(
        SQL,
        (
            Uuid::now_v7(),
            doctor,
            hours.location,
            i32::from(hours.weekday),
            i32::from(start),
            i32::from(end),
            hours.valid_from,
            hours.every_weeks,
        ),
    )
    .await?;
    Ok(())
}

/// An exception for one date: a closed day without a window, or a window that replaces or extends the usual hours.
pub(super) async fn insert_override(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    date: LocalDate,
    kind: &str,
    window: Option<(LocationId, i32, i32)>,
) -> Result<(), Error> {
    const SQL: &str = "insert into overrides (id, doctor_id, local_date, kind, location_id, start_minute, end_minute)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let location = window.map(|(location, ..)| location);
    let (start, end) = (window.map(|(_, start, _)| start), window.map(|(.., end)| end));
    tx.execute(SQL, (Uuid::now_v7(), doctor, date, kind, location, start, end)).await?;
    Ok(())
}

pub(super) async fn insert_time_off(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    (start, end): (Timestamp, Timestamp),
    reason: &str,
) -> Result<(), Error> {
    const SQL: &str = "insert into time_off (id, doctor_id, starts_at, ends_at, private_reason)
        values ($1, $2, $3, $4, $5)";
    tx.execute(SQL, (Uuid::now_v7(), doctor, start, end, reason)).await?;
    Ok(())
}

pub(super) async fn insert_closure(
    tx: &mut Tx<'_>,
    location: LocationId,
    (first, last): (LocalDate, LocalDate),
    reason: &str,
) -> Result<(), Error> {
    const SQL: &str = "insert into closures (id, location_id, first_date, last_date, reason)
        values ($1, $2, $3, $4, $5)";
    tx.execute(SQL, (Uuid::now_v7(), location, first, last, reason)).await?;
    Ok(())
}
