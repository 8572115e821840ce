//! Visits of the demonstration clinic, at times that could really be booked.

use std::collections::HashMap;

use super::{
    people::DOCTORS,
    visits::{self, Visit},
};
use crate::{
    availability::server::{
        Caller, Schedule, Slot, VisitType, load_schedules, load_sites, load_visit_types, slot_at, slots,
    },
    booking::Status,
    db::{Conn, Error},
    ids::{DoctorId, UserId},
    server::random,
    time::Instant,
};

const DAY_MINUTES: i64 = 24 * 60;
/// Days before today with past visits.
const PAST_DAYS: i64 = 35;
/// Days after today with booked visits.
const FUTURE_DAYS: i64 = 28;
/// Times taken, of ten, from which a doctor is booked out.
const BOOKED_OUT: usize = 10;

/// Visits of the patient who signs in: doctor in [`DOCTORS`], days from today, and what has become of it.
const OWN_VISITS: [(usize, i64, Status); 6] = [
    (0, 6, Status::Booked),
    (13, 19, Status::Booked),
    (7, 12, Status::Requested),
    (8, 9, Status::Cancelled),
    (0, -32, Status::Booked),
    (5, -11, Status::Booked),
];

const REASONS: [&str; 5] =
    ["", "Repeat prescription", "Results of my blood test", "Questions after the last visit", ""];

/// A visit that has been decided on.
#[derive(Clone, Copy)]
struct Choice<'a> {
    patient: UserId,
    visit_type: &'a VisitType,
    slot: Slot,
    status: Status,
}

/// Fills the calendars. The doctors are those of [`DOCTORS`], in that order; the first patient is the one who signs in.
pub(super) async fn fill(
    conn: &mut Conn<'_>,
    doctors: &[DoctorId],
    patients: &[UserId],
    now: Instant,
) -> Result<(), Error> {
    let span = (now.plus_minutes(-PAST_DAYS * DAY_MINUTES), now.plus_minutes(FUTURE_DAYS * DAY_MINUTES));
    let sites = load_sites(conn).await?;
    let visit_types = load_visit_types(conn, doctors).await?;
    let schedules = load_schedules(conn, &sites, doctors, span.0, span.1).await?;
    let mut diary = Diary { now, span, patients, by_patient: HashMap::new(), chosen: Vec::new() };
    for (number, id) in doctors.iter().enumerate() {
        if let (Some(schedule), Some(types)) = (schedules.get(id), visit_types.get(id)) {
            diary.fill_doctor(number, schedule, types);
        }
    }
    let visit = |(number, choice): (usize, &Choice<'_>)| {
        let start = choice.slot.start;
        let days_before = 1 + dice(number, 5, 20) as i64;
        Some(Visit {
            patient: choice.patient,
            visit_type: choice.visit_type.id,
            location: choice.slot.location,
            zone: &sites.get(&choice.slot.location)?.zone,
            start,
            end: choice.slot.end,
            status: choice.status,
            booked_at: start.min(now).plus_minutes(-days_before * DAY_MINUTES),
            reason: REASONS.get(dice(number, 6, REASONS.len())).copied().unwrap_or_default(),
        })
    };
    let visits: Vec<Visit<'_>> = diary.chosen.iter().enumerate().filter_map(visit).collect();
    visits::insert(conn, &visits, |_| random::reference()).await
}

struct Diary<'a> {
    now: Instant,
    span: (Instant, Instant),
    patients: &'a [UserId],
    /// Start and end of each patient's visits.
    by_patient: HashMap<UserId, Vec<(Instant, Instant)>>,
    chosen: Vec<Choice<'a>>,
}

impl<'a> Diary<'a> {
    fn fill_doctor(&mut self, number: usize, schedule: &Schedule, types: &'a [VisitType]) {
        let (Some(first), Some(person)) = (types.first(), DOCTORS.get(number)) else {
            return;
        };
        let begin = self.chosen.len();
        let anybody = Caller::default();
        let free: Vec<Slot> = slots(schedule, &first.rules, self.span.0, &anybody, self.span.0, self.span.1).collect();
        for (_, days, status) in OWN_VISITS.iter().filter(|(doctor, ..)| *doctor == number) {
            let from = self.now.plus_minutes(days * DAY_MINUTES);
            let slot = free.iter().find(|slot| slot.start >= from && (*days > 0 || slot.end < self.now));
            if let (Some(slot), Some(patient)) = (slot, self.patients.first()) {
                self.choose(begin, Choice { patient: *patient, visit_type: first, slot: *slot, status: *status });
            }
        }
        for (turn, slot) in free.iter().enumerate() {
            let roll = number * 1_000 + turn;
            if dice(roll, 1, BOOKED_OUT) >= person.load {
                continue;
            }
            // a doctor who is booked out takes one kind of visit only, so that no gap stays
            let kind = if person.load == BOOKED_OUT { 0 } else { dice(roll, 2, types.len() + 1) % types.len() };
            let Some(visit_type) = types.get(kind) else { continue };
            let fitting = slot_at(schedule, &visit_type.rules, self.span.0, &anybody, slot.start);
            let others = self.patients.len().saturating_sub(1).max(1);
            if let (Ok(slot), Some(patient)) = (fitting, self.patients.get(1 + dice(roll, 3, others))) {
                let status = self.status(visit_type, &slot, roll);
                self.choose(begin, Choice { patient: *patient, visit_type, slot, status });
            }
        }
    }

    fn status(&self, visit_type: &VisitType, slot: &Slot, roll: usize) -> Status {
        if visit_type.needs_approval && slot.start > self.now && dice(roll, 4, 2) == 0 {
            Status::Requested
        } else {
            Status::Booked
        }
    }

    /// Takes the visit unless it is too close to one of the doctor's, which begin at `begin`, or the patient has another.
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
