//! The appointments to resolve, each with what it could become.

use std::collections::HashMap;

use super::{
    super::{appointment::Appointment, availability::BookableDoctor, views},
    appointments_ahead,
    capacity_plan::CapacityPlan,
};
use crate::{
    booking::{
        Action, ActorRole,
        absence_resolution::{AppointmentToResolve, Colleague, MAX_RESOLVED, ResolutionList},
        next_status,
    },
    db::{Conn, Error, ids_json, in_ids},
    ids::{AppointmentId, DoctorId, PersonId},
    time::{Timestamp, server::Zone},
};

/// Colleagues to choose from for one appointment.
const MAX_OFFERED: usize = 12;

/// The appointments of a doctor that touch the time from `from` until `until` (none: until the end of time), with the
/// doctor's next free times after `until` and the colleagues who are free. Nothing is changed.
///
/// # Errors
/// The database's.
pub async fn list(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (from, until): (Timestamp, Option<Timestamp>),
    now: Timestamp,
) -> Result<ResolutionList, Error> {
    let appointments = appointments_ahead(conn, doctor, (from, until), now).await?;
    let all = u32::try_from(appointments.len()).unwrap_or(u32::MAX);
    if appointments.is_empty() || appointments.len() > MAX_RESOLVED {
        return Ok(ResolutionList { all, ..ResolutionList::default() });
    }
    let patients: Vec<PersonId> = appointments.iter().filter_map(|appointment| appointment.patient_id).collect();
    let (names, asked) = (names(conn, &patients).await?, asked(conn, &patients, now).await?);
    let colleagues = colleagues(conn, doctor).await?;
    let mut doctors = colleagues.clone();
    doctors.push(BookableDoctor::by_id(conn, doctor).await?);
    let mut plan = CapacityPlan::read(conn, doctors, &patients, now).await?;
    let mut list = ResolutionList { all, ..ResolutionList::default() };
    list.colleagues = colleagues.into_iter().map(|c| Colleague { id: c.id, name: c.name, free: 0 }).collect();
    for appointment in &appointments {
        let patient = appointment.patient_id.and_then(|patient| names.get(&patient)).cloned().unwrap_or_default();
        let mut shown = show(&mut plan, &mut list.colleagues, appointment, patient, until, now)?;
        if let Some(when) = asked.get(&appointment.id) {
            shown.status.push_str(&[". The patient asked to move it to ", when].concat());
        }
        list.appointments.push(shown);
    }
    Ok(without_busy(list))
}

fn show(
    plan: &mut CapacityPlan,
    colleagues: &mut [Colleague],
    appointment: &Appointment,
    patient: String,
    back: Option<Timestamp>,
    now: Timestamp,
) -> Result<AppointmentToResolve, Error> {
    let movable = next_status(Some(appointment.status), Action::Reschedule, ActorRole::Admin).is_some();
    let mut next = None;
    let mut free = Vec::new();
    if movable {
        if let Some(found) = back.and_then(|back| plan.next(appointment.doctor_id, appointment, back)) {
            let new = plan.build_appointment(&found)?;
            next = Some(views::moment(&new, now)?);
            plan.take(&new);
        }
        for (place, colleague) in colleagues.iter_mut().enumerate() {
            if plan.at_same_time(colleague.id, appointment).is_some() {
                colleague.free += 1;
                free.push(place);
            }
        }
    }
    free.truncate(MAX_OFFERED);
    let minutes = appointment.ends_at.minutes_since(appointment.starts_at);
    Ok(AppointmentToResolve {
        id: appointment.id,
        version: appointment.version,
        when: views::moment(appointment, now)?,
        patient,
        appointment: format!(
            "{}, {minutes} minutes, {}",
            appointment.visit_type_name,
            appointment.mode.label().to_lowercase()
        ),
        status: appointment.status.clinic_words().to_owned(),
        next,
        free,
    })
}

/// Leaves out the colleagues who are free for none of the appointments.
fn without_busy(mut list: ResolutionList) -> ResolutionList {
    let mut places = HashMap::new();
    let mut free = Vec::new();
    for (place, colleague) in list.colleagues.into_iter().enumerate() {
        if colleague.free > 0 {
            places.insert(place, free.len());
            free.push(colleague);
        }
    }
    for appointment in &mut list.appointments {
        appointment.free = appointment.free.iter().filter_map(|place| places.get(place).copied()).collect();
    }
    ResolutionList { colleagues: free, ..list }
}

/// The doctors who could stand in, those with a shared specialty first; as many as a page can list.
async fn colleagues(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Vec<BookableDoctor>, Error> {
    const SQL: &str = "select d.id, d.slug, d.name, s.name as specialty, d.status, d.person_id, d.booking_mail
        from doctors d
        join doctor_specialties ds on ds.doctor_id = d.id
            and ds.position = (select min(first.position) from doctor_specialties first where first.doctor_id = d.id)
        join specialties s on s.id = ds.specialty_id
        where d.status = 'active' and d.id <> $1
        order by case when exists (
            select 1 from doctor_specialties own join doctor_specialties theirs on theirs.specialty_id = own.specialty_id
            where own.doctor_id = $1 and theirs.doctor_id = d.id) then 0 else 1 end, d.name, d.slug
        limit 40";
    conn.fetch_all(SQL, (doctor,)).await
}

/// Where these patients asked to move their appointments to: "Monday 12 January, 9am". A request goes with its
/// appointment unless that is kept.
async fn asked(
    conn: &mut Conn<'_>,
    patients: &[PersonId],
    now: Timestamp,
) -> Result<HashMap<AppointmentId, String>, Error> {
    let sql = in_ids!(
        "select a.would_replace, a.starts_at, t.time_zone
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.would_replace is not null and a.status = 'requested' and a.answer_by > $2 and a.patient_id",
        ""
    );
    let ids = ids_json(patients.iter().map(|id| id.0));
    let rows: Vec<(AppointmentId, Timestamp, String)> = conn.fetch_all(sql, (&ids, now)).await?;
    let words = |(id, start, zone): (AppointmentId, Timestamp, String)| {
        let zone = Zone::parse(&zone).ok_or(Error::Corrupt("unknown time zone"))?;
        Ok((id, zone.moment_words(start, now)))
    };
    rows.into_iter().map(words).collect()
}

async fn names(conn: &mut Conn<'_>, users: &[PersonId]) -> Result<HashMap<PersonId, String>, Error> {
    let sql = in_ids!("select id, display_name from persons where id", "");
    let ids = ids_json(users.iter().map(|id| id.0));
    let rows: Vec<(PersonId, String)> = conn.fetch_all(sql, (&ids,)).await?;
    Ok(rows.into_iter().collect())
}
