//! What browser, server and API share about bookable times: codes and finished text, no arithmetic of zones.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Why a time cannot be booked. An empty list of reasons means that it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The doctor takes no bookings at all.
    DoctorUnavailable,
    /// The doctor does not have this visit type, or no longer.
    VisitTypeUnavailable,
    /// The clinic, or the doctor's day there, is closed.
    Closed,
    /// The doctor is away then.
    TimeOff,
    /// The appointment does not fit into the doctor's hours.
    OutsideHours,
    /// Inside the hours, but not one of the times at which appointments start.
    OffStep,
    /// Another booking has that time, booked or held.
    Taken,
    /// No room or device of the kind that the visit type needs is free then, at that location.
    NoResource,
    /// Too close to the appointment before or after.
    Buffer,
    /// In the past, or sooner than the notice the doctor needs.
    TooSoon,
    /// Further ahead than the calendar is open.
    TooFar,
    /// The doctor takes no more appointments that day.
    DayFull,
    /// The doctor sees only patients who have been there before.
    NotForNewPatients,
    /// The appointment is meant for a first meeting.
    OnlyForNewPatients,
    /// The patient has another appointment then.
    PatientBusy,
}

impl Reason {
    /// Whether the database itself refuses the time. The other reasons are rules that clinic staff may set aside.
    #[must_use]
    pub fn is_hard(self) -> bool {
        matches!(self, Reason::Taken | Reason::PatientBusy | Reason::NoResource)
    }

    /// Whether nobody may set it aside, staff included: a doctor can squeeze a person in, but one machine is not two.
    #[must_use]
    pub fn is_final(self) -> bool {
        self == Reason::NoResource
    }
}

/// The part of the day by which times are grouped on a page, by the clinic's wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayPart {
    /// Before midday.
    Morning,
    /// From midday until 5pm.
    Afternoon,
    /// From 5pm.
    Evening,
}

impl DayPart {
    /// The part of the day of a minute since midnight.
    #[must_use]
    pub fn of_minute(minute: u16) -> DayPart {
        match minute / 60 {
            0..12 => DayPart::Morning,
            12..17 => DayPart::Afternoon,
            _ => DayPart::Evening,
        }
    }

    /// The heading above its times: "Morning".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            DayPart::Morning => "Morning",
            DayPart::Afternoon => "Afternoon",
            DayPart::Evening => "Evening",
        }
    }
}

/// Says which parts of a day have times: "Morning and afternoon available". `parts` may repeat and come in any order.
#[must_use]
pub fn parts_words(parts: &[DayPart]) -> String {
    let has = |part| parts.contains(&part);
    let words = match (has(DayPart::Morning), has(DayPart::Afternoon), has(DayPart::Evening)) {
        (false, false, false) => return "No times available".to_owned(),
        (true, false, false) => "Morning",
        (false, true, false) => "Afternoon",
        (false, false, true) => "Evening",
        (true, true, false) => "Morning and afternoon",
        (true, false, true) => "Morning and evening",
        (false, true, true) => "Afternoon and evening",
        (true, true, true) => "Morning, afternoon and evening",
    };
    format!("{words} available")
}

/// One time to choose. The form posts `start`, never a label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOption {
    /// When the appointment starts.
    pub start: Timestamp,
    /// The time alone, in clinic time: "2:20pm".
    pub label: String,
    /// Day and time, in clinic time: "Thursday 3 December, 2:20pm".
    pub full: String,
    /// The part of the day it belongs to.
    pub part: DayPart,
    /// Name of the location.
    pub location: String,
    /// The zone of `label` and `full`: "London time".
    pub zone_words: String,
    /// The same by its IANA name: "Europe/London".
    pub zone: String,
    /// The clinic's minutes east of UTC at that moment.
    pub offset_minutes: i32,
}

/// One day to choose, with at least one free time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOption {
    /// The date at the clinic: "2026-12-03".
    pub date: String,
    /// The day in words: "Thursday 3 December".
    pub label: String,
    /// Which parts of the day have times: "Morning and afternoon available".
    pub parts: String,
    /// How many free times the day has.
    pub count: u32,
    /// Name of the location.
    pub location: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midday_starts_the_afternoon_and_five_the_evening() {
        let parts = [0, 719, 720, 1019, 1020, 1439].map(DayPart::of_minute);
        use DayPart::{Afternoon, Evening, Morning};
        assert_eq!(parts, [Morning, Morning, Afternoon, Afternoon, Evening, Evening]);
    }

    #[test]
    fn parts_read_as_a_sentence_in_the_order_of_the_day() {
        use DayPart::{Afternoon, Evening, Morning};
        assert_eq!(parts_words(&[]), "No times available");
        assert_eq!(parts_words(&[Evening]), "Evening available");
        assert_eq!(parts_words(&[Afternoon, Morning, Afternoon]), "Morning and afternoon available");
        assert_eq!(parts_words(&[Evening, Afternoon, Morning]), "Morning, afternoon and evening available");
    }

    #[test]
    fn only_overlaps_are_hard() {
        assert!(Reason::Taken.is_hard() && Reason::PatientBusy.is_hard());
        assert!(!Reason::Buffer.is_hard() && !Reason::Closed.is_hard() && !Reason::TimeOff.is_hard());
    }
}
