//! From the rules of a calendar to the stretches of one date in which a doctor sees patients.
//!
//! Closure beats time off, time off beats an override, an override beats the weekly hours.

use super::schedule::{OverrideKind, Schedule, Site, WeeklyHours};
use crate::{
    ids::{LocationId, VisitTypeId},
    time::{Instant, server::LocalDate},
};

/// A stretch of time in which a doctor sees patients at one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub location: LocationId,
    pub start: Instant,
    /// Itself excluded.
    pub end: Instant,
    /// From where the steps are counted: the start of the hours before time off was taken out of them. New time off
    /// therefore never shifts the times that stay.
    pub steps_from: Instant,
}

impl Session {
    /// Whether a visit from `start` to `end` fits in.
    pub(super) fn holds(&self, start: Instant, end: Instant) -> bool {
        self.start <= start && end <= self.end
    }
}

impl Schedule {
    /// The sessions of one date at one site for one kind of visit, in order and apart from each other.
    ///
    /// Time off cuts a session into pieces. An edge made by time off counts as any edge of a session: a visit may end
    /// as the time off begins, without a buffer, because nobody waits there.
    #[must_use]
    pub fn sessions(&self, site: &Site, date: LocalDate, visit_type: VisitTypeId) -> Vec<Session> {
        if self.is_closed(site, date) {
            return Vec::new();
        }
        self.hours(site, date, visit_type).into_iter().flat_map(|session| self.without_time_off(session)).collect()
    }

    /// The sessions of one date at every site for any of these kinds of visit, in order; at one site apart from each other.
    #[must_use]
    pub fn sessions_on(&self, date: LocalDate, kinds: &[VisitTypeId]) -> Vec<Session> {
        let at = |site| merge(kinds.iter().flat_map(|kind| self.sessions(site, date, *kind)).collect());
        let mut sessions: Vec<Session> = self.sites.iter().flat_map(at).collect();
        sessions.sort_by_key(|session| (session.start, session.location.0));
        sessions
    }

    /// The sites at which the doctor would see patients that day, but the site or the doctor's day there is closed; with
    /// whether the doctor closed it.
    #[must_use]
    pub fn closed_on(&self, date: LocalDate, kinds: &[VisitTypeId]) -> Vec<(LocationId, bool)> {
        let has_hours = |site: &&Site| kinds.iter().any(|kind| !self.hours(site, date, *kind).is_empty());
        let closed = self.sites.iter().filter(|site| self.is_closed(site, date)).filter(has_hours);
        closed.map(|site| (site.id, self.has_override(site, date, OverrideKind::Closed))).collect()
    }

    /// Whether the site, or the doctor's day there, is closed.
    pub(super) fn is_closed(&self, site: &Site, date: LocalDate) -> bool {
        let shut = |first: LocalDate, last: LocalDate| first <= date && date <= last;
        self.closures.iter().any(|closure| closure.location == site.id && shut(closure.first, closure.last))
            || self.has_override(site, date, OverrideKind::Closed)
    }

    /// The sessions as they would be without closures, closed days and time off.
    pub(super) fn hours(&self, site: &Site, date: LocalDate, visit_type: VisitTypeId) -> Vec<Session> {
        self.hours_of(site, date, |hours| hours.apply_on(date, visit_type))
    }

    /// As [`Self::hours`], for whatever kind of visit: when the doctor is at the site at all.
    pub(super) fn presence(&self, site: &Site, date: LocalDate) -> Vec<Session> {
        self.hours_of(site, date, |hours| hours.run_on(date))
    }

    fn hours_of(&self, site: &Site, date: LocalDate, counts: impl Fn(&WeeklyHours) -> bool) -> Vec<Session> {
        let mut windows = self.override_windows(site, date, OverrideKind::Add);
        if self.has_override(site, date, OverrideKind::Replace) {
            windows.extend(self.override_windows(site, date, OverrideKind::Replace));
        } else {
            let weekly = self.weekly.iter().filter(|hours| hours.location == site.id && counts(hours));
            windows.extend(weekly.map(|hours| (hours.start_minute, hours.end_minute)));
        }
        let sessions = windows.into_iter().filter(|(from, until)| from < until).map(|(from, until)| {
            let start = site.zone.window_start(date, from);
            Session { location: site.id, start, end: site.zone.window_end(date, until), steps_from: start }
        });
        merge(sessions.filter(|session| session.start < session.end).collect())
    }

    fn has_override(&self, site: &Site, date: LocalDate, kind: OverrideKind) -> bool {
        self.overrides_on(site, date, kind).next().is_some()
    }

    fn override_windows(&self, site: &Site, date: LocalDate, kind: OverrideKind) -> Vec<(u16, u16)> {
        let windows = self.overrides_on(site, date, kind).filter_map(|row| row.window);
        windows.filter(|(location, ..)| *location == site.id).map(|(_, from, until)| (from, until)).collect()
    }

    fn overrides_on(
        &self,
        site: &Site,
        date: LocalDate,
        kind: OverrideKind,
    ) -> impl Iterator<Item = &super::schedule::Override> {
        let here = site.id;
        self.overrides
            .iter()
            .filter(move |row| row.date == date && row.kind == kind && row.location.is_none_or(|id| id == here))
    }

    fn without_time_off(&self, session: Session) -> Vec<Session> {
        let mut pieces = Vec::new();
        let mut rest = session;
        for off in self.time_off.iter().filter(|off| off.start < session.end && off.end > session.start) {
            if rest.start < off.start {
                pieces.push(Session { end: off.start, ..rest });
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

    /// Whether the hours count on that date, for whatever kind of visit.
    pub(super) fn run_on(&self, date: LocalDate) -> bool {
        let weeks = || date.monday().days_since(self.valid_from.monday()) / 7;
        self.weekday == date.weekday()
            && self.valid_from <= date
            && self.valid_until.is_none_or(|last| date <= last)
            && (self.every_weeks <= 1 || weeks() % i64::from(self.every_weeks) == 0)
    }
}

/// Joins sessions of one site that touch or overlap, so that a visit may cross the seam.
fn merge(mut sessions: Vec<Session>) -> Vec<Session> {
    sessions.sort_unstable_by_key(|session| session.start);
    let mut merged: Vec<Session> = Vec::with_capacity(sessions.len());
    for session in sessions {
        match merged.last_mut() {
            Some(last) if session.start <= last.end => last.end = last.end.max(session.end),
            _ => merged.push(session),
        }
    }
    merged
}
