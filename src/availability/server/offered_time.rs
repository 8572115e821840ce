//! The bookable time of doctors over a range of dates, by hour of the week. Statistics compare bookings with it.
//!
//! Most dates follow the weekly hours alone, and are counted rather than evaluated one by one; dates with an override,
//! time off, a closure or a change of the clocks are taken from their working intervals.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{
    load,
    schedule::{LocationClock, Schedule, WeeklyHours},
    working_intervals::WorkingInterval,
};
use crate::{
    ids::{LocationId, VisitTypeId},
    time::{Timestamp, server::LocalDate},
};

/// Hours of a week.
const HOURS: usize = 7 * 24;

/// Minutes by hour of the week: hour 0 begins on Monday at midnight, hour 167 is the last of Sunday.
pub type HourMinutes = [i64; HOURS];

/// The dates over which bookable time is counted, and what all doctors have in common.
#[derive(Clone, Debug)]
pub struct OfferedTime {
    first: LocalDate,
    last: LocalDate,
    /// Dates on which the clocks of a location change.
    clock_changes: HashMap<LocationId, Vec<LocalDate>>,
}

impl OfferedTime {
    /// Counts from `first` to `last`, both included.
    #[must_use]
    pub fn new<'a>(locations: impl IntoIterator<Item = &'a load::Location>, first: LocalDate, last: LocalDate) -> Self {
        let changes = |location: &load::Location| {
            let offset = |date: LocalDate| location.zone.offset_seconds(location.zone.window_start(date, 0));
            let changed = |date: &LocalDate| offset(*date) != offset(date.plus_days(1));
            (location.id, dates(first, last).filter(changed).collect())
        };
        OfferedTime { first, last, clock_changes: locations.into_iter().map(changes).collect() }
    }

    /// Minutes in which one doctor sees patients for some visit type, taken or not, by the hour on the clock of the
    /// doctor's location.
    #[must_use]
    pub fn minutes(&self, schedule: &Schedule) -> HourMinutes {
        let special = self.special_dates(schedule);
        let mut minutes = [0; HOURS];
        for weekday in 1..=7 {
            let rows: Vec<&WeeklyHours> = schedule.weekly.iter().filter(|hours| hours.weekday == weekday).collect();
            for (from, until) in self.stretches(&rows) {
                let ahead = (i64::from(weekday) - i64::from(from.weekday())).rem_euclid(7);
                let date = from.plus_days(ahead);
                let all = (until.days_since(date) + 6).div_euclid(7).max(0);
                let special = special.range(date..until.max(date)).filter(|date| date.weekday() == weekday).count();
                let times = all - i64::try_from(special).unwrap_or_default();
                let valid = rows.iter().filter(|hours| hours.run_on(date)).copied().collect();
                if times > 0 {
                    add_weekly(&mut minutes, weekday, valid, times);
                }
            }
        }
        for date in special {
            schedule.add_date(&mut minutes, date);
        }
        minutes
    }

    /// The whole time in stretches, end excluded, in each of which the same ones of these hours hold on the weekday
    /// that they share.
    fn stretches(&self, rows: &[&WeeklyHours]) -> Vec<(LocalDate, LocalDate)> {
        let end = self.last.plus_days(1);
        let mut edges = BTreeSet::from([self.first, end]);
        for hours in rows {
            edges.insert(hours.valid_from);
            edges.extend(hours.valid_until.map(|last| last.plus_days(1)));
            if hours.every_weeks > 1 || hours.month_week.is_some() {
                edges.extend(dates(self.first, self.last).filter(|date| date.weekday() == 1));
            }
        }
        let edges: Vec<LocalDate> = edges.range(self.first..=end).copied().collect();
        edges.iter().copied().zip(edges.iter().copied().skip(1)).collect()
    }

    /// The dates that do not follow the weekly hours alone.
    fn special_dates(&self, schedule: &Schedule) -> BTreeSet<LocalDate> {
        let within = |from: LocalDate, until: LocalDate| dates(from.max(self.first), until.min(self.last));
        let mut special: BTreeSet<LocalDate> =
            schedule.overrides.iter().flat_map(|row| within(row.date, row.date)).collect();
        let here = |id: LocationId| schedule.weekly.iter().any(|hours| hours.location == id);
        for closure in schedule.closures.iter().filter(|closure| here(closure.location)) {
            special.extend(within(closure.first, closure.last));
        }
        for location in schedule.locations.iter().filter(|location| here(location.id)) {
            special.extend(self.clock_changes.get(&location.id).into_iter().flatten());
            for off in &schedule.time_off {
                special.extend(within(location.zone.local_date(off.start), location.zone.local_date(off.end)));
            }
        }
        special
    }
}

/// Represents visit types that no hours are reserved for.
const NO_KIND: VisitTypeId = VisitTypeId(Uuid::nil());

impl Schedule {
    /// Adds the working intervals of one date for all visit types together.
    fn add_date(&self, minutes: &mut HourMinutes, date: LocalDate) {
        let mut kinds: BTreeSet<VisitTypeId> = self.weekly.iter().filter_map(|hours| hours.visit_type).collect();
        kinds.insert(NO_KIND);
        for interval in self.intervals_on(date, &kinds.into_iter().collect::<Vec<_>>()) {
            if let Some(location) = self.locations.iter().find(|location| location.id == interval.location) {
                add_interval(minutes, location, date, interval);
            }
        }
    }
}

fn dates(first: LocalDate, last: LocalDate) -> impl Iterator<Item = LocalDate> {
    (0..=last.days_since(first)).map(move |days| first.plus_days(days))
}

/// Windows of one weekday that count `times` times; those of one location may overlap.
fn add_weekly(minutes: &mut HourMinutes, weekday: u8, mut rows: Vec<&WeeklyHours>, times: i64) {
    rows.sort_unstable_by_key(|hours| (hours.location, hours.start_minute));
    let mut reached = (None, 0);
    for hours in rows {
        if reached.0 != Some(hours.location) {
            reached = (Some(hours.location), 0);
        }
        let from = hours.start_minute.max(reached.1);
        if from < hours.end_minute {
            spread(minutes, weekday, i64::from(from), i64::from(hours.end_minute - from), times);
            reached.1 = hours.end_minute;
        }
    }
}

/// A working interval by the hours on its location's clock, also across a clock change.
fn add_interval(minutes: &mut HourMinutes, location: &LocationClock, date: LocalDate, interval: WorkingInterval) {
    let mut at: Timestamp = interval.start;
    while at < interval.end {
        let minute = i64::from(location.zone.minute_of_day(at));
        let length = (60 - minute % 60).min(interval.end.minutes_since(at).max(1));
        spread(minutes, date.weekday(), minute, length, 1);
        at = at.plus_minutes(length);
    }
}

/// Adds a stretch of one day to the hours that it touches, `times` times.
fn spread(minutes: &mut HourMinutes, weekday: u8, from: i64, length: i64, times: i64) {
    let (mut at, until) = (from, from + length);
    while at < until {
        let next = (at / 60 + 1) * 60;
        let hour = usize::try_from((i64::from(weekday) - 1) * 24 + at / 60).unwrap_or_default();
        if let Some(minutes) = minutes.get_mut(hour) {
            *minutes += (until.min(next) - at) * times;
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::availability::model::hours::MonthWeek;
    use crate::{
        availability::{
            model::overrides::DateChange,
            server::schedule::{Closure, Entries, Override, TimeOff},
        },
        time::server::Zone,
    };

    const LONDON: LocationId = LocationId(Uuid::from_u128(1));
    const NEW_YORK: LocationId = LocationId(Uuid::from_u128(2));
    const CHECK_UP: VisitTypeId = VisitTypeId(Uuid::from_u128(3));

    fn location(id: LocationId, zone: &str) -> load::Location {
        let zone = Zone::parse(zone).unwrap();
        load::Location { id, name: String::new(), address: String::new(), phone: String::new(), zone }
    }

    fn date(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    fn hours(location: LocationId, weekday: u8, (start_minute, end_minute): (u16, u16), from: &str) -> WeeklyHours {
        let valid_from = date(from);
        let (valid_until, every_weeks, month_week, visit_type) = (None, 1, None, None);
        WeeklyHours {
            location,
            weekday,
            start_minute,
            end_minute,
            valid_from,
            valid_until,
            every_weeks,
            month_week,
            visit_type,
        }
    }

    /// Hours with everything that can make a date differ, over both changes of the clocks.
    fn busy_year() -> Entries {
        let locations = [location(LONDON, "Europe/London"), location(NEW_YORK, "America/New_York")];
        let closed = |location, first, last| Closure { location, first: date(first), last: date(last) };
        let change = |day, location, kind, window| Override { date: date(day), location, kind, window };
        Entries {
            locations: locations
                .iter()
                .map(|location| LocationClock { id: location.id, zone: location.zone.clone() })
                .collect(),
            weekly: vec![
                hours(LONDON, 1, (9 * 60, 12 * 60 + 30), "2026-01-05"),
                hours(LONDON, 1, (12 * 60, 17 * 60), "2026-01-05"),
                WeeklyHours { every_weeks: 2, ..hours(LONDON, 2, (545, 725), "2026-01-07") },
                WeeklyHours { valid_until: Some(date("2026-06-30")), ..hours(NEW_YORK, 3, (600, 900), "2026-03-04") },
                WeeklyHours { visit_type: Some(CHECK_UP), ..hours(NEW_YORK, 3, (840, 1_000), "2026-05-04") },
                WeeklyHours { month_week: Some(MonthWeek::Last), ..hours(LONDON, 4, (480, 555), "2026-01-08") },
                WeeklyHours { every_weeks: 7, ..hours(NEW_YORK, 5, (480, 555), "2026-01-09") },
                hours(LONDON, 7, (0, 4 * 60), "2026-01-05"),
            ],
            overrides: vec![
                change("2026-05-04", None, DateChange::Closed, None),
                change("2026-05-11", None, DateChange::Replace, Some((LONDON, 600, 660))),
                change("2026-05-16", None, DateChange::Add, Some((NEW_YORK, 600, 700))),
            ],
            time_off: vec![TimeOff { start: Timestamp(1_781_510_400), end: Timestamp(1_782_000_000) }],
            closures: vec![closed(LONDON, "2026-08-31", "2026-09-08"), closed(NEW_YORK, "2026-04-01", "2026-04-01")],
            busy: Vec::new(),
        }
    }

    #[test]
    fn counting_dates_gives_what_looking_at_each_of_them_gives() {
        let (first, last) = (date("2026-01-01"), date("2026-12-31"));
        let locations = [location(LONDON, "Europe/London"), location(NEW_YORK, "America/New_York")];
        let schedule = Schedule::new(busy_year());
        let counted = OfferedTime::new(&locations, first, last).minutes(&schedule);
        let mut one_by_one = [0; HOURS];
        for date in dates(first, last) {
            schedule.add_date(&mut one_by_one, date);
        }
        assert_eq!(counted, one_by_one);
        assert!(counted.iter().sum::<i64>() > 20_000);
    }

    #[test]
    fn overlapping_hours_count_once_and_an_hour_is_split_by_the_clock() {
        let (first, last) = (date("2026-01-12"), date("2026-01-12"));
        let minutes = OfferedTime::new(&[], first, last).minutes(&Schedule::new(busy_year()));
        assert_eq!(minutes[..24].iter().sum::<i64>(), 8 * 60);
        assert_eq!((minutes[8], minutes[9], minutes[12], minutes[16], minutes[17]), (0, 60, 60, 60, 0));
    }

    #[test]
    fn the_night_of_a_clock_change_is_an_hour_shorter_or_longer() {
        let locations = [location(LONDON, "Europe/London")];
        let on = |day| OfferedTime::new(&locations, date(day), date(day)).minutes(&Schedule::new(busy_year()));
        let sunday = 6 * 24;
        assert_eq!(on("2026-03-29")[sunday..sunday + 5], [60, 0, 60, 60, 0]);
        assert_eq!(on("2026-10-25")[sunday..sunday + 5], [60, 120, 60, 60, 0]);
        assert_eq!(on("2026-11-01")[sunday..sunday + 5], [60, 60, 60, 60, 0]);
    }
}
