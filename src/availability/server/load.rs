//! What the slot engine needs, read in a constant number of queries for any number of doctors.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    occupies,
    rows::{OverrideRow, WeeklyHoursRow},
    schedule::{self, Audience, Busy, Closure, Entries, Override, Schedule, TimeOff, VisitTypeRules, WeeklyHours},
};
use crate::{
    availability::model::overrides::DateChange,
    booking::{LateCancel, Mode},
    db::{Conn, Error, ids_json, in_ids},
    ids::{AppointmentId, DoctorId, LocationId, ResourceKindId, VisitTypeId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// A location, with what a page says of it.
#[derive(Clone, Debug)]
pub struct Location {
    pub id: LocationId,
    pub name: String,
    pub address: String,
    pub phone: String,
    pub zone: Zone,
}

impl Location {
    /// A time of this location in words, with those of its zone where the clinic's locations have several: "10am Athens
    /// time".
    #[must_use]
    pub fn zoned(&self, time: String, locations: &HashMap<LocationId, Location>) -> String {
        let differs = locations.values().any(|other| other.zone != self.zone);
        if differs { format!("{time} {}", self.zone.label()) } else { time }
    }
}

/// A visit type of one doctor.
#[derive(Clone, Debug)]
pub struct VisitType {
    pub id: VisitTypeId,
    pub name: String,
    pub mode: Mode,
    pub rules: VisitTypeRules,
    pub instructions: String,
    pub needs_approval: bool,
    /// Patients change or cancel until this many minutes before the start.
    pub cutoff_minutes: i32,
    pub late_cancel: LateCancel,
    /// How many a patient may book at once.
    pub most_at_once: u16,
    pub asking: Asking,
}

/// The kinds that some of these visit types need, each once.
#[must_use]
pub fn kinds_of<'a>(visit_types: impl IntoIterator<Item = &'a VisitType>) -> Vec<ResourceKindId> {
    let mut kinds: Vec<ResourceKindId> = visit_types.into_iter().filter_map(|kind| kind.rules.needs).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// What patients are asked before an appointment of a visit type, as far as bookings have to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// The version of the questions; 0: none are asked.
    pub version: i32,
    /// Answers to this version or a later one are needed to book on the website; 0: none are.
    pub answers_since: i32,
}

/// Every location.
///
/// # Errors
/// The database's, or a location whose zone neither the system nor the built-in copy of the zone database knows.
pub async fn load_locations(conn: &mut Conn<'_>) -> Result<HashMap<LocationId, Location>, Error> {
    const SQL: &str = "select id, name, address, phone, time_zone from locations";
    let rows: Vec<LocationRow> = conn.fetch_all(SQL, ()).await?;
    rows.into_iter().map(|row| Ok((row.id, row.read()?))).collect()
}

#[derive(FromRow)]
struct LocationRow {
    id: LocationId,
    name: String,
    address: String,
    phone: String,
    time_zone: String,
}

impl LocationRow {
    fn read(self) -> Result<Location, Error> {
        let LocationRow { id, name, address, phone, time_zone } = self;
        let zone = Zone::parse(&time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        Ok(Location { id, name, address, phone, zone })
    }
}

#[derive(FromRow)]
struct VisitTypeRow {
    id: VisitTypeId,
    doctor_id: DoctorId,
    name: String,
    mode: Mode,
    minutes: i32,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
    step_minutes: i32,
    notice_minutes: i32,
    horizon_days: i32,
    daily_cap: Option<i32>,
    audience: Audience,
    needs_approval: bool,
    cutoff_minutes: i32,
    late_cancel: LateCancel,
    instructions: String,
    questions_version: i32,
    answers_since: i32,
    most_at_once: i32,
    resource_kind_id: Option<ResourceKindId>,
}

impl VisitTypeRow {
    fn read(self) -> Result<(DoctorId, VisitType), Error> {
        let rules = VisitTypeRules {
            visit_type: self.id,
            minutes: small(self.minutes)?,
            buffer_before: small(self.buffer_before_minutes)?,
            buffer_after: small(self.buffer_after_minutes)?,
            step_minutes: small(self.step_minutes)?,
            notice_minutes: u32::try_from(self.notice_minutes).map_err(|_| Error::Corrupt("notice"))?,
            horizon_days: small(self.horizon_days)?,
            daily_cap: self.daily_cap.map(small).transpose()?,
            audience: self.audience,
            needs: self.resource_kind_id,
        };
        let visit_type = VisitType {
            id: self.id,
            name: self.name,
            mode: self.mode,
            rules,
            instructions: self.instructions,
            needs_approval: self.needs_approval,
            cutoff_minutes: self.cutoff_minutes,
            late_cancel: self.late_cancel,
            asking: Asking { version: self.questions_version, answers_since: self.answers_since },
            most_at_once: small(self.most_at_once)?,
        };
        Ok((self.doctor_id, visit_type))
    }
}

/// The active visit types of some doctors, in the order in which patients see them.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn load_visit_types(
    conn: &mut Conn<'_>,
    doctors: &[DoctorId],
) -> Result<HashMap<DoctorId, Vec<VisitType>>, Error> {
    let sql = in_ids!(
        "select id, doctor_id, name, mode, minutes, buffer_before_minutes, buffer_after_minutes, step_minutes,
            notice_minutes, horizon_days, daily_cap, audience, needs_approval, cutoff_minutes, late_cancel, instructions,
            questions_version, answers_since, most_at_once, resource_kind_id
        from visit_types where active and doctor_id",
        " order by doctor_id, position, id"
    );
    let ids = ids_json(doctors.iter().map(|id| id.0));
    let rows: Vec<VisitTypeRow> = conn.fetch_all(sql, (&ids,)).await?;
    let mut by_doctor: HashMap<DoctorId, Vec<VisitType>> = HashMap::new();
    for row in rows {
        let (doctor, visit_type) = row.read()?;
        by_doctor.entry(doctor).or_default().push(visit_type);
    }
    Ok(by_doctor)
}

/// The schedule of one doctor from `now` on, with the busy times within `span`, without the appointment `except`:
/// the hold being booked, or the appointment being moved.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn load_schedule(
    conn: &mut Conn<'_>,
    locations: &HashMap<LocationId, Location>,
    doctor: DoctorId,
    now: Timestamp,
    span: (Timestamp, Timestamp),
    except: Option<AppointmentId>,
) -> Result<Schedule, Error> {
    let mut schedules = load(conn, locations, &[doctor], now, Some(span), except).await?;
    schedules.remove(&doctor).ok_or(Error::Corrupt("a doctor without a schedule"))
}

/// The schedules of some doctors without busy times, for any moment.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn load_hours(
    conn: &mut Conn<'_>,
    locations: &HashMap<LocationId, Location>,
    doctors: &[DoctorId],
) -> Result<HashMap<DoctorId, Schedule>, Error> {
    load(conn, locations, doctors, Timestamp(0), None, None).await
}

/// The schedules of some doctors, each with the busy times from the day before `now` until `to`.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn load_schedules(
    conn: &mut Conn<'_>,
    locations: &HashMap<LocationId, Location>,
    doctors: &[DoctorId],
    now: Timestamp,
    to: Timestamp,
) -> Result<HashMap<DoctorId, Schedule>, Error> {
    load(conn, locations, doctors, now, Some(ahead(now, to)), None).await
}

/// From the day before `now` until `to`: daily caps count the whole local day, and an appointment may be under way.
#[must_use]
pub fn ahead(now: Timestamp, to: Timestamp) -> (Timestamp, Timestamp) {
    (now.plus_minutes(-36 * 60), to)
}

async fn load(
    conn: &mut Conn<'_>,
    locations: &HashMap<LocationId, Location>,
    doctors: &[DoctorId],
    now: Timestamp,
    busy: Option<(Timestamp, Timestamp)>,
    except: Option<AppointmentId>,
) -> Result<HashMap<DoctorId, Schedule>, Error> {
    let ids = ids_json(doctors.iter().map(|id| id.0));
    let locations: Vec<schedule::LocationClock> = locations
        .values()
        .map(|location| schedule::LocationClock { id: location.id, zone: location.zone.clone() })
        .collect();
    let closures = load_closures(conn).await?;
    let mut entries: HashMap<DoctorId, Entries> = doctors
        .iter()
        .map(|id| (*id, Entries { locations: locations.clone(), closures: closures.clone(), ..Entries::default() }))
        .collect();

    for (doctor, hours) in load_weekly_hours(conn, &ids).await? {
        entries.entry(doctor).or_default().weekly.push(hours);
    }
    for (doctor, change) in load_overrides(conn, &ids).await? {
        entries.entry(doctor).or_default().overrides.push(change);
    }
    for (doctor, time_off) in load_time_off(conn, &ids, now).await? {
        entries.entry(doctor).or_default().time_off.push(time_off);
    }
    if let Some(busy) = busy {
        for (doctor, busy) in load_busy(conn, &ids, now, busy, except).await? {
            entries.entry(doctor).or_default().busy.push(busy);
        }
    }
    Ok(entries.into_iter().map(|(doctor, entries)| (doctor, Schedule::new(entries))).collect())
}

async fn load_weekly_hours(conn: &mut Conn<'_>, ids: &str) -> Result<Vec<(DoctorId, WeeklyHours)>, Error> {
    let sql = in_ids!(
        "select doctor_id, location_id, weekday, start_minute, end_minute, valid_from, valid_until, every_weeks,
            month_week, visit_type_id
        from weekly_hours where doctor_id",
        ""
    );
    let rows: Vec<WeeklyHoursRow> = conn.fetch_all(sql, (ids,)).await?;
    rows.into_iter().map(|row| Ok((row.doctor_id, row.read()?))).collect()
}

async fn load_overrides(conn: &mut Conn<'_>, ids: &str) -> Result<Vec<(DoctorId, Override)>, Error> {
    let sql = in_ids!(
        "select doctor_id, local_date, kind, location_id, start_minute, end_minute from overrides where doctor_id",
        ""
    );
    let rows: Vec<OverrideRow> = conn.fetch_all(sql, (ids,)).await?;
    rows.into_iter().map(|row| Ok((row.doctor_id, read_override(row)?))).collect()
}

fn read_override(row: OverrideRow) -> Result<Override, Error> {
    // other hours at one location replace the whole date: a doctor works at one location on a day with other hours
    let location = row.location_id.filter(|_| row.kind != DateChange::Replace);
    Ok(Override { date: row.local_date, location, kind: row.kind, window: row.window()? })
}

async fn load_time_off(conn: &mut Conn<'_>, ids: &str, now: Timestamp) -> Result<Vec<(DoctorId, TimeOff)>, Error> {
    let sql = in_ids!("select doctor_id, starts_at, ends_at from time_off where ends_at > $2 and doctor_id", "");
    let rows: Vec<(DoctorId, Timestamp, Timestamp)> = conn.fetch_all(sql, (ids, now)).await?;
    Ok(rows.into_iter().map(|(doctor, start, end)| (doctor, TimeOff { start, end })).collect())
}

async fn load_closures(conn: &mut Conn<'_>) -> Result<Vec<Closure>, Error> {
    const SQL: &str = "select location_id, first_date, last_date from closures";
    let rows: Vec<(LocationId, LocalDate, LocalDate)> = conn.fetch_all(SQL, ()).await?;
    Ok(rows.into_iter().map(|(location, first, last)| Closure { location, first, last }).collect())
}

/// Occupying appointments, without holds and requests whose time ran out: every write unit ends those before it takes a
/// time.
async fn load_busy(
    conn: &mut Conn<'_>,
    ids: &str,
    now: Timestamp,
    (from, to): (Timestamp, Timestamp),
    except: Option<AppointmentId>,
) -> Result<Vec<(DoctorId, Busy)>, Error> {
    let sql = in_ids!(
        concat!(
            "select doctor_id, starts_at, ends_at, buffer_before_minutes, buffer_after_minutes from appointments
            where ",
            occupies!("appointments", "$2"),
            " and starts_at > $3 and starts_at < $4 and ends_at > $5 and (id <> $6 or $6 is null) and doctor_id"
        ),
        ""
    );
    let rows: Vec<BusyRow> = conn.fetch_all(sql, (ids, now, from.day_before(), to, from, except)).await?;
    rows.into_iter().map(|row| Ok((row.doctor_id, row.read()?))).collect()
}

#[derive(FromRow)]
struct BusyRow {
    doctor_id: DoctorId,
    starts_at: Timestamp,
    ends_at: Timestamp,
    buffer_before_minutes: i32,
    buffer_after_minutes: i32,
}

impl BusyRow {
    fn read(self) -> Result<Busy, Error> {
        Ok(Busy {
            start: self.starts_at,
            end: self.ends_at,
            before_minutes: small(self.buffer_before_minutes)?,
            after_minutes: small(self.buffer_after_minutes)?,
        })
    }
}

fn small(number: i32) -> Result<u16, Error> {
    u16::try_from(number).map_err(|_| Error::Corrupt("minutes or days out of range"))
}
