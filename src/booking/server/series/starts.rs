//! The times of a series, from what was typed.

use crate::{
    availability::model::clock_input::parse_clock,
    booking::series::{MOST_TOGETHER, Pattern},
    error::{FieldCode, FieldError},
    text::figures,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// Days ahead until which a series may begin; a visit type's horizon ends before.
const MAX_DAYS_AHEAD: i64 = 731;

/// The starts that a pattern names, at most `most`, in order: the same time by the clocks of `zone` on every day, also
/// when these change in between. None when nothing was typed yet.
///
/// # Errors
/// What is wrong with the fields.
pub(super) fn starts(
    pattern: &Pattern,
    zone: &Zone,
    most: usize,
    now: Timestamp,
) -> Result<Vec<Timestamp>, Vec<FieldError>> {
    if *pattern == Pattern::default() {
        return Ok(Vec::new());
    }
    let mut wrong = Vec::new();
    let mut refuse = |field: &str, code| wrong.push(FieldError { field: field.to_owned(), code });
    let date = first_day(&pattern.date, zone, now).map_err(|code| refuse("date", code)).ok();
    let minute = minute_of_day(&pattern.time).map_err(|code| refuse("time", code)).ok();
    let weekdays: Vec<u8> = (1..=7).filter(|day| pattern.weekdays.contains(char::from(b'0' + day))).collect();
    let days = weekdays.len().max(1);
    if days > most {
        refuse("weekdays", FieldCode::OutOfRange(1, small(most)));
    }
    let weeks = number_of_weeks(&pattern.weeks, (most / days).max(1)).map_err(|code| refuse("weeks", code)).ok();
    let (Some(date), Some(minute), Some(weeks), true) = (date, minute, weeks, wrong.is_empty()) else {
        return Err(wrong);
    };
    let wanted = |day: &LocalDate| weekdays.contains(&day.weekday()) || weekdays.is_empty() && *day == date;
    // the first seven days hold each day of the week once
    let first: Vec<LocalDate> = (0..7).map(|day| date.plus_days(day)).filter(wanted).collect();
    let all = (0..weeks).flat_map(|week| first.iter().map(move |day| day.plus_days(7 * week)));
    Ok(all.map(|day| zone.window_start(day, minute)).take(MOST_TOGETHER).collect())
}

fn small(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn first_day(typed: &str, zone: &Zone, now: Timestamp) -> Result<LocalDate, FieldCode> {
    if typed.is_empty() {
        return Err(FieldCode::Missing);
    }
    let date: LocalDate = typed.parse().map_err(|_| FieldCode::NotADate)?;
    let today = zone.local_date(now);
    match date.days_since(today) {
        ..0 => Err(FieldCode::InThePast),
        days if days > MAX_DAYS_AHEAD => Err(FieldCode::TooFarAhead),
        _ => Ok(date),
    }
}

fn minute_of_day(typed: &str) -> Result<u16, FieldCode> {
    if figures(typed).is_empty() {
        return Err(FieldCode::Missing);
    }
    parse_clock(typed).filter(|minute| *minute < 24 * 60).ok_or(FieldCode::NotATime)
}

fn number_of_weeks(typed: &str, most: usize) -> Result<i64, FieldCode> {
    let typed = figures(typed);
    if typed.is_empty() {
        return Err(FieldCode::Missing);
    }
    if !typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(FieldCode::NotANumber);
    }
    let most = small(most);
    typed.parse().ok().filter(|weeks| (1..=most).contains(weeks)).ok_or(FieldCode::OutOfRange(1, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 16 March 2026, noon in London. The clocks go forward on 29 March.
    const NOW: Timestamp = Timestamp(1_773_662_400);

    fn london() -> Zone {
        Zone::parse("Europe/London").expect("a zone")
    }

    fn typed(date: &str, time: &str, weekdays: &str, weeks: &str) -> Pattern {
        Pattern { date: date.into(), time: time.into(), weekdays: weekdays.into(), weeks: weeks.into() }
    }

    fn words(pattern: &Pattern, most: usize) -> Result<Vec<String>, Vec<(String, FieldCode)>> {
        let words = |start: Timestamp| london().local_start_text(start);
        match starts(pattern, &london(), most, NOW) {
            Ok(starts) => Ok(starts.into_iter().map(words).collect()),
            Err(fields) => Err(fields.into_iter().map(|error| (error.field, error.code)).collect()),
        }
    }

    #[test]
    fn the_local_time_stays_when_the_clocks_change() {
        let every_week = words(&typed("2026-03-23", "9:30am", "", "2"), 20).expect("a series");
        assert_eq!(every_week, ["2026-03-23T09:30", "2026-03-30T09:30"]);
        let starts = starts(&typed("2026-03-23", "9:30", "", "2"), &london(), 20, NOW).expect("a series");
        assert_eq!(starts[1].minutes_since(starts[0]), 7 * 24 * 60 - 60, "an hour less has passed");
    }

    #[test]
    fn the_days_of_the_week_begin_with_the_first_day() {
        // a Wednesday: the first Thursday comes before the first Monday
        let days = words(&typed("2026-03-18", "14", "14", "2"), 20).expect("a series");
        assert_eq!(days, ["2026-03-19T14:00", "2026-03-23T14:00", "2026-03-26T14:00", "2026-03-30T14:00"]);
        let three = words(&typed("2026-03-16", "14", "14", "3"), 6).expect("six");
        assert_eq!((three.len(), three[0].as_str()), (6, "2026-03-16T14:00"));
    }

    #[test]
    fn what_cannot_be_a_series_is_named() {
        let one = |field: &str, code| Err(vec![(field.to_owned(), code)]);
        assert_eq!(words(&Pattern::default(), 20), Ok(Vec::new()));
        assert_eq!(words(&typed("2026-03-15", "9", "", "2"), 20), one("date", FieldCode::InThePast));
        assert_eq!(words(&typed("2026-02-30", "9", "", "2"), 20), one("date", FieldCode::NotADate));
        assert_eq!(words(&typed("2030-01-01", "9", "", "2"), 20), one("date", FieldCode::TooFarAhead));
        assert_eq!(words(&typed("2026-03-23", "25", "", "2"), 20), one("time", FieldCode::NotATime));
        assert_eq!(words(&typed("2026-03-23", "midnight", "", "2"), 20), one("time", FieldCode::NotATime));
        assert_eq!(words(&typed("2026-03-23", "9", "", "x"), 20), one("weeks", FieldCode::NotANumber));
        assert_eq!(words(&typed("2026-03-23", "9", "", "21"), 20), one("weeks", FieldCode::OutOfRange(1, 20)));
        assert_eq!(words(&typed("2026-03-23", "9", "14", "4"), 6), one("weeks", FieldCode::OutOfRange(1, 3)));
        assert_eq!(words(&typed("2026-03-23", "9", "123", "1"), 2), one("weekdays", FieldCode::OutOfRange(1, 2)));
        let none = words(&typed("2026-03-23", "", "", ""), 20);
        assert_eq!(none, Err(vec![("time".into(), FieldCode::Missing), ("weeks".into(), FieldCode::Missing)]));
    }
}
