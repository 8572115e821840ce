//! Which hours a date has: precedence, weeks, and days on which the clocks change.

use proptest::prelude::*;
use strum::VariantArray;

use super::*;
use crate::availability::model::hours::MonthWeek;

fn working_intervals(entries: Entries, day: &str) -> Vec<(Timestamp, Timestamp)> {
    let location = entries.locations[0].clone();
    let found = Schedule::new(entries).working_intervals(&location, date(day), CHECK_UP);
    found.into_iter().map(|interval| (interval.start, interval.end)).collect()
}

fn utc_day(day: &str, windows: &[(&str, &str)]) -> Vec<(Timestamp, Timestamp)> {
    windows.iter().map(|(start, end)| (utc(&format!("{day}T{start}:00Z")), utc(&format!("{day}T{end}:00Z")))).collect()
}

fn change(kind: DateChange, location: Option<LocationId>, window: Option<(LocationId, u16, u16)>) -> Override {
    Override { date: date("2026-12-04"), location, kind, window }
}

fn friday_with(overrides: Vec<Override>) -> Vec<(Timestamp, Timestamp)> {
    working_intervals(Entries { overrides, ..entries("UTC", (540, 720)) }, "2026-12-04")
}

#[test]
fn an_override_beats_the_weekly_hours_on_its_date_only() {
    let replace = || change(DateChange::Replace, None, Some((MAIN, 600, 660)));
    let evening = || change(DateChange::Replace, Some(MAIN), Some((MAIN, 1080, 1140)));
    assert_eq!(friday_with(vec![replace()]), utc_day("2026-12-04", &[("10:00", "11:00")]));
    assert_eq!(
        friday_with(vec![evening(), replace()]),
        utc_day("2026-12-04", &[("10:00", "11:00"), ("18:00", "19:00")])
    );
    assert_eq!(friday_with(vec![change(DateChange::Replace, None, None)]), []);
    let next_day =
        working_intervals(Entries { overrides: vec![replace()], ..entries("UTC", (540, 720)) }, "2026-12-05");
    assert_eq!(next_day, utc_day("2026-12-05", &[("09:00", "12:00")]));
}

#[test]
fn added_hours_join_the_usual_ones() {
    let add = |from, until| change(DateChange::Add, None, Some((MAIN, from, until)));
    assert_eq!(friday_with(vec![add(780, 840)]), utc_day("2026-12-04", &[("09:00", "12:00"), ("13:00", "14:00")]));
    // Touching and overlapping windows become one working interval.
    assert_eq!(friday_with(vec![add(720, 780)]), utc_day("2026-12-04", &[("09:00", "13:00")]));
    assert_eq!(friday_with(vec![add(480, 600)]), utc_day("2026-12-04", &[("08:00", "12:00")]));
    let replaced = change(DateChange::Replace, None, Some((MAIN, 600, 660)));
    assert_eq!(
        friday_with(vec![replaced, add(780, 840)]),
        utc_day("2026-12-04", &[("10:00", "11:00"), ("13:00", "14:00")])
    );
    let closed = change(DateChange::Closed, None, None);
    assert_eq!(friday_with(vec![closed, add(780, 840)]), []);
}

#[test]
fn an_override_of_another_site_changes_nothing_here() {
    let elsewhere = vec![
        change(DateChange::Closed, Some(BRANCH), None),
        change(DateChange::Replace, Some(BRANCH), Some((BRANCH, 600, 660))),
        change(DateChange::Add, None, Some((BRANCH, 780, 840))),
    ];
    assert_eq!(friday_with(elsewhere), utc_day("2026-12-04", &[("09:00", "12:00")]));
    // A day at the other location leaves no hours at this one.
    assert_eq!(friday_with(vec![change(DateChange::Replace, None, Some((BRANCH, 600, 660)))]), []);
}

#[test]
fn a_closure_covers_its_first_and_last_date() {
    let shut = |location| Entries {
        closures: vec![Closure { location, first: date("2026-12-04"), last: date("2026-12-05") }],
        ..entries("UTC", (540, 720))
    };
    let open = |location| {
        ["03", "04", "05", "06"].map(|day| !working_intervals(shut(location), &format!("2026-12-{day}")).is_empty())
    };
    assert_eq!(open(MAIN), [true, false, false, true]);
    assert_eq!(open(BRANCH), [true; 4]);
}

#[test]
fn time_off_cuts_but_never_shifts_the_steps() {
    let off = |from, until| TimeOff { start: friday(from), end: friday(until) };
    let cut = |time_off| Entries { time_off, ..entries("UTC", (540, 720)) };
    let pieces = |time_off| working_intervals(cut(time_off), "2026-12-04");
    assert_eq!(pieces(vec![off("09:50", "10:10")]), utc_day("2026-12-04", &[("09:00", "09:50"), ("10:10", "12:00")]));
    assert_eq!(
        pieces(vec![off("11:00", "11:30"), off("08:00", "09:30"), off("09:00", "10:00")]),
        utc_day("2026-12-04", &[("10:00", "11:00"), ("11:30", "12:00")])
    );
    assert_eq!(pieces(vec![off("00:00", "23:00")]), []);
    assert_eq!(
        pieces(vec![off("10:00", "10:00"), off("12:00", "13:00"), off("08:00", "09:00")]),
        utc_day("2026-12-04", &[("09:00", "12:00")])
    );
    assert_eq!(listed(cut(vec![off("09:50", "10:10")]), &rules()), ["09:00", "10:30", "11:00", "11:30"]);
}

#[test]
fn weekly_hours_keep_to_their_weeks_dates_and_kind_of_appointment() {
    let fridays = |hours: WeeklyHours| {
        let entries = Entries { weekly: vec![hours], ..entries("UTC", (540, 720)) };
        let open = |days: i64| {
            let day = date("2026-12-04").plus_days(days).to_string();
            !working_intervals(
                Entries { locations: entries.locations.clone(), weekly: entries.weekly.clone(), ..Entries::default() },
                &day,
            )
            .is_empty()
        };
        [-14, -7, 0, 1, 7, 14, 28].map(open)
    };
    let hours = || weekly(MAIN, 5, (540, 720));
    assert_eq!(fridays(hours()), [true, true, true, false, true, true, true]);
    // Counted from the week of the first date, although that date is a Sunday.
    let fortnight = WeeklyHours { every_weeks: 2, valid_from: date("2026-11-22"), ..hours() };
    assert_eq!(fridays(fortnight), [false, false, true, false, false, true, true]);
    // The count goes on over the end of a year with 53 weeks.
    let across = |day: &str| {
        let weekly = vec![WeeklyHours { every_weeks: 2, valid_from: date("2026-12-25"), ..hours() }];
        !working_intervals(Entries { weekly, ..entries("UTC", (540, 720)) }, day).is_empty()
    };
    assert_eq!(["2027-01-01", "2027-01-08", "2027-01-15", "2027-01-22"].map(across), [false, true, false, true]);
    let limited = WeeklyHours { valid_from: date("2026-12-04"), valid_until: Some(date("2026-12-11")), ..hours() };
    assert_eq!(fridays(limited), [false, false, true, false, true, false, false]);
    let other = WeeklyHours { visit_type: Some(SURGERY), ..hours() };
    assert_eq!(fridays(other), [false; 7]);
    let same = WeeklyHours { visit_type: Some(CHECK_UP), every_weeks: 0, ..hours() };
    assert_eq!(fridays(same), [true, true, true, false, true, true, true]);
}

#[test]
fn a_night_lost_or_won_changes_how_many_appointments_fit() {
    let count = |zone: &str, day: &str, window| {
        let (schedule, location) = (Schedule::new(entries(zone, window)), location(MAIN, zone));
        let now = location.zone.window_start(date(day).plus_days(-1), 0);
        let (from, to) =
            (location.zone.window_start(date(day), 0), location.zone.window_start(date(day).plus_days(1), 0));
        slots(&schedule, &rules(), now, &PatientContext::default(), from, to).count()
    };
    let night = (0, 360);
    assert_eq!(count("Europe/Berlin", "2026-12-04", night), 12);
    assert_eq!(count("Europe/Berlin", "2026-03-29", night), 10);
    assert_eq!(count("Europe/Berlin", "2026-10-25", night), 14);
    assert_eq!(count("Australia/Lord_Howe", "2026-10-04", night), 11);
    assert_eq!(count("Australia/Lord_Howe", "2026-04-05", night), 13);
    assert_eq!(count("America/Sao_Paulo", "2018-11-04", (0, 120)), 2);
    assert_eq!(count("Asia/Beirut", "2026-03-29", (0, 60)), 0);
    assert_eq!(count("Africa/Cairo", "2026-04-24", (30, 120)), 2);
    assert_eq!(count("Africa/Cairo", "2026-10-29", (1380, 1440)), 4);
    assert_eq!(count("Pacific/Apia", "2011-12-30", (0, 1440)), 0);
    assert_eq!(count("Pacific/Apia", "2011-12-29", (0, 1440)), 48);
    assert_eq!(count("Pacific/Apia", "2011-12-31", (0, 1440)), 48);
}

#[test]
fn days_that_straddle_midnight_in_utc_stay_whole() {
    let sydney = working_intervals(entries("Australia/Sydney", (540, 1020)), "2026-12-04");
    assert_eq!(sydney, [(utc("2026-12-03T22:00:00Z"), utc("2026-12-04T06:00:00Z"))]);
    let auckland = working_intervals(entries("Pacific/Auckland", (600, 1020)), "2026-12-04");
    assert_eq!(auckland, [(utc("2026-12-03T21:00:00Z"), utc("2026-12-04T04:00:00Z"))]);
    let kathmandu = working_intervals(entries("Asia/Kathmandu", (300, 420)), "2026-12-04");
    assert_eq!(kathmandu, [(utc("2026-12-03T23:15:00Z"), utc("2026-12-04T01:15:00Z"))]);
}

#[test]
fn the_weekday_is_the_sites_own() {
    // 22:30 on Thursday in UTC is Friday morning in Sydney.
    let only =
        |weekday| Entries { weekly: vec![weekly(MAIN, weekday, (540, 1020))], ..entries("Australia/Sydney", (0, 0)) };
    let at = utc("2026-12-03T22:30:00Z");
    assert_eq!(why(only(5), &rules(), at), []);
    assert_eq!(why(only(4), &rules(), at), [Reason::OutsideHours]);
}

#[test]
fn a_day_shows_the_sessions_of_every_kind_of_appointment_and_what_is_closed() {
    let friday = |window, kind| WeeklyHours { visit_type: Some(kind), ..weekly(MAIN, 5, window) };
    let hours = vec![friday((540, 720), CHECK_UP), friday((720, 780), SURGERY)];
    let mut entries = Entries { weekly: hours, ..entries("UTC", (540, 720)) };
    let day = date("2026-12-04");
    let spans = |schedule: &Schedule, kinds: &[VisitTypeId]| -> Vec<(Timestamp, Timestamp)> {
        schedule.intervals_on(day, kinds).iter().map(|interval| (interval.start, interval.end)).collect()
    };
    let open = Schedule::new(entries.clone());
    assert_eq!(spans(&open, &[CHECK_UP]), utc_day("2026-12-04", &[("09:00", "12:00")]));
    assert_eq!(spans(&open, &[CHECK_UP, SURGERY]), utc_day("2026-12-04", &[("09:00", "13:00")]));
    assert_eq!(spans(&open, &[]), []);
    assert_eq!(open.closed_on(day, &[CHECK_UP]), []);

    entries.overrides.push(change(DateChange::Closed, None, None));
    let closed = Schedule::new(entries);
    assert_eq!(spans(&closed, &[CHECK_UP]), []);
    assert_eq!(closed.closed_on(day, &[CHECK_UP]), [(MAIN, true)]);
}

/// The dates of these hours from `first` on, over that many days.
fn dates_of(hours: &WeeklyHours, first: LocalDate, days: i64) -> Vec<LocalDate> {
    (0..days).map(|day| first.plus_days(day)).filter(|date| hours.run_on(*date)).collect()
}

fn words(dates: &[LocalDate]) -> Vec<String> {
    dates.iter().map(LocalDate::to_string).collect()
}

#[test]
fn one_date_of_each_month_is_found_in_long_months_and_leap_years() {
    let on = |month_week, weekday, first: &str, days| {
        let hours = WeeklyHours { month_week: Some(month_week), ..weekly(MAIN, weekday, (540, 720)) };
        words(&dates_of(&hours, date(first), days))
    };
    // November 2026 has five Mondays
    assert_eq!(on(MonthWeek::First, 1, "2026-11-01", 61), ["2026-11-02", "2026-12-07"]);
    assert_eq!(on(MonthWeek::Fourth, 1, "2026-11-01", 61), ["2026-11-23", "2026-12-28"]);
    assert_eq!(on(MonthWeek::Last, 1, "2026-11-01", 61), ["2026-11-30", "2026-12-28"]);
    // 29 February 2028 is a Tuesday; in February 2027 the fourth Tuesday is the last
    assert_eq!(on(MonthWeek::Last, 2, "2028-02-01", 29), ["2028-02-29"]);
    assert_eq!(on(MonthWeek::Fourth, 2, "2028-02-01", 29), ["2028-02-22"]);
    assert_eq!(on(MonthWeek::Last, 2, "2027-02-01", 28), on(MonthWeek::Fourth, 2, "2027-02-01", 28));
    assert_eq!(on(MonthWeek::Second, 7, "2026-12-01", 62), ["2026-12-13", "2027-01-10"]);
}

#[test]
fn the_last_sunday_of_march_and_october_has_its_lost_and_won_hour() {
    let hours = WeeklyHours { month_week: Some(MonthWeek::Last), ..weekly(MAIN, 7, (0, 360)) };
    let on = |day| working_intervals(Entries { weekly: vec![hours.clone()], ..entries("Europe/Berlin", (0, 0)) }, day);
    assert_eq!(on("2026-03-22"), []);
    assert_eq!(on("2026-03-29"), [(utc("2026-03-28T23:00:00Z"), utc("2026-03-29T04:00:00Z"))]);
    assert_eq!(on("2026-10-25"), [(utc("2026-10-24T22:00:00Z"), utc("2026-10-25T05:00:00Z"))]);
    // eight weeks are eight weeks of the calendar, over a change of the clocks as well
    let eight = WeeklyHours { every_weeks: 8, valid_from: date("2026-03-04"), ..weekly(MAIN, 1, (540, 720)) };
    assert_eq!(words(&dates_of(&eight, date("2026-03-01"), 180)), ["2026-04-27", "2026-06-22", "2026-08-17"]);
}

proptest! {
    #[test]
    fn a_rhythm_keeps_its_distance_and_a_date_of_the_month_comes_once_a_month(
        start in 0_i64..40_000,
        weekday in 1_u8..=7,
        weeks in 1_u8..=8,
        month_week in prop::sample::select(MonthWeek::VARIANTS),
    ) {
        let first = date("2000-01-03").plus_days(start);
        let hours = weekly(MAIN, weekday, (540, 720));
        let spaced = WeeklyHours { every_weeks: weeks, ..hours.clone() };
        for pair in dates_of(&spaced, first, 400).windows(2) {
            prop_assert_eq!(pair[1].days_since(pair[0]), 7 * i64::from(weeks));
        }
        let monthly = dates_of(&WeeklyHours { month_week: Some(month_week), ..hours }, first, 400);
        let months: Vec<String> = monthly.iter().map(|date| date.to_string()[..7].to_owned()).collect();
        prop_assert!(months.is_sorted() && months.len() >= 12, "{:?}", months);
        for pair in monthly.windows(2) {
            prop_assert!([28, 35].contains(&pair[1].days_since(pair[0])), "{:?}", pair);
        }
        for date in monthly {
            let day: i64 = date.to_string()[8..].parse().expect("a day");
            let month = |days: i64| date.plus_days(days).to_string()[..7].to_owned();
            prop_assert_eq!(date.weekday(), weekday);
            match month_week {
                MonthWeek::First => prop_assert!((1..=7).contains(&day)),
                MonthWeek::Second => prop_assert!((8..=14).contains(&day)),
                MonthWeek::Third => prop_assert!((15..=21).contains(&day)),
                MonthWeek::Fourth => prop_assert!((22..=28).contains(&day)),
                MonthWeek::Last => prop_assert!(month(7) != month(0)),
            }
        }
    }
}
