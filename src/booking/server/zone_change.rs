//! Another zone for a location where appointments are booked: they keep their moments or their clock times.
//!
//! What changes for its patient is a move: the old row gives its time up and points to a new one, so history, messages,
//! links and calendar files follow as they do for any move. First all old rows give up their times, then the new ones
//! take theirs, so the appointments of one day never stand in each other's way.

use std::collections::{BTreeMap, HashMap};

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    absence_resolution::{end_what_ran_out, expire},
    appointment::{Appointment, Author},
    doctor_news::DoctorNews,
    reschedule::succeed,
    terms::Terms,
    thread::link,
};
use crate::{
    availability::server::occupies,
    booking::{
        Action, Status,
        zone_change::{NAMED, ZoneKeep, ZoneLine, ZoneObstacle, ZonePlan},
    },
    db::{Conn, Error, Tx, ids_json, in_ids},
    ids::{AppointmentId, DoctorId, LocationId, PersonId, ResourceId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    random,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// A zone that a location shall have.
#[derive(Clone, Debug)]
pub struct ZoneChange {
    pub location: LocationId,
    pub zone: Zone,
    pub keep: ZoneKeep,
    pub now: Timestamp,
}

/// What becomes of one appointment.
#[derive(Clone, Debug)]
pub struct ZonedAppointment {
    old: Appointment,
    starts_at: Timestamp,
    obstacle: Option<ZoneObstacle>,
}

impl ZonedAppointment {
    /// Whether it stands in the way of the change.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.obstacle.is_some()
    }

    fn ends_at(&self) -> Timestamp {
        self.starts_at.plus_seconds(self.old.ends_at.0 - self.old.starts_at.0)
    }

    /// Whether its patient sees another clock time, or comes at another moment.
    fn changes(&self, zone: &Zone) -> bool {
        self.starts_at != self.old.starts_at || zone.local_start_text(self.starts_at) != self.old.local_start
    }

    fn line(&self, zone: &Zone, now: Timestamp) -> Result<ZoneLine, Error> {
        let old = Zone::parse(&self.old.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        let words = |zone: &Zone, at| format!("{} ({})", zone.moment_words(at, now), zone.label());
        Ok(ZoneLine {
            id: self.old.id,
            reference: self.old.reference.clone(),
            doctor: self.old.doctor_name.clone(),
            before: words(&old, self.old.starts_at),
            after: words(zone, self.starts_at),
            obstacle: self.obstacle,
        })
    }
}

/// What the change would do with each appointment that is booked or requested at the location and has not begun, by
/// start. What has begun keeps the clock that it was booked with.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn plan(conn: &mut Conn<'_>, change: &ZoneChange) -> Result<Vec<ZonedAppointment>, Error> {
    let rows = Appointment::requested_or_booked_at(conn, change.location, change.now).await?;
    let zoned = |old: Appointment| {
        let (starts_at, exists) = match change.keep {
            ZoneKeep::Moments => (old.starts_at, true),
            ZoneKeep::ClockTimes => same_clock(&old, &change.zone)?,
        };
        let in_past = starts_at <= change.now;
        let obstacle = match (exists, in_past) {
            (false, _) => Some(ZoneObstacle::NoSuchTime),
            (_, true) => Some(ZoneObstacle::InThePast),
            _ => None,
        };
        Ok(ZonedAppointment { old, starts_at, obstacle })
    };
    let mut planned = rows.into_iter().map(zoned).collect::<Result<Vec<_>, Error>>()?;
    if change.keep == ZoneKeep::ClockTimes {
        find_overlaps(conn, change, &mut planned).await?;
    }
    Ok(planned)
}

/// The moment at which the clocks of `zone` show what this appointment's clock shows at its start, and whether they do.
fn same_clock(old: &Appointment, zone: &Zone) -> Result<(Timestamp, bool), Error> {
    let corrupt = || Error::Corrupt("local start");
    let part = |from, to| old.local_start.get(from..to).ok_or_else(corrupt);
    let date: LocalDate = part(0, 10)?.parse().map_err(|_| corrupt())?;
    let number = |text: &str| text.parse::<u16>().map_err(|_| corrupt());
    let minute = number(part(11, 13)?)? * 60 + number(part(14, 16)?)?;
    let start = zone.window_start(date, minute);
    Ok((start, zone.local_start_text(start) == old.local_start))
}

/// A time that is taken, or would be.
#[derive(Clone, FromRow)]
struct Taken {
    id: AppointmentId,
    /// An appointment and the request to move it count as one.
    counts_as: AppointmentId,
    doctor_id: DoctorId,
    patient_id: Option<PersonId>,
    resource_id: Option<ResourceId>,
    overbook: bool,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

/// Notes what would overlap another appointment of the doctor, of the patient, or on the same room or device. What staff
/// overbooked counts for the last alone, as in the rules of the database.
async fn find_overlaps(
    conn: &mut Conn<'_>,
    change: &ZoneChange,
    planned: &mut [ZonedAppointment],
) -> Result<(), Error> {
    let mut taken = other_times(conn, change, planned).await?;
    taken.extend(planned.iter().map(|one| Taken {
        id: one.old.id,
        counts_as: one.old.counts_as(),
        doctor_id: one.old.doctor_id,
        patient_id: one.old.patient_id,
        resource_id: one.old.resource_id,
        overbook: one.old.overbook,
        starts_at: one.starts_at,
        ends_at: one.ends_at(),
    }));
    let (mut of_doctor, mut of_patient) = (HashMap::<_, Vec<Taken>>::new(), HashMap::<_, Vec<Taken>>::new());
    let mut of_resource = HashMap::<_, Vec<Taken>>::new();
    for time in taken {
        if let Some(resource) = time.resource_id {
            of_resource.entry(resource).or_default().push(time.clone());
        }
        if time.overbook {
            continue;
        }
        if let Some(patient) = time.patient_id {
            of_patient.entry(patient).or_default().push(time.clone());
        }
        of_doctor.entry(time.doctor_id).or_default().push(time);
    }
    for one in planned.iter_mut().filter(|one| one.obstacle.is_none()) {
        let (id, start, end) = (one.old.counts_as(), one.starts_at, one.ends_at());
        let meets = |times: Option<&Vec<Taken>>| {
            let at_once = |time: &Taken| time.counts_as != id && time.starts_at < end && time.ends_at > start;
            times.is_some_and(|times| times.iter().any(at_once))
        };
        if one.old.resource_id.is_some_and(|resource| meets(of_resource.get(&resource))) {
            one.obstacle = Some(ZoneObstacle::ResourceBusy);
        } else if one.old.overbook {
            // it may overlap other appointments of its doctor and its patient
        } else if meets(of_doctor.get(&one.old.doctor_id)) {
            one.obstacle = Some(ZoneObstacle::DoctorBusy);
        } else if one.old.patient_id.is_some_and(|patient| meets(of_patient.get(&patient))) {
            one.obstacle = Some(ZoneObstacle::PatientBusy);
        }
    }
    Ok(())
}

/// Appointments still to end, as far as the overlap rules look at them; not what is held at the location itself.
macro_rules! taken_elsewhere {
    () => {
        "select a.id, coalesce(a.would_replace, a.id) as counts_as, a.doctor_id, a.patient_id, a.resource_id, a.overbook,
                a.starts_at, a.ends_at
            from appointments a join appointment_terms t on t.id = a.terms_id
            where a.ends_at > $2 and (not a.overbook or a.resource_id is not null) and (a.status <> 'held' or t.location_id <> $3) and "
    };
}

/// What these doctors and patients have besides the planned appointments. What is held at the location ends with the
/// change.
async fn other_times(
    conn: &mut Conn<'_>,
    change: &ZoneChange,
    planned: &[ZonedAppointment],
) -> Result<Vec<Taken>, Error> {
    let by_doctor = in_ids!(concat!(taken_elsewhere!(), occupies!("a", "$2"), " and a.doctor_id"), "");
    let by_patient = in_ids!(concat!(taken_elsewhere!(), occupies!("a", "$2"), " and a.patient_id"), "");
    let (doctors, patients) = people(planned);
    let (doctors, patients) = (ids_json(doctors.iter().map(|id| id.0)), ids_json(patients.iter().map(|id| id.0)));
    let mut taken: Vec<Taken> = conn.fetch_all(by_doctor, (&doctors, change.now, change.location)).await?;
    let of_patients: Vec<Taken> = conn.fetch_all(by_patient, (&patients, change.now, change.location)).await?;
    taken.extend(of_patients);
    let by_resource = in_ids!(concat!(taken_elsewhere!(), occupies!("a", "$2"), " and a.resource_id"), "");
    let resources: Vec<Uuid> = planned.iter().filter_map(|one| one.old.resource_id).map(|id| id.0).collect();
    if !resources.is_empty() {
        let used: Vec<Taken> = conn.fetch_all(by_resource, (ids_json(resources), change.now, change.location)).await?;
        taken.extend(used);
    }
    // an appointment of both came twice
    taken.sort_unstable_by_key(|time| time.id);
    taken.dedup_by_key(|time| time.id);
    taken.retain(|time| planned.iter().all(|one| one.old.id != time.id));
    Ok(taken)
}

/// The doctors and patients of these appointments, each once.
fn people(planned: &[ZonedAppointment]) -> (Vec<DoctorId>, Vec<PersonId>) {
    let mut doctors: Vec<DoctorId> = planned.iter().map(|one| one.old.doctor_id).collect();
    let mut patients: Vec<PersonId> = planned.iter().filter_map(|one| one.old.patient_id).collect();
    doctors.sort_unstable();
    doctors.dedup();
    patients.sort_unstable();
    patients.dedup();
    (doctors, patients)
}

/// The plan as a page shows it.
///
/// # Errors
/// A stored value that means nothing.
pub fn in_words(planned: &[ZonedAppointment], change: &ZoneChange) -> Result<ZonePlan, Error> {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let stuck = planned.iter().filter(|one| one.is_stuck()).count();
    let shown = planned.iter().filter(|one| stuck == 0 || one.is_stuck()).take(NAMED);
    Ok(ZonePlan {
        count: count(planned.len()),
        changed: count(planned.iter().filter(|one| one.changes(&change.zone)).count()),
        stuck: count(stuck),
        lines: shown.map(|one| one.line(&change.zone, change.now)).collect::<Result<_, _>>()?,
    })
}

/// Moves the appointments to their new times, all in the caller's unit, and tells patients and doctors. What is held at
/// the location ends. `action` names the change: each person gets one message about it.
///
/// # Errors
/// The overlap rules of the database, as a [`crate::db::Violation`]. The unit must fail then.
pub async fn apply(
    tx: &mut Tx<'_>,
    change: &ZoneChange,
    mut planned: Vec<ZonedAppointment>,
    by: Author,
    action: Uuid,
) -> Result<(), Error> {
    let now = change.now;
    let holds = Appointment::held_at(tx, change.location, now).await?;
    expire(tx, holds, now).await?;
    let (doctors, patients) = people(&planned);
    end_what_ran_out(tx, &doctors, &patients, now).await?;
    let mut moving = Vec::new();
    for one in planned.drain(..) {
        if one.changes(&change.zone) { moving.push(one) } else { rename_zone(tx, &one, &change.zone).await? }
    }
    let mut news = Vec::with_capacity(moving.len());
    for one in &mut moving {
        news.push(successor(one, &change.zone, now));
        one.old.change(tx, Action::Reschedule, by, now).await?;
    }
    let successors: HashMap<AppointmentId, AppointmentId> =
        moving.iter().zip(&news).map(|(one, new)| (one.old.id, new.id)).collect();
    for new in &mut news {
        new.would_replace = new.would_replace.map(|old| successors.get(&old).copied().unwrap_or(old));
    }
    // a request comes after the appointment that it names
    let (requests, agreed): (Vec<_>, Vec<_>) =
        moving.iter().zip(news).partition(|(_, new)| new.would_replace.is_some());
    let mut told: BTreeMap<PersonId, Vec<AppointmentId>> = BTreeMap::new();
    let mut doctors = DoctorNews::default();
    for (one, mut new) in agreed.into_iter().chain(requests) {
        succeed(tx, &one.old, &mut new, by).await?;
        link(tx, one.old.id, new.id).await?;
        follow(tx, one.old.id, new.id).await?;
        doctors.add(&new, by, now);
        if let Some(patient) = new.patient_id {
            told.entry(patient).or_default().push(new.id);
        }
    }
    for (to, appointments) in told {
        let dedupe_key = &format!("zone:{action}:{to}");
        enqueue(tx, now, Message { kind: Kind::AppointmentsMoved, to, appointments: &appointments, dedupe_key })
            .await?;
    }
    doctors.tell(tx, action, now).await
}

/// A request to move an appointment, at another location, names the row that took the appointment's place.
async fn follow(tx: &mut Tx<'_>, old: AppointmentId, new: AppointmentId) -> Result<(), Error> {
    const SQL: &str = "update appointments set would_replace = $2 where would_replace = $1 and status = 'requested'";
    tx.execute(SQL, (old, new)).await?;
    Ok(())
}

/// The new row of an appointment, with everything that was agreed but its time.
fn successor(one: &ZonedAppointment, zone: &Zone, now: Timestamp) -> Appointment {
    let old = &one.old;
    Appointment {
        id: AppointmentId(random::id()),
        reference: random::reference(),
        version: 1,
        starts_at: one.starts_at,
        ends_at: one.ends_at(),
        time_zone: zone.name().to_owned(),
        local_start: zone.local_start_text(one.starts_at),
        utc_offset_seconds: zone.offset_seconds(one.starts_at),
        answer_by: old.answer_by.filter(|_| old.status == Status::Requested),
        created_at: now,
        updated_at: now,
        ..old.clone()
    }
}

/// An appointment for which nothing changes but the name of its zone.
async fn rename_zone(tx: &mut Tx<'_>, one: &ZonedAppointment, zone: &Zone) -> Result<(), Error> {
    const SQL: &str = "update appointments set terms_id = $2 where id = $1";
    let terms = Terms { time_zone: zone.name().to_owned(), ..one.old.terms() };
    let terms = terms.write(tx).await?;
    tx.execute(SQL, (one.old.id, terms)).await?;
    Ok(())
}
