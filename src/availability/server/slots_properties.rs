//! What holds for every calendar, around every kind of clock change.

use proptest::prelude::*;

use super::*;
use crate::{
    availability::server::{Resource, ResourceUse},
    ids::{ResourceId, ResourceKindId},
};

/// Zones and a date on or next to which their clocks change; the last three are ordinary days far from UTC.
const CHANGES: [(&str, &str); 14] = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-17"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Cairo", "2026-10-29"),
    ("Asia/Beirut", "2026-03-29"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Pacific/Apia", "2011-12-30"),
    ("America/St_Johns", "2006-10-29"),
    ("Asia/Kathmandu", "2026-12-04"),
    ("Australia/Sydney", "2026-12-04"),
    ("Pacific/Auckland", "2026-12-04"),
];

/// A calendar around a clock change, the rules of an appointment, and a range of two days to search.
#[derive(Clone, Debug)]
struct Case {
    entries: Entries,
    rules: VisitTypeRules,
    now: Timestamp,
    patient_context: PatientContext,
    from: Timestamp,
    to: Timestamp,
}

impl Case {
    fn slots(&self) -> Vec<Slot> {
        let schedule = Schedule::new(self.entries.clone());
        slots(&schedule, &self.rules, self.now, &self.patient_context, self.from, self.to).collect()
    }
}

/// A window of up to ten hours, on multiples of ten minutes. Half of them are short and begin at night, when clocks
/// change.
fn window() -> impl Strategy<Value = (u16, u16)> {
    let night = (0_u16..20, 1_u16..20);
    let any = (0_u16..144, 1_u16..60);
    prop_oneof![night, any].prop_map(|(from, length)| (from * 10, ((from + length) * 10).min(1440)))
}

fn visit_type_rules() -> impl Strategy<Value = VisitTypeRules> {
    let times = (5_u16..75, 5_u16..70, 0_u16..25, 0_u16..25);
    (times, 0_u32..1500, 0_u16..4, prop::option::of(0_u16..5)).prop_map(
        |(times, notice_minutes, horizon_days, daily_cap)| {
            let (minutes, step_minutes, buffer_before, buffer_after) = times;
            VisitTypeRules {
                minutes,
                step_minutes,
                buffer_before,
                buffer_after,
                notice_minutes,
                horizon_days,
                daily_cap,
                ..rules()
            }
        },
    )
}

prop_compose! {
    fn case()(
        (zone, day) in prop::sample::select(&CHANGES[..]),
        (other_zone, _) in prop::sample::select(&CHANGES[..]),
        windows in prop::collection::vec((any::<bool>(), 1_u8..=7, window()), 1..24),
        added in prop::collection::vec((-1_i64..=1, window()), 0..3),
        replaced in prop::option::of((-1_i64..=1, window())),
        away in prop::collection::vec((-2000_i64..2000, 1_i64..600), 0..3),
        taken in prop::collection::vec((-2000_i64..2000, 5_i64..90, 0_u16..20, 0_u16..20), 0..8),
        mine in prop::collection::vec((-2000_i64..2000, 5_i64..90), 0..2),
        rules in visit_type_rules(),
        (asked_before, offset) in (0_i64..2000, -900_i64..900),
    ) -> Case {
        let (main, date) = (location(MAIN, zone), date(day));
        let middle = main.zone.window_start(date, 720);
        let change = |kind, days, (from, until)| {
            Override { date: date.plus_days(days), location: Some(MAIN), kind, window: Some((MAIN, from, until)) }
        };
        let at = |minutes| middle.plus_minutes(minutes);
        let weekly = windows.into_iter().map(|(here, weekday, window)| weekly(if here { MAIN } else { BRANCH }, weekday, window));
        let entries = Entries {
            locations: vec![main, location(BRANCH, other_zone)],
            weekly: weekly.collect(),
            overrides: added.into_iter().map(|(days, window)| change(DateChange::Add, days, window))
                .chain(replaced.map(|(days, window)| change(DateChange::Replace, days, window))).collect(),
            time_off: away.into_iter().map(|(from, length)| TimeOff { start: at(from), end: at(from + length) }).collect(),
            closures: Vec::new(),
            busy: taken.into_iter().map(|(from, length, before_minutes, after_minutes)| {
                Busy { start: at(from), end: at(from + length), before_minutes, after_minutes }
            }).collect(),
        };
        let patient_context = PatientContext { is_new_patient: None, busy: mine.into_iter().map(|(from, length)| (at(from), at(from + length))).collect() };
        let (from, to) = (at(offset - 1440), at(offset + 1440));
        Case { entries, rules, now: at(-1440 - asked_before), patient_context, from, to }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_listed_can_be_booked_and_what_can_be_booked_is_listed(case in case()) {
        let schedule = Schedule::new(case.entries.clone());
        let listed = case.slots();
        let mut expected = Vec::new();
        let mut start = case.from;
        while start < case.to {
            if let Ok(slot) = slot_at(&schedule, &case.rules, case.now, &case.patient_context, start) {
                prop_assert!(reasons_against(&schedule, &case.rules, case.now, &case.patient_context, start).is_empty());
                expected.push(slot);
            }
            start = start.plus_minutes(1);
        }
        prop_assert_eq!(listed, expected);
    }

    /// Two rooms at one location, the second of them out of use from a date, and one at another location; each is used
    /// by other doctors at some times.
    #[test]
    fn with_rooms_what_is_listed_can_be_booked(
        case in case(),
        used in prop::collection::vec((0_usize..3, -1500_i64..1500, 5_i64..90, 0_u16..20, 0_u16..20), 0..12),
        out in -1_i64..3,
    ) {
        let kind = ResourceKindId(Uuid::from_u128(30));
        let rules = VisitTypeRules { needs: Some(kind), ..case.rules.clone() };
        let date = case.entries.locations[0].zone.local_date(case.from).plus_days(out);
        let room = |number: u128, location, out_of_use_from| {
            Resource { id: ResourceId(Uuid::from_u128(number)), kind, location, out_of_use_from }
        };
        let rooms = vec![room(0, MAIN, None), room(1, MAIN, Some(date)), room(2, BRANCH, None)];
        let busy: Vec<(ResourceId, Busy)> = used.into_iter().map(|(number, from, length, before_minutes, after_minutes)| {
            let (start, end) = (case.from.plus_minutes(1440 + from), case.from.plus_minutes(1440 + from + length));
            (rooms[number].id, Busy { start, end, before_minutes, after_minutes })
        }).collect();
        let schedule = Schedule::new(case.entries.clone()).with_resources(rooms.clone());
        let schedule = schedule.with_used(ResourceUse::new(busy.clone()));
        let listed: Vec<Slot> = slots(&schedule, &rules, case.now, &case.patient_context, case.from, case.to).collect();
        let mut expected = Vec::new();
        let mut start = case.from;
        while start < case.to {
            let end = rules.end_of(start);
            let is_free = |room: &&Resource| busy.iter().filter(|(id, _)| *id == room.id).all(|(_, entry)| {
                let before = i64::from(entry.after_minutes.max(rules.buffer_before));
                let after = i64::from(entry.before_minutes.max(rules.buffer_after));
                entry.end.plus_minutes(before) <= start || end.plus_minutes(after) <= entry.start
            });
            let in_use = |location: LocationId, room: &&Resource| {
                let zone = &case.entries.locations.iter().find(|clock| clock.id == location).expect("a location").zone;
                room.location == location && room.out_of_use_from.is_none_or(|from| zone.local_date(start) < from)
            };
            match slot_at(&schedule, &rules, case.now, &case.patient_context, start) {
                Ok(slot) => {
                    let room = rooms.iter().find(|room| Some(room.id) == slot.resource).expect("a room");
                    prop_assert!(is_free(&room) && in_use(slot.location, &room));
                    expected.push(slot);
                }
                Err(reasons) => {
                    let (at, _) = evaluate_start(&schedule, &rules, case.now, &case.patient_context, start);
                    let free = |at| rooms.iter().any(|room| is_free(&room) && in_use(at, &room));
                    let none = at.is_some_and(|at| !free(at));
                    prop_assert_eq!(reasons.contains(&Reason::NoResource), none);
                }
            }
            start = start.plus_minutes(1);
        }
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn a_listed_time_meets_every_rule_when_checked_by_hand(case in case()) {
        for slot in case.slots() {
            prop_assert_eq!(slot.end, slot.start.plus_minutes(i64::from(case.rules.minutes)));
            prop_assert!(slot.start.minutes_since(case.now) >= i64::from(case.rules.notice_minutes));
            for entry in &case.entries.busy {
                let before = i64::from(entry.after_minutes.max(case.rules.buffer_before));
                let after = i64::from(entry.before_minutes.max(case.rules.buffer_after));
                prop_assert!(entry.end.plus_minutes(before) <= slot.start || slot.end.plus_minutes(after) <= entry.start);
            }
            for off in &case.entries.time_off {
                prop_assert!(off.end <= slot.start || slot.end <= off.start);
            }
            for (start, end) in &case.patient_context.busy {
                prop_assert!(*end <= slot.start || slot.end <= *start);
            }
            let location = case.entries.locations.iter().find(|location| location.id == slot.location).expect("a known location");
            let date = location.zone.local_date(slot.start);
            prop_assert!(date.days_since(location.zone.local_date(case.now)) <= i64::from(case.rules.horizon_days));
            if let Some(cap) = case.rules.daily_cap {
                let same_day = case.entries.busy.iter().filter(|entry| location.zone.local_date(entry.start) == date).count();
                prop_assert!(same_day < usize::from(cap));
            }
        }
    }

    #[test]
    fn booking_listed_times_one_by_one_never_overlaps(case in case(), picks in prop::collection::vec(any::<prop::sample::Index>(), 1..8)) {
        let mut case = case;
        case.rules.daily_cap = None;
        let mut booked: Vec<Slot> = Vec::new();
        for pick in picks {
            let listed = case.slots();
            if listed.is_empty() {
                break;
            }
            let slot = listed[pick.index(listed.len())];
            let (before_minutes, after_minutes) = (case.rules.buffer_before, case.rules.buffer_after);
            case.entries.busy.push(Busy { start: slot.start, end: slot.end, before_minutes, after_minutes });
            booked.push(slot);
        }
        booked.sort_by_key(|slot| slot.start);
        let gap = i64::from(case.rules.buffer_before.max(case.rules.buffer_after));
        for pair in booked.windows(2) {
            prop_assert!(pair[1].start >= pair[0].end.plus_minutes(gap));
        }
    }

    #[test]
    fn sessions_are_the_minutes_of_the_wall_clock((zone, day) in prop::sample::select(&CHANGES[..]),
                                                  shift in -1_i64..=1, (from, until) in window()) {
        let (location, date) = (location(MAIN, zone), date(day).plus_days(shift));
        let schedule = Schedule::new(entries(zone, (from, until)));
        let working_intervals = schedule.working_intervals(&location, date, CHECK_UP);
        prop_assert!(working_intervals.len() <= 1);
        let middle = utc(&format!("{date}T12:00:00Z"));
        let minutes: Vec<_> = (-2880..2880).map(|minute| {
            let at = middle.plus_minutes(minute);
            (at, (location.zone.local_date(at), location.zone.minute_of_day(at)))
        }).collect();
        for (at, wall) in &minutes {
            let inside = working_intervals.iter().any(|interval| interval.start <= *at && *at < interval.end);
            let meant = wall.0 == date && from <= wall.1 && wall.1 < until;
            // Only between the two passes of one clock time may a working interval run on outside the hours of the wall
            // clock.
            let repeated = || minutes.iter().filter(|(_, other)| other == wall).count() > 1;
            prop_assert!(inside == meant || (inside && repeated()), "{} shows {:?}", at.0, wall);
        }
    }

    #[test]
    fn steps_are_elapsed_time((zone, day) in prop::sample::select(&CHANGES[..]), window in window(), rules in visit_type_rules()) {
        let rules = VisitTypeRules { notice_minutes: 0, horizon_days: 5, daily_cap: None, ..rules };
        let (schedule, location, date) = (Schedule::new(entries(zone, window)), location(MAIN, zone), date(day));
        let now = location.zone.window_start(date.plus_days(-1), 0);
        let expected: Vec<Timestamp> = schedule.working_intervals(&location, date, CHECK_UP).into_iter().flat_map(|interval| {
            let starts = (interval.start.0..=interval.end.0 - i64::from(rules.minutes) * 60).step_by(usize::from(rules.step_minutes) * 60);
            starts.map(Timestamp).filter(|start| location.zone.local_date(*start) == date)
        }).collect();
        let (from, to) = (now, now.plus_minutes(4 * 1440));
        let patient_context = PatientContext::default();
        let listed = slots(&schedule, &rules, now, &patient_context, from, to).map(|slot| slot.start);
        prop_assert_eq!(listed.filter(|start| location.zone.local_date(*start) == date).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_nearest_times_are_those_of_the_whole_list(case in case(), wanted in -2000_i64..2000, n in 0_usize..5) {
        let schedule = Schedule::new(case.entries.clone());
        let wanted = case.from.plus_minutes(wanted);
        let mut all: Vec<Slot> = slots(&schedule, &case.rules, case.now, &case.patient_context, case.now, Timestamp(i64::MAX)).collect();
        all.sort_by_key(|slot| (slot.start.0.abs_diff(wanted.0), slot.start));
        all.truncate(n);
        prop_assert_eq!(nearest(&schedule, &case.rules, case.now, &case.patient_context, wanted, n), all);
    }
}
