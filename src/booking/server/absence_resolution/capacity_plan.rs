//! The calendars in which a unit looks for room, each read once; what the unit books is added in memory.

use std::{borrow::Cow, collections::HashMap};

use super::super::{appointment::Appointment, availability::BookableDoctor};
use crate::{
    availability::server::{
        Audience, Busy, Location, PatientContext, ResourceUse, Schedule, Slot, Used, VisitType, VisitTypeRules, ahead,
        kinds_of, load_locations, load_resources, load_schedules, load_used, load_visit_types, occupies, slot_at,
        slots,
    },
    booking::server::build::build_appointment_at,
    clinic::DoctorStatus,
    db::{Conn, Error, ids_json, in_ids},
    ids::{AppointmentId, DoctorId, LocationId, PersonId, ResourceId, VisitTypeId},
    time::Timestamp,
};

const DAY_MINUTES: i64 = 24 * 60;
/// An appointment that is given away keeps its start, which need not be one at which the colleague's own appointments
/// start.
const ANY_STEP: u16 = 5;
/// Ten years: how far ahead a calendar is open for the clinic itself.
const ANY_HORIZON: u16 = 3_660;

pub(super) struct CapacityPlan {
    locations: HashMap<LocationId, Location>,
    calendars: HashMap<DoctorId, Calendar>,
    /// The times at which the patients have appointments, with any doctor.
    patients: HashMap<PersonId, Vec<(AppointmentId, Timestamp, Timestamp)>>,
    /// The appointments that use rooms and devices which these doctors need.
    used: Vec<Used>,
    now: Timestamp,
}

struct Calendar {
    doctor: BookableDoctor,
    types: Vec<VisitType>,
    schedule: Schedule,
    /// For each visit type, where the search found the last free time. Nothing becomes free while a unit books, so the
    /// next search starts there.
    reached: HashMap<VisitTypeId, Timestamp>,
}

/// A free time for an appointment.
pub(super) struct FoundTime {
    doctor: DoctorId,
    kind: VisitType,
    slot: Slot,
}

impl CapacityPlan {
    /// Reads the calendars of these doctors and the times of these patients.
    pub async fn read(
        conn: &mut Conn<'_>,
        doctors: Vec<BookableDoctor>,
        patients: &[PersonId],
        now: Timestamp,
    ) -> Result<CapacityPlan, Error> {
        let ids: Vec<DoctorId> = doctors.iter().map(|doctor| doctor.id).collect();
        let locations = load_locations(conn).await?;
        let mut types = load_visit_types(conn, &ids).await?;
        let mut schedules = load_schedules(conn, &locations, &ids, now, Timestamp::FOREVER).await?;
        let resources = load_resources(conn, &kinds_of(types.values().flatten())).await?;
        let used = load_used(conn, &resources, now, ahead(now, Timestamp::FOREVER)).await?;
        let mut calendars = HashMap::new();
        for doctor in doctors {
            let schedule = schedules.remove(&doctor.id).ok_or(Error::Corrupt("a doctor without a schedule"))?;
            let schedule = schedule.with_resources(resources.clone());
            let types = types.remove(&doctor.id).unwrap_or_default();
            calendars.insert(doctor.id, Calendar { doctor, types, schedule, reached: HashMap::new() });
        }
        Ok(CapacityPlan { locations, calendars, patients: patients_times(conn, patients, now).await?, used, now })
    }

    /// The doctor's next free time from `back` on for an appointment of the same visit type. The notice and the rule
    /// whom the visit type is for do not apply, because the appointment was agreed before; the calendar is open from
    /// `back` as far as usual.
    pub fn next(&mut self, doctor: DoctorId, appointment: &Appointment, back: Timestamp) -> Option<FoundTime> {
        let patient_context = self.patient_context(appointment);
        let used = self.used_beside(appointment);
        let calendar = self.calendars.get_mut(&doctor)?;
        let kind = calendar.types.iter().find(|kind| kind.id == appointment.visit_type_id)?.clone();
        let schedule = &with_used(&calendar.schedule, &kind, used);
        let away_days = u16::try_from(back.minutes_since(self.now) / DAY_MINUTES + 1).unwrap_or(ANY_HORIZON);
        let rules =
            VisitTypeRules { horizon_days: kind.rules.horizon_days.saturating_add(away_days), ..lenient(&kind) };
        let from = calendar.reached.get(&kind.id).copied().unwrap_or(back);
        let any_patient = PatientContext::default();
        let first = slots(schedule, &rules, self.now, &any_patient, from, Timestamp::FOREVER).next()?;
        calendar.reached.insert(kind.id, first.start);
        let slot = slots(schedule, &rules, self.now, &patient_context, first.start, Timestamp::FOREVER).next()?;
        Some(FoundTime { doctor, kind, slot })
    }

    /// The start of this appointment at a colleague, if they are free then.
    pub fn at_same_time(&self, colleague: DoctorId, appointment: &Appointment) -> Option<FoundTime> {
        let calendar =
            self.calendars.get(&colleague).filter(|calendar| calendar.doctor.status == DoctorStatus::Active)?;
        let kind = kind_for(&calendar.types, appointment)?.clone();
        let rules = VisitTypeRules { horizon_days: ANY_HORIZON, step_minutes: ANY_STEP, ..lenient(&kind) };
        let schedule = &with_used(&calendar.schedule, &kind, self.used_beside(appointment));
        let slot =
            slot_at(schedule, &rules, self.now, &self.patient_context(appointment), appointment.starts_at).ok()?;
        Some(FoundTime { doctor: colleague, kind, slot })
    }

    /// The new row for a time that was found, booked.
    pub fn build_appointment(&self, found: &FoundTime) -> Result<Appointment, Error> {
        let calendar = self.calendars.get(&found.doctor).ok_or(Error::Corrupt("a calendar that was not read"))?;
        let location =
            self.locations.get(&found.slot.location).ok_or(Error::Corrupt("a slot at an unknown location"))?;
        Ok(build_appointment_at(&calendar.doctor, &found.kind, location, &found.slot, self.now))
    }

    /// Remembers what was booked.
    pub fn take(&mut self, appointment: &Appointment) {
        let minutes = |minutes: i32| u16::try_from(minutes).unwrap_or_default();
        let busy = Busy {
            start: appointment.starts_at,
            end: appointment.ends_at,
            before_minutes: minutes(appointment.buffer_before_minutes),
            after_minutes: minutes(appointment.buffer_after_minutes),
        };
        if let Some(calendar) = self.calendars.get_mut(&appointment.doctor_id) {
            calendar.schedule.take(busy);
        }
        if let Some(resource) = appointment.resource_id {
            self.used.push(Used { appointment: appointment.id, resource, busy });
        }
        if let Some(patient) = appointment.patient_id {
            self.patients.entry(patient).or_default().push((
                appointment.id,
                appointment.starts_at,
                appointment.ends_at,
            ));
        }
    }

    /// When rooms and devices are used by others than this appointment, and the one that it is to replace.
    fn used_beside(&self, appointment: &Appointment) -> impl Iterator<Item = (ResourceId, Busy)> + use<> {
        let own =
            |used: &&Used| used.appointment != appointment.id && Some(used.appointment) != appointment.would_replace;
        let used: Vec<_> = self.used.iter().filter(own).map(|used| (used.resource, used.busy)).collect();
        used.into_iter()
    }

    /// The patient, as the predicate sees them, without the appointment itself, and the one that it is to replace.
    fn patient_context(&self, appointment: &Appointment) -> PatientContext {
        let times = appointment.patient_id.and_then(|patient| self.patients.get(&patient));
        let others = times
            .into_iter()
            .flatten()
            .filter(|(id, ..)| *id != appointment.id && Some(*id) != appointment.would_replace);
        PatientContext { is_new_patient: None, busy: others.map(|(_, start, end)| (*start, *end)).collect() }
    }
}

/// A schedule that knows when the rooms and devices are used which a visit type may need.
fn with_used<'a>(
    schedule: &'a Schedule,
    kind: &VisitType,
    used: impl Iterator<Item = (ResourceId, Busy)>,
) -> Cow<'a, Schedule> {
    match kind.rules.needs {
        None => Cow::Borrowed(schedule),
        Some(_) => Cow::Owned(schedule.clone().with_used(ResourceUse::new(used))),
    }
}

/// The rules of a visit type without those that the clinic may set aside for an appointment that was agreed before.
fn lenient(kind: &VisitType) -> VisitTypeRules {
    VisitTypeRules { notice_minutes: 0, audience: Audience::Any, ..kind.rules.clone() }
}

/// The colleague's visit type that comes closest: of the same name; else as long and in the same way; else their first.
pub(in crate::booking::server) fn kind_for<'a>(
    types: &'a [VisitType],
    appointment: &Appointment,
) -> Option<&'a VisitType> {
    let minutes = appointment.ends_at.minutes_since(appointment.starts_at);
    let same_name = |kind: &&VisitType| kind.name.to_lowercase() == appointment.visit_type_name.to_lowercase();
    let alike = |kind: &&VisitType| kind.mode == appointment.mode && i64::from(kind.rules.minutes) == minutes;
    types.iter().find(same_name).or_else(|| types.iter().find(alike)).or_else(|| types.first())
}

async fn patients_times(
    conn: &mut Conn<'_>,
    patients: &[PersonId],
    now: Timestamp,
) -> Result<HashMap<PersonId, Vec<(AppointmentId, Timestamp, Timestamp)>>, Error> {
    let sql = in_ids!(
        concat!(
            "select patient_id, id, starts_at, ends_at from appointments where ",
            occupies!("appointments", "$2"),
            " and not overbook and starts_at > $3 and patient_id"
        ),
        ""
    );
    let ids = ids_json(patients.iter().map(|id| id.0));
    let earliest = now.plus_minutes(-DAY_MINUTES);
    let rows: Vec<(PersonId, AppointmentId, Timestamp, Timestamp)> = conn.fetch_all(sql, (&ids, now, earliest)).await?;
    let mut times: HashMap<_, Vec<_>> = HashMap::new();
    for (patient, id, start, end) in rows {
        times.entry(patient).or_default().push((id, start, end));
    }
    Ok(times)
}
