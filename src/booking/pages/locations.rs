//! The locations of the days and times of a list. A location that all of them share is named once.

use super::facts::appointment_words;
use crate::{
    availability::{DayOption, TimeOption},
    booking::DaysPage,
};

/// The one location of all days, if there is one.
fn common_location(days: &[DayOption]) -> Option<&str> {
    let first = &days.first()?.location;
    days.iter().all(|day| day.location == *first).then_some(first)
}

/// The days without a location that all of them share; it is shown above the list.
pub(super) fn without_common_location(days: &[DayOption]) -> Vec<DayOption> {
    let mut days = days.to_vec();
    if common_location(&days).is_some() {
        days.iter_mut().for_each(|day| day.location.clear());
    }
    days
}

/// The visit type and, when all days share it, the location. Empty once a day is chosen, because its location is shown
/// above its times.
pub(super) fn kind_words(page: &DaysPage) -> String {
    let subject = &page.subject;
    let kind = appointment_words(&subject.visit_type_name, &subject.minutes.to_string(), subject.mode);
    match common_location(&page.days).filter(|_| page.day.is_none()) {
        Some(location) => [&kind, ", ", location].concat(),
        None => kind,
    }
}

/// Where the day's appointments are: one name, or each location with its first and last time.
pub(super) fn locations_text(times: &[TimeOption]) -> Vec<String> {
    let mut runs: Vec<(&TimeOption, &TimeOption)> = Vec::new();
    for time in times {
        match runs.last_mut() {
            Some((first, last)) if first.location == time.location => *last = time,
            _ => runs.push((time, time)),
        }
    }
    match runs.as_slice() {
        [(only, _)] => vec![only.location.clone()],
        _ => {
            let zone = |time: &TimeOption| {
                if common_zone(times).is_some() { String::new() } else { [" (", &time.zone_words, ")"].concat() }
            };
            runs.iter().map(|(first, last)| run_words(first, last, &zone(first))).collect()
        }
    }
}

/// The zone of all times, if there is one.
pub(super) fn common_zone(times: &[TimeOption]) -> Option<&str> {
    let first = &times.first()?.zone_words;
    times.iter().all(|time| time.zone_words == *first).then_some(first)
}

fn run_words(first: &TimeOption, last: &TimeOption, zone: &str) -> String {
    if first.start == last.start {
        return [&first.label, zone, ": ", &first.location].concat();
    }
    [&first.label, " to ", &last.label, zone, ": ", &first.location].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{availability::DayPart, time::Timestamp};

    fn time(start: i64, label: &str, location: &str) -> TimeOption {
        TimeOption {
            start: Timestamp(start),
            label: label.into(),
            full: String::new(),
            part: DayPart::Morning,
            location: location.into(),
            zone_words: String::new(),
            zone: String::new(),
            offset_minutes: 0,
        }
    }

    #[test]
    fn one_place_is_named_once_and_two_with_their_hours() {
        let one = [time(0, "9am", "North"), time(1, "9:20am", "North")];
        assert_eq!(locations_text(&one), ["North"]);
        let two = [time(0, "9am", "North"), time(1, "9:20am", "North"), time(2, "2pm", "South")];
        assert_eq!(locations_text(&two), ["9am to 9:20am: North", "2pm: South"]);
        assert!(locations_text(&[]).is_empty());
    }

    #[test]
    fn clocks_that_differ_are_named() {
        let mut two = [time(0, "9am", "North"), time(1, "2pm", "South")];
        assert_eq!(common_zone(&two), Some(""));
        two[0].zone_words = "London time".into();
        two[1].zone_words = "Athens time".into();
        assert_eq!(common_zone(&two), None);
        assert_eq!(locations_text(&two), ["9am (London time): North", "2pm (Athens time): South"]);
    }

    #[test]
    fn a_place_that_all_days_share_stands_above_them_only() {
        let day = |location: &str| DayOption {
            date: String::new(),
            label: String::new(),
            parts: String::new(),
            count: 1,
            location: location.into(),
        };
        let same = [day("North"), day("North")];
        assert_eq!(common_location(&same), Some("North"));
        assert!(without_common_location(&same).iter().all(|day| day.location.is_empty()));
        let mixed = [day("North"), day("South")];
        assert_eq!(common_location(&mixed), None);
        assert_eq!(without_common_location(&mixed), mixed);
    }
}
