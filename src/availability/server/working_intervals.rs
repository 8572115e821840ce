//! From the rules of a calendar to the stretches of one date in which a doctor sees patients.
//!
//! Closure beats time off, time off beats an override, an override beats the weekly hours.

use super::schedule::{LocationClock, Schedule, WeeklyHours};
use crate::{
    availability::model::overrides::DateChange,
    ids::{LocationId, VisitTypeId},
    time::{Timestamp, server::LocalDate},
};

/// A stretch of time in which a doctor sees patients at one location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingInterval {
    pub location: LocationId,
    pub start: Timestamp,
    /// Itself excluded.
    pub end: Timestamp,
    /// From where the steps are counted: the start of the hours before time off was taken out of them. New time off
    /// therefore never shifts the times that stay.
    pub steps_from: Timestamp,
}

impl WorkingInterval {
    /// Whether an appointment from `start` to `end` fits in.
    pub(super) fn holds(&self, start: Timestamp, end: Timestamp) -> bool {
        self.start <= start && end <= self.end
    }
}

impl Schedule {
    /// The working intervals of one date at one location for one visit type, in order and without overlap.
    ///
    /// Time off splits a working interval. An edge made by time off counts as any edge of a working interval: an
    /// appointment may end when the time off begins, without a buffer, because no appointment follows.
    #[must_use]
    pub fn working_intervals(
        &self,
        location: &LocationClock,
        date: LocalDate,
        visit_type: VisitTypeId,
    ) -> Vec<WorkingInterval> {
        if self.is_closed(location, date) {
            return Vec::new();
        }
        self.hours(location, date, visit_type)
            .into_iter()
            .flat_map(|interval| self.without_time_off(interval))
            .collect()
    }

    /// The working intervals of one date at every location for any of these visit types, in order; those of one
    /// location do not overlap.
    #[must_use]
    pub fn intervals_on(&self, date: LocalDate, kinds: &[VisitTypeId]) -> Vec<WorkingInterval> {
        let at =
            |location| merge(kinds.iter().flat_map(|kind| self.working_intervals(location, date, *kind)).collect());
        let mut working_intervals: Vec<WorkingInterval> = self.locations.iter().flat_map(at).collect();
        working_intervals.sort_by_key(|interval| (interval.start, interval.location.0));
        working_intervals
    }

    /// The locations at which the doctor would see patients that day, but the location or the doctor's day there is
    /// closed; with whether the doctor closed it.
    #[must_use]
    pub fn closed_on(&self, date: LocalDate, kinds: &[VisitTypeId]) -> Vec<(LocationId, bool)> {
        let has_hours =
            |location: &&LocationClock| kinds.iter().any(|kind| !self.hours(location, date, *kind).is_empty());
        let closed = self.locations.iter().filter(|location| self.is_closed(location, date)).filter(has_hours);
        closed.map(|location| (location.id, self.has_override(location, date, DateChange::Closed))).collect()
    }

    /// Whether the location, or the doctor's day there, is closed.
    pub(super) fn is_closed(&self, location: &LocationClock, date: LocalDate) -> bool {
        let shut = |first: LocalDate, last: LocalDate| first <= date && date <= last;
        self.closures.iter().any(|closure| closure.location == location.id && shut(closure.first, closure.last))
            || self.has_override(location, date, DateChange::Closed)
    }

    /// The working intervals as they would be without closures, closed days and time off.
    pub(super) fn hours(
        &self,
        location: &LocationClock,
        date: LocalDate,
        visit_type: VisitTypeId,
    ) -> Vec<WorkingInterval> {
        self.hours_of(location, date, |hours| hours.apply_on(date, visit_type))
    }

    /// As [`Self::hours`], for any visit type: when the doctor is at the location at all.
    pub(super) fn presence(&self, location: &LocationClock, date: LocalDate) -> Vec<WorkingInterval> {
        self.hours_of(location, date, |hours| hours.run_on(date))
    }

    fn hours_of(
        &self,
        location: &LocationClock,
        date: LocalDate,
        counts: impl Fn(&WeeklyHours) -> bool,
    ) -> Vec<WorkingInterval> {
        let mut windows = self.override_windows(location, date, DateChange::Add);
        if self.has_override(location, date, DateChange::Replace) {
            windows.extend(self.override_windows(location, date, DateChange::Replace));
        } else {
            let weekly = self.weekly.iter().filter(|hours| hours.location == location.id && counts(hours));
            windows.extend(weekly.map(|hours| (hours.start_minute, hours.end_minute)));
        }
        let working_intervals = windows.into_iter().filter(|(from, until)| from < until).map(|(from, until)| {
            let start = location.zone.window_start(date, from);
            WorkingInterval {
                location: location.id,
                start,
                end: location.zone.window_end(date, until),
                steps_from: start,
            }
        });
        merge(working_intervals.filter(|interval| interval.start < interval.end).collect())
    }

    fn has_override(&self, location: &LocationClock, date: LocalDate, kind: DateChange) -> bool {
        self.overrides_on(location, date, kind).next().is_some()
    }

    fn override_windows(&self, location: &LocationClock, date: LocalDate, kind: DateChange) -> Vec<(u16, u16)> {
        let windows = self.overrides_on(location, date, kind).filter_map(|row| row.window);
        windows.filter(|(at, ..)| *at == location.id).map(|(_, from, until)| (from, until)).collect()
    }

    fn overrides_on(
        &self,
        location: &LocationClock,
        date: LocalDate,
        kind: DateChange,
    ) -> impl Iterator<Item = &super::schedule::Override> {
        let here = location.id;
        self.overrides
            .iter()
            .filter(move |row| row.date == date && row.kind == kind && row.location.is_none_or(|id| id == here))
    }

    fn without_time_off(&self, interval: WorkingInterval) -> Vec<WorkingInterval> {
        let mut pieces = Vec::new();
        let mut rest = interval;
        for off in self.time_off.iter().filter(|off| off.start < interval.end && off.end > interval.start) {
            if rest.start < off.start {
                pieces.push(WorkingInterval { end: off.start, ..rest });
            }
            rest.start = rest.start.max(off.end);
        }
        if rest.start < rest.end {
            pieces.push(rest);
        }
        pieces
    }
}

impl WeeklyHours {
    pub(super) fn apply_on(&self, date: LocalDate, visit_type: VisitTypeId) -> bool {
        self.run_on(date) && self.visit_type.is_none_or(|only| only == visit_type)
    }

    /// Whether the hours count on that date, for any visit type.
    pub(super) fn run_on(&self, date: LocalDate) -> bool {
        let weeks = || date.monday().days_since(self.valid_from.monday()) / 7;
        self.weekday == date.weekday()
            && self.valid_from <= date
            && self.valid_until.is_none_or(|last| date <= last)
            && (self.every_weeks <= 1 || weeks() % i64::from(self.every_weeks) == 0)
            && self.month_week.is_none_or(|only| only.is(date.week_of_month()))
    }
}

/// Joins working intervals of one location that touch or overlap, so that an appointment may cross the boundary.
fn merge(mut working_intervals: Vec<WorkingInterval>) -> Vec<WorkingInterval> {
    working_intervals.sort_unstable_by_key(|interval| interval.start);
    let mut merged: Vec<WorkingInterval> = Vec::with_capacity(working_intervals.len());
    for interval in working_intervals {
        match merged.last_mut() {
            Some(last) if interval.start <= last.end => last.end = last.end.max(interval.end),
            _ => merged.push(interval),
        }
    }
    merged
}
