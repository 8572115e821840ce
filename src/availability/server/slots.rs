//! Which times can be booked. One predicate decides it, for the list as well as for the booking.
//!
//! Times are computed whenever they are asked for and never stored. Nothing here reads a clock or a database.

use super::{
    schedule::{Fit, LocationClock, PatientContext, Schedule, VisitTypeRules},
    working_intervals::WorkingInterval,
};
use crate::{
    availability::Reason,
    ids::{LocationId, ResourceId},
    time::{Timestamp, server::LocalDate},
};

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Dates kept per location: those that one day of the search may touch, and one more.
const DATES_KEPT: usize = 5;

/// A time that can be booked. What identifies it is the doctor and `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub start: Timestamp,
    /// Itself excluded.
    pub end: Timestamp,
    pub location: LocationId,
    /// The room or device that it gets, where the visit type needs one.
    pub resource: Option<ResourceId>,
}

/// Every reason why the appointment cannot start at `start`; none when it can be booked.
///
/// [`Reason::DoctorUnavailable`] and [`Reason::VisitTypeUnavailable`] are found where the schedule is loaded.
#[must_use]
pub fn reasons_against(
    schedule: &Schedule,
    rules: &VisitTypeRules,
    now: Timestamp,
    patient_context: &PatientContext,
    start: Timestamp,
) -> Vec<Reason> {
    SlotEvaluator::new(schedule, rules, now, patient_context).evaluate(start).reasons
}

/// As [`reasons_against`], with the location in whose hours the appointment would take place, if it fits into any.
#[must_use]
pub fn evaluate_start(
    schedule: &Schedule,
    rules: &VisitTypeRules,
    now: Timestamp,
    patient_context: &PatientContext,
    start: Timestamp,
) -> (Option<LocationId>, Vec<Reason>) {
    let decision = SlotEvaluator::new(schedule, rules, now, patient_context).evaluate(start);
    (decision.interval.map(|interval| interval.location), decision.reasons)
}

/// The slot that starts at `start`, with its end and location.
///
/// # Errors
/// Every reason why it cannot be booked, as [`reasons_against`] gives them.
pub fn slot_at(
    schedule: &Schedule,
    rules: &VisitTypeRules,
    now: Timestamp,
    patient_context: &PatientContext,
    start: Timestamp,
) -> Result<Slot, Vec<Reason>> {
    let decision = SlotEvaluator::new(schedule, rules, now, patient_context).evaluate(start);
    decision.slot().ok_or(decision.reasons)
}

/// The bookable times from `from` until `to` (excluded), earliest first. Nothing is computed before it is asked for.
pub fn slots<'a>(
    schedule: &'a Schedule,
    rules: &'a VisitTypeRules,
    now: Timestamp,
    patient_context: &'a PatientContext,
    from: Timestamp,
    to: Timestamp,
) -> impl Iterator<Item = Slot> + use<'a> {
    let evaluator = SlotEvaluator::new(schedule, rules, now, patient_context);
    let last_start = evaluator.after_horizon();
    let from = from.max(rules.earliest(now));
    Slots { evaluator, reached: from, to: to.min(last_start), candidates: Vec::new() }
}

/// The first `n` bookable times from `from` until `to` (excluded).
#[must_use]
pub fn first_slots(
    schedule: &Schedule,
    rules: &VisitTypeRules,
    now: Timestamp,
    patient_context: &PatientContext,
    (from, to): (Timestamp, Timestamp),
    n: usize,
) -> Vec<Slot> {
    slots(schedule, rules, now, patient_context, from, to).take(n).collect()
}

/// The `n` bookable times nearest to `wanted`, the nearest first; of two as near, the earlier first.
#[must_use]
pub fn nearest(
    schedule: &Schedule,
    rules: &VisitTypeRules,
    now: Timestamp,
    patient_context: &PatientContext,
    wanted: Timestamp,
    n: usize,
) -> Vec<Slot> {
    let first = rules.earliest(now);
    let last = SlotEvaluator::new(schedule, rules, now, patient_context).after_horizon();
    // Beyond the bookable range the order is the same as at its edge, and the search stays short.
    let wanted = wanted.max(first).min(last);
    let mut reach = DAY_SECONDS / 4;
    loop {
        let (from, to) = (wanted.plus_seconds(-reach), wanted.plus_seconds(reach + 1));
        let mut found: Vec<Slot> = slots(schedule, rules, now, patient_context, from, to).collect();
        if found.len() >= n || (from <= first && to >= last) {
            found.sort_by_key(|slot| (slot.start.0.abs_diff(wanted.0), slot.start));
            found.truncate(n);
            return found;
        }
        reach = reach.saturating_mul(2);
    }
}

/// What the predicate found out about one start.
struct SlotDecision {
    reasons: Vec<Reason>,
    start: Timestamp,
    end: Timestamp,
    /// The working interval that the appointment fits into.
    interval: Option<WorkingInterval>,
    /// The room or device that is free for it, where the visit type needs one.
    resource: Option<ResourceId>,
}

impl SlotDecision {
    fn slot(&self) -> Option<Slot> {
        let interval = self.interval.filter(|_| self.reasons.is_empty())?;
        Some(Slot { start: self.start, end: self.end, location: interval.location, resource: self.resource })
    }
}

/// One date at one location, as far as it is the same for every start.
#[derive(Clone)]
struct Day {
    date: LocalDate,
    working_intervals: Vec<WorkingInterval>,
    is_full: bool,
}

/// One booker's query about one doctor and one visit type, at one moment. Remembers days between starts.
struct SlotEvaluator<'a> {
    schedule: &'a Schedule,
    rules: &'a VisitTypeRules,
    now: Timestamp,
    patient_context: &'a PatientContext,
    /// For each location, the last date within the horizon, by the location's calendar.
    last_dates: Vec<LocalDate>,
    /// For each location, the days read last.
    known: Vec<Vec<Day>>,
}

impl<'a> SlotEvaluator<'a> {
    fn new(
        schedule: &'a Schedule,
        rules: &'a VisitTypeRules,
        now: Timestamp,
        patient_context: &'a PatientContext,
    ) -> Self {
        let horizon = i64::from(rules.horizon_days);
        let last_dates =
            schedule.locations.iter().map(|location| location.zone.local_date(now).plus_days(horizon)).collect();
        SlotEvaluator {
            schedule,
            rules,
            now,
            patient_context,
            last_dates,
            known: vec![Vec::new(); schedule.locations.len()],
        }
    }

    /// The one predicate. A start belongs to the working intervals of its own date at each location.
    fn evaluate(&mut self, start: Timestamp) -> SlotDecision {
        let end = self.rules.end_of(start);
        let mut reasons = Vec::new();
        let interval = self.interval_for(start, end);
        match interval {
            Some(interval) if self.is_on_step(interval, start) => {}
            Some(_) => reasons.push(Reason::OffStep),
            None => self.explain_absence(start, end, &mut reasons),
        }
        match self.schedule.busy.fit(start, end, self.rules) {
            Fit::Overlaps => reasons.push(Reason::Taken),
            Fit::TooClose => reasons.push(Reason::Buffer),
            Fit::Free => {}
        }
        if start < self.rules.earliest(self.now) {
            reasons.push(Reason::TooSoon);
        }
        self.check_calendar(interval.map(|interval| interval.location), start, &mut reasons);
        self.check_patient(start, end, &mut reasons);
        let needed = interval.filter(|_| self.rules.needs.is_some());
        let resource =
            needed.and_then(|interval| self.schedule.free_resource(self.rules, interval.location, (start, end), None));
        if needed.is_some() && resource.is_none() {
            reasons.push(Reason::NoResource);
        }
        SlotDecision { reasons, start, end, interval, resource }
    }

    /// The working interval that the appointment fits into. Where locations overlap, one whose steps meet the start
    /// comes first.
    fn interval_for(&mut self, start: Timestamp, end: Timestamp) -> Option<WorkingInterval> {
        let mut off_step = None;
        for (index, location) in self.schedule.locations.iter().enumerate() {
            let day = self.day(index, location, location.zone.local_date(start));
            match day.and_then(|day| day.working_intervals.iter().find(|interval| interval.holds(start, end)).copied())
            {
                Some(interval) if self.is_on_step(interval, start) => return Some(interval),
                Some(interval) => off_step = off_step.or(Some(interval)),
                None => {}
            }
        }
        off_step
    }

    fn day(&mut self, index: usize, location: &LocationClock, date: LocalDate) -> Option<&Day> {
        let known = self.known.get_mut(index)?;
        let position = known.iter().position(|day| day.date == date).unwrap_or_else(|| {
            if known.len() == DATES_KEPT {
                known.remove(0);
            }
            let working_intervals = self.schedule.working_intervals(location, date, self.rules.visit_type);
            known.push(Day { date, working_intervals, is_full: is_full(self.schedule, self.rules, location, date) });
            known.len() - 1
        });
        known.get(position)
    }

    fn is_on_step(&self, interval: WorkingInterval, start: Timestamp) -> bool {
        (start.0 - interval.steps_from.0) % self.rules.step_seconds() == 0
    }

    fn explain_absence(&self, start: Timestamp, end: Timestamp, reasons: &mut Vec<Reason>) {
        let (mut closed, mut away) = (false, false);
        for location in &self.schedule.locations {
            let date = location.zone.local_date(start);
            let hours = self.schedule.hours(location, date, self.rules.visit_type);
            if hours.iter().any(|interval| interval.holds(start, end)) {
                closed |= self.schedule.is_closed(location, date);
                away |= self.schedule.time_off.iter().any(|off| off.start < end && off.end > start);
            }
        }
        if closed {
            reasons.push(Reason::Closed);
        }
        if away {
            reasons.push(Reason::TimeOff);
        }
        if !closed && !away {
            reasons.push(Reason::OutsideHours);
        }
    }

    /// Horizon and daily cap follow the calendar of the location; without any working interval there, that of the first
    /// location.
    fn check_calendar(&mut self, location: Option<LocationId>, start: Timestamp, reasons: &mut Vec<Reason>) {
        let locations = &self.schedule.locations;
        let index = locations.iter().position(|clock| location.is_none_or(|id| id == clock.id)).unwrap_or_default();
        let Some(location) = locations.get(index) else { return };
        let date = location.zone.local_date(start);
        if self.last_dates.get(index).is_some_and(|last| date > *last) {
            reasons.push(Reason::TooFar);
        }
        if self.day(index, location, date).is_some_and(|day| day.is_full) {
            reasons.push(Reason::DayFull);
        }
    }

    fn check_patient(&self, start: Timestamp, end: Timestamp, reasons: &mut Vec<Reason>) {
        reasons.extend(self.rules.refusal(self.patient_context));
        if self.patient_context.busy.iter().any(|(busy_start, busy_end)| *busy_start < end && *busy_end > start) {
            reasons.push(Reason::PatientBusy);
        }
    }

    /// A moment after which every start is too far ahead, at every location.
    fn after_horizon(&self) -> Timestamp {
        let locations = self.schedule.locations.iter().zip(&self.last_dates);
        locations.map(|(location, last)| location.zone.window_start(last.plus_days(2), 0)).max().unwrap_or(self.now)
    }
}

/// Whether the doctor already has as many appointments on that date as the rules allow.
fn is_full(schedule: &Schedule, rules: &VisitTypeRules, location: &LocationClock, date: LocalDate) -> bool {
    let Some(cap) = rules.daily_cap else { return false };
    // A day more on either side: where clocks go back over midnight, a date can come twice.
    let (from, to) =
        (location.zone.window_start(date.plus_days(-1), 0), location.zone.window_start(date.plus_days(2), 0));
    let that_day =
        schedule.busy.starts_between(from, to).iter().filter(|start| location.zone.local_date(**start) == date);
    that_day.count() >= usize::from(cap)
}

/// Searches forward a day at a time.
struct Slots<'a> {
    evaluator: SlotEvaluator<'a>,
    /// Every start before this moment has been listed or waits in `candidates`.
    reached: Timestamp,
    to: Timestamp,
    /// Starts to judge, the earliest last.
    candidates: Vec<Timestamp>,
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        loop {
            while let Some(start) = self.candidates.pop() {
                if let Some(slot) = self.evaluator.evaluate(start).slot() {
                    return Some(slot);
                }
            }
            if self.reached >= self.to {
                return None;
            }
            self.collect_next_day();
        }
    }
}

impl Slots<'_> {
    fn collect_next_day(&mut self) {
        let (from, to) = (self.reached, self.reached.plus_seconds(DAY_SECONDS).min(self.to));
        for (index, location) in self.evaluator.schedule.locations.iter().enumerate() {
            // One date more on either side: where clocks go back over midnight, a date can come twice.
            let mut date = location.zone.local_date(from).plus_days(-1);
            let last = location.zone.local_date(to).plus_days(1);
            while date <= last {
                self.collect(index, location, date, from, to);
                date = date.plus_days(1);
            }
        }
        self.candidates.sort_unstable_by(|a, b| b.cmp(a));
        self.candidates.dedup();
        self.reached = to;
    }

    fn collect(&mut self, index: usize, location: &LocationClock, date: LocalDate, from: Timestamp, to: Timestamp) {
        let (rules, busy) = (self.evaluator.rules, &self.evaluator.schedule.busy);
        let step = rules.step_seconds();
        let Some(day) = self.evaluator.day(index, location, date) else {
            return;
        };
        for interval in &day.working_intervals {
            let skipped = (from.max(interval.start).0 - interval.steps_from.0 + step - 1) / step;
            let mut start = interval.steps_from.plus_seconds(skipped * step);
            while start < to && rules.end_of(start) <= interval.end {
                // The predicate would say so too; asking first keeps the search quick over days that are taken.
                if busy.fit(start, rules.end_of(start), rules) == Fit::Free {
                    self.candidates.push(start);
                }
                start = start.plus_seconds(step);
            }
        }
    }
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
