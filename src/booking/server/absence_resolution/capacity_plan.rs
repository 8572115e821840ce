//! The calendars in which a unit looks for room, each read once; what the unit books is added in memory.

use std::collections::HashMap;

use super::super::{hold::draft_at, offer::OfferedDoctor, record::Appointment};
use crate::{
    availability::server::{
        Audience, Busy, Caller, Schedule, Site, Slot, VisitRules, VisitType, load_schedules, load_sites,
        load_visit_types, slot_at, slots,
    },
    db::{Conn, Error, ids_json, in_ids, on},
    ids::{AppointmentId, DoctorId, LocationId, UserId, VisitTypeId},
    time::Instant,
};

const DAY_MINUTES: i64 = 24 * 60;
/// A visit that is given away keeps its start, which need not be one at which the colleague's own visits start.
const ANY_STEP: u16 = 5;
/// Ten years: how far ahead a calendar is open for the clinic itself.
const ANY_HORIZON: u16 = 3_660;

pub(super) struct Room {
    sites: HashMap<LocationId, Site>,
    calendars: HashMap<DoctorId, Calendar>,
    /// The times at which the patients have visits, with any doctor.
    patients: HashMap<UserId, Vec<(AppointmentId, Instant, Instant)>>,
    now: Instant,
}

struct Calendar {
    doctor: OfferedDoctor,
    types: Vec<VisitType>,
    schedule: Schedule,
    /// For each visit type, where the search found the last free time. Nothing becomes free while a unit books, so that
    /// the next search need not look before it.
    reached: HashMap<VisitTypeId, Instant>,
}

/// A free time for a visit.
pub(super) struct Found {
    doctor: DoctorId,
    kind: VisitType,
    slot: Slot,
}

impl Room {
    /// Reads the calendars of these doctors and the times of these patients.
    pub async fn read(
        conn: &mut Conn<'_>,
        doctors: Vec<OfferedDoctor>,
        patients: &[UserId],
        now: Instant,
    ) -> Result<Room, Error> {
        let ids: Vec<DoctorId> = doctors.iter().map(|doctor| doctor.id).collect();
        let sites = load_sites(conn).await?;
        let mut types = load_visit_types(conn, &ids).await?;
        let mut schedules = load_schedules(conn, &sites, &ids, now, Instant::FOREVER).await?;
        let mut calendars = HashMap::new();
        for doctor in doctors {
            let schedule = schedules.remove(&doctor.id).ok_or(Error::Corrupt("a doctor without a schedule"))?;
            let types = types.remove(&doctor.id).unwrap_or_default();
            calendars.insert(doctor.id, Calendar { doctor, types, schedule, reached: HashMap::new() });
        }
        Ok(Room { sites, calendars, patients: patients_times(conn, patients, now).await?, now })
    }

    /// The doctor's next free time from `back` on for a visit of the same kind. The clinic sets aside the notice and whom
    /// the visit type is for, because the visit was agreed before; the calendar is open from `back` as far as usual.
    pub fn next(&mut self, doctor: DoctorId, visit: &Appointment, back: Instant) -> Option<Found> {
        let caller = self.caller(visit);
        let calendar = self.calendars.get_mut(&doctor)?;
        let kind = calendar.types.iter().find(|kind| kind.id == visit.visit_type_id)?.clone();
        let away_days = u16::try_from(back.minutes_since(self.now) / DAY_MINUTES + 1).unwrap_or(ANY_HORIZON);
        let rules = VisitRules { horizon_days: kind.rules.horizon_days.saturating_add(away_days), ..lenient(&kind) };
        let from = calendar.reached.get(&kind.id).copied().unwrap_or(back);
        let anybody = Caller::default();
        let first = slots(&calendar.schedule, &rules, self.now, &anybody, from, Instant::FOREVER).next()?;
        calendar.reached.insert(kind.id, first.start);
        let slot = slots(&calendar.schedule, &rules, self.now, &caller, first.start, Instant::FOREVER).next()?;
        Some(Found { doctor, kind, slot })
    }

    /// The start of this visit at a colleague, if they are free then.
    pub fn at_same_time(&self, colleague: DoctorId, visit: &Appointment) -> Option<Found> {
        let calendar = self.calendars.get(&colleague).filter(|calendar| calendar.doctor.status == "active")?;
        let kind = kind_for(&calendar.types, visit)?.clone();
        let rules = VisitRules { horizon_days: ANY_HORIZON, step_minutes: ANY_STEP, ..lenient(&kind) };
        let slot = slot_at(&calendar.schedule, &rules, self.now, &self.caller(visit), visit.starts_at).ok()?;
        Some(Found { doctor: colleague, kind, slot })
    }

    /// The new row for a time that was found, booked.
    pub fn draft(&self, found: &Found) -> Result<Appointment, Error> {
        let calendar = self.calendars.get(&found.doctor).ok_or(Error::Corrupt("a calendar that was not read"))?;
        let site = self.sites.get(&found.slot.location).ok_or(Error::Corrupt("a slot at an unknown location"))?;
        Ok(draft_at(&calendar.doctor, &found.kind, site, &found.slot, self.now))
    }

    /// Remembers what was booked.
    pub fn take(&mut self, visit: &Appointment) {
        let minutes = |minutes: i32| u16::try_from(minutes).unwrap_or_default();
        let busy = Busy {
            start: visit.starts_at,
            end: visit.ends_at,
            before_minutes: minutes(visit.buffer_before_minutes),
            after_minutes: minutes(visit.buffer_after_minutes),
        };
        if let Some(calendar) = self.calendars.get_mut(&visit.doctor_id) {
            calendar.schedule.take(busy);
        }
        if let Some(patient) = visit.patient_id {
            self.patients.entry(patient).or_default().push((visit.id, visit.starts_at, visit.ends_at));
        }
    }

    /// The patient, as the predicate sees them, without the visit itself.
    fn caller(&self, visit: &Appointment) -> Caller {
        let times = visit.patient_id.and_then(|patient| self.patients.get(&patient));
        let others = times.into_iter().flatten().filter(|(id, ..)| *id != visit.id);
        Caller { is_new_patient: None, busy: others.map(|(_, start, end)| (*start, *end)).collect() }
    }
}

/// The rules of a visit type without those that the clinic may set aside for a visit that was agreed before.
fn lenient(kind: &VisitType) -> VisitRules {
    VisitRules { notice_minutes: 0, audience: Audience::Any, ..kind.rules.clone() }
}

/// The colleague's visit type that comes closest: of the same name; else as long and in the same way; else their first.
fn kind_for<'a>(types: &'a [VisitType], visit: &Appointment) -> Option<&'a VisitType> {
    let minutes = visit.ends_at.minutes_since(visit.starts_at);
    let same_name = |kind: &&VisitType| kind.name.to_lowercase() == visit.visit_name.to_lowercase();
    let alike = |kind: &&VisitType| kind.mode == visit.mode && i64::from(kind.rules.minutes) == minutes;
    types.iter().find(same_name).or_else(|| types.iter().find(alike)).or_else(|| types.first())
}

async fn patients_times(
    conn: &mut Conn<'_>,
    patients: &[UserId],
    now: Instant,
) -> Result<HashMap<UserId, Vec<(AppointmentId, Instant, Instant)>>, Error> {
    let sql = conn.pick(in_ids!(
        "select patient_id, id, starts_at, ends_at from appointments
        where status in ('held', 'requested', 'booked', 'arrived') and (status <> 'held' or held_until > $2)
            and not overbook and starts_at > $3 and patient_id",
        ""
    ));
    let ids = ids_json(patients.iter().map(|id| id.0));
    let earliest = now.plus_minutes(-DAY_MINUTES);
    let rows: Vec<(UserId, AppointmentId, Instant, Instant)> =
        on!(conn, |c| sqlx::query_as(sql).bind(&ids).bind(now).bind(earliest).fetch_all(c).await?);
    let mut times: HashMap<_, Vec<_>> = HashMap::new();
    for (patient, id, start, end) in rows {
        times.entry(patient).or_default().push((id, start, end));
    }
    Ok(times)
}
