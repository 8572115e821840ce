//! The waiting list: each time that comes free goes to one person, in the order in which they joined, and none is lost.

use std::{collections::HashSet, sync::Arc};

use docslot::{
    booking::{
        Status,
        server::{
            self as booking,
            waiting::{self, Answered},
        },
        waiting::{JoinForm, ONLY_THIS_DOCTOR, OfferAnswer, OfferState, WaitingEntry},
    },
    error::AppError,
    ids::{AppointmentId, OfferId},
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

use crate::{
    booking::{DAY, cancel, listed, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser, person},
    editor::{self, tuesday, window},
    mail::{parsed, send_all, sending_to},
    races::{OVERLAPS, assert_history_replays},
    schedule_changes::neighbour,
    smtp_sink::Sink,
    web::Web,
};

pub fn all(most: usize) -> Vec<String> {
    (1..=most).map(|number| number.to_string()).collect()
}

/// Any time with this doctor until April.
pub fn form(clinic: &TestClinic, doctor: usize) -> JoinForm {
    let doctor = &clinic.doctors[doctor];
    let part = |text: &str| text.to_owned();
    JoinForm {
        doctor: doctor.slug.clone(),
        visit_type: doctor.visit_type.to_string(),
        appointment: String::new(),
        person: String::new(),
        whom: ONLY_THIS_DOCTOR.into(),
        earliest_day: part("5"),
        earliest_month: part("1"),
        earliest_year: part("2026"),
        latest_day: part("30"),
        latest_month: part("4"),
        latest_year: part("2026"),
        notice: part("120"),
    }
}

pub async fn join(clinic: &TestClinic, patient: Actor, form: JoinForm) {
    waiting::join(&clinic.app, patient, form, all(7), all(3)).await.expect("joining");
}

/// A patient who waits for any time with this doctor.
pub async fn waits(clinic: &TestClinic, doctor: usize) -> Actor {
    let patient = clinic.patient().await;
    join(clinic, patient, form(clinic, doctor)).await;
    patient
}

/// A patient who has an appointment and waits for an earlier one.
async fn waits_for_earlier(clinic: &TestClinic, start: Timestamp) -> (Actor, AppointmentId) {
    let patient = clinic.patient().await;
    let id = clinic.book(patient, 0, start).await.expect("the later appointment");
    let form = JoinForm { appointment: id.to_string(), ..form(clinic, 0) };
    join(clinic, patient, form).await;
    (patient, id)
}

async fn entries(clinic: &TestClinic, patient: Actor) -> Vec<WaitingEntry> {
    waiting::my_waiting_list(&clinic.app, patient).await.expect("a list")
}

/// What this patient is offered now.
pub async fn offer_of(clinic: &TestClinic, patient: Actor) -> Option<OfferId> {
    entries(clinic, patient).await.into_iter().find_map(|entry| entry.offer).map(|offer| offer.id)
}

pub async fn look(clinic: &TestClinic) -> u64 {
    waiting::offer_all(&clinic.app).await.expect("a look")
}

pub async fn answer(
    clinic: &TestClinic,
    patient: Actor,
    id: OfferId,
    answer: OfferAnswer,
) -> Result<Answered, AppError> {
    waiting::answer(&clinic.app, patient, id, answer).await
}

/// A time that is taken now, and whose.
pub async fn taken(clinic: &TestClinic, doctor: usize, start: Timestamp) -> (Actor, AppointmentId) {
    let patient = clinic.patient().await;
    let id = clinic.book(patient, doctor, start).await.expect("a booking");
    (patient, id)
}

/// An open offer of this time to a person who waited for it.
pub async fn offered(clinic: &TestClinic, doctor: usize, start: Timestamp) -> (Actor, OfferId) {
    let (other, appointment) = taken(clinic, doctor, start).await;
    let patient = waits(clinic, doctor).await;
    cancel(clinic, other, appointment).await.expect("a cancellation");
    look(clinic).await;
    (patient, offer_of(clinic, patient).await.expect("an offer"))
}

const OPEN: &str = "select count(*) from offers where outcome is null";
const HELD: &str = "select count(*) from appointments where status = 'held'";
/// Holds that are kept for an offer that ended.
const ORPHANS: &str = "select count(*) from offers o join appointments a on a.id = o.hold_id
    where a.status = 'held' and o.outcome is not null";

both_databases! {
    async fn of_64_times_that_come_free_each_goes_to_one_of_64_people_and_none_is_lost(clinic: TestClinic) {
        let clinic = Arc::new(clinic);
        let mut booked = Vec::new();
        for number in 0..64 {
            let start = TOMORROW_9.plus_minutes(2 * DAY + 30 * (number / 4));
            booked.push(taken(&clinic, (number % 4) as usize, start).await);
        }
        for _ in 0..64 {
            let patient = clinic.patient().await;
            join(&clinic, patient, JoinForm { whom: clinic.london.to_string(), ..form(&clinic, 0) }).await;
        }
        assert_eq!(look(&clinic).await, 0, "what was free before is not offered");
        let there = neighbour(&clinic).await;
        let mut tasks = Vec::new();
        for (patient, id) in booked {
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move {
                // a collision is no refusal: the patient presses again
                while let Err(error) = cancel(&clinic, patient, id).await {
                    assert!(matches!(error, AppError::Unavailable { unchanged: true }), "{error:?}");
                }
            }));
        }
        let servers: Vec<_> = [clinic.app.clone(), there.clone(), there.clone()]
            .into_iter()
            .map(|app| {
                tokio::spawn(async move {
                    for _ in 0..3 {
                        let _ = waiting::offer_all(&app).await;
                    }
                })
            })
            .collect();
        for task in tasks.into_iter().chain(servers) {
            task.await.expect("no task panics");
        }
        let mut rounds = 0;
        while clinic.count(OPEN).await < 64 && rounds < 20 {
            look(&clinic).await;
            rounds += 1;
        }
        assert_eq!(look(&clinic).await, 0, "one person has one offer");
        for (what, sql) in [
            ("offers", OPEN),
            ("people", "select count(distinct entry_id) from offers"),
            ("times", "select count(*) from (select distinct doctor_id, starts_at from offers) t"),
            ("times kept", HELD),
            ("times given up", "select count(*) from appointments where status = 'cancelled'"),
        ] {
            assert_eq!(clinic.count(sql).await, 64, "{what}");
        }
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_history_replays(&clinic).await;
        there.db.close().await;
    }

    async fn who_joined_first_is_asked_first_and_the_next_after_a_no_and_after_silence(clinic: TestClinic) {
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let (other, appointment) = taken(&clinic, 0, start).await;
        let (first, second, third) = (waits(&clinic, 0).await, waits(&clinic, 0).await, waits(&clinic, 0).await);
        cancel(&clinic, other, appointment).await.expect("a cancellation");
        // the calendar was noted when its commit was published: no statement is needed to know that
        assert_eq!(waiting::offer_changed(&clinic.app).await.expect("a look"), 1);
        let id = offer_of(&clinic, first).await.expect("the first is asked");
        assert_eq!((offer_of(&clinic, second).await, offer_of(&clinic, third).await), (None, None));
        assert!(!listed(&clinic, &browser("anyone"), "2026-01-08", None).await.contains(&start), "it is kept");

        assert_eq!(answer(&clinic, first, id, OfferAnswer::Decline).await, Ok(Answered::Declined));
        assert_eq!(answer(&clinic, first, id, OfferAnswer::Decline).await, Ok(Answered::Declined));
        assert_eq!(waiting::offer_changed(&clinic.app).await.expect("a look"), 1);
        assert_eq!(offer_of(&clinic, first).await, None, "a time is offered to a person once");
        let id = offer_of(&clinic, second).await.expect("then the second");

        clinic.clock.advance_seconds(30 * 60);
        assert_eq!(offer_of(&clinic, second).await, None, "half an hour is over");
        let late = answer(&clinic, second, id, OfferAnswer::Accept).await;
        assert_eq!(late, Err(AppError::HoldExpired { nearest: Vec::new() }));
        assert_eq!(look(&clinic).await, 1);
        let id = offer_of(&clinic, third).await.expect("then the third");
        assert_eq!(clinic.count(ORPHANS).await, 0);
        assert_eq!(answer(&clinic, third, id, OfferAnswer::Leave).await, Ok(Answered::Left));
        assert_eq!(look(&clinic).await, 0);
        assert!(entries(&clinic, third).await.is_empty());
        assert_eq!(entries(&clinic, first).await.len(), 1, "who says no thanks stays");
        assert!(listed(&clinic, &browser("anyone"), "2026-01-08", None).await.contains(&start), "free for everybody");
        assert_eq!((clinic.count(HELD).await, clinic.count(ORPHANS).await), (0, 0));
        clinic.book(other, 0, start).await.expect("and booked by anybody");
        assert_history_replays(&clinic).await;
    }

    async fn an_offer_is_accepted_once_and_not_after_its_end(clinic: TestClinic) {
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let (patient, id) = offered(&clinic, 0, start).await;
        let stranger = answer(&clinic, clinic.patient().await, id, OfferAnswer::Accept).await;
        assert_eq!(stranger, Err(AppError::NotFound));
        // two tabs, pressed several times
        let tabs: Vec<_> = (0..8)
            .map(|_| {
                let app = clinic.app.clone();
                tokio::spawn(async move { waiting::answer(&app, patient, id, OfferAnswer::Accept).await })
            })
            .collect();
        let mut became = HashSet::new();
        for tab in tabs {
            match tab.await.expect("no task panics") {
                Ok(Answered::Booked { id, moved: false }) => drop(became.insert(id)),
                Err(AppError::Unavailable { unchanged: true }) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(became.len(), 1, "one appointment");
        let appointment = clinic.row(*became.iter().next().expect("one")).await;
        assert_eq!((appointment.status, appointment.starts_at), (Status::Booked, start));
        assert_eq!(appointment.patient_id, Some(patient.user));
        assert!(entries(&clinic, patient).await.is_empty(), "the wait is over");
        assert_eq!(answer(&clinic, patient, id, OfferAnswer::Decline).await, Err(AppError::Conflict));
        let confirmations = "select count(*) from outbox where kind = 'appointment_booked' and state = 'queued'";
        assert_eq!(clinic.count(confirmations).await, 2, "one for each person who booked this time");

        let (patient, id) = offered(&clinic, 1, start.plus_minutes(60)).await;
        clinic.clock.advance_seconds(30 * 60);
        let late = answer(&clinic, patient, id, OfferAnswer::Accept).await;
        assert_eq!(late, Err(AppError::HoldExpired { nearest: Vec::new() }), "also before the job has ended it");
        look(&clinic).await;
        let late = answer(&clinic, patient, id, OfferAnswer::Accept).await;
        assert_eq!(late, Err(AppError::HoldExpired { nearest: Vec::new() }));
        let view = waiting::offer(&clinic.app, patient, id).await.expect("its page");
        assert_eq!(view.state, OfferState::Over);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 1);
        assert_history_replays(&clinic).await;
    }

    async fn accepting_moves_the_appointment_in_one_unit_and_a_failure_leaves_it(clinic: TestClinic) {
        let (early, late) = (TOMORROW_9.plus_minutes(2 * DAY), TOMORROW_9.plus_minutes(9 * DAY));
        let (other, appointment) = taken(&clinic, 0, early).await;
        let (after, later) = taken(&clinic, 0, late.plus_minutes(DAY)).await;
        let (patient, old) = waits_for_earlier(&clinic, late).await;
        cancel(&clinic, after, later).await.expect("a later time comes free");
        assert_eq!(look(&clinic).await, 0, "what is later is not offered");
        cancel(&clinic, other, appointment).await.expect("an earlier time comes free");
        assert_eq!(look(&clinic).await, 1);
        let id = offer_of(&clinic, patient).await.expect("an offer");
        let view = waiting::offer(&clinic.app, patient, id).await.expect("its page");
        assert_eq!(view.keeps.as_deref(), Some("Thursday 15 January, 9am with Dr doctor-1"));
        assert_eq!(clinic.status(old).await, Status::Booked, "kept until then");

        // another appointment at the same moment, booked after the offer was made, stands in the way
        let meanwhile = clinic.book(patient, 1, early).await.expect("an offer hinders nobody");
        let busy = answer(&clinic, patient, id, OfferAnswer::Accept).await;
        assert!(matches!(busy, Err(AppError::PatientBusy { own: true, .. })), "{busy:?}");
        let rows = (clinic.status(old).await, clinic.status(meanwhile).await, clinic.count(HELD).await);
        assert_eq!(rows, (Status::Booked, Status::Booked, 1), "everything is as it was");
        cancel(&clinic, patient, meanwhile).await.expect("out of the way");

        let Ok(Answered::Booked { id: new, moved: true }) = answer(&clinic, patient, id, OfferAnswer::Accept).await else {
            panic!("it moves");
        };
        let (old, new) = (clinic.row(old).await, clinic.row(new).await);
        assert_eq!((old.status, new.status, new.starts_at), (Status::Rescheduled, Status::Booked, early));
        assert_eq!((old.rescheduled_to, new.rescheduled_from), (Some(new.id), Some(old.id)));
        assert_eq!((&old.reference, new.patient_id), (&new.reference, Some(patient.user)));
        assert!(listed(&clinic, &browser("anyone"), "2026-01-15", None).await.contains(&late), "given up");
        let again = answer(&clinic, patient, id, OfferAnswer::Accept).await;
        assert_eq!(again, Ok(Answered::Booked { id: new.id, moved: true }));
        assert_eq!((clinic.count(HELD).await, clinic.count(ORPHANS).await, clinic.count(OVERLAPS).await), (0, 0, 0));
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointments_moved'").await, 1);
        assert_history_replays(&clinic).await;
    }

    async fn an_appointment_may_move_to_another_doctor_of_the_specialty(clinic: TestClinic) {
        let (early, late) = (TOMORROW_9.plus_minutes(2 * DAY), TOMORROW_9.plus_minutes(9 * DAY));
        let (other, appointment) = taken(&clinic, 2, early).await;
        let patient = clinic.patient().await;
        let old = clinic.book(patient, 0, late).await.expect("the later appointment");
        let any = JoinForm { appointment: old.to_string(), whom: clinic.london.to_string(), ..form(&clinic, 0) };
        join(&clinic, patient, any).await;
        cancel(&clinic, other, appointment).await.expect("a cancellation");
        assert_eq!(look(&clinic).await, 1);
        let id = offer_of(&clinic, patient).await.expect("an offer");
        let Ok(Answered::Booked { id: new, moved: true }) = answer(&clinic, patient, id, OfferAnswer::Accept).await else {
            panic!("it moves");
        };
        let (old, new) = (clinic.row(old).await, clinic.row(new).await);
        assert_eq!((old.status, new.doctor_id, new.starts_at), (Status::Rescheduled, clinic.doctors[2].id, early));
        assert_eq!(old.reference, new.reference);
        assert_history_replays(&clinic).await;
    }

    async fn nobody_is_offered_a_time_at_which_they_are_busy(clinic: TestClinic) {
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let (other, appointment) = taken(&clinic, 0, start).await;
        let (busy, free) = (waits(&clinic, 0).await, waits(&clinic, 0).await);
        clinic.book(busy, 1, start).await.expect("another appointment then");
        cancel(&clinic, other, appointment).await.expect("a cancellation");
        assert_eq!(look(&clinic).await, 1);
        assert_eq!(offer_of(&clinic, busy).await, None);
        assert!(offer_of(&clinic, free).await.is_some());
    }

    async fn an_offer_hinders_no_other_booking_and_is_not_given_back_with_a_hold(clinic: TestClinic) {
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let (patient, id) = offered(&clinic, 0, start).await;
        // the person holds two other times, one after the other, and books the second
        let hold = booking::hold(&clinic.app, person(patient), clinic.request(0, start.plus_minutes(60))).await.expect("one");
        clinic.book(patient, 0, start.plus_minutes(120)).await.expect("another");
        assert_eq!(clinic.status(hold).await, Status::Expired, "one live hold for each person");
        assert_eq!(offer_of(&clinic, patient).await, Some(id), "the offer stands");
        clinic.book(clinic.patient().await, 0, start.plus_minutes(30)).await.expect("who wants another time gets it");
        let refused = clinic.book(clinic.patient().await, 0, start).await;
        assert!(matches!(refused, Err(AppError::TimeGone { .. })), "{refused:?}");
        // from the moment the offer ends, and before any job runs, anybody may have the time
        clinic.clock.advance_seconds(30 * 60);
        clinic.book(clinic.patient().await, 0, start).await.expect("free for everybody");
        let late = answer(&clinic, patient, id, OfferAnswer::Accept).await;
        assert_eq!(late, Err(AppError::HoldExpired { nearest: Vec::new() }));
        look(&clinic).await;
        assert_eq!((clinic.count(OPEN).await, clinic.count(ORPHANS).await, clinic.count(OVERLAPS).await), (0, 0, 0));
        assert_history_replays(&clinic).await;
    }

    async fn in_quiet_hours_a_time_is_simply_free_and_soon_means_ten_minutes(clinic: TestClinic) {
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let (other, appointment) = taken(&clinic, 0, start).await;
        let patient = waits(&clinic, 0).await;
        let nine_pm = NOW.plus_minutes(13 * 60);
        for at in [nine_pm, nine_pm.plus_minutes(11 * 60).plus_seconds(-1)] {
            clinic.clock.set(at);
            if at == nine_pm {
                cancel(&clinic, other, appointment).await.expect("a cancellation at night");
            }
            assert_eq!(look(&clinic).await, 0);
            assert!(listed(&clinic, &browser("anyone"), "2026-01-08", None).await.contains(&start));
        }
        clinic.clock.set(nine_pm.plus_minutes(11 * 60));
        assert_eq!(look(&clinic).await, 1, "in the morning it is still free");
        let until = clinic.row(hold_of(&clinic).await).await.held_until;
        assert_eq!(until, Some(clinic.clock.now().plus_minutes(30)));
        let id = offer_of(&clinic, patient).await.expect("an offer");
        answer(&clinic, patient, id, OfferAnswer::Decline).await.expect("a no");

        clinic.clock.set(start.plus_minutes(-22 * 60));
        let soon = start.plus_minutes(60);
        let (other, appointment) = taken(&clinic, 0, soon).await;
        cancel(&clinic, other, appointment).await.expect("a cancellation");
        assert_eq!(look(&clinic).await, 1);
        let offers = "select count(*) from offers o join appointments a on a.id = o.hold_id where a.held_until = o.until_at";
        assert_eq!(clinic.count(offers).await, 2);
        let id = offer_of(&clinic, patient).await.expect("an offer");
        clinic.clock.advance_seconds(10 * 60 - 1);
        assert_eq!(offer_of(&clinic, patient).await, Some(id));
        clinic.clock.advance_seconds(1);
        assert_eq!(offer_of(&clinic, patient).await, None);
    }

    async fn wishes_are_kept_on_the_clock_of_the_location_across_a_clock_change(clinic: TestClinic) {
        // on Sunday 29 March the clocks go forward
        clinic.clock.set(Timestamp(1_774_000_000)); // Friday 20 March, 9:46am
        let london = Zone::parse("Europe/London").expect("a zone");
        let at = |date: &str, minute| london.window_start(date.parse().expect("a date"), minute);
        let starts = [at("2026-03-28", 540), at("2026-03-29", 690), at("2026-03-29", 720), at("2026-03-30", 540)];
        let mut booked = Vec::new();
        for start in starts {
            booked.push(taken(&clinic, 0, start).await);
        }
        let patient = clinic.patient().await;
        let from = JoinForm { earliest_day: "20".into(), earliest_month: "3".into(), ..form(&clinic, 0) };
        waiting::join(&clinic.app, patient, from, vec!["7".into()], vec!["1".into()]).await.expect("Sunday mornings");
        for (other, id) in booked {
            cancel(&clinic, other, id).await.expect("a cancellation");
        }
        assert_eq!(look(&clinic).await, 1);
        assert_eq!(clinic.row(hold_of(&clinic).await).await.starts_at, starts[1], "11:30am by summer time");
        // four days' notice
        let patient = clinic.patient().await;
        let soon = JoinForm { notice: "10080".into(), earliest_day: "20".into(), earliest_month: "3".into(), ..form(&clinic, 0) };
        join(&clinic, patient, soon).await;
        let (near, far) = (at("2026-03-27", 570), at("2026-03-27", 600));
        for start in [near, far] {
            let (other, id) = taken(&clinic, 0, start).await;
            cancel(&clinic, other, id).await.expect("a cancellation");
        }
        assert_eq!(look(&clinic).await, 1);
        let page = entries(&clinic, patient).await.into_iter().find_map(|entry| entry.offer).expect("an offer");
        assert!(page.what.starts_with("Friday 27 March, 10am"), "a week from now at the earliest: {}", page.what);
    }

    async fn new_hours_are_offered_too(clinic: TestClinic) {
        let doctor = editor::doctor(&clinic).await;
        let patient = clinic.patient().await;
        waiting::join(&clinic.app, patient, form(&clinic, 0), all(7), vec!["3".into()]).await.expect("evenings");
        assert_eq!(look(&clinic).await, 0);
        editor::save(&clinic, doctor, tuesday(vec![window(&clinic, "9", "18")]), None).await.expect("saved");
        assert_eq!(waiting::offer_changed(&clinic.app).await.expect("a look"), 1);
        let page = entries(&clinic, patient).await.into_iter().find_map(|entry| entry.offer).expect("an offer");
        assert!(page.what.starts_with("Tuesday 6 January, 5pm"), "{}", page.what);
    }

    async fn the_appointment_is_followed_when_it_moves_and_forgotten_when_it_is_cancelled(clinic: TestClinic) {
        let (early, late) = (TOMORROW_9.plus_minutes(5 * DAY), TOMORROW_9.plus_minutes(9 * DAY));
        let (other, appointment) = taken(&clinic, 0, early).await;
        let (patient, old) = waits_for_earlier(&clinic, late).await;
        let moved = reschedule(&clinic, patient, old, early.plus_minutes(-DAY)).await.expect("the patient finds a time");
        cancel(&clinic, other, appointment).await.expect("a cancellation");
        assert_eq!(look(&clinic).await, 0, "it is not earlier than that any more");
        cancel(&clinic, patient, moved).await.expect("a cancellation");
        assert_eq!(look(&clinic).await, 1);
        let id = offer_of(&clinic, patient).await.expect("an offer");
        let Ok(Answered::Booked { moved: false, .. }) = answer(&clinic, patient, id, OfferAnswer::Accept).await else {
            panic!("an appointment of its own");
        };
        assert_history_replays(&clinic).await;
    }

    async fn an_entry_ends_when_it_is_left_and_when_its_latest_date_is_over(clinic: TestClinic) {
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let (patient, _) = offered(&clinic, 0, start).await;
        let entry = entries(&clinic, patient).await.remove(0);
        assert_eq!(waiting::leave(&clinic.app, clinic.patient().await, entry.id).await, Err(AppError::NotFound));
        for _ in 0..2 {
            waiting::leave(&clinic.app, patient, entry.id).await.expect("leaving twice is leaving once");
        }
        assert!(listed(&clinic, &browser("anyone"), "2026-01-08", None).await.contains(&start), "the offer went with it");
        let short = clinic.patient().await;
        let week = JoinForm { latest_day: "12".into(), latest_month: "1".into(), ..form(&clinic, 0) };
        join(&clinic, short, week).await;
        clinic.clock.set(NOW.plus_minutes(7 * DAY));
        look(&clinic).await;
        assert_eq!(entries(&clinic, short).await.len(), 1, "the last day");
        clinic.clock.set(NOW.plus_minutes(8 * DAY));
        look(&clinic).await;
        assert!(entries(&clinic, short).await.is_empty());
        let ends = "select count(*) from waiting_entries where end_reason in ('left', 'passed')";
        assert_eq!(clinic.count(ends).await, 2);
    }

    async fn who_joins_for_the_same_again_keeps_their_place_and_nobody_joins_without_end(clinic: TestClinic) {
        let (first, second) = (waits(&clinic, 0).await, waits(&clinic, 0).await);
        join(&clinic, first, form(&clinic, 0)).await;
        assert_eq!(clinic.count("select count(*) from waiting_entries").await, 2);
        let doctor = editor::doctor(&clinic).await;
        let list = waiting::of_doctor(&clinic.app, doctor, "").await.expect("the doctor's list");
        assert_eq!(list.waiting.len(), 2);
        assert_eq!(list.waiting[0].wishes[0], "Any day of the week");
        assert!(list.waiting[0].since.starts_with("Monday 5 January"), "{}", list.waiting[0].since);
        let forbidden = waiting::of_doctor(&clinic.app, second, &clinic.doctors[0].slug).await;
        assert_eq!(forbidden, Err(AppError::Forbidden));
        for number in 0..9 {
            let (patient, doctor) = (second, number % 4);
            let _ = waiting::join(&clinic.app, patient, form(&clinic, doctor), all(7), all(3)).await;
        }
        assert_eq!(entries(&clinic, second).await.len(), 4, "once for each doctor");
        let sql = "insert into waiting_entries (id, person_id, account_id, doctor_id, weekdays, day_parts, earliest_date,
                latest_date, notice_minutes, seen_versions, created_at)
            select a.id, e.person_id, e.account_id, e.doctor_id, e.weekdays, e.day_parts, e.earliest_date, e.latest_date,
                e.notice_minutes, e.seen_versions, e.created_at
            from appointments a, (select * from waiting_entries order by id desc limit 1) e";
        for number in 0..6 {
            taken(&clinic, 3, TOMORROW_9.plus_minutes(number * 30)).await;
        }
        clinic.execute(sql).await.expect("as many as one may have");
        let any = JoinForm { whom: clinic.london.to_string(), ..form(&clinic, 0) };
        let refused = waiting::join(&clinic.app, second, any, all(7), all(3)).await;
        assert!(matches!(&refused, Err(error) if error.code_for("waiting").is_some()), "{refused:?}");
    }

    async fn the_link_of_the_message_shows_the_offer_and_only_a_press_answers_it(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let web = Web::serve(&app).await;
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let (patient, id) = offered(&clinic, 0, start).await;
        send_all(&app).await;
        let to = format!("{}@example.org", patient.user);
        let email = sink.emails().into_iter().rfind(|email| email.to == to).expect("a message");
        let message = parsed(&email);
        let subject = message.subject().unwrap_or_default();
        assert_eq!(subject, "A time has come free: please answer until 8:30am");
        let text = message.body_text(0).expect("a text").replace("\r\n", "\n");
        for words in ["Thursday 8 January 2026, 9am to 9:30am (London time)", "Dr doctor-1", "until 8:30am (London time)"] {
            assert!(text.contains(words), "no {words}: {text}");
        }
        assert!(!text.contains("Consultation") && !text.contains("General practice"), "{text}");
        let place = text.find("https://clinic.example/offer/").unwrap_or_else(|| panic!("no link: {text}"));
        let path = text[place..].lines().next().expect("a line").trim_start_matches("https://clinic.example").to_owned();
        let token = path.trim_start_matches("/offer/").to_owned();

        for _ in 0..3 {
            let page = web.browser().get(&path).await;
            assert_eq!(page.status, 200);
            for words in ["Thursday 8 January, 9am", "Kept for you until 8:30am", "Accept", "No thanks"] {
                assert!(page.text().contains(words), "no {words}: {}", page.text());
            }
            assert!(!page.body.contains("Consultation") && !page.body.contains("Test Person"));
            assert!(page.header("cache-control").contains("no-store"));
        }
        assert_eq!(offer_of(&clinic, patient).await, Some(id), "looking changes nothing");
        let mut browser = web.browser();
        browser.get(&path).await;
        let bad = browser.post("/fn/offer/answer", &[("token", &token), ("answer", "perhaps")]).await;
        assert_eq!(bad.location(), path);
        let accepted = browser.post("/fn/offer/answer", &[("token", &token), ("answer", "accept")]).await;
        assert_eq!(accepted.location(), path);
        let page = browser.get(&path).await;
        assert!(page.text().contains("The time is yours"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 1);
        // a link that is over says so, and answers nothing
        let (patient, _) = offered(&clinic, 1, start).await;
        send_all(&app).await;
        let to = format!("{}@example.org", patient.user);
        let email = sink.emails().into_iter().rfind(|email| email.to == to).expect("a message");
        let text = parsed(&email).body_text(0).expect("a text").into_owned();
        let token: String = text.split("/offer/").nth(1).expect("a link").chars().take(43).collect();
        clinic.clock.advance_seconds(30 * 60);
        let path = format!("/offer/{token}");
        let mut browser = web.browser();
        assert!(browser.get(&path).await.text().contains("This offer is over"));
        browser.post("/fn/offer/answer", &[("token", &token), ("answer", "accept")]).await;
        let page = browser.get(&path).await;
        assert!(page.text().contains("This offer is over"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 1);
    }

    async fn a_patient_waits_and_accepts_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let ([_, mut browser, ..], fixture) = crate::access::one_of_each(&clinic, &web).await;
        let start = TOMORROW_9.plus_minutes(DAY);
        let (other, appointment) = taken(&clinic, 0, start).await;
        let mine = fixture.fill("/appointments/{appointment}");
        assert!(browser.get(&mine).await.text().contains("Tell me if an earlier time comes free"));
        let join = fixture.fill("/waiting-list/join?appointment={appointment}");
        let page = browser.get(&join).await;
        assert!(page.text().contains("You keep your current appointment until you accept a new one."), "{}", page.text());
        let id = fixture.fill("{appointment}");
        let dates = [("earliest_day", "5"), ("earliest_month", "1"), ("earliest_year", "2026"),
            ("latest_day", "9"), ("latest_month", "1"), ("latest_year", "2026"), ("notice", "120")];
        let whom = [("appointment", id.as_str()), ("whom", "doctor"), ("doctor", ""), ("visit_type", "")];
        let none: Vec<(&str, &str)> = dates.into_iter().chain(whom).chain([("weekdays[]", "3")]).collect();
        browser.post("/fn/waiting/join", &none).await;
        let page = browser.get(&join).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Choose at least one part of the day"), "{}", page.text());
        let good: Vec<(&str, &str)> = none.into_iter().chain([("parts[]", "1")]).collect();
        let joined = browser.post("/fn/waiting/join", &good).await;
        assert_eq!(joined.location(), "/waiting-list?done=joined");
        let page = browser.get("/waiting-list").await;
        assert!(page.text().contains("Wednesday") && page.text().contains("In the morning"), "{}", page.text());
        cancel(&clinic, other, appointment).await.expect("a cancellation");
        assert_eq!(look(&clinic).await, 1);
        let page = browser.get("/waiting-list").await;
        assert!(page.text().contains("A time is free for you"), "{}", page.text());
        let offer = page.attributes("/waiting-list/offers/", "href").remove(0);
        let page = browser.get(&offer).await;
        for words in ["Earlier time: Wednesday 7 January, 9am", "Accept and move", "No thanks", "Leave the waiting list"] {
            assert!(page.text().contains(words), "no {words}: {}", page.text());
        }
        let id = offer.trim_start_matches("/waiting-list/offers/").to_owned();
        let accepted = browser.post("/fn/waiting/answer", &[("id", &id), ("answer", "accept")]).await;
        assert!(accepted.location().ends_with("/done"), "{}", accepted.location());
        assert!(browser.get("/appointments").await.text().contains("Wednesday 7 January"));
        assert!(browser.get("/waiting-list").await.text().contains("You are on no waiting list"));
    }
}

/// The hold of the newest offer.
async fn hold_of(clinic: &TestClinic) -> AppointmentId {
    AppointmentId(clinic.an_id("select hold_id from offers where outcome is null").await)
}
