//! Appointments of the demonstration clinic, at times that could really be booked.

use std::collections::HashMap;

use super::{
    appointments::{self, Appointment, Canceller},
    people::DOCTORS,
};
use crate::{
    availability::server::{
        PatientContext, Schedule, Slot, VisitType, load_locations, load_schedules, load_visit_types, slot_at, slots,
    },
    booking::Status,
    clinic::server::ClinicSettings,
    db::{Error, Tx},
    ids::{DoctorId, PersonId},
    random,
    time::Timestamp,
};

const DAY_MINUTES: i64 = 24 * 60;
/// Days before today with past appointments.
const PAST_DAYS: i64 = 35;
/// Days after today with booked appointments.
const FUTURE_DAYS: i64 = 28;
/// Minutes after which the doctor has noted attendance.
const NOTED_AFTER: i64 = 20 * 60;
/// Days between booking and appointment: some people are in a hurry, some plan.
const DAYS_AHEAD: [i64; 16] = [0, 0, 1, 2, 2, 4, 5, 6, 7, 7, 10, 13, 14, 17, 22, 31];
/// Times taken, of ten, from which a doctor is booked out.
const BOOKED_OUT: usize = 10;

/// Appointments of the patient who signs in: doctor in [`DOCTORS`], days from today, and state.
const OWN_APPOINTMENTS: [(usize, i64, Status); 6] = [
    (0, 6, Status::Booked),
    (13, 19, Status::Booked),
    (7, 12, Status::Requested),
    (8, 9, Status::Cancelled),
    (0, -32, Status::Completed),
    (5, -11, Status::Completed),
];

const REASONS: [&str; 5] =
    ["", "Repeat prescription", "Results of my blood test", "Questions after the last appointment", ""];

/// An appointment that has been decided on.
#[derive(Clone, Copy)]
struct Choice<'a> {
    patient: PersonId,
    visit_type: &'a VisitType,
    slot: Slot,
    status: Status,
    cancelled_by: Canceller,
}

/// Fills the calendars. The doctors are those of [`DOCTORS`], in that order; the first patient is the one who signs in.
pub(super) async fn fill(
    tx: &mut Tx<'_>,
    doctors: &[DoctorId],
    patients: &[PersonId],
    settings: &ClinicSettings,
    now: Timestamp,
) -> Result<(), Error> {
    let span = (now.plus_minutes(-PAST_DAYS * DAY_MINUTES), now.plus_minutes(FUTURE_DAYS * DAY_MINUTES));
    let locations = load_locations(tx).await?;
    let visit_types = load_visit_types(tx, doctors).await?;
    let schedules = load_schedules(tx, &locations, doctors, span.0, span.1).await?;
    let mut diary = Diary { now, span, patients, by_patient: HashMap::new(), chosen: Vec::new() };
    for (number, id) in doctors.iter().enumerate() {
        if let (Some(schedule), Some(types)) = (schedules.get(id), visit_types.get(id)) {
            diary.fill_doctor(number, schedule, types);
        }
    }
    let appointment = |(number, choice): (usize, &Choice<'_>)| {
        let start = choice.slot.start;
        let days_ahead = DAYS_AHEAD.get(dice(number, 5, DAYS_AHEAD.len())).copied().unwrap_or_default();
        let is_request = choice.status == Status::Requested;
        // at most some thirty of the sixty minutes of each hour for the answer: every request still waits
        let request_age = days_ahead * i64::from(settings.request_hours);
        let age = if is_request { request_age } else { days_ahead * DAY_MINUTES + 150 };
        let booked_at = start.min(now).plus_minutes(-age);
        Some(Appointment {
            patient: choice.patient,
            visit_type: choice.visit_type.id,
            location: choice.slot.location,
            zone: &locations.get(&choice.slot.location)?.zone,
            start,
            end: choice.slot.end,
            status: choice.status,
            cancelled_by: choice.cancelled_by,
            booked_at,
            answer_by: is_request.then(|| settings.answer_by(start, booked_at)),
            reason: REASONS.get(dice(number, 6, REASONS.len())).copied().unwrap_or_default(),
        })
    };
    let appointments: Vec<Appointment<'_>> = diary.chosen.iter().enumerate().filter_map(appointment).collect();
    appointments::insert(tx, &appointments, |_| random::reference()).await
}

struct Diary<'a> {
    now: Timestamp,
    span: (Timestamp, Timestamp),
    patients: &'a [PersonId],
    /// Start and end of each patient's appointments.
    by_patient: HashMap<PersonId, Vec<(Timestamp, Timestamp)>>,
    chosen: Vec<Choice<'a>>,
}

impl<'a> Diary<'a> {
    fn fill_doctor(&mut self, number: usize, schedule: &Schedule, types: &'a [VisitType]) {
        let (Some(first), Some(person)) = (types.first(), DOCTORS.get(number)) else {
            return;
        };
        let begin = self.chosen.len();
        let any_patient = PatientContext::default();
        let free: Vec<Slot> =
            slots(schedule, &first.rules, self.span.0, &any_patient, self.span.0, self.span.1).collect();
        for (_, days, status) in OWN_APPOINTMENTS.iter().filter(|(doctor, ..)| *doctor == number) {
            let from = self.now.plus_minutes(days * DAY_MINUTES);
            let slot = free.iter().find(|slot| slot.start >= from && (*days > 0 || slot.end < self.now));
            if let (Some(slot), Some(patient)) = (slot, self.patients.first()) {
                let cancelled_by = Canceller::Patient;
                let (patient, slot, status) = (*patient, *slot, *status);
                self.choose(begin, Choice { patient, visit_type: first, slot, status, cancelled_by });
            }
        }
        for (turn, slot) in free.iter().enumerate() {
            let roll = number * 1_000 + turn;
            if dice(roll, 1, BOOKED_OUT) >= person.load {
                continue;
            }
            // a doctor who is booked out takes one visit type only, so that no gap stays
            let kind = if person.load == BOOKED_OUT { 0 } else { dice(roll, 2, types.len() + 1) % types.len() };
            let Some(visit_type) = types.get(kind) else { continue };
            let fitting = slot_at(schedule, &visit_type.rules, self.span.0, &any_patient, slot.start);
            let others = self.patients.len().saturating_sub(1).max(1);
            if let (Ok(slot), Some(patient)) = (fitting, self.patients.get(1 + dice(roll, 3, others))) {
                let (status, cancelled_by) = self.status(visit_type, &slot, roll);
                self.choose(begin, Choice { patient: *patient, visit_type, slot, status, cancelled_by });
            }
        }
    }

    /// The state of an appointment: coming ones are booked or requested, today's may not be noted yet.
    fn status(&self, visit_type: &VisitType, slot: &Slot, roll: usize) -> (Status, Canceller) {
        let coming = slot.start > self.now;
        let noted = slot.end.plus_minutes(NOTED_AFTER) < self.now;
        match dice(roll, 4, 100) {
            0..50 if coming && visit_type.needs_approval => (Status::Requested, Canceller::Patient),
            0..4 if noted => (Status::Cancelled, Canceller::Patient),
            4..8 if noted => (Status::Cancelled, Canceller::PatientLate),
            8..11 if noted => (Status::Cancelled, Canceller::Doctor),
            11..13 if noted => (Status::Cancelled, Canceller::Admin),
            13..20 if noted => (Status::NoShow, Canceller::Patient),
            _ if noted => (Status::Completed, Canceller::Patient),
            _ => (Status::Booked, Canceller::Patient),
        }
    }

    /// Takes the appointment unless it is too close to one of the doctor's, which begin at `begin`, or the patient has
    /// another.
    fn choose(&mut self, begin: usize, choice: Choice<'a>) {
        let slot = choice.slot;
        let apart = |one: &Choice<'_>, other: &Choice<'_>| {
            let gap = one.visit_type.rules.buffer_after.max(other.visit_type.rules.buffer_before);
            one.slot.end.plus_minutes(gap.into()) <= other.slot.start
        };
        let of_doctor = self.chosen.get(begin..).unwrap_or_default();
        let of_patient = self.by_patient.entry(choice.patient).or_default();
        let is_free = of_doctor
            .iter()
            .all(|other| other.status == Status::Cancelled || apart(other, &choice) || apart(&choice, other));
        if is_free && of_patient.iter().all(|(start, end)| *end <= slot.start || slot.end <= *start) {
            of_patient.push((slot.start, slot.end));
            self.chosen.push(choice);
        }
    }
}

/// A number below `sides` that depends on nothing but the arguments.
fn dice(roll: usize, die: u64, sides: usize) -> usize {
    let mut bits =
        (roll as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(die.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    bits = (bits ^ (bits >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits >> 33) as usize % sides.max(1)
}
