//! The predicate, reason by reason, and the helpers that the tests of working intervals and the properties share.

use uuid::Uuid;

use super::*;
use crate::{
    availability::{
        model::overrides::DateChange,
        server::schedule::{Audience, Busy, Closure, Entries, Override, TimeOff, WeeklyHours},
    },
    ids::VisitTypeId,
    time::server::Zone,
};

#[path = "busy_tests.rs"]
mod busy_tests;
#[path = "listing_tests.rs"]
mod listing_tests;
#[path = "slots_properties.rs"]
mod properties;
#[path = "working_intervals_tests.rs"]
mod working_intervals_tests;

const MAIN: LocationId = LocationId(Uuid::from_u128(1));
const BRANCH: LocationId = LocationId(Uuid::from_u128(2));
const CHECK_UP: VisitTypeId = VisitTypeId(Uuid::from_u128(10));
const SURGERY: VisitTypeId = VisitTypeId(Uuid::from_u128(11));

fn utc(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().expect("a moment").as_second())
}

fn date(text: &str) -> LocalDate {
    text.parse().expect("a date")
}

fn location(id: LocationId, zone: &str) -> LocationClock {
    LocationClock { id, zone: Zone::parse(zone).expect("a zone of the database") }
}

fn weekly(location: LocationId, weekday: u8, (start_minute, end_minute): (u16, u16)) -> WeeklyHours {
    let valid_from = date("2000-01-03");
    WeeklyHours {
        location,
        weekday,
        start_minute,
        end_minute,
        valid_from,
        valid_until: None,
        every_weeks: 1,
        month_week: None,
        visit_type: None,
    }
}

fn every_day(location: LocationId, window: (u16, u16)) -> Vec<WeeklyHours> {
    (1..=7).map(|weekday| weekly(location, weekday, window)).collect()
}

/// One location with the same hours every day.
fn entries(zone: &str, window: (u16, u16)) -> Entries {
    Entries { locations: vec![location(MAIN, zone)], weekly: every_day(MAIN, window), ..Entries::default() }
}

/// Half-hour appointments on the half hour, without any further rule.
fn rules() -> VisitTypeRules {
    VisitTypeRules {
        visit_type: CHECK_UP,
        minutes: 30,
        buffer_before: 0,
        buffer_after: 0,
        step_minutes: 30,
        notice_minutes: 0,
        horizon_days: 60,
        daily_cap: None,
        audience: Audience::Any,
        needs: None,
    }
}

fn busy(start: &str, minutes: i64, before_minutes: u16, after_minutes: u16) -> Busy {
    let start = utc(start);
    Busy { start, end: start.plus_minutes(minutes), before_minutes, after_minutes }
}

/// Thursday evening; the tests ask about the Friday after it.
fn now() -> Timestamp {
    utc("2026-12-03T20:00:00Z")
}

fn friday(time: &str) -> Timestamp {
    utc(&format!("2026-12-04T{time}:00Z"))
}

fn why(entries: Entries, rules: &VisitTypeRules, start: Timestamp) -> Vec<Reason> {
    reasons_against(&Schedule::new(entries), rules, now(), &PatientContext::default(), start)
}

/// The bookable times of the Friday as "HH:MM" of UTC.
fn listed(entries: Entries, rules: &VisitTypeRules) -> Vec<String> {
    let (schedule, patient_context) = (Schedule::new(entries), PatientContext::default());
    let found = slots(&schedule, rules, now(), &patient_context, friday("00:00"), utc("2026-12-05T00:00:00Z"));
    let utc_zone = Zone::parse("UTC").expect("UTC");
    found.map(|slot| utc_zone.local_start_text(slot.start)[11..].to_owned()).collect()
}

#[test]
fn times_follow_the_steps_and_fit_into_the_hours() {
    assert_eq!(listed(entries("UTC", (540, 640)), &rules()), ["09:00", "09:30", "10:00"]);
    let short_steps = VisitTypeRules { step_minutes: 20, ..rules() };
    assert_eq!(listed(entries("UTC", (540, 640)), &short_steps), ["09:00", "09:20", "09:40", "10:00"]);
    let open = || entries("UTC", (540, 640));
    assert_eq!(why(open(), &rules(), friday("09:10")), [Reason::OffStep]);
    assert_eq!(why(open(), &rules(), friday("08:30")), [Reason::OutsideHours]);
    assert_eq!(why(open(), &rules(), friday("10:30")), [Reason::OutsideHours]);
    assert_eq!(why(Entries::default(), &rules(), friday("09:00")), [Reason::OutsideHours]);
}

#[test]
fn notice_is_elapsed_time_to_the_second() {
    let rules = VisitTypeRules { notice_minutes: 13 * 60, ..rules() };
    let open = || entries("UTC", (480, 720));
    assert_eq!(why(open(), &rules, friday("08:30")), [Reason::TooSoon]);
    assert_eq!(why(open(), &rules, friday("09:00")), []);
    let schedule = Schedule::new(open());
    let late = reasons_against(&schedule, &rules, now().plus_seconds(1), &PatientContext::default(), friday("09:00"));
    assert_eq!(late, [Reason::TooSoon]);
    assert_eq!(why(open(), &rules, utc("2026-12-03T09:00:00Z")), [Reason::TooSoon]);
}

#[test]
fn the_horizon_follows_the_calendar_of_the_site() {
    // In Auckland it is already Friday the 4th.
    let rules = VisitTypeRules { horizon_days: 1, ..rules() };
    let open = || entries("Pacific/Auckland", (0, 1440));
    assert_eq!(why(open(), &rules, utc("2026-12-05T10:30:00Z")), []);
    assert_eq!(why(open(), &rules, utc("2026-12-05T11:00:00Z")), [Reason::TooFar]);
    let schedule = Schedule::new(open());
    let patient_context = PatientContext::default();
    let last = slots(&schedule, &rules, now(), &patient_context, now(), Timestamp(i64::MAX)).last();
    assert_eq!(last.map(|slot| slot.start), Some(utc("2026-12-05T10:30:00Z")));
}

#[test]
fn the_daily_cap_counts_the_sites_own_day() {
    // Friday in New York ends at 05:00 UTC on Saturday.
    let late = busy("2026-12-05T04:00:00Z", 30, 0, 0);
    let open = || Entries { busy: vec![late], ..entries("America/New_York", (0, 1440)) };
    let capped = |cap| VisitTypeRules { daily_cap: Some(cap), ..rules() };
    assert_eq!(why(open(), &capped(1), friday("15:00")), [Reason::DayFull]);
    assert_eq!(why(open(), &capped(2), friday("15:00")), []);
    assert_eq!(why(open(), &capped(1), utc("2026-12-05T15:00:00Z")), []);
    assert_eq!(why(open(), &capped(1), friday("04:30")), []);
}

#[test]
fn the_audience_excludes_only_whom_it_knows() {
    let schedule = Schedule::new(entries("UTC", (540, 720)));
    let ask = |audience, is_new_patient| {
        let patient_context = PatientContext { is_new_patient, busy: Vec::new() };
        reasons_against(&schedule, &VisitTypeRules { audience, ..rules() }, now(), &patient_context, friday("09:00"))
    };
    assert_eq!(ask(Audience::New, Some(false)), [Reason::OnlyForNewPatients]);
    assert_eq!(ask(Audience::Returning, Some(true)), [Reason::NotForNewPatients]);
    for (audience, is_new) in [
        (Audience::New, Some(true)),
        (Audience::New, None),
        (Audience::Returning, Some(false)),
        (Audience::Returning, None),
        (Audience::Any, Some(true)),
        (Audience::Any, Some(false)),
    ] {
        assert_eq!(ask(audience, is_new), [], "{audience:?} {is_new:?}");
    }
}

#[test]
fn a_patient_is_not_in_two_places() {
    let schedule = Schedule::new(entries("UTC", (540, 720)));
    let patient_context = PatientContext { is_new_patient: None, busy: vec![(friday("09:45"), friday("10:15"))] };
    let ask = |time| reasons_against(&schedule, &rules(), now(), &patient_context, friday(time));
    assert_eq!(ask("09:30"), [Reason::PatientBusy]);
    assert_eq!(ask("10:00"), [Reason::PatientBusy]);
    assert_eq!(ask("09:00"), []);
    assert_eq!(ask("10:30"), []);
}

#[test]
fn closures_and_time_off_are_named_only_inside_the_hours() {
    let whole_day = |entries| Entries {
        closures: vec![Closure { location: MAIN, first: date("2026-12-04"), last: date("2026-12-04") }],
        ..entries
    };
    let away =
        |entries| Entries { time_off: vec![TimeOff { start: friday("00:00"), end: friday("09:15") }], ..entries };
    let cancelled = |entries| Entries {
        overrides: vec![Override { date: date("2026-12-04"), location: None, kind: DateChange::Closed, window: None }],
        ..entries
    };
    let open = || entries("UTC", (540, 720));
    assert_eq!(why(whole_day(open()), &rules(), friday("09:00")), [Reason::Closed]);
    assert_eq!(why(cancelled(open()), &rules(), friday("09:00")), [Reason::Closed]);
    assert_eq!(why(away(open()), &rules(), friday("09:00")), [Reason::TimeOff]);
    assert_eq!(why(away(whole_day(open())), &rules(), friday("09:00")), [Reason::Closed, Reason::TimeOff]);
    assert_eq!(why(away(open()), &rules(), friday("09:30")), []);
    assert_eq!(why(away(whole_day(open())), &rules(), friday("08:00")), [Reason::OutsideHours]);
}

#[test]
fn every_reason_is_told_at_once() {
    let crowded = Entries { busy: vec![busy("2026-12-04T10:00:00Z", 30, 0, 0)], ..entries("UTC", (540, 720)) };
    let strict = VisitTypeRules {
        notice_minutes: 24 * 60,
        horizon_days: 0,
        daily_cap: Some(1),
        audience: Audience::New,
        ..rules()
    };
    let patient_context =
        PatientContext { is_new_patient: Some(false), busy: vec![(friday("10:00"), friday("10:30"))] };
    let schedule = Schedule::new(crowded);
    use Reason::{DayFull, OffStep, OnlyForNewPatients, PatientBusy, Taken, TooFar, TooSoon};
    assert_eq!(
        reasons_against(&schedule, &strict, now(), &patient_context, friday("10:10")),
        [OffStep, Taken, TooSoon, TooFar, DayFull, OnlyForNewPatients, PatientBusy]
    );
    assert!(slot_at(&schedule, &strict, now(), &patient_context, friday("10:10")).is_err());
}
