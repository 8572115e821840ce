//! The time that is asked for, and how much of the calendars around it is read to decide about it.

use std::collections::HashMap;

use crate::{
    availability::server::{LONGEST_BUFFER, Location, Schedule, VisitType, ahead},
    ids::{AppointmentId, LocationId},
    time::{Timestamp, server::LocalDate},
};

/// How far ahead schedules are read: past the longest horizon a visit type may have.
pub(super) const FAR_AHEAD_MINUTES: i64 = 733 * 24 * 60;

/// Which time of a doctor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    At(Timestamp),
    /// The earliest free one of a day on the clinic's calendar.
    On(LocalDate),
}

/// What is read after the requested day: a night. Where clocks go back over midnight, a part of a date comes twice.
const NIGHT_MINUTES: i64 = 6 * 60;

/// What is read on either side of a day to find the free times nearest to one of it.
const NEAR_MINUTES: i64 = 4 * 24 * 60;

/// Which of the appointments that may conflict with a booking are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadWindow {
    pub now: Timestamp,
    day_of: Option<Start>,
    /// Minutes that are read before the requested day, and after it.
    before: i64,
    after: i64,
    /// This one does not count, nor do the other rows of its chain of moves.
    pub except: Option<AppointmentId>,
}

impl ReadWindow {
    /// All that are under way or to come.
    pub fn all_ahead(now: Timestamp) -> Self {
        ReadWindow { now, day_of: None, before: 0, after: 0, except: None }
    }

    /// Those of the requested day: enough to decide whether the time is free, not to find the nearest free times. Write
    /// units read no more than that, so two of them seldom touch the same rows.
    pub fn day_of(now: Timestamp, request: Start) -> Self {
        ReadWindow { now, day_of: Some(request), before: 0, after: NIGHT_MINUTES, except: None }
    }

    /// Those of the days around the requested one, where the nearest free times mostly are.
    pub fn near(now: Timestamp, request: Start) -> Self {
        ReadWindow { before: NEAR_MINUTES, after: NEAR_MINUTES, ..ReadWindow::day_of(now, request) }
    }

    /// The same with all that may reach into the requested day.
    pub fn with_buffers(self) -> Self {
        ReadWindow { before: LONGEST_BUFFER, after: LONGEST_BUFFER, ..self }
    }

    /// The same without one of them and the rest of its chain of moves.
    pub fn except_for(self, except: Option<AppointmentId>) -> Self {
        ReadWindow { except, ..self }
    }

    /// When they take place, for an appointment of this visit type: on the day by every clock of the clinic, which
    /// daily caps count, and as far from the requested time, or from the doctor's hours of the requested day, as a
    /// buffer may reach.
    pub fn span(
        &self,
        visit_type: &VisitType,
        schedule: &Schedule,
        locations: &HashMap<LocationId, Location>,
    ) -> (Timestamp, Timestamp) {
        let Some(request) = self.day_of else {
            return ahead(self.now, self.now.plus_minutes(FAR_AHEAD_MINUTES));
        };
        let date = |location: &Location| match request {
            Start::At(start) => location.zone.local_date(start),
            Start::On(date) => date,
        };
        let begins =
            locations.values().map(|location| location.zone.window_start(date(location), 0)).min().unwrap_or(self.now);
        let ends = locations
            .values()
            .map(|location| location.zone.window_start(date(location).plus_days(1), 0))
            .max()
            .unwrap_or(self.now);
        let (mut from, mut until) = (begins.plus_minutes(-self.before), ends.plus_minutes(self.after));
        match request {
            Start::At(start) => {
                let (first, last) = within_buffers(start, visit_type.rules.end_of(start));
                (from, until) = (from.min(first), until.max(last));
            }
            Start::On(date) => {
                for hours in schedule.intervals_on(date, &[visit_type.id]) {
                    let (first, last) = within_buffers(hours.start, hours.end);
                    (from, until) = (from.min(first), until.max(last));
                }
            }
        }
        (from.clamp(Timestamp(0), Timestamp::FOREVER), until.clamp(Timestamp(0), Timestamp::FOREVER))
    }
}

/// What the longest buffers on either side could reach of an appointment.
pub(super) fn within_buffers(start: Timestamp, end: Timestamp) -> (Timestamp, Timestamp) {
    (start.plus_minutes(-LONGEST_BUFFER), end.plus_minutes(LONGEST_BUFFER))
}
