//! The way from a wall clock to a moment, checked against the way back, which is never ambiguous.

use proptest::prelude::*;

use super::*;

/// Where clocks change, and how: the days around each are where conversions go wrong.
const CHANGES: [(&str, &str); 16] = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-17"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Cairo", "2026-10-29"),
    ("Asia/Beirut", "2026-03-29"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Asia/Kathmandu", "1985-12-31"),
    ("Pacific/Apia", "2011-12-30"),
    ("Australia/Sydney", "2026-04-05"),
    ("Pacific/Auckland", "2026-09-27"),
    ("America/Havana", "2025-11-02"),
    ("America/St_Johns", "2006-10-29"),
    ("Africa/Casablanca", "2026-02-15"),
];

/// Every minute of the four days around `date`, with what the wall clock showed.
fn walk(zone: &Zone, date: LocalDate) -> impl Iterator<Item = (Timestamp, (LocalDate, u16))> + Clone {
    let noon = date.0.at(12, 0, 0, 0);
    let middle = instant(Offset::UTC, noon);
    (-2880..2880).map(move |minute| {
        let at = middle.plus_minutes(minute);
        (at, (zone.local_date(at), zone.minute_of_day(at)))
    })
}

proptest! {
    #[test]
    fn bounds_agree_with_a_walk_through_every_minute((name, day) in prop::sample::select(&CHANGES[..]),
                                                    shift in -1_i64..=1, minute in prop_oneof![0_u16..210, 1370_u16..1440, 0_u16..1440]) {
        let (zone, date) = (zone(name), date(day).plus_days(shift));
        let minutes: Vec<_> = walk(&zone, date).collect();
        let first_from = |wall| minutes.iter().find(|(_, shown)| *shown >= wall).map(|(at, _)| *at);
        // The first moment that shows the time or, where it is skipped, the first moment that shows a later one.
        let start = minutes.iter().find(|(_, shown)| *shown == (date, minute)).map(|(at, _)| *at);
        prop_assert_eq!(Some(zone.window_start(date, minute)), start.or(first_from((date, minute))));
        // Right after the last moment that shows the window's last minute.
        let last = minutes.iter().rev().find(|(_, shown)| *shown == (date, minute)).map(|(at, _)| at.plus_minutes(1));
        prop_assert_eq!(Some(zone.window_end(date, minute + 1)), last.or(first_from((date, minute))));
    }
}
