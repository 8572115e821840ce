//! Times that are gone, and the room that appointments keep between them.

use super::*;

#[test]
fn a_taken_time_and_its_neighbours() {
    let with = |booked| Entries { busy: vec![booked], ..entries("UTC", (540, 720)) };
    let taken = || with(busy("2026-12-04T10:00:00Z", 30, 0, 0));
    assert_eq!(listed(taken(), &rules()), ["09:00", "09:30", "10:30", "11:00", "11:30"]);
    assert_eq!(why(taken(), &rules(), friday("10:00")), [Reason::Taken]);
    // A long appointment swallows several times, from both sides.
    let long = VisitTypeRules { minutes: 60, ..rules() };
    assert_eq!(why(taken(), &long, friday("09:30")), [Reason::Taken]);
    assert_eq!(why(taken(), &long, friday("09:00")), []);
    assert_eq!(why(with(busy("2026-12-04T09:00:00Z", 120, 0, 0)), &rules(), friday("10:30")), [Reason::Taken]);
}

#[test]
fn an_earlier_long_appointment_still_counts_behind_a_later_short_one() {
    let doubled = vec![busy("2026-12-04T09:00:00Z", 120, 0, 0), busy("2026-12-04T09:30:00Z", 30, 0, 0)];
    let entries = Entries { busy: doubled, ..entries("UTC", (540, 720)) };
    assert_eq!(why(entries.clone(), &rules(), friday("10:00")), [Reason::Taken]);
    assert_eq!(listed(entries, &rules()), ["11:00", "11:30"]);
}

#[test]
fn the_larger_buffer_of_two_neighbours_counts() {
    let with = |before, after| Entries {
        busy: vec![busy("2026-12-04T10:00:00Z", 30, before, after)],
        ..entries("UTC", (540, 720))
    };
    let wanting = |buffer_before, buffer_after| VisitTypeRules { buffer_before, buffer_after, ..rules() };
    let ask = |(before, after), mine: (u16, u16)| {
        let rules = wanting(mine.0, mine.1);
        (why(with(before, after), &rules, friday("09:30")), why(with(before, after), &rules, friday("10:30")))
    };
    let (fine, close) = (Vec::new(), vec![Reason::Buffer]);
    assert_eq!(ask((0, 0), (0, 0)), (fine.clone(), fine.clone()));
    assert_eq!(ask((1, 0), (0, 0)), (close.clone(), fine.clone()));
    assert_eq!(ask((0, 1), (0, 0)), (fine.clone(), close.clone()));
    assert_eq!(ask((0, 0), (1, 0)), (fine.clone(), close.clone()));
    assert_eq!(ask((0, 0), (0, 1)), (close, fine));
    // A gap of 30 minutes meets a buffer of 30 minutes of either appointment; the two buffers are not added up.
    let far = |mine: (u16, u16), time| why(with(30, 30), &wanting(mine.0, mine.1), friday(time));
    assert_eq!((far((30, 30), "09:00"), far((30, 31), "09:00")), (Vec::new(), vec![Reason::Buffer]));
    assert_eq!((far((30, 30), "11:00"), far((31, 30), "11:00")), (Vec::new(), vec![Reason::Buffer]));
}

#[test]
fn buffers_do_not_shorten_a_session() {
    let roomy = VisitTypeRules { buffer_before: 60, buffer_after: 60, ..rules() };
    assert_eq!(listed(entries("UTC", (540, 600)), &roomy), ["09:00", "09:30"]);
    let off = TimeOff { start: friday("09:30"), end: friday("10:00") };
    let entries = Entries { time_off: vec![off], ..entries("UTC", (540, 630)) };
    assert_eq!(listed(entries, &roomy), ["09:00", "10:00"]);
}

#[test]
fn a_buffer_counts_beyond_a_nearer_appointment_without_one() {
    let morning = vec![busy("2026-12-04T09:00:00Z", 30, 0, 60), busy("2026-12-04T09:30:00Z", 10, 0, 0)];
    let noon = vec![busy("2026-12-04T12:00:00Z", 10, 0, 0), busy("2026-12-04T12:10:00Z", 30, 60, 0)];
    let entries = Entries { busy: [morning, noon].concat(), ..entries("UTC", (540, 780)) };
    assert_eq!(listed(entries, &rules()), ["10:30"]);
}

#[test]
fn times_taken_one_by_one_count_as_if_they_had_been_read_together() {
    let all = [
        busy("2026-12-04T10:00:00Z", 30, 10, 0),
        busy("2026-12-04T09:00:00Z", 120, 0, 45),
        busy("2026-12-04T13:00:00Z", 30, 30, 0),
        busy("2026-12-04T09:00:00Z", 10, 0, 0),
        busy("2026-12-04T14:30:00Z", 5, 0, 60),
    ];
    let rules = VisitTypeRules { step_minutes: 5, ..rules() };
    let free = |schedule: &Schedule| {
        let patient_context = PatientContext::default();
        slots(schedule, &rules, now(), &patient_context, now(), utc("2026-12-05T00:00:00Z")).collect::<Vec<_>>()
    };
    let mut grown = Schedule::new(entries("UTC", (540, 1020)));
    for count in 1..=all.len() {
        grown.take(all[count - 1]);
        let read = Schedule::new(Entries { busy: all[..count].to_vec(), ..entries("UTC", (540, 1020)) });
        assert_eq!(free(&grown), free(&read), "after {count}");
    }
}
