use super::*;

#[path = "walk_tests.rs"]
mod walk_tests;

fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("a zone of the database")
}

fn date(text: &str) -> LocalDate {
    text.parse().expect("a date")
}

fn utc(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().expect("a moment").as_second())
}

#[test]
fn only_zones_of_the_database_are_zones() {
    for name in ["", "Europe/Nowhere", "Etc/Unknown", "../../etc/passwd", "+05:00", "Europe/London\0"] {
        assert_eq!(Zone::parse(name), None, "{name:?}");
    }
    assert_eq!(zone("Europe/London").name(), "Europe/London");
    assert_eq!(zone("UTC").name(), "UTC");
}

#[test]
fn the_built_in_copy_knows_zones_too() {
    assert!(TimeZoneDatabase::bundled().get("Europe/London").is_ok());
}

#[test]
fn zones_are_named_after_their_city() {
    let words = ["Europe/London", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "UTC", "Etc/UTC"];
    assert_eq!(
        words.map(|name| zone(name).label()),
        ["London time", "Buenos Aires time", "Port-au-Prince time", "UTC", "UTC"]
    );
}

#[test]
fn a_moment_has_the_wall_clock_of_its_zone() {
    let at = utc("2026-12-03T18:40:00Z");
    let (kathmandu, auckland) = (zone("Asia/Kathmandu"), zone("Pacific/Auckland"));
    assert_eq!(kathmandu.local_start_text(at), "2026-12-04T00:25");
    assert_eq!(kathmandu.local_date(at).to_string(), "2026-12-04");
    assert_eq!(kathmandu.offset_seconds(at), 20_700);
    assert_eq!(auckland.local_start_text(at), "2026-12-04T07:40");
    assert_eq!(auckland.minute_of_day(at), 460);
    assert_eq!(zone("America/New_York").offset_seconds(at), -18_000);
}

/// (zone, date, minute, start of a window that begins then, end of a window that ends then)
const BOUNDS: [(&str, &str, u16, &str, &str); 21] = [
    // An ordinary day.
    ("Europe/Berlin", "2026-12-03", 540, "2026-12-03T08:00:00Z", "2026-12-03T08:00:00Z"),
    // 02:00 becomes 03:00: every bound in between is the jump itself.
    ("Europe/Berlin", "2026-03-29", 120, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-03-29", 150, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-03-29", 180, "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"),
    // 03:00 becomes 02:00: starts take the first of two, ends the second, unless the window stops before the fold.
    ("Europe/Berlin", "2026-10-25", 120, "2026-10-25T00:00:00Z", "2026-10-25T00:00:00Z"),
    ("Europe/Berlin", "2026-10-25", 150, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
    ("Europe/Berlin", "2026-10-25", 180, "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"),
    // No midnight on that day.
    ("America/Sao_Paulo", "2018-11-04", 0, "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z"),
    ("America/Sao_Paulo", "2018-11-03", 1440, "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z"),
    ("Africa/Cairo", "2026-04-24", 30, "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z"),
    // The hour before midnight comes twice; midnight itself does not.
    ("Africa/Cairo", "2026-10-29", 1410, "2026-10-29T20:30:00Z", "2026-10-29T21:30:00Z"),
    ("Africa/Cairo", "2026-10-29", 1440, "2026-10-29T22:00:00Z", "2026-10-29T22:00:00Z"),
    // Midnight comes twice: the evening before does not gain an hour.
    ("America/Havana", "2025-11-01", 1440, "2025-11-02T04:00:00Z", "2025-11-02T04:00:00Z"),
    ("America/Havana", "2025-11-02", 30, "2025-11-02T04:30:00Z", "2025-11-02T05:30:00Z"),
    // Shifts of half an hour.
    ("Australia/Lord_Howe", "2026-10-04", 135, "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"),
    ("Australia/Lord_Howe", "2026-04-05", 105, "2026-04-04T14:45:00Z", "2026-04-04T15:15:00Z"),
    ("Australia/Lord_Howe", "2026-04-05", 120, "2026-04-04T15:30:00Z", "2026-04-04T15:30:00Z"),
    // A date that was skipped altogether.
    ("Pacific/Apia", "2011-12-30", 0, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
    ("Pacific/Apia", "2011-12-30", 540, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
    ("Pacific/Apia", "2011-12-29", 1440, "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"),
    ("Asia/Kathmandu", "2026-12-03", 0, "2026-12-02T18:15:00Z", "2026-12-02T18:15:00Z"),
];

#[test]
fn bounds_of_windows_are_right_where_clocks_change() {
    for (name, day, minute, start, end) in BOUNDS {
        let zone = zone(name);
        assert_eq!(zone.window_start(date(day), minute), utc(start), "start {name} {day} {minute}");
        assert_eq!(zone.window_end(date(day), minute), utc(end), "end {name} {day} {minute}");
    }
}

#[test]
fn times_read_like_speech() {
    let minutes = [0, 5, 60, 719, 720, 725, 840, 860, 1439, 1440];
    assert_eq!(
        minutes.map(clock_words),
        ["midnight", "12:05am", "1am", "11:59am", "12 noon", "12:05pm", "2pm", "2:20pm", "11:59pm", "midnight"]
    );
    assert_eq!(zone("Europe/London").time_words(utc("2026-12-03T14:20:00Z")), "2:20pm");
}

#[test]
fn repeated_times_are_told_apart() {
    let london = zone("Europe/London");
    let words = ["00:30", "00:59", "01:00", "01:30", "02:00"]
        .map(|time| london.time_words(utc(&format!("2026-10-25T{time}:00Z"))));
    assert_eq!(
        words,
        [
            "1:30am (before the clocks go back)",
            "1:59am (before the clocks go back)",
            "1am (after the clocks go back)",
            "1:30am (after the clocks go back)",
            "2am"
        ]
    );
}

#[test]
fn dates_read_like_speech() {
    let day = date("2026-12-03");
    assert_eq!(day.date_words(), "Thursday 3 December 2026");
    assert_eq!(day.day_words(date("2026-01-31")), "Thursday 3 December");
    assert_eq!(day.day_words(date("2025-12-31")), "Thursday 3 December 2026");
    assert_eq!(day.month_words(), "December 2026");
    assert_eq!(date("2024-02-29").date_words(), "Thursday 29 February 2024");
    assert_eq!(date("2027-01-03").date_words(), "Sunday 3 January 2027");
}

#[test]
fn the_year_of_a_moment_is_the_clinics_year() {
    let auckland = zone("Pacific/Auckland");
    let at = utc("2027-01-04T01:20:00Z");
    assert_eq!(auckland.moment_words(at, utc("2026-12-31T10:00:00Z")), "Monday 4 January 2027, 2:20pm");
    assert_eq!(auckland.moment_words(at, utc("2026-12-31T12:00:00Z")), "Monday 4 January, 2:20pm");
}

#[test]
fn typed_dates_are_read_kindly_but_never_guessed() {
    let typed = |day, month, year| LocalDate::from_typed(day, month, year).map(|day| day.to_string()).ok();
    let third = Some("2026-12-03".to_owned());
    assert_eq!(typed("3", "12", "2026"), third);
    assert_eq!(typed(" 03 ", " December", "2026 "), third);
    assert_eq!(typed("3", "dec", "2026"), third);
    for (day, month, year) in [
        ("", "", ""),
        ("3", "", "2026"),
        ("31", "6", "2026"),
        ("29", "2", "2026"),
        ("3", "13", "2026"),
        ("3", "ma", "2026"),
        ("3", "12", "26"),
        ("+3", "12", "2026"),
        ("3", "12", "-026"),
        ("99999999", "12", "2026"),
        ("3", "décembre", "2026"),
    ] {
        assert_eq!(typed(day, month, year), None, "{day:?} {month:?} {year:?}");
    }
}

#[test]
fn a_date_has_one_spelling() {
    assert_eq!(date("2026-12-03").to_string(), "2026-12-03");
    let wrong = ["2026-12-3", "20261203", "2026-12-03T00:00", " 2026-12-03", "2026-Dec-03", "2026-13-01", "+026-12-03"];
    for text in wrong.into_iter().chain(["", "--", "2026-12-03-", "2026-de-03"]) {
        assert_eq!(text.parse::<LocalDate>(), Err(NotADate), "{text:?}");
    }
}

#[test]
fn dates_are_counted() {
    assert_eq!(date("2026-12-31").plus_days(1), date("2027-01-01"));
    assert_eq!(date("2024-03-01").plus_days(-1), date("2024-02-29"));
    assert_eq!(date("2027-01-01").days_since(date("2026-01-01")), 365);
    assert_eq!(date("2026-01-01").days_since(date("2026-01-03")), -2);
    assert_eq!((date("2026-12-06").weekday(), date("2026-12-07").weekday()), (7, 1));
    assert_eq!(date("2026-12-06").monday(), date("2026-11-30"));
    assert!(date("2026-09-30") < date("2026-10-01"));
}

#[test]
fn moments_beyond_the_calendar_do_not_panic() {
    for at in [Timestamp(i64::MIN), Timestamp(i64::MAX)] {
        let london = zone("Europe/London");
        let day = london.local_date(at);
        assert!(!london.moment_words(at, at).is_empty());
        assert!(london.window_start(day.plus_days(i64::MAX), 0) <= london.window_end(day.plus_days(i64::MAX), 1440));
    }
}

#[test]
fn a_moment_for_programs_keeps_its_offset_and_is_read_back() {
    let at = utc("2026-12-03T14:20:00Z");
    assert_eq!(rfc3339(at, 0), "2026-12-03T14:20:00+00:00");
    assert_eq!(rfc3339(at, 330), "2026-12-03T19:50:00+05:30");
    assert_eq!(rfc3339(at, -570), "2026-12-03T04:50:00-09:30");
    for offset in [0, 330, -570] {
        assert_eq!(parse_rfc3339(&rfc3339(at, offset)), Ok(at));
    }
    assert_eq!(parse_rfc3339("2026-12-03T14:20:00.999Z"), Ok(at));
    let bad = [
        "",
        "2026-12-03",
        "2026-12-03T14:20:00",
        "2026-02-30T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "2026-12-03T14:20:00Z\0",
    ];
    for text in bad {
        assert_eq!(parse_rfc3339(text), Err(NotADate), "{text}");
    }
    assert!(!rfc3339(Timestamp(i64::MAX), 840).is_empty() && !rfc3339(Timestamp(i64::MIN), -840).is_empty());
}
