//! Which times can be booked. One predicate decides it, for the list as well as for the booking.
//!
//! Times are computed whenever they are asked for and never stored. Nothing here reads a clock or a database.

use super::{
    schedule::{Audience, Caller, Fit, Schedule, Site, VisitRules},
    sessions::Session,
};
use crate::{
    availability::Reason,
    ids::LocationId,
    time::{Instant, server::LocalDate},
};

const DAY_SECONDS: i64 = 24 * 60 * 60;
/// Dates kept per site: those that one day of the search may touch, and one more.
const DATES_KEPT: usize = 5;

/// A time that can be booked. What identifies it is the doctor and `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    pub start: Instant,
    /// Itself excluded.
    pub end: Instant,
    pub location: LocationId,
}

/// Every reason why the visit cannot start at `start`; none when it can be booked.
///
/// [`Reason::DoctorUnavailable`] and [`Reason::VisitTypeUnavailable`] are for whoever loads the schedule to find.
#[must_use]
pub fn why_not(schedule: &Schedule, rules: &VisitRules, now: Instant, caller: &Caller, start: Instant) -> Vec<Reason> {
    Question::new(schedule, rules, now, caller).judge(start).reasons
}

/// As [`why_not`], with the site in whose hours the visit would take place, if it fits into any.
#[must_use]
pub fn judged(
    schedule: &Schedule,
    rules: &VisitRules,
    now: Instant,
    caller: &Caller,
    start: Instant,
) -> (Option<LocationId>, Vec<Reason>) {
    let verdict = Question::new(schedule, rules, now, caller).judge(start);
    (verdict.session.map(|session| session.location), verdict.reasons)
}

/// The slot that starts at `start`, with its end and site.
///
/// # Errors
/// Every reason why it cannot be booked, as [`why_not`] gives them.
pub fn slot_at(
    schedule: &Schedule,
    rules: &VisitRules,
    now: Instant,
    caller: &Caller,
    start: Instant,
) -> Result<Slot, Vec<Reason>> {
    let verdict = Question::new(schedule, rules, now, caller).judge(start);
    verdict.slot().ok_or(verdict.reasons)
}

/// The bookable times from `from` until `to` (excluded), earliest first. Nothing is computed before it is asked for.
pub fn slots<'a>(
    schedule: &'a Schedule,
    rules: &'a VisitRules,
    now: Instant,
    caller: &'a Caller,
    from: Instant,
    to: Instant,
) -> impl Iterator<Item = Slot> + use<'a> {
    let question = Question::new(schedule, rules, now, caller);
    let last_start = question.after_horizon();
    let from = from.max(rules.earliest(now));
    Slots { question, reached: from, to: to.min(last_start), candidates: Vec::new() }
}

/// The first `n` bookable times from `from` until `to` (excluded).
#[must_use]
pub fn first_slots(
    schedule: &Schedule,
    rules: &VisitRules,
    now: Instant,
    caller: &Caller,
    (from, to): (Instant, Instant),
    n: usize,
) -> Vec<Slot> {
    slots(schedule, rules, now, caller, from, to).take(n).collect()
}

/// The `n` bookable times nearest to `wanted`, the nearest first; of two as near, the earlier first.
#[must_use]
pub fn nearest(
    schedule: &Schedule,
    rules: &VisitRules,
    now: Instant,
    caller: &Caller,
    wanted: Instant,
    n: usize,
) -> Vec<Slot> {
    let first = rules.earliest(now);
    let last = Question::new(schedule, rules, now, caller).after_horizon();
    // Beyond the bookable range the order is the same as at its edge, and the search stays short.
    let wanted = wanted.max(first).min(last);
    let mut reach = DAY_SECONDS / 4;
    loop {
        let (from, to) = (wanted.plus_seconds(-reach), wanted.plus_seconds(reach + 1));
        let mut found: Vec<Slot> = slots(schedule, rules, now, caller, from, to).collect();
        if found.len() >= n || (from <= first && to >= last) {
            found.sort_by_key(|slot| (slot.start.0.abs_diff(wanted.0), slot.start));
            found.truncate(n);
            return found;
        }
        reach = reach.saturating_mul(2);
    }
}

/// What the predicate found out about one start.
struct Verdict {
    reasons: Vec<Reason>,
    start: Instant,
    end: Instant,
    /// The session that the visit fits into.
    session: Option<Session>,
}

impl Verdict {
    fn slot(&self) -> Option<Slot> {
        let session = self.session.filter(|_| self.reasons.is_empty())?;
        Some(Slot { start: self.start, end: self.end, location: session.location })
    }
}

/// One date at one site, as far as it is the same for every start.
#[derive(Clone)]
struct Day {
    date: LocalDate,
    sessions: Vec<Session>,
    is_full: bool,
}

/// One caller's question about one doctor and one kind of visit, at one moment. Remembers days between starts.
struct Question<'a> {
    schedule: &'a Schedule,
    rules: &'a VisitRules,
    now: Instant,
    caller: &'a Caller,
    /// For each site, the last date within the horizon, by the site's calendar.
    last_dates: Vec<LocalDate>,
    /// For each site, the days looked at last.
    known: Vec<Vec<Day>>,
}

impl<'a> Question<'a> {
    fn new(schedule: &'a Schedule, rules: &'a VisitRules, now: Instant, caller: &'a Caller) -> Self {
        let horizon = i64::from(rules.horizon_days);
        let last_dates = schedule.sites.iter().map(|site| site.zone.local_date(now).plus_days(horizon)).collect();
        Question { schedule, rules, now, caller, last_dates, known: vec![Vec::new(); schedule.sites.len()] }
    }

    /// The one predicate. A start belongs to the sessions of its own date at each site.
    fn judge(&mut self, start: Instant) -> Verdict {
        let end = self.rules.end_of(start);
        let mut reasons = Vec::new();
        let place = self.place(start, end);
        match place {
            Some(session) if self.is_on_step(session, start) => {}
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
        self.check_calendar(place.map(|session| session.location), start, &mut reasons);
        self.check_caller(start, end, &mut reasons);
        Verdict { reasons, start, end, session: place }
    }

    /// The session that the visit fits into. Where sites overlap, one whose steps meet the start comes first.
    fn place(&mut self, start: Instant, end: Instant) -> Option<Session> {
        let mut off_step = None;
        for (index, site) in self.schedule.sites.iter().enumerate() {
            let day = self.day(index, site, site.zone.local_date(start));
            match day.and_then(|day| day.sessions.iter().find(|session| session.holds(start, end)).copied()) {
                Some(session) if self.is_on_step(session, start) => return Some(session),
                Some(session) => off_step = off_step.or(Some(session)),
                None => {}
            }
        }
        off_step
    }

    fn day(&mut self, index: usize, site: &Site, date: LocalDate) -> Option<&Day> {
        let known = self.known.get_mut(index)?;
        let position = known.iter().position(|day| day.date == date).unwrap_or_else(|| {
            if known.len() == DATES_KEPT {
                known.remove(0);
            }
            let sessions = self.schedule.sessions(site, date, self.rules.visit_type);
            known.push(Day { date, sessions, is_full: is_full(self.schedule, self.rules, site, date) });
            known.len() - 1
        });
        known.get(position)
    }

    fn is_on_step(&self, session: Session, start: Instant) -> bool {
        (start.0 - session.steps_from.0) % self.rules.step_seconds() == 0
    }

    fn explain_absence(&self, start: Instant, end: Instant, reasons: &mut Vec<Reason>) {
        let (mut closed, mut away) = (false, false);
        for site in &self.schedule.sites {
            let date = site.zone.local_date(start);
            let hours = self.schedule.hours(site, date, self.rules.visit_type);
            if hours.iter().any(|session| session.holds(start, end)) {
                closed |= self.schedule.is_closed(site, date);
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

    /// Horizon and daily cap follow the calendar of the site; without any session there, that of the first site.
    fn check_calendar(&mut self, place: Option<LocationId>, start: Instant, reasons: &mut Vec<Reason>) {
        let sites = &self.schedule.sites;
        let index = sites.iter().position(|site| place.is_none_or(|id| id == site.id)).unwrap_or_default();
        let Some(site) = sites.get(index) else { return };
        let date = site.zone.local_date(start);
        if self.last_dates.get(index).is_some_and(|last| date > *last) {
            reasons.push(Reason::TooFar);
        }
        if self.day(index, site, date).is_some_and(|day| day.is_full) {
            reasons.push(Reason::DayFull);
        }
    }

    fn check_caller(&self, start: Instant, end: Instant, reasons: &mut Vec<Reason>) {
        match (self.rules.audience, self.caller.is_new_patient) {
            (Audience::New, Some(false)) => reasons.push(Reason::OnlyForNewPatients),
            (Audience::Returning, Some(true)) => reasons.push(Reason::NotForNewPatients),
            _ => {}
        }
        if self.caller.busy.iter().any(|(busy_start, busy_end)| *busy_start < end && *busy_end > start) {
            reasons.push(Reason::PatientBusy);
        }
    }

    /// A moment after which every start is too far ahead, whatever the site.
    fn after_horizon(&self) -> Instant {
        let sites = self.schedule.sites.iter().zip(&self.last_dates);
        sites.map(|(site, last)| site.zone.window_start(last.plus_days(2), 0)).max().unwrap_or(self.now)
    }
}

/// Whether the doctor already has as many visits on that date as the rules allow.
fn is_full(schedule: &Schedule, rules: &VisitRules, site: &Site, date: LocalDate) -> bool {
    let Some(cap) = rules.daily_cap else { return false };
    // A day more on either side: where clocks go back over midnight, a date can come twice.
    let (from, to) = (site.zone.window_start(date.plus_days(-1), 0), site.zone.window_start(date.plus_days(2), 0));
    let that_day = schedule.busy.starts_between(from, to).iter().filter(|start| site.zone.local_date(**start) == date);
    that_day.count() >= usize::from(cap)
}

/// Searches forward a day at a time.
struct Slots<'a> {
    question: Question<'a>,
    /// Every start before this moment has been listed or waits in `candidates`.
    reached: Instant,
    to: Instant,
    /// Starts to judge, the earliest last.
    candidates: Vec<Instant>,
}

impl Iterator for Slots<'_> {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        loop {
            while let Some(start) = self.candidates.pop() {
                if let Some(slot) = self.question.judge(start).slot() {
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
        for (index, site) in self.question.schedule.sites.iter().enumerate() {
            // One date more on either side: where clocks go back over midnight, a date can come twice.
            let mut date = site.zone.local_date(from).plus_days(-1);
            let last = site.zone.local_date(to).plus_days(1);
            while date <= last {
                self.collect(index, site, date, from, to);
                date = date.plus_days(1);
            }
        }
        self.candidates.sort_unstable_by(|a, b| b.cmp(a));
        self.candidates.dedup();
        self.reached = to;
    }

    fn collect(&mut self, index: usize, site: &Site, date: LocalDate, from: Instant, to: Instant) {
        let (rules, busy) = (self.question.rules, &self.question.schedule.busy);
        let step = rules.step_seconds();
        let Some(day) = self.question.day(index, site, date) else {
            return;
        };
        for session in &day.sessions {
            let skipped = (from.max(session.start).0 - session.steps_from.0 + step - 1) / step;
            let mut start = session.steps_from.plus_seconds(skipped * step);
            while start < to && rules.end_of(start) <= session.end {
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
