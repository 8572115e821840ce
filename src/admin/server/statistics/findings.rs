//! What a plot says, in a sentence. Written from the numbers that are shown and from nothing else, so that no sentence
//! gives away what a plot hides.

use super::bins::Guard;
use crate::time::server::{LocalDate, clock_words};

const WEEKDAYS: [&str; 7] = ["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];
/// From so many days on, the days of the week are compared.
const TWO_WEEKS: usize = 14;

/// "1 appointment", "31 appointments".
pub(super) fn appointments(number: i64) -> String {
    if number == 1 { "1 appointment".to_owned() } else { format!("{number} appointments") }
}

/// Of days or weeks with their appointments; none where they are hidden.
pub(super) fn busiest(periods: &[(LocalDate, Option<i64>)], by_week: bool) -> String {
    let shown = periods.iter().filter_map(|(date, appointments)| Some((*date, (*appointments)?)));
    let Some((date, most)) =
        shown.filter(|(_, appointments)| *appointments > 0).max_by_key(|(date, n)| (*n, -date_order(*date)))
    else {
        let unit = if by_week { "week" } else { "day" };
        return format!("There were few appointments: no {unit} has more than 4 people");
    };
    let alike = periods.iter().filter(|(_, appointments)| *appointments == Some(most)).count();
    if by_week {
        let week = format!("The busiest week began on {}: {}", date.date_words(), appointments(most));
        return if alike == 1 { week } else { format!("The busiest weeks had {} each", appointments(most)) };
    }
    if periods.len() >= TWO_WEEKS {
        return weekday_finding(periods);
    }
    let day = format!("The busiest day was {}: {}", date.date_words(), appointments(most));
    if alike == 1 { day } else { format!("The busiest days had {} each", appointments(most)) }
}

fn date_order(date: LocalDate) -> i64 {
    LocalDate::new(2000, 1, 1).map_or(0, |start| date.days_since(start))
}

/// Compares the averages of the weekdays. Hidden days count as nothing.
fn weekday_finding(periods: &[(LocalDate, Option<i64>)]) -> String {
    let mut sums = [(0, 0); 7];
    for (date, appointments) in periods {
        if let Some((sum, days)) = sums.get_mut(usize::from(date.weekday()) - 1) {
            *sum += appointments.unwrap_or_default();
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

/// Of the hours of the week: place, percent booked; hidden ones are left out.
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

/// An hour of the day in words: "10am", "midday".
pub(super) fn clock_of(hour: usize) -> String {
    clock_words(u16::try_from(hour * 60).unwrap_or_default())
}

/// Of the appointments whose outcome is known, in the weeks that are shown, those that were missed; none where a number is
/// hidden. `complete` says whether those are all weeks.
pub(super) fn missed(guard: Guard, known: Option<i64>, missed: Option<i64>, complete: bool) -> String {
    let weeks = if complete { "" } else { ", in the weeks that can be shown" };
    match (known, missed) {
        (Some(0), Some(_)) => "No outcome of an appointment is recorded in this time".to_owned(),
        (Some(known), Some(0)) => format!("Everybody came: {}, none missed{weeks}", appointments(known)),
        (Some(known), Some(missed)) => {
            format!("{}% of appointments were missed: {missed} of {known}{weeks}", guard.percent(missed, known))
        }
        _ => "So few people came, or did not, that the numbers are hidden".to_owned(),
    }
}

/// Of groups with their appointments, named as in "3 to 7 days ahead"; `all` is their sum as it is shown.
pub(super) fn lead(guard: Guard, groups: &[(&str, Option<i64>)], all: Option<i64>) -> String {
    let shown = groups.iter().filter_map(|(name, appointments)| Some((*name, (*appointments)?)));
    let (Some((name, most)), Some(all)) = (shown.rev().max_by_key(|(_, appointments)| *appointments), all) else {
        return "So few people booked that the numbers are hidden".to_owned();
    };
    match guard.percent(most, all) {
        0 => "Nobody booked".to_owned(),
        share if 2 * most > all => format!("Most appointments are booked {name}: {share}%"),
        share => format!("The largest group of appointments is booked {name}: {share}%"),
    }
}

/// Of cancellations by patients, doctors and the clinic; `late` are those of patients after the cut-off.
pub(super) fn cancelled(groups: &[(&str, Option<i64>); 3], all: Option<i64>, late: Option<i64>) -> String {
    if all == Some(0) {
        return "No appointment was cancelled".to_owned();
    }
    let shown = groups.iter().filter_map(|(name, appointments)| Some((*name, (*appointments)?)));
    let (Some((name, most)), Some(all)) = (shown.rev().max_by_key(|(_, appointments)| *appointments), all) else {
        return "So few people were concerned that the numbers are hidden".to_owned();
    };
    if most == 0 {
        return "So few people were concerned that the numbers are hidden".to_owned();
    }
    let late = match late {
        Some(late) if late > 0 && name == PATIENTS => format!(", {late} of them late"),
        _ => String::new(),
    };
    let (shown, of) = match groups.iter().all(|(_, appointments)| appointments.is_some()) {
        true => ("", format!(" of {all}")),
        false => (" that can be shown", String::new()),
    };
    match 2 * most > all {
        true => format!("Most cancellations{shown} come from {name}: {most}{of}{late}"),
        false => format!("The largest group of cancellations{shown} comes from {name}: {most}{of}{late}"),
    }
}

/// Whom the late ones are about.
pub(super) const PATIENTS: &str = "patients";

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Guard = Guard { rounded: false };

    fn from(first: &str, appointments: &[Option<i64>]) -> Vec<(LocalDate, Option<i64>)> {
        let first: LocalDate = first.parse().unwrap();
        (0..).zip(appointments).map(|(days, appointments)| (first.plus_days(days), *appointments)).collect()
    }

    #[test]
    fn the_busiest_weekday_is_the_one_with_the_highest_average() {
        // Monday 2 November 2026 and the two weeks from there
        let mut appointments = vec![Some(10), Some(30), Some(12), None, Some(8), Some(0), Some(0)];
        appointments.extend([Some(11), Some(32), Some(12), Some(9), Some(8), None, Some(0)]);
        assert_eq!(
            busiest(&from("2026-11-02", &appointments), false),
            "Most appointments are on Tuesdays: 31 a day on average"
        );
        appointments[2] = Some(50);
        assert_eq!(
            busiest(&from("2026-11-02", &appointments), false),
            "Most appointments are on Tuesdays and Wednesdays: 31 a day on average"
        );
        let three = [Some(7), Some(7), Some(7), Some(2), Some(2), None, None].repeat(3);
        let words = "Most appointments are on Mondays, Tuesdays and Wednesdays: 7 a day on average";
        assert_eq!(busiest(&from("2026-11-02", &three), false), words);
        let even = "Appointments are spread evenly over the week: 7 a day on average";
        assert_eq!(busiest(&from("2026-11-02", &[Some(7); 21]), false), even);
    }

    #[test]
    fn a_short_time_names_its_busiest_day_and_a_long_one_its_busiest_week() {
        let days = from("2026-11-02", &[Some(3), Some(9), None]);
        assert_eq!(busiest(&days, false), "The busiest day was Tuesday 3 November 2026: 9 appointments");
        let days = from("2026-11-02", &[Some(9), Some(9), None]);
        assert_eq!(busiest(&days, false), "The busiest days had 9 appointments each");
        assert_eq!(
            busiest(&from("2026-11-02", &[Some(1)]), true),
            "The busiest week began on Monday 2 November 2026: 1 appointment"
        );
        let few = "There were few appointments: no day has more than 4 people";
        assert_eq!(busiest(&from("2026-11-02", &[None, Some(0)]), false), few);
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
        assert_eq!(missed(OPEN, Some(563), Some(34), true), "6% of appointments were missed: 34 of 563");
        assert_eq!(missed(OPEN, Some(20), Some(0), true), "Everybody came: 20 appointments, none missed");
        assert_eq!(missed(OPEN, Some(0), Some(0), true), "No outcome of an appointment is recorded in this time");
        assert!(missed(OPEN, Some(20), None, false).contains("hidden"));
        assert!(missed(OPEN, Some(20), Some(5), false).ends_with("5 of 20, in the weeks that can be shown"));
    }

    #[test]
    fn most_is_said_of_more_than_half_only() {
        let groups = |a, b| [("on the same day", a), ("3 to 7 days ahead", b)];
        assert_eq!(
            lead(OPEN, &groups(Some(20), Some(40)), Some(60)),
            "Most appointments are booked 3 to 7 days ahead: 67%"
        );
        let half = lead(OPEN, &groups(Some(30), Some(30)), Some(60));
        assert_eq!(half, "The largest group of appointments is booked on the same day: 50%");
        assert!(lead(OPEN, &groups(None, None), Some(5)).contains("hidden"));
        let by = |a, b, c| [(PATIENTS, a), ("doctors", b), ("the clinic", c)];
        assert_eq!(
            cancelled(&by(Some(30), Some(8), Some(3)), Some(41), Some(6)),
            "Most cancellations come from patients: 30 of 41, 6 of them late"
        );
        assert_eq!(
            cancelled(&by(Some(10), Some(15), Some(8)), Some(33), Some(5)),
            "The largest group of cancellations comes from doctors: 15 of 33"
        );
        assert_eq!(
            cancelled(&by(Some(15), None, None), Some(15), Some(5)),
            "Most cancellations that can be shown come from patients: 15, 5 of them late"
        );
        assert_eq!(cancelled(&by(Some(0), Some(0), Some(0)), Some(0), Some(0)), "No appointment was cancelled");
    }
}
