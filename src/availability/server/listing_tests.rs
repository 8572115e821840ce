//! What is listed, in which order, and how far the search goes.

use super::*;

#[test]
fn sites_are_listed_together_in_order() {
    let two_sites = Entries {
        locations: vec![location(MAIN, "Europe/London"), location(BRANCH, "America/New_York")],
        weekly: vec![weekly(MAIN, 5, (540, 600)), weekly(BRANCH, 5, (240, 330)), weekly(MAIN, 5, (660, 690))],
        ..Entries::default()
    };
    let (schedule, patient_context, rules) = (Schedule::new(two_sites), PatientContext::default(), rules());
    let locations = slots(&schedule, &rules, now(), &patient_context, now(), utc("2026-12-05T00:00:00Z"))
        .map(|slot| (slot.start, slot.location))
        .collect::<Vec<_>>();
    // 9:00 and 9:30 are times of both locations; the first location has them.
    let expected = [("09:00", MAIN), ("09:30", MAIN), ("10:00", BRANCH), ("11:00", MAIN)];
    assert_eq!(locations, expected.map(|(time, place)| (friday(time), place)));
}

#[test]
fn the_nearest_times_come_first() {
    let morning =
        Schedule::new(Entries { busy: vec![busy("2026-12-04T10:00:00Z", 30, 0, 0)], ..entries("UTC", (540, 660)) });
    let near = |wanted, n| {
        let found = nearest(&morning, &rules(), now(), &PatientContext::default(), wanted, n);
        found.into_iter().map(|slot| slot.start).collect::<Vec<_>>()
    };
    assert_eq!(near(friday("10:00"), 3), ["09:30", "10:30", "09:00"].map(friday));
    assert_eq!(near(friday("09:00"), 2), ["09:00", "09:30"].map(friday));
    // Another day is nearer than nothing.
    assert_eq!(near(friday("10:00"), 4).last(), Some(&utc("2026-12-05T09:00:00Z")));
    // Asked for a time beyond the calendar, the edge of the calendar answers.
    assert_eq!(near(Timestamp(i64::MIN), 1), [friday("09:00")]);
    assert_eq!(near(Timestamp(i64::MAX), 1), [utc("2027-02-01T10:30:00Z")]);
    assert_eq!(near(friday("09:00"), 100_000).len(), 60 * 4 - 1);
}

#[test]
fn absurd_questions_are_answered() {
    let schedule = Schedule::new(entries("UTC", (0, 1440)));
    let never =
        VisitTypeRules { minutes: 0, step_minutes: 0, notice_minutes: u32::MAX, horizon_days: u16::MAX, ..rules() };
    for start in [i64::MIN, -1, i64::MAX] {
        assert!(!reasons_against(&schedule, &never, now(), &PatientContext::default(), Timestamp(start)).is_empty());
    }
    let found = first_slots(
        &schedule,
        &rules(),
        now(),
        &PatientContext::default(),
        (Timestamp(i64::MIN), Timestamp(i64::MAX)),
        2,
    );
    assert_eq!(found.into_iter().map(|slot| slot.start).collect::<Vec<_>>(), [now(), now().plus_minutes(30)]);
}
