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

/// The times of a day as one text, which stands in a page for those who choose that day next: a line with the place
/// wherever it changes, and a line for each time.
#[must_use]
pub fn packed(times: &[TimeOption]) -> String {
    let mut text = String::new();
    let mut before: Option<&TimeOption> = None;
    for time in times {
        let same = |other: &TimeOption| {
            (other.offset_minutes, &other.zone, &other.zone_words, &other.location)
                == (time.offset_minutes, &time.zone, &time.zone_words, &time.location)
        };
        if !before.is_some_and(same) {
            let offset = time.offset_minutes.to_string();
            text += &["@", &offset, "\t", &time.zone, "\t", &time.zone_words, "\t", &time.location, "\n"].concat();
        }
        text += &[&time.start.0.to_string(), "\t", &time.label, "\n"].concat();
        before = Some(time);
    }
    text
}

/// The times of [`packed`], of a day with this name: "Thursday 3 December". What makes no sense is left out.
#[must_use]
pub fn unpacked(text: &str, day: &str) -> Vec<TimeOption> {
    let mut place = (0, "", "", "");
    let mut times = Vec::new();
    for line in text.lines() {
        let mut parts = line.split('\t');
        let mut part = || parts.next().unwrap_or_default();
        if let Some(offset) = part().strip_prefix('@') {
            place = (offset.parse().unwrap_or_default(), part(), part(), part());
            continue;
        }
        let Some((start, label)) = line.split_once('\t') else { continue };
        let Ok(start) = start.parse::<i64>() else { continue };
        let (offset_minutes, zone, zone_words, location) = place;
        let minute = (start.div_euclid(60) + i64::from(offset_minutes)).rem_euclid(24 * 60);
        times.push(TimeOption {
            start: Timestamp(start),
            label: label.to_owned(),
            full: [day, ", ", label].concat(),
            part: DayPart::of_minute(u16::try_from(minute).unwrap_or_default()),
            location: location.to_owned(),
            zone_words: zone_words.to_owned(),
            zone: zone.to_owned(),
            offset_minutes,
        });
    }
    times
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
    fn packed_times_come_out_as_they_went_in() {
        let time = |start: i64, label: &str, part, offset_minutes, location: &str| TimeOption {
            start: Timestamp(start),
            label: label.into(),
            full: ["Thursday 3 December, ", label].concat(),
            part,
            location: location.into(),
            zone_words: if offset_minutes == 0 { "London time".into() } else { "Athens time".into() },
            zone: if offset_minutes == 0 { "Europe/London".into() } else { "Europe/Athens".into() },
            offset_minutes,
        };
        // Thursday 3 December 2026, 8:30am in London
        let times = [
            time(1_796_286_600, "8:30am", DayPart::Morning, 0, "Riverside \"Clinic\""),
            time(1_796_302_800, "1am (before the clocks go back)", DayPart::Afternoon, 0, "Riverside \"Clinic\""),
            time(1_796_310_000, "5pm", DayPart::Evening, 120, "Harbour Clinic"),
        ];
        let text = packed(&times);
        assert_eq!(text.matches('@').count(), 2, "{text}");
        assert_eq!(unpacked(&text, "Thursday 3 December"), times);
        assert_eq!(packed(&[]), "");
        assert_eq!(unpacked("nonsense\nx\ty\n@", "Monday"), []);
    }

    #[test]
    fn only_overlaps_are_hard() {
        assert!(Reason::Taken.is_hard() && Reason::PatientBusy.is_hard());
        assert!(!Reason::Buffer.is_hard() && !Reason::Closed.is_hard() && !Reason::TimeOff.is_hard());
    }
}
