//! What suits a person who waits, and at which hours people are asked. Days and hours are those of the location's clock.

use crate::{
    availability::DayPart,
    booking::waiting::{DAY_PARTS, JoinForm, MAX_DAYS, NOTICES, WEEKDAYS},
    error::{AppError, FieldCode, FieldError},
    text::figures,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// Nobody is asked from this minute of the day on, until [`QUIET_UNTIL`].
const QUIET_FROM: u16 = 21 * 60;
const QUIET_UNTIL: u16 = 8 * 60;
/// Minutes for which a time is kept for the person it is offered to, and for one that starts within a day.
const OFFER_MINUTES: i64 = 30;
const SOON_OFFER_MINUTES: i64 = 10;
const DAY_MINUTES: i64 = 24 * 60;

/// Which times suit a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wishes {
    /// The sum of the days: Monday 1, Tuesday 2, Wednesday 4.
    pub weekdays: i32,
    /// The sum of the parts of the day: morning 1, afternoon 2, evening 4.
    pub day_parts: i32,
    pub earliest: LocalDate,
    pub latest: LocalDate,
    pub notice_minutes: i32,
}

impl Wishes {
    /// Whether an appointment at `start` suits a person who hears of it `now`.
    pub fn suits(&self, start: Timestamp, zone: &Zone, now: Timestamp) -> bool {
        let date = zone.local_date(start);
        let part = part_bit(DayPart::of_minute(zone.minute_of_day(start)));
        (self.earliest..=self.latest).contains(&date)
            && self.weekdays & weekday_bit(date.weekday()) != 0
            && self.day_parts & part != 0
            && start >= now.plus_minutes(self.notice_minutes.into())
    }

    /// The wishes of a form. `today` is the clinic's date.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming every field that must be corrected.
    pub fn read(form: &JoinForm, weekdays: &[String], parts: &[String], today: LocalDate) -> Result<Wishes, AppError> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, code| wrong.push(FieldError { field: field.to_owned(), code });
        let day_bits = bits(weekdays, WEEKDAYS.len());
        let part_bits = bits(parts, DAY_PARTS.len());
        for (field, found) in [("weekdays", day_bits), ("parts", part_bits)] {
            match found {
                None => refuse(field, FieldCode::Unknown),
                Some(0) => refuse(field, FieldCode::Missing),
                Some(_) => {}
            }
        }
        let earliest = date([&form.earliest_day, &form.earliest_month, &form.earliest_year]);
        let latest = date([&form.latest_day, &form.latest_month, &form.latest_year]);
        match earliest {
            Err(code) => refuse("earliest", code),
            Ok(date) if date < today => refuse("earliest", FieldCode::InThePast),
            Ok(_) => {}
        }
        match (earliest, latest) {
            (_, Err(code)) => refuse("latest", code),
            (Ok(earliest), Ok(latest)) if latest < earliest => refuse("latest", FieldCode::EndsBeforeStart),
            (_, Ok(latest)) if latest < today => refuse("latest", FieldCode::InThePast),
            (_, Ok(latest)) if latest > today.plus_days(MAX_DAYS) => refuse("latest", FieldCode::TooFarAhead),
            _ => {}
        }
        let notice = form.notice.parse().ok().filter(|wanted| NOTICES.iter().any(|(minutes, _)| minutes == wanted));
        if notice.is_none() {
            refuse("notice", FieldCode::Unknown);
        }
        match (day_bits, part_bits, earliest, latest, notice) {
            (Some(weekdays), Some(day_parts), Ok(earliest), Ok(latest), Some(notice_minutes)) if wrong.is_empty() => {
                Ok(Wishes { weekdays, day_parts, earliest, latest, notice_minutes })
            }
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }

    /// The same in words, one line each.
    pub fn words(&self, today: LocalDate) -> Vec<String> {
        let days = names(self.weekdays, &WEEKDAYS.map(|(_, name)| name));
        let parts = names(self.day_parts, &["morning", "afternoon", "evening"]);
        let notice = NOTICES.iter().find(|(minutes, _)| *minutes == self.notice_minutes).map_or("", |(_, words)| words);
        vec![
            match self.weekdays {
                127 => "Any day of the week".to_owned(),
                _ => days,
            },
            match self.day_parts {
                7 => "Any time of the day".to_owned(),
                _ => format!("In the {parts}"),
            },
            format!("From {} to {}", self.earliest.day_words(today), self.latest.day_words(today)),
            format!("At least {notice} ahead"),
        ]
    }
}

/// Whether nobody is asked at this moment, by the clock of the time's location.
pub(super) fn is_quiet(zone: &Zone, now: Timestamp) -> bool {
    let minute = zone.minute_of_day(now);
    !(QUIET_UNTIL..QUIET_FROM).contains(&minute)
}

/// Until when a time that starts at `start` is kept for the person it is offered to `now`.
pub(super) fn kept_until(start: Timestamp, now: Timestamp) -> Timestamp {
    let soon = start < now.plus_minutes(DAY_MINUTES);
    now.plus_minutes(if soon { SOON_OFFER_MINUTES } else { OFFER_MINUTES }).min(start)
}

/// The numbers of a sum, as the form sends them.
pub(super) fn numbers(sum: i32, most: usize) -> Vec<String> {
    (0..most).filter(|bit| sum & (1 << bit) != 0).map(|bit| (bit + 1).to_string()).collect()
}

fn weekday_bit(weekday: u8) -> i32 {
    1 << (i32::from(weekday) - 1).clamp(0, 6)
}

fn part_bit(part: DayPart) -> i32 {
    match part {
        DayPart::Morning => 1,
        DayPart::Afternoon => 2,
        DayPart::Evening => 4,
    }
}

/// The sum for the numbers that were sent, from "1" on; none when one of them is not a choice.
fn bits(sent: &[String], most: usize) -> Option<i32> {
    let bit = |text: &String| text.parse::<usize>().ok().filter(|number| (1..=most).contains(number));
    sent.iter().map(bit).try_fold(0, |sum, number| Some(sum | 1 << (number? - 1)))
}

fn date([day, month, year]: [&str; 3]) -> Result<LocalDate, FieldCode> {
    if [day, month, year].iter().all(|part| part.trim().is_empty()) {
        return Err(FieldCode::Missing);
    }
    LocalDate::from_typed(&figures(day), &figures(month), &figures(year)).map_err(|_| FieldCode::NotADate)
}

/// "Monday, Tuesday and Friday"
fn names(sum: i32, all: &[&str]) -> String {
    let chosen: Vec<&str> =
        all.iter().enumerate().filter(|(bit, _)| sum & (1 << bit) != 0).map(|(_, name)| *name).collect();
    match chosen.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => [&rest.join(", "), " and ", last].concat(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any(earliest: &str, latest: &str) -> Wishes {
        let date = |text: &str| text.parse().unwrap();
        Wishes { weekdays: 127, day_parts: 7, earliest: date(earliest), latest: date(latest), notice_minutes: 120 }
    }

    fn at(zone: &Zone, date: &str, minute: u16) -> Timestamp {
        zone.window_start(date.parse().unwrap(), minute)
    }

    #[test]
    fn days_and_parts_are_those_of_the_locations_clock_on_both_sides_of_a_clock_change() {
        let london = Zone::parse("Europe/London").unwrap();
        let now = Timestamp(1_774_000_000); // 20 March 2026
        // on 29 March the clocks go forward
        for (date, weekday) in [("2026-03-28", 32), ("2026-03-29", 64), ("2026-03-30", 1)] {
            let wishes = any("2026-03-28", "2026-03-30");
            for (minute, part) in [(0, 1), (719, 1), (720, 2), (1019, 2), (1020, 4), (1439, 4)] {
                let start = at(&london, date, minute);
                for day in [1, 2, 4, 8, 16, 32, 64] {
                    for wanted in [1, 2, 4] {
                        let wishes = Wishes { weekdays: day, day_parts: wanted, ..wishes };
                        let expected = day == weekday && wanted == part;
                        assert_eq!(wishes.suits(start, &london, now), expected, "{date} {minute} {day} {wanted}");
                    }
                }
            }
        }
        // the same moment is another day in Auckland
        let auckland = Zone::parse("Pacific/Auckland").unwrap();
        let sunday_evening = at(&london, "2026-03-29", 1020);
        let monday = Wishes { weekdays: 1, ..any("2026-03-28", "2026-03-30") };
        assert!(!monday.suits(sunday_evening, &london, now) && monday.suits(sunday_evening, &auckland, now));
    }

    #[test]
    fn dates_are_bounds_and_notice_is_elapsed_time() {
        let london = Zone::parse("Europe/London").unwrap();
        let wishes = any("2026-03-28", "2026-03-29");
        let now = at(&london, "2026-03-28", 22 * 60);
        assert!(!wishes.suits(at(&london, "2026-03-27", 600), &london, Timestamp(0)));
        assert!(!wishes.suits(at(&london, "2026-03-30", 0), &london, now));
        // four hours of elapsed time are five on the clock in this night
        let wishes = Wishes { notice_minutes: 240, ..wishes };
        assert!(!wishes.suits(at(&london, "2026-03-29", 2 * 60 + 59), &london, now));
        assert!(wishes.suits(at(&london, "2026-03-29", 3 * 60), &london, now));
    }

    #[test]
    fn nobody_is_asked_from_nine_in_the_evening_until_eight() {
        let london = Zone::parse("Europe/London").unwrap();
        // also in the night in which the clocks go forward
        for date in ["2026-01-05", "2026-03-29", "2026-10-25"] {
            for (minute, quiet) in [(0, true), (479, true), (480, false), (1259, false), (1260, true), (1439, true)] {
                assert_eq!(is_quiet(&london, at(&london, date, minute)), quiet, "{date} {minute}");
            }
        }
    }

    #[test]
    fn a_time_is_kept_for_half_an_hour_and_for_ten_minutes_when_it_is_soon() {
        let now = Timestamp(1_767_600_000);
        let day = now.plus_minutes(24 * 60);
        assert_eq!(kept_until(day, now), now.plus_minutes(30));
        assert_eq!(kept_until(day.plus_seconds(-1), now), now.plus_minutes(10));
        assert_eq!(kept_until(now.plus_minutes(5), now), now.plus_minutes(5));
    }

    #[test]
    fn a_form_with_mistakes_names_each_and_a_good_one_is_read() {
        let today: LocalDate = "2026-01-05".parse().unwrap();
        let form = JoinForm {
            earliest_day: "5".into(),
            earliest_month: "1".into(),
            earliest_year: "2026".into(),
            latest_day: "2".into(),
            latest_month: "feb".into(),
            latest_year: "2026".into(),
            notice: "120".into(),
            ..JoinForm::default()
        };
        let all = |most: usize| (1..=most).map(|number| number.to_string()).collect::<Vec<_>>();
        let read = Wishes::read(&form, &all(7), &all(3), today).unwrap();
        assert_eq!(read, any("2026-01-05", "2026-02-02"));
        assert_eq!((numbers(read.weekdays, 7), numbers(5, 3)), (all(7), vec!["1".into(), "3".into()]));
        let wrong = |form: &JoinForm, days: &[String], parts: &[String]| match Wishes::read(form, days, parts, today) {
            Err(AppError::Invalid { fields }) => fields.into_iter().map(|f| (f.field, f.code)).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let bad = JoinForm {
            earliest_day: "31".into(),
            earliest_month: "12".into(),
            earliest_year: "2025".into(),
            ..form.clone()
        };
        assert_eq!(wrong(&bad, &all(7), &all(3)), [("earliest".into(), FieldCode::InThePast)]);
        let bad = JoinForm { latest_month: "1".into(), latest_day: "4".into(), notice: "7".into(), ..form.clone() };
        let expected = [("latest".into(), FieldCode::EndsBeforeStart), ("notice".into(), FieldCode::Unknown)];
        assert_eq!(wrong(&bad, &all(7), &all(3)), expected);
        let bad = JoinForm { latest_day: "30".into(), ..form.clone() };
        assert_eq!(
            wrong(&bad, &[], &["9".into()]),
            [
                ("weekdays".into(), FieldCode::Missing),
                ("parts".into(), FieldCode::Unknown),
                ("latest".into(), FieldCode::NotADate),
            ]
        );
        let bad = JoinForm { latest_year: "2027".into(), latest_month: "3".into(), ..form };
        assert_eq!(wrong(&bad, &all(7), &all(3)), [("latest".into(), FieldCode::TooFarAhead)]);
    }

    #[test]
    fn wishes_read_as_lines() {
        let today: LocalDate = "2026-01-05".parse().unwrap();
        let wishes = Wishes { weekdays: 1 + 2 + 16, day_parts: 1, ..any("2026-01-05", "2026-02-02") };
        assert_eq!(
            wishes.words(today),
            [
                "Monday, Tuesday and Friday",
                "In the morning",
                "From Monday 5 January to Monday 2 February",
                "At least 2 hours ahead",
            ]
        );
        assert_eq!(any("2026-01-05", "2026-02-02").words(today)[..2], ["Any day of the week", "Any time of the day"]);
    }
}
