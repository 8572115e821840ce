//! Some days of a doctor: appointments, the gaps between them, and time that is blocked, in order.

use std::collections::HashMap;

use super::agenda_rows::{AppointmentRow, ClosureRow, TimeOffRow, appointments, closures, time_off};
use crate::{
    availability::server::{Calendar, Location, Schedule, load_locations, load_schedule, load_visit_types},
    booking::Status,
    db::{Conn, Error},
    doctors::CalendarOwner,
    ids::{LocationId, VisitTypeId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// No clock on Earth is further from another one, so that nothing of a date is missed.
const TWO_DAYS: i64 = 2 * 24 * 60;
/// A gap that is under way can be booked from the next full step on.
const STEP_SECONDS: i64 = 5 * 60;

/// What is known about a stretch of days.
pub(super) struct Agenda {
    pub calendar: Calendar,
    pub now: Timestamp,
    pub today: LocalDate,
    pub appointments: Vec<AppointmentRow>,
    locations: HashMap<LocationId, Location>,
    schedule: Schedule,
    kinds: Vec<VisitTypeId>,
    /// Minutes of the shortest bookable visit type.
    shortest: Option<i64>,
    time_off: Vec<TimeOffRow>,
    closures: Vec<ClosureRow>,
}

/// One line of a day.
pub(super) enum Line<'a> {
    Appointment {
        row: &'a AppointmentRow,
        overlaps: bool,
    },
    /// A booker is filling in the form.
    Held(&'a AppointmentRow),
    Free {
        start: Timestamp,
        end: Timestamp,
        location: &'a Location,
    },
    /// Nothing can be booked; no span when it is the whole day.
    Blocked {
        span: Option<(Timestamp, Timestamp)>,
        words: String,
    },
}

impl Agenda {
    /// Reads `days` days from `first` on, in a constant number of queries.
    ///
    /// # Errors
    /// The database's, or a stored value that means nothing.
    pub async fn load(
        conn: &mut Conn<'_>,
        calendar: Calendar,
        first: LocalDate,
        days: i64,
        now: Timestamp,
    ) -> Result<Agenda, Error> {
        let from = calendar.zone.window_start(first, 0).plus_minutes(-TWO_DAYS);
        let to = calendar.zone.window_start(first.plus_days(days), 0).plus_minutes(TWO_DAYS);
        let locations = load_locations(conn).await?;
        // the appointments are read by themselves: a schedule knows nothing of those that are over
        let schedule = load_schedule(conn, &locations, calendar.doctor, from, (from, from), None).await?;
        let kinds = load_visit_types(conn, &[calendar.doctor]).await?.remove(&calendar.doctor).unwrap_or_default();
        Ok(Agenda {
            today: calendar.zone.local_date(now),
            appointments: appointments(conn, calendar.doctor, (from, to), now).await?,
            time_off: time_off(conn, calendar.doctor, (from, to)).await?,
            closures: closures(conn, (first, first.plus_days(days))).await?,
            shortest: kinds.iter().map(|kind| i64::from(kind.rules.minutes)).min(),
            kinds: kinds.into_iter().map(|kind| kind.id).collect(),
            calendar,
            now,
            locations,
            schedule,
        })
    }

    pub fn owner(&self) -> CalendarOwner {
        owner(&self.calendar)
    }

    /// The working hours of a date, booked or not.
    pub fn working_intervals(&self, date: LocalDate) -> Vec<(Timestamp, Timestamp, &Zone)> {
        let working_intervals = self.schedule.intervals_on(date, &self.kinds).into_iter();
        working_intervals.filter_map(|s| Some((s.start, s.end, &self.locations.get(&s.location)?.zone))).collect()
    }

    /// Everything of one date by start; what counts for the whole day comes first.
    ///
    /// # Errors
    /// A stored value that means nothing.
    pub fn lines(&self, date: LocalDate) -> Result<Vec<Line<'_>>, Error> {
        let mut lines = self.blocked(date);
        for row in &self.appointments {
            if row.date()? != date {
                continue;
            }
            let overlaps = || self.appointments.iter().any(|other| row.clashes_with(other));
            lines.push(if row.is_hold() { Line::Held(row) } else { Line::Appointment { row, overlaps: overlaps() } });
        }
        lines.extend(self.free(date));
        lines.sort_by_key(Line::start);
        Ok(lines)
    }

    fn free(&self, date: LocalDate) -> Vec<Line<'_>> {
        let Some(shortest) = self.shortest else { return Vec::new() };
        let busy: Vec<(Timestamp, Timestamp)> = self
            .appointments
            .iter()
            .filter(|row| row.status.occupies())
            .map(|row| (row.starts_at, row.ends_at))
            .collect();
        let soonest = Timestamp((self.now.0 + STEP_SECONDS - 1).div_euclid(STEP_SECONDS) * STEP_SECONDS);
        let mut free = Vec::new();
        for interval in self.schedule.intervals_on(date, &self.kinds) {
            let Some(location) = self.locations.get(&interval.location) else { continue };
            let gaps = gaps(interval.start.max(soonest), interval.end, &busy).into_iter();
            let long = gaps.filter(|(start, end)| end.minutes_since(*start) >= shortest);
            free.extend(long.map(|(start, end)| Line::Free { start, end, location }));
        }
        free
    }

    fn blocked(&self, date: LocalDate) -> Vec<Line<'_>> {
        let zone = &self.calendar.zone;
        let (midnight, next) = (zone.window_start(date, 0), zone.window_start(date.plus_days(1), 0));
        let mut blocked: Vec<Line<'_>> =
            self.closed(date).into_iter().map(|words| Line::Blocked { span: None, words }).collect();
        for off in self.time_off.iter().filter(|off| off.starts_at < next && off.ends_at > midnight) {
            let (start, end) = (off.starts_at.max(midnight), off.ends_at.min(next));
            let span = (start > midnight || end < next).then_some((start, end));
            blocked.push(Line::Blocked { span, words: with_reason("Blocked", &off.private_reason) });
        }
        blocked
    }

    /// Why hours of that date fall away altogether.
    fn closed(&self, date: LocalDate) -> Vec<String> {
        let mut words = Vec::new();
        for (location, by_doctor) in self.schedule.closed_on(date, &self.kinds) {
            let name = self.locations.get(&location).map_or("", |location| &location.name);
            let covers =
                |row: &&ClosureRow| row.location_id == location && row.first_date <= date && date <= row.last_date;
            match self.closures.iter().find(covers) {
                Some(closure) => words.push(with_reason(&format!("{name} is closed"), &closure.reason)),
                None if by_doctor => words.push(format!("No appointments at {name} on this date")),
                None => {}
            }
        }
        words
    }

    /// "11 booked, 2 free, 1 waiting for approval", of some days' lines.
    pub fn summary<'a>(&self, lines: impl Iterator<Item = &'a Line<'a>>) -> String {
        let (mut booked, mut free, mut waiting) = (0, 0, 0);
        for line in lines {
            match line {
                Line::Appointment { row, .. } if row.status == Status::Requested => waiting += 1,
                Line::Appointment { .. } => booked += 1,
                Line::Free { start, end, .. } => free += end.minutes_since(*start) / self.shortest.unwrap_or(60).max(1),
                Line::Held(_) | Line::Blocked { .. } => {}
            }
        }
        summary(booked, free, waiting)
    }
}

impl Line<'_> {
    /// Where it stands in its day.
    fn start(&self) -> Timestamp {
        match self {
            Line::Appointment { row, .. } | Line::Held(row) => row.starts_at,
            Line::Free { start, .. } => *start,
            Line::Blocked { span, .. } => span.map_or(Timestamp(i64::MIN), |(start, _)| start),
        }
    }
}

/// Whose calendar this is; the slug is for staff, who must name it in every link.
pub(super) fn owner(calendar: &Calendar) -> CalendarOwner {
    let slug = calendar.named().to_owned();
    CalendarOwner { slug, name: calendar.name.clone(), zone_words: calendar.zone.label() }
}

pub(crate) fn with_reason(what: &str, reason: &str) -> String {
    if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") }
}

/// "11 booked, 2 free, 1 waiting for approval".
pub(crate) fn summary(booked: i64, free: i64, waiting: i64) -> String {
    let mut parts = Vec::new();
    if booked > 0 {
        parts.push(format!("{booked} booked"));
    } else if waiting == 0 {
        parts.push("No appointments".to_owned());
    }
    if free > 0 {
        parts.push(format!("{free} free"));
    }
    if waiting > 0 {
        parts.push(format!("{waiting} waiting for approval"));
    }
    parts.join(", ")
}

/// What is left from `from` until `to` (excluded) when the busy times, in order of their start, are taken out.
pub(crate) fn gaps(from: Timestamp, to: Timestamp, busy: &[(Timestamp, Timestamp)]) -> Vec<(Timestamp, Timestamp)> {
    let mut gaps = Vec::new();
    let mut reached = from;
    for (start, end) in busy.iter().filter(|(start, end)| *start < to && *end > from) {
        if reached < *start {
            gaps.push((reached, *start));
        }
        reached = reached.max(*end);
    }
    if reached < to {
        gaps.push((reached, to));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps_of(busy: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let busy: Vec<_> = busy.iter().map(|(start, end)| (Timestamp(*start), Timestamp(*end))).collect();
        gaps(Timestamp(100), Timestamp(200), &busy).into_iter().map(|(start, end)| (start.0, end.0)).collect()
    }

    #[test]
    fn gaps_are_what_the_appointments_leave() {
        assert_eq!(gaps_of(&[]), [(100, 200)]);
        assert_eq!(gaps_of(&[(50, 100), (200, 250)]), [(100, 200)], "what only touches takes nothing");
        assert_eq!(gaps_of(&[(90, 120), (150, 160), (190, 300)]), [(120, 150), (160, 190)]);
        assert_eq!(gaps_of(&[(110, 180), (120, 130), (170, 190)]), [(100, 110), (190, 200)], "overbooked");
        assert_eq!(gaps_of(&[(0, 1000)]), []);
    }

    #[test]
    fn the_summary_leaves_out_what_there_is_none_of() {
        assert_eq!(summary(11, 2, 1), "11 booked, 2 free, 1 waiting for approval");
        assert_eq!(summary(0, 0, 0), "No appointments");
        assert_eq!(summary(0, 16, 0), "No appointments, 16 free");
        assert_eq!(summary(0, 0, 2), "2 waiting for approval");
    }
}
