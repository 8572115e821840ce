//! What a plot says, in a sentence.

use super::{
    tables::{LEAD, percent},
    tally::{CANCELLED_BY, LEAD_FROM},
};
use crate::time::server::{LocalDate, clock_words};

const WEEKDAYS: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
/// From this number of days on, the days of the week are compared.
const TWO_WEEKS: usize = 14;

/// "1 appointment", "31 appointments".
fn appointments(number: i64) -> String {
    if number == 1 { "1 appointment".to_owned() } else { format!("{number} appointments") }
}

/// Of days or weeks with their appointments.
pub(super) fn busiest(periods: &[(LocalDate, i64)], by_week: bool) -> String {
    let most = periods.iter().map(|(_, appointments)| *appointments).max().unwrap_or_default();
    let busiest: Vec<LocalDate> = periods.iter().filter(|(_, n)| *n == most).map(|(date, _)| *date).collect();
    match busiest.as_slice() {
        _ if most == 0 => "Every appointment in this time was cancelled".to_owned(),
        [week] if by_week => format!("The busiest week began on {}: {}", week.date_words(), appointments(most)),
        _ if by_week => format!("The busiest weeks had {} each", appointments(most)),
        _ if periods.len() >= TWO_WEEKS => weekday_finding(periods),
        [day] => format!("The busiest day was {}: {}", day.date_words(), appointments(most)),
        _ => format!("The busiest days had {} each", appointments(most)),
    }
}

/// Compares the averages of the weekdays.
fn weekday_finding(periods: &[(LocalDate, i64)]) -> String {
    let mut sums = [(0, 0); 7];
    for (date, appointments) in periods {
        if let Some((sum, days)) = sums.get_mut(usize::from(date.weekday()) - 1) {
            *sum += appointments;
            *days += 1;
        }
    }
    let averages = sums.map(|(sum, days): (i64, i64)| (2 * sum + days) / (2 * days.max(1)));
    let most = averages.into_iter().max().unwrap_or_default();
    let named: Vec<&str> = WEEKDAYS.iter().zip(averages).filter(|(_, n)| *n == most).map(|(name, _)| *name).collect();
    match named.as_slice() {
        _ if most == 0 => "There is less than one appointment a day on average".to_owned(),
        [_, _, _, _, _, _, _] => format!("Appointments are spread evenly over the week: {most} a day on average"),
        [first @ .., last] if !first.is_empty() => {
            format!("Most appointments are on {} and {last}: {most} a day on average", first.join(", "))
        }
        _ => format!("Most appointments are on {}: {most} a day on average", named.join("")),
    }
}

/// Of the hours of the week: index and percent booked. `all` is the percentage of all hours, none when no hours are
/// offered.
pub(super) fn fullest(hours: &[(usize, i64)], all: Option<i64>) -> String {
    let Some(all) = all else {
        return "No doctor has hours in this time".to_owned();
    };
    let most = hours.iter().map(|(_, percent)| *percent).max().unwrap_or_default();
    let alike: Vec<usize> = hours.iter().filter(|(_, percent)| *percent == most).map(|(hour, _)| *hour).collect();
    let overall = format!("{all}% of the offered time is booked");
    match alike.as_slice() {
        _ if most == 0 => overall,
        [hour] => format!("{overall}; the fullest hour is {}: {most}%", hour_words(*hour)),
        _ => format!("{overall}; the {} fullest hours of the week are at {most}%", alike.len()),
    }
}

/// "Tuesday at 10am"
fn hour_words(hour: usize) -> String {
    let weekday = WEEKDAYS.get(hour / 24).map_or("", |name| name.trim_end_matches('s'));
    format!("{weekday} at {}", clock_of(hour % 24))
}

/// An hour of the day in words: "10am", "12 noon".
pub(super) fn clock_of(hour: usize) -> String {
    clock_words(u16::try_from(hour * 60).unwrap_or_default())
}

/// Of the appointments whose outcome is known, those that were missed.
pub(super) fn missed(known: i64, missed: i64) -> String {
    match (known, missed) {
        (0, _) => "No outcome of an appointment is recorded in this time".to_owned(),
        (known, 0) => format!("All patients came: {}, none missed", appointments(known)),
        (known, missed) => format!("{}% of appointments were missed: {missed} of {known}", percent(missed, known)),
    }
}

/// Of the appointments by days ahead.
pub(super) fn lead(groups: [i64; LEAD_FROM.len()]) -> String {
    let all = groups.iter().sum();
    let (name, most) = largest(LEAD, groups);
    let ahead = if name == LEAD[0] { "on the same day".to_owned() } else { format!("{name} ahead") };
    match percent(most, all) {
        0 => "No appointments were booked".to_owned(),
        share if 2 * most > all => format!("Most appointments are booked {ahead}: {share}%"),
        share => format!("The largest group of appointments is booked {ahead}: {share}%"),
    }
}

/// Of the cancellations by patients in time, by patients late, by doctors and by clinic staff.
pub(super) fn cancelled([in_time, late, doctors, clinic]: [i64; CANCELLED_BY]) -> String {
    let all = in_time + late + doctors + clinic;
    let (name, most) = largest([PATIENTS, "doctors", "clinic staff"], [in_time + late, doctors, clinic]);
    let late = if late > 0 && name == PATIENTS { format!(", {late} of them late") } else { String::new() };
    match most {
        0 => "No appointment was cancelled".to_owned(),
        _ if 2 * most > all => format!("Most cancellations come from {name}: {most} of {all}{late}"),
        _ => format!("The largest group of cancellations comes from {name}: {most} of {all}{late}"),
    }
}

/// The group to which late cancellations belong.
const PATIENTS: &str = "patients";

/// The first of the largest groups.
fn largest<const N: usize>(names: [&'static str; N], groups: [i64; N]) -> (&'static str, i64) {
    names.into_iter().zip(groups).rev().max_by_key(|(_, appointments)| *appointments).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(first: &str, appointments: &[i64]) -> Vec<(LocalDate, i64)> {
        let first: LocalDate = first.parse().unwrap();
        (0..).zip(appointments).map(|(days, appointments)| (first.plus_days(days), *appointments)).collect()
    }

    #[test]
    fn the_busiest_weekday_is_the_one_with_the_highest_average() {
        // Monday 2 November 2026 and the two weeks from there
        let mut appointments = vec![10, 30, 12, 0, 8, 0, 0, 11, 32, 12, 9, 8, 0, 0];
        assert_eq!(
            busiest(&from("2026-11-02", &appointments), false),
            "Most appointments are on Tuesdays: 31 a day on average"
        );
        appointments[2] = 50;
        assert_eq!(
            busiest(&from("2026-11-02", &appointments), false),
            "Most appointments are on Tuesdays and Wednesdays: 31 a day on average"
        );
        let three = [7, 7, 7, 2, 2, 0, 0].repeat(3);
        let words = "Most appointments are on Mondays, Tuesdays and Wednesdays: 7 a day on average";
        assert_eq!(busiest(&from("2026-11-02", &three), false), words);
        let even = "Appointments are spread evenly over the week: 7 a day on average";
        assert_eq!(busiest(&from("2026-11-02", &[7; 21]), false), even);
    }

    #[test]
    fn a_short_time_names_its_busiest_day_and_a_long_one_its_busiest_week() {
        let days = from("2026-11-02", &[3, 9, 0]);
        assert_eq!(busiest(&days, false), "The busiest day was Tuesday 3 November 2026: 9 appointments");
        let days = from("2026-11-02", &[9, 9, 0]);
        assert_eq!(busiest(&days, false), "The busiest days had 9 appointments each");
        assert_eq!(
            busiest(&from("2026-11-02", &[1]), true),
            "The busiest week began on Monday 2 November 2026: 1 appointment"
        );
        assert_eq!(busiest(&from("2026-11-02", &[4, 4]), true), "The busiest weeks had 4 appointments each");
        assert_eq!(busiest(&from("2026-11-02", &[0, 0]), false), "Every appointment in this time was cancelled");
    }

    #[test]
    fn the_fullest_hour_is_named_unless_there_are_several() {
        assert_eq!(
            fullest(&[(34, 93), (35, 60)], Some(61)),
            "61% of the offered time is booked; the fullest hour is Tuesday at 10am: 93%"
        );
        assert!(fullest(&[(34, 93), (35, 93)], Some(61)).ends_with("the 2 fullest hours of the week are at 93%"));
        assert_eq!(fullest(&[], Some(0)), "0% of the offered time is booked");
        assert_eq!(fullest(&[], None), "No doctor has hours in this time");
    }

    #[test]
    fn the_share_of_missed_appointments_is_said_with_its_numbers() {
        assert_eq!(missed(563, 34), "6% of appointments were missed: 34 of 563");
        assert_eq!(missed(20, 0), "All patients came: 20 appointments, none missed");
        assert_eq!(missed(0, 0), "No outcome of an appointment is recorded in this time");
    }

    #[test]
    fn most_is_said_of_more_than_half_only() {
        assert_eq!(lead([20, 0, 40, 0, 0, 0]), "Most appointments are booked 3 to 7 days ahead: 67%");
        let half = lead([30, 0, 30, 0, 0, 0]);
        assert_eq!(half, "The largest group of appointments is booked on the same day: 50%");
        assert_eq!(lead([0; 6]), "No appointments were booked");
        assert_eq!(cancelled([24, 6, 8, 3]), "Most cancellations come from patients: 30 of 41, 6 of them late");
        assert_eq!(cancelled([5, 5, 15, 8]), "The largest group of cancellations comes from doctors: 15 of 33");
        assert_eq!(cancelled([0; 4]), "No appointment was cancelled");
    }
}
