//! Reading doctors for the directory: a constant number of queries for any number of them.

use std::collections::HashMap;

use sqlx::FromRow;

use super::directory_entry::{Entry, Facts, QUICK_TIMES, offered};
use crate::{
    availability::server::{
        Location, PatientContext, ResourceUse, Schedule, Slot, VisitType, ahead, first_slots, kinds_of, load_locations,
        load_resources, load_schedules, load_used, load_visit_types,
    },
    db::{Conn, Error, ids_json, in_ids},
    ids::{AppointmentId, DoctorId, LocationId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// How many days ahead busy times are read at first, then for doctors without a free time, and at last up to the
/// horizon.
const STAGES: [i64; 4] = [4, 14, 60, 731];
const DAY_MINUTES: i64 = 24 * 60;

/// A change of an appointment: the version that it made.
pub(super) type Change = (AppointmentId, i32);

/// Every visible doctor with the version of the schedule.
pub(super) async fn versions(conn: &mut Conn<'_>) -> Result<Vec<(DoctorId, i64)>, Error> {
    const SQL: &str = "select id, schedule_version from doctors where status = 'active'";
    conn.fetch_all(SQL, ()).await
}

/// The appointments that changed from `from` on, each with the version that it has now, and its doctor.
pub(super) async fn changes(conn: &mut Conn<'_>, from: Timestamp) -> Result<Vec<(Change, DoctorId)>, Error> {
    // one that uses a room or device concerns every doctor who needs one of its kind
    const SQL: &str = "select id, version, doctor_id from appointments where updated_at >= $1
        union
        select a.id, a.version, v.doctor_id from appointments a
        join resources r on r.id = a.resource_id
        join visit_types v on v.resource_kind_id = r.kind_id and v.active
        where a.updated_at >= $1";
    let rows: Vec<(AppointmentId, i32, DoctorId)> = conn.fetch_all(SQL, (from,)).await?;
    Ok(rows.into_iter().map(|(id, version, doctor)| ((id, version), doctor)).collect())
}

/// The doctors with a hold that ran out after `from` and until `now`: its time became free without a write.
pub(super) async fn holds_run_out(
    conn: &mut Conn<'_>,
    from: Timestamp,
    now: Timestamp,
) -> Result<Vec<DoctorId>, Error> {
    const SQL: &str =
        "select doctor_id from appointments where status = 'held' and held_until > $1 and held_until <= $2
        union
        select v.doctor_id from appointments a
        join resources r on r.id = a.resource_id
        join visit_types v on v.resource_kind_id = r.kind_id and v.active
        where a.status = 'held' and a.held_until > $1 and a.held_until <= $2";
    conn.fetch_values(SQL, (from, now)).await
}

/// The visible ones among some doctors, with their free times as of `now`.
pub(super) async fn entries(conn: &mut Conn<'_>, ids: &[DoctorId], now: Timestamp) -> Result<Vec<Entry>, Error> {
    let json = ids_json(ids.iter().map(|id| id.0));
    // first of all: a profile that changes between two of these queries has a newer version, and is seen next time
    let doctors = doctors(conn, &json).await?;
    finished(conn, doctors, &json, now).await
}

/// One doctor as an entry of the directory, also while patients do not see them.
pub(super) async fn hidden_too(conn: &mut Conn<'_>, doctor: DoctorId, now: Timestamp) -> Result<Option<Entry>, Error> {
    const SQL: &str =
        "select id, schedule_version, slug, name, designation, registration_number, about, accepts_new_patients
        from doctors where id = $1";
    let row: Option<DoctorRow> = conn.fetch_optional(SQL, (doctor,)).await?;
    let entries = finished(conn, row.into_iter().collect(), &ids_json([doctor.0]), now).await?;
    Ok(entries.into_iter().next())
}

/// The rest of what the directory says about `doctors`, whose ids `json` lists.
async fn finished(
    conn: &mut Conn<'_>,
    doctors: Vec<DoctorRow>,
    json: &str,
    now: Timestamp,
) -> Result<Vec<Entry>, Error> {
    let mut specialties = specialties(conn, json).await?;
    let mut languages = languages(conn, json).await?;
    let clinic_locations = load_locations(conn).await?;
    let mut locations = locations(conn, json, now).await?;
    let visible: Vec<DoctorId> = doctors.iter().map(|doctor| doctor.id).collect();
    let mut visit_types = load_visit_types(conn, &visible).await?;
    let offered: HashMap<DoctorId, &VisitType> = doctors
        .iter()
        .filter_map(|doctor| {
            let types = visit_types.get(&doctor.id)?;
            Some((doctor.id, offered(types, doctor.accepts_new_patients)?))
        })
        .collect();
    let mut free = free_times(conn, &clinic_locations, &offered, now).await?;
    let entry = |doctor: DoctorRow| {
        let id = doctor.id;
        let location = |id: &LocationId| clinic_locations.get(id).cloned();
        let mut own: Vec<Location> = locations.remove(&id).unwrap_or_default().iter().filter_map(location).collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        let free = free.remove(&id).unwrap_or_default();
        let facts = Facts {
            id,
            version: doctor.schedule_version,
            slug: doctor.slug,
            name: doctor.name,
            designation: doctor.designation,
            registration_number: doctor.registration_number,
            about: doctor.about,
            accepts_new_patients: doctor.accepts_new_patients,
            specialties: specialties.remove(&id).unwrap_or_default(),
            languages: languages.remove(&id).unwrap_or_default(),
            locations: own,
            visit_types: visit_types.remove(&id).unwrap_or_default(),
            free: free.into_iter().filter_map(|slot| Some((slot, location(&slot.location)?))).collect(),
        };
        facts.into_entry(now)
    };
    Ok(doctors.into_iter().map(entry).collect())
}

#[derive(FromRow)]
struct DoctorRow {
    id: DoctorId,
    schedule_version: i64,
    slug: String,
    name: String,
    designation: String,
    registration_number: String,
    about: String,
    accepts_new_patients: bool,
}

async fn doctors(conn: &mut Conn<'_>, ids: &str) -> Result<Vec<DoctorRow>, Error> {
    let sql = in_ids!(
        "select id, schedule_version, slug, name, designation, registration_number, about, accepts_new_patients
        from doctors where status = 'active' and id",
        ""
    );
    conn.fetch_all(sql, (ids,)).await
}

async fn specialties(
    conn: &mut Conn<'_>,
    ids: &str,
) -> Result<HashMap<DoctorId, Vec<(String, String, String)>>, Error> {
    let sql = in_ids!(
        "select d.doctor_id, s.slug, s.name, s.other_words
        from doctor_specialties d join specialties s on s.id = d.specialty_id
        where d.doctor_id",
        " order by d.doctor_id, d.position, s.name"
    );
    let rows: Vec<(DoctorId, String, String, String)> = conn.fetch_all(sql, (ids,)).await?;
    Ok(by_doctor(rows.into_iter().map(|(doctor, slug, name, other_words)| (doctor, (slug, name, other_words)))))
}

async fn languages(conn: &mut Conn<'_>, ids: &str) -> Result<HashMap<DoctorId, Vec<String>>, Error> {
    let sql = in_ids!("select doctor_id, language from doctor_languages where doctor_id", "");
    let rows: Vec<(DoctorId, String)> = conn.fetch_all(sql, (ids,)).await?;
    Ok(by_doctor(rows))
}

/// Where each doctor has weekly hours that are not over.
async fn locations(
    conn: &mut Conn<'_>,
    ids: &str,
    now: Timestamp,
) -> Result<HashMap<DoctorId, Vec<LocationId>>, Error> {
    let sql = in_ids!(
        "select distinct doctor_id, location_id from weekly_hours
        where (valid_until is null or valid_until >= $2) and doctor_id",
        ""
    );
    let today = earliest_today(now);
    let rows: Vec<(DoctorId, LocationId)> = conn.fetch_all(sql, (ids, today)).await?;
    Ok(by_doctor(rows))
}

/// The earliest date that a calendar may show at `now`, wherever it hangs.
fn earliest_today(now: Timestamp) -> Option<LocalDate> {
    Zone::parse("UTC").map(|utc| utc.local_date(now.plus_minutes(-DAY_MINUTES)))
}

/// The first free times of the visit type that each doctor offers to everybody. Most doctors have one soon, so that busy
/// times far ahead are read only for the few that have none.
async fn free_times(
    conn: &mut Conn<'_>,
    locations: &HashMap<LocationId, Location>,
    offered: &HashMap<DoctorId, &VisitType>,
    now: Timestamp,
) -> Result<HashMap<DoctorId, Vec<Slot>>, Error> {
    let mut found = HashMap::with_capacity(offered.len());
    let mut open: Vec<(DoctorId, &VisitType)> = offered.iter().map(|(id, offered)| (*id, *offered)).collect();
    let resources = load_resources(conn, &kinds_of(offered.values().copied())).await?;
    for days in STAGES {
        if open.is_empty() {
            break;
        }
        let ids: Vec<DoctorId> = open.iter().map(|(id, _)| *id).collect();
        let to = now.plus_minutes(days * DAY_MINUTES);
        // a day more: daily caps and buffers look past the last start
        let schedules = load_schedules(conn, locations, &ids, now, to.plus_minutes(DAY_MINUTES)).await?;
        let used = load_used(conn, &resources, now, ahead(now, to.plus_minutes(DAY_MINUTES))).await?;
        let used = ResourceUse::new(used.into_iter().map(|used| (used.resource, used.busy)));
        open.retain(|(id, visit_type)| {
            let first = |schedule: &Schedule| match visit_type.rules.needs {
                None => first_times(schedule, visit_type, now, to),
                Some(_) => {
                    let schedule = schedule.clone().with_resources(resources.clone()).with_used(used.clone());
                    first_times(&schedule, visit_type, now, to)
                }
            };
            let free = schedules.get(id).map(first).unwrap_or_default();
            let search_on = free.is_empty() && i64::from(visit_type.rules.horizon_days) >= days;
            found.insert(*id, free);
            search_on
        });
    }
    Ok(found)
}

fn first_times(schedule: &Schedule, visit_type: &VisitType, now: Timestamp, to: Timestamp) -> Vec<Slot> {
    first_slots(schedule, &visit_type.rules, now, &PatientContext::default(), (now, to), QUICK_TIMES)
}

fn by_doctor<T>(rows: impl IntoIterator<Item = (DoctorId, T)>) -> HashMap<DoctorId, Vec<T>> {
    let mut map: HashMap<DoctorId, Vec<T>> = HashMap::new();
    for (doctor, value) in rows {
        map.entry(doctor).or_default().push(value);
    }
    map
}
