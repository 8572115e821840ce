//! The visits to settle, each with what it could become.

use std::collections::HashMap;

use super::{
    super::{offer::OfferedDoctor, record::Appointment, views},
    room::Room,
    visits_ahead,
};
use crate::{
    booking::{
        Action, ActorRole, next_status,
        settle::{Colleague, MOST_SETTLED, SettleList, SettleVisit},
    },
    db::{Conn, Error, ids_json, in_ids, on},
    ids::{DoctorId, UserId},
    time::Instant,
};

/// Colleagues offered for one visit.
const MOST_OFFERED: usize = 12;

/// The visits of a doctor that touch the time from `from` until `until` (none: until the end of time), with the doctor's
/// next free times after `until` and the colleagues who are free. Nothing is changed.
///
/// # Errors
/// The database's.
pub async fn list(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (from, until): (Instant, Option<Instant>),
    now: Instant,
) -> Result<SettleList, Error> {
    let visits = visits_ahead(conn, doctor, (from, until), now).await?;
    let all = u32::try_from(visits.len()).unwrap_or(u32::MAX);
    if visits.is_empty() || visits.len() > MOST_SETTLED {
        return Ok(SettleList { all, ..SettleList::default() });
    }
    let patients: Vec<UserId> = visits.iter().filter_map(|visit| visit.patient_id).collect();
    let names = names(conn, &patients).await?;
    let colleagues = colleagues(conn, doctor).await?;
    let mut doctors = colleagues.clone();
    doctors.push(OfferedDoctor::by_id(conn, doctor).await?);
    let mut room = Room::read(conn, doctors, &patients, now).await?;
    let mut list = SettleList { all, ..SettleList::default() };
    list.colleagues = colleagues.into_iter().map(|c| Colleague { id: c.id, name: c.name, free: 0 }).collect();
    for visit in &visits {
        let patient = visit.patient_id.and_then(|patient| names.get(&patient)).cloned().unwrap_or_default();
        let shown = show(&mut room, &mut list.colleagues, visit, patient, until, now)?;
        list.visits.push(shown);
    }
    Ok(without_busy(list))
}

fn show(
    room: &mut Room,
    colleagues: &mut [Colleague],
    visit: &Appointment,
    patient: String,
    back: Option<Instant>,
    now: Instant,
) -> Result<SettleVisit, Error> {
    let movable = next_status(Some(visit.status), Action::Reschedule, ActorRole::Admin).is_some();
    let mut next = None;
    let mut free = Vec::new();
    if movable {
        if let Some(found) = back.and_then(|back| room.next(visit.doctor_id, visit, back)) {
            let new = room.draft(&found)?;
            next = Some(views::moment(&new, now)?);
            room.take(&new);
        }
        for (place, colleague) in colleagues.iter_mut().enumerate() {
            if room.at_same_time(colleague.id, visit).is_some() {
                colleague.free += 1;
                free.push(place);
            }
        }
    }
    free.truncate(MOST_OFFERED);
    let minutes = visit.ends_at.minutes_since(visit.starts_at);
    Ok(SettleVisit {
        id: visit.id,
        version: visit.version,
        when: views::moment(visit, now)?,
        patient,
        visit: format!("{}, {minutes} minutes, {}", visit.visit_name, visit.mode.words().to_lowercase()),
        status: visit.status.clinic_words().to_owned(),
        next,
        free,
    })
}

/// Leaves out the colleagues who are free for none of the visits.
fn without_busy(mut list: SettleList) -> SettleList {
    let mut places = HashMap::new();
    let mut free = Vec::new();
    for (place, colleague) in list.colleagues.into_iter().enumerate() {
        if colleague.free > 0 {
            places.insert(place, free.len());
            free.push(colleague);
        }
    }
    for visit in &mut list.visits {
        visit.free = visit.free.iter().filter_map(|place| places.get(place).copied()).collect();
    }
    SettleList { colleagues: free, ..list }
}

/// The doctors who could stand in, those with a specialty in common first; as many as a page can offer.
async fn colleagues(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<OfferedDoctor>, Error> {
    const SQL: &str = "select d.id, d.slug, d.name, s.name as specialty, d.status, d.accepts_new_patients
        from doctors d
        join doctor_specialties ds on ds.doctor_id = d.id
            and ds.position = (select min(first.position) from doctor_specialties first where first.doctor_id = d.id)
        join specialties s on s.id = ds.specialty_id
        where d.status = 'active' and d.id <> $1
        order by case when exists (
            select 1 from doctor_specialties own join doctor_specialties theirs on theirs.specialty_id = own.specialty_id
            where own.doctor_id = $1 and theirs.doctor_id = d.id) then 0 else 1 end, d.name, d.slug
        limit 40";
    Ok(on!(conn, |c| sqlx::query_as(SQL).bind(doctor).fetch_all(c).await?))
}

async fn names(conn: &mut Conn<'_>, users: &[UserId]) -> Result<HashMap<UserId, String>, Error> {
    let sql = conn.pick(in_ids!("select id, display_name from users where id", ""));
    let ids = ids_json(users.iter().map(|id| id.0));
    let rows: Vec<(UserId, String)> = on!(conn, |c| sqlx::query_as(sql).bind(&ids).fetch_all(c).await?);
    Ok(rows.into_iter().collect())
}
