//! Counts appointments by local date. Each number carries whether it is about fewer than five people, for files that
//! leave the clinic.

use std::collections::{BTreeMap, btree_map::Entry};

use serde::Serialize;
use sqlx::FromRow;

use crate::{
    booking::{ActorRole, Status},
    db::Error,
    ids::{AppointmentId, PersonId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// A group of fewer people is small.
const MIN_PEOPLE: usize = 5;
const MINUTES_IN_A_WEEK: i64 = 7 * 24 * 60;

/// What is counted. Each has its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(super) enum Measure {
    /// Appointments agreed for the date, attended or not. One cell, 0.
    Appointments,
    /// Minutes of those appointments, by hour of the week (0 to 167).
    Minutes,
    /// Appointments to which the patient came. One cell, 0.
    Attended,
    /// Appointments to which the patient did not come. One cell, 0.
    Missed,
    /// Appointments agreed for the date, by days between booking and appointment: an index into [`LEAD_FROM`].
    Lead,
    /// Cancelled appointments, by the person who cancelled: one of [`CANCELLED_BY`].
    Cancelled,
}

/// The fewest days ahead of each group of [`Measure::Lead`].
pub(super) const LEAD_FROM: [i64; 6] = [0, 1, 3, 8, 15, 29];

/// How many cells [`Measure::Cancelled`] has: patients in time, patients after the cut-off, doctors, the clinic.
pub(super) const CANCELLED_BY: usize = 4;

/// The marks of up to [`MIN_PEOPLE`] different patients of a group: enough to know whether there are fewer, also of
/// several groups together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct People(Vec<u64>);

impl People {
    pub fn add(&mut self, mark: u64) {
        if self.0.len() < MIN_PEOPLE && !self.0.contains(&mark) {
            self.0.push(mark);
        }
    }

    /// Whether these are one to four people.
    pub fn are_few(&self) -> bool {
        (1..MIN_PEOPLE).contains(&self.0.len())
    }

    pub fn to_hex(&self) -> String {
        self.0.iter().map(|mark| format!("{mark:016x}")).collect()
    }

    pub fn from_bytes(bytes: &[u8]) -> People {
        People(bytes.as_chunks().0.iter().map(|mark| u64::from_be_bytes(*mark)).collect())
    }
}

/// A patient's mark: the random part of the id. Two people with the same mark would count as one, which hides more, not
/// less.
fn mark(patient: PersonId) -> u64 {
    patient.0.as_u64_pair().1
}

/// A number and the people it is about.
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

/// Cells by measure, the cell's index in the measure, and local date.
pub(super) type Tally = BTreeMap<(Measure, i32, LocalDate), Cell>;

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
    pub patient_id: Option<PersonId>,
    pub cancelled_by: Option<ActorRole>,
    pub cancelled_late: bool,
}

impl Appointment {
    /// The date and the minute of the day at which it starts, by the clock of its location.
    pub fn local(&self) -> Option<(LocalDate, i64)> {
        let (date, time) = self.local_start.split_once('T')?;
        let (hour, minute) = time.split_once(':')?;
        Some((date.parse().ok()?, hour.parse::<i64>().ok()? * 60 + minute.parse::<i64>().ok()?))
    }

    /// Its cell of [`Measure::Cancelled`].
    fn cancelled_by(&self) -> i32 {
        match self.cancelled_by {
            Some(ActorRole::Patient) => i32::from(self.cancelled_late),
            Some(ActorRole::Doctor) => 2,
            _ => 3,
        }
    }
}

/// Adds those of the appointments whose status counts.
///
/// # Errors
/// [`Error::Corrupt`]
pub(super) fn count(appointments: &[Appointment], tally: &mut Tally) -> Result<(), Error> {
    let mut zones = BTreeMap::new();
    for appointment in appointments {
        let zone = match zones.entry(appointment.time_zone.as_str()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                new.insert(Zone::parse(&appointment.time_zone).ok_or(Error::Corrupt("unknown time zone"))?)
            }
        };
        let (date, minute) = appointment.local().ok_or(Error::Corrupt("local start"))?;
        let Some(mark) = appointment.patient_id.map(mark) else {
            continue;
        };
        let mut count = |measure, place, number| {
            let cell = tally.entry((measure, place, date)).or_default();
            cell.total += number;
            cell.people.add(mark);
        };
        match appointment.status {
            Status::Booked => {}
            Status::Arrived | Status::Completed => count(Measure::Attended, 0, 1),
            Status::NoShow => count(Measure::Missed, 0, 1),
            Status::Cancelled => {
                count(Measure::Cancelled, appointment.cancelled_by(), 1);
                continue;
            }
            _ => continue,
        }
        count(Measure::Appointments, 0, 1);
        count(Measure::Lead, lead_group(date.days_since(zone.local_date(appointment.created_at))), 1);
        let from = (i64::from(date.weekday()) - 1) * 24 * 60 + minute;
        for (hour, minutes) in hours(from, appointment.ends_at.minutes_since(appointment.starts_at)) {
            count(Measure::Minutes, hour, minutes);
        }
    }
    Ok(())
}

/// The group of [`LEAD_FROM`] for an appointment booked this many days ahead; one booked afterwards is in the first.
fn lead_group(days: i64) -> i32 {
    let group = LEAD_FROM.iter().rposition(|from| *from <= days).unwrap_or_default();
    i32::try_from(group).unwrap_or_default()
}

/// The hours of the week that a stretch of minutes touches, each with its share. The week's last hour is followed by
/// its first.
fn hours(from: i64, length: i64) -> impl Iterator<Item = (i32, i64)> {
    let until = from + length;
    (from / 60..=(until - 1).max(from) / 60).map(move |hour| {
        let share = until.min((hour + 1) * 60) - from.max(hour * 60);
        (i32::try_from(hour % (MINUTES_IN_A_WEEK / 60)).unwrap_or_default(), share)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(marks: &[u64]) -> People {
        let mut people = People::default();
        marks.iter().for_each(|mark| people.add(*mark));
        people
    }

    #[test]
    fn five_marks_tell_few_people_from_many_in_groups_and_in_groups_of_groups() {
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
        let people = people(&[u64::MAX, 0, 5]);
        assert_eq!(people.to_hex(), "ffffffffffffffff00000000000000000000000000000005");
        let bytes: Vec<u8> = [u64::MAX, 0, 5].iter().flat_map(|mark| mark.to_be_bytes()).collect();
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
        let groups: Vec<i32> = [-1, 0, 1, 2, 3, 7, 8, 14, 15, 28, 29, 400].map(lead_group).into();
        assert_eq!(groups, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    }
}
