//! Counting appointments by local date. Beside each number stands who is meant, as far as privacy needs it: whether they are
//! fewer than five people.

use std::collections::BTreeMap;

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    booking::{ActorRole, Status},
    db::Error,
    ids::{AppointmentId, UserId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// A group of fewer people is not shown.
pub(super) const MIN_PEOPLE: usize = 5;
const MINUTES_IN_A_WEEK: i64 = 7 * 24 * 60;
const MARK_BYTES: usize = 8;

/// What is counted. Each has its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(super) enum Measure {
    /// Appointments agreed for the date, whoever came. One cell, 0.
    Appointments,
    /// Minutes of those appointments, by hour of the week (0 to 167).
    Minutes,
    /// Appointments to which the patient came. One cell, 0.
    Attended,
    /// Appointments to which the patient did not come. One cell, 0.
    Missed,
    /// Appointments agreed for the date, by days between booking and appointment: a place in [`LEAD_FROM`].
    Lead,
    /// Appointments called off, by [`CancelledBy`].
    Cancelled,
}

impl Measure {
    pub fn code(self) -> &'static str {
        match self {
            Measure::Appointments => "appointments",
            Measure::Minutes => "minutes",
            Measure::Attended => "attended",
            Measure::Missed => "missed",
            Measure::Lead => "lead",
            Measure::Cancelled => "cancelled",
        }
    }
}

/// The fewest days ahead of each group of [`Measure::Lead`].
pub(super) const LEAD_FROM: [i64; 6] = [0, 1, 3, 8, 15, 29];

/// Who called an appointment off; the cells of [`Measure::Cancelled`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CancelledBy {
    Patient,
    /// After the cut-off.
    PatientLate,
    Doctor,
    Clinic,
}

/// The patients of a group, as far as needed to know whether they are fewer than [`MIN_PEOPLE`]: the smallest of their
/// marks, in order. The smallest of two groups together are among the smallest of each, so that groups can be joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct People(Vec<u64>);

impl People {
    pub fn add(&mut self, mark: u64) {
        if let Err(place) = self.0.binary_search(&mark)
            && place < MIN_PEOPLE
        {
            self.0.insert(place, mark);
            self.0.truncate(MIN_PEOPLE);
        }
    }

    /// Whether these are at least one and fewer than [`MIN_PEOPLE`].
    pub fn are_few(&self) -> bool {
        (1..MIN_PEOPLE).contains(&self.0.len())
    }

    pub fn to_hex(&self) -> String {
        self.0.iter().map(|mark| format!("{mark:016x}")).collect()
    }

    pub fn from_bytes(bytes: &[u8]) -> People {
        let marks = bytes.chunks_exact(MARK_BYTES).filter_map(|mark| mark.try_into().ok());
        People(marks.map(u64::from_be_bytes).collect())
    }
}

/// A patient's mark: the random part of the id. Two people with one mark would count as one, which hides more, not less.
fn mark(patient: UserId) -> u64 {
    let low = patient.0.as_u128() & u128::from(u64::MAX);
    u64::try_from(low).unwrap_or_default()
}

/// A number and whom it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Appointments, or minutes.
    pub total: i64,
    pub people: People,
}

impl Cell {
    pub fn join(&mut self, other: &Cell) {
        self.total += other.total;
        other.people.0.iter().for_each(|mark| self.people.add(*mark));
    }
}

/// The cells of one date.
pub(super) type Day = BTreeMap<(Measure, i32), Cell>;

/// The cells of many dates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally(pub BTreeMap<LocalDate, Day>);

/// What statistics read of an appointment.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Appointment {
    pub id: AppointmentId,
    pub local_start: String,
    pub time_zone: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub created_at: Timestamp,
    pub status: Status,
    pub patient_id: Option<UserId>,
    pub cancelled_by: Option<ActorRole>,
    pub cancelled_late: bool,
}

impl Appointment {
    /// The date and the minute of the day at which it starts, by the clock of its place.
    fn local(&self) -> Option<(LocalDate, i64)> {
        let (date, time) = self.local_start.split_once('T')?;
        let (hour, minute) = time.split_once(':')?;
        Some((date.parse().ok()?, hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?))
    }

    fn cancelled_by(&self) -> CancelledBy {
        match self.cancelled_by {
            Some(ActorRole::Patient) if self.cancelled_late => CancelledBy::PatientLate,
            Some(ActorRole::Patient) => CancelledBy::Patient,
            Some(ActorRole::Doctor) => CancelledBy::Doctor,
            _ => CancelledBy::Clinic,
        }
    }
}

/// Counts appointments, and remembers the zones it has met.
#[derive(Default)]
pub(super) struct Counter {
    pub tally: Tally,
    zones: BTreeMap<String, Zone>,
}

impl Counter {
    /// Counts the appointment, if its status counts.
    ///
    /// # Errors
    /// [`Error::Corrupt`]
    pub fn add(&mut self, appointment: &Appointment) -> Result<(), Error> {
        let (date, minute) = appointment.local().ok_or(Error::Corrupt("local start"))?;
        let Some(mark) = appointment.patient_id.map(mark) else {
            return Ok(());
        };
        let ahead = self.days_ahead(appointment, date)?;
        let day = self.tally.0.entry(date).or_default();
        let mut count = |measure, cell, number| {
            let cell = day.entry((measure, cell)).or_default();
            cell.total += number;
            cell.people.add(mark);
        };
        match appointment.status {
            Status::Cancelled => count(Measure::Cancelled, appointment.cancelled_by() as i32, 1),
            Status::Booked | Status::Arrived | Status::Completed | Status::NoShow => {
                count(Measure::Appointments, 0, 1);
                count(Measure::Lead, lead_group(ahead), 1);
                match appointment.status {
                    Status::Arrived | Status::Completed => count(Measure::Attended, 0, 1),
                    Status::NoShow => count(Measure::Missed, 0, 1),
                    _ => {}
                }
                let from = (i64::from(date.weekday()) - 1) * 24 * 60 + minute;
                for (hour, minutes) in hours(from, appointment.ends_at.minutes_since(appointment.starts_at)) {
                    count(Measure::Minutes, hour, minutes);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Days from the booking to the appointment, by the clock of the appointment's place.
    fn days_ahead(&mut self, appointment: &Appointment, date: LocalDate) -> Result<i64, Error> {
        if !self.zones.contains_key(&appointment.time_zone) {
            let zone = Zone::parse(&appointment.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
            self.zones.insert(appointment.time_zone.clone(), zone);
        }
        let booked = self.zones.get(&appointment.time_zone).map(|zone| zone.local_date(appointment.created_at));
        Ok(booked.map_or(0, |booked| date.days_since(booked).max(0)))
    }
}

fn lead_group(days: i64) -> i32 {
    let group = LEAD_FROM.iter().rposition(|from| *from <= days).unwrap_or_default();
    i32::try_from(group).unwrap_or_default()
}

/// The hours of the week that a stretch of minutes touches, each with its share. The week's last hour is followed by its
/// first.
fn hours(from: i64, length: i64) -> impl Iterator<Item = (i32, i64)> {
    let until = from + length;
    (from / 60..=(until - 1).max(from) / 60).map(move |hour| {
        let share = until.min((hour + 1) * 60) - from.max(hour * 60);
        (i32::try_from(hour % (MINUTES_IN_A_WEEK / 60)).unwrap_or_default(), share)
    })
}

/// The id before all others.
pub(super) const FIRST_ID: AppointmentId = AppointmentId(Uuid::nil());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_smallest_marks_tell_few_people_from_many_in_groups_and_in_groups_of_groups() {
        let people = |marks: &[u64]| {
            let mut people = People::default();
            marks.iter().for_each(|mark| people.add(*mark));
            people
        };
        assert!(!people(&[]).are_few());
        assert!(people(&[7, 7, 7, 7, 7, 7]).are_few());
        assert!(people(&[4, 3, 2, 1]).are_few());
        assert!(!people(&[9, 4, 3, 2, 1]).are_few());
        let mut all = Cell { total: 3, people: people(&[50, 60, 70]) };
        all.join(&Cell { total: 4, people: people(&[60, 70, 80, 50]) });
        assert!(all.people.are_few());
        all.join(&Cell { total: 1, people: people(&[1]) });
        assert_eq!((all.total, all.people.are_few()), (8, false));
    }

    #[test]
    fn marks_survive_the_database() {
        let mut people = People::default();
        [u64::MAX, 0, 5].iter().for_each(|mark| people.add(*mark));
        assert_eq!(people.to_hex(), "00000000000000000000000000000005ffffffffffffffff");
        let bytes: Vec<u8> = [0_u64, 5, u64::MAX].iter().flat_map(|mark| mark.to_be_bytes()).collect();
        assert_eq!(People::from_bytes(&bytes), people);
    }

    #[test]
    fn an_appointment_is_split_by_the_hours_it_touches() {
        assert_eq!(hours(9 * 60 + 40, 30).collect::<Vec<_>>(), [(9, 20), (10, 10)]);
        assert_eq!(hours(9 * 60, 60).collect::<Vec<_>>(), [(9, 60)]);
        assert_eq!(hours(9 * 60 + 40, 90).collect::<Vec<_>>(), [(9, 20), (10, 60), (11, 10)]);
        assert_eq!(hours(MINUTES_IN_A_WEEK - 10, 20).collect::<Vec<_>>(), [(167, 10), (0, 10)]);
    }

    #[test]
    fn days_ahead_fall_into_one_group_each() {
        let groups: Vec<i32> = [0, 1, 2, 3, 7, 8, 14, 15, 28, 29, 400].map(lead_group).into();
        assert_eq!(groups, [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }
}
