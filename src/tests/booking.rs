//! Holding and booking: what each must do, and what each must refuse.

use docslot::{
    accounts::Role,
    availability::Reason,
    booking::{
        CancelReason, Change, HoldPage, Status,
        server::{self as booking, Booker, BookingRequest, Details, FreeTimesQuery, Start, TimesQuery},
    },
    db::Engine,
    error::{AppError, FieldCode},
    ids::AppointmentId,
    on, random,
    time::Timestamp,
    web::request::Actor,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser, person},
    directory::sent,
    races::assert_history_replays,
};

pub const DAY: i64 = 24 * 60;

pub async fn listed(clinic: &TestClinic, person: &Booker, day: &str, moving: Option<AppointmentId>) -> Vec<Timestamp> {
    let query = TimesQuery {
        doctor_slug: clinic.doctors[0].slug.clone(),
        visit_type: clinic.doctors[0].visit_type,
        from: None,
        month: None,
        day: day.parse().ok(),
        moving,
        person: None,
    };
    let page = booking::days(&clinic.app, person, query).await.expect("a page of days");
    page.day.map(|day| day.times.iter().map(|time| time.start).collect()).unwrap_or_default()
}

async fn hold(clinic: &TestClinic, who: &Booker, start: Timestamp) -> Result<AppointmentId, AppError> {
    booking::hold(&clinic.app, who.clone(), clinic.request(0, start)).await
}

pub async fn cancel(clinic: &TestClinic, actor: Actor, id: AppointmentId) -> Result<(), AppError> {
    let version = clinic.row(id).await.version;
    let reason = if actor.role == Role::Patient { CancelReason::CannotAttend } else { CancelReason::DoctorAway };
    booking::cancel(&clinic.app, actor, id, version, Some(reason)).await
}

pub async fn reschedule(
    clinic: &TestClinic,
    patient: Actor,
    id: AppointmentId,
    start: Timestamp,
) -> Result<AppointmentId, AppError> {
    let version = clinic.row(id).await.version;
    booking::reschedule(&clinic.app, person(patient), id, version, start).await
}

/// The three of these times that are nearest to a wanted one, in their order.
fn nearest_of(free: &[Timestamp], wanted: Timestamp) -> Vec<Timestamp> {
    let mut nearest = free.to_vec();
    nearest.sort_by_key(|start| (start.0.abs_diff(wanted.0), *start));
    nearest.truncate(3);
    nearest.sort();
    nearest
}

both_databases! {
    /// What is listed follows from the whole calendar, what is booked from one day of it and what may reach into that.
    async fn what_is_listed_can_be_booked_and_nothing_else(clinic: TestClinic) {
        const ROUNDS: usize = 120;
        let rests = "update visit_types set minutes = 40, buffer_before_minutes = 35, buffer_after_minutes = 700,
            step_minutes = 20, daily_cap = 5";
        let rests_no_more = "update visit_types set buffer_before_minutes = 0, buffer_after_minutes = 200";
        clinic.execute("update weekly_hours set start_minute = 0, end_minute = 1440").await.expect("day and night");
        clinic.execute(rests).await.expect("long rests after appointments");
        let mut dice = StdRng::seed_from_u64(7);
        let (mut booked, mut refused) = (0, 0);
        for round in 0..ROUNDS {
            if round == ROUNDS / 3 {
                clinic.execute(rests_no_more).await.expect("shorter rests; what is booked keeps its own");
            }
            let patient = person(clinic.patient().await);
            let doctor = clinic.doctors[0].id;
            let query = FreeTimesQuery { doctor, visit_type: None, from: None, to: "2026-02-01".parse().ok() };
            let free = booking::free_times(&clinic.app, &patient, query).await.expect("free times");
            let free: Vec<Timestamp> = free.times.iter().map(|(slot, _)| slot.start).collect();
            let day = dice.random_range(0..5);
            let (start, expected) = match dice.random_range(0..4) {
                0 => {
                    let midnight = TOMORROW_9.plus_minutes(day * DAY - 9 * 60);
                    let of_the_day = |start: &&Timestamp| (midnight..midnight.plus_minutes(DAY)).contains(start);
                    let date = format!("2026-01-{:02}", 6 + day).parse().expect("a date");
                    (Start::On(date), free.iter().find(of_the_day).copied())
                }
                1 => {
                    let start = free[dice.random_range(0..free.len().min(100))];
                    (Start::At(start), Some(start))
                }
                _ => {
                    let start = TOMORROW_9.plus_minutes(20 * dice.random_range(-20..330));
                    (Start::At(start), Some(start).filter(|start| free.contains(start)))
                }
            };
            let request = BookingRequest { id: AppointmentId(random::id()), doctor, visit_type: None, start };
            match booking::book(&clinic.app, patient, request, Details::default(), None).await {
                Ok(record) => {
                    assert_eq!(Some(record.row.starts_at), expected, "{start:?} was booked in round {round}");
                    booked += 1;
                }
                Err(AppError::TimeGone { reasons, nearest, .. }) => {
                    assert_eq!(expected, None, "{start:?} was refused in round {round}: {reasons:?}");
                    let found: Vec<_> = nearest.iter().map(|time| time.start).collect();
                    match start {
                        Start::At(start) => assert_eq!(found, nearest_of(&free, start), "{start:?} in round {round}"),
                        Start::On(_) => assert!(found.iter().all(|start| free.contains(start)), "{nearest:?}"),
                    }
                    refused += 1;
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(booked > 15 && refused > 15, "{booked} booked, {refused} refused");
    }

    async fn the_nearest_times_are_named_also_where_many_days_around_are_full(clinic: TestClinic) {
        clinic.write(|mut tx| Box::pin(async move {
            let sql = "insert into time_off (id, doctor_id, starts_at, ends_at, private_reason)
                select $1, id, $2, $3, '' from doctors where slug = 'doctor-1'";
            let ends = TOMORROW_9.plus_minutes(20 * DAY);
            on!(tx, |c| sqlx::query(sql).bind(Uuid::now_v7()).bind(TOMORROW_9).bind(ends).execute(c).await?.rows_affected());
            tx.execute("update doctors set schedule_version = schedule_version + 1", ()).await?;
            Ok(())
        })).await;
        // busy times out there count too
        let (doctor, free) = (clinic.doctors[0].id, async |patient: &Booker| {
            let query = FreeTimesQuery { doctor: clinic.doctors[0].id, visit_type: None, from: "2026-01-25".parse().ok(), to: "2026-02-02".parse().ok() };
            let free = booking::free_times(&clinic.app, patient, query).await.expect("free times");
            free.times.iter().map(|(slot, _)| slot.start).collect::<Vec<Timestamp>>()
        });
        let patient = person(clinic.patient().await);
        let first = free(&patient).await[0];
        clinic.book(clinic.patient().await, 0, first).await.expect("the first time after it");
        let start = Start::At(TOMORROW_9.plus_minutes(15 * DAY));
        let request = BookingRequest { id: AppointmentId(random::id()), doctor, visit_type: None, start };
        let refused = booking::book(&clinic.app, patient.clone(), request, Details::default(), None).await.err();
        let Some(AppError::TimeGone { nearest, .. }) = refused else { panic!("{refused:?}") };
        let free = free(&patient).await;
        assert!(!free.contains(&first));
        assert_eq!(nearest.iter().map(|time| time.start).collect::<Vec<_>>(), free[..3]);
    }

    async fn ten_days_are_listed_and_a_later_one_is_named(clinic: TestClinic) {
        let query = TimesQuery {
            doctor_slug: "doctor-1".into(),
            visit_type: clinic.doctors[0].visit_type,
            from: None,
            month: None,
            day: None,
            moving: None,
            person: None,
        };
        let page = booking::days(&clinic.app, &browser("b"), query).await.expect("days");
        assert_eq!(page.days.len(), 10);
        assert_eq!(page.days[1].label, "Tuesday 6 January");
        assert_eq!(page.days[1].parts, "Morning and afternoon available");
        assert_eq!(page.days[1].count, 16);
        assert_eq!(page.later_from.as_deref(), Some("2026-01-15"));
    }

    async fn every_listed_time_of_a_day_can_be_booked_and_no_other(clinic: TestClinic) {
        clinic.execute("update visit_types set buffer_after_minutes = 10, step_minutes = 10").await.expect("rules");
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(60)).await.expect("one appointment in the way");
        let offered = listed(&clinic, &browser("b"), "2026-01-06", None).await;
        assert!(offered.len() > 20);
        // one person tries every time: each hold gives the one before back
        let who = browser("b");
        for minutes in (-60..9 * 60).step_by(10) {
            let start = TOMORROW_9.plus_minutes(minutes);
            let held = hold(&clinic, &who, start).await;
            assert_eq!(held.is_ok(), offered.contains(&start), "{minutes} minutes after nine: {held:?}");
        }
    }

    async fn a_booking_takes_the_time_off_the_list_and_cancelling_puts_it_back(clinic: TestClinic) {
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        let id = clinic.book(first, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("a booking");
        assert!(!listed(&clinic, &person(second), "2026-01-07", None).await.contains(&TOMORROW_9.plus_minutes(DAY)));
        cancel(&clinic, first, id).await.expect("cancelling");
        assert!(listed(&clinic, &person(second), "2026-01-07", None).await.contains(&TOMORROW_9.plus_minutes(DAY)));
        clinic.book(second, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("the time is free again");
        assert_history_replays(&clinic).await;
    }

    async fn a_booking_keeps_what_was_agreed_when_the_doctor_changes_it_later(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let agreed = format!("{:?}", clinic.row(id).await);
        clinic.execute("update visit_types set name = 'Other', minutes = 45, mode = 'video', buffer_before_minutes = 5,
            buffer_after_minutes = 10, needs_approval = (1 = 1), cutoff_minutes = 5, late_cancel = 'deny',
            instructions = 'Come early.'").await.expect("a new rule");
        clinic.execute("update locations set name = 'Elsewhere', address = '1 Quay', phone = '1', time_zone = 'Europe/Athens'")
            .await.expect("a move");
        clinic.execute("update doctors set name = 'Dr Other'").await.expect("a name");
        assert_eq!(format!("{:?}", clinic.row(id).await), agreed);
        let view = clinic.view(patient, id).await;
        assert_eq!(view.summary.visit_type_name, "Consultation");
        assert_eq!(view.summary.minutes, 30);
        assert_eq!(view.summary.location, "Riverside");
        assert_eq!((view.summary.from.as_str(), view.summary.to.as_str()), ("9am", "9:30am"));
        assert_eq!(view.summary.zone, "London time");
        assert_eq!(view.summary.date, "Tuesday 6 January 2026");
        assert_eq!(clinic.row(id).await.local_start, "2026-01-06T09:00");
    }

    async fn a_hold_keeps_others_out_until_it_runs_out(clinic: TestClinic) {
        let (first, second) = (browser("one"), browser("two"));
        hold(&clinic, &first, TOMORROW_9).await.expect("a hold");
        let refused = hold(&clinic, &second, TOMORROW_9).await.expect_err("held by another person");
        let AppError::TimeGone { wanted, reasons, nearest } = refused else { panic!("{refused:?}") };
        assert_eq!((wanted.as_str(), reasons), ("9am", vec![Reason::Taken]));
        let labels: Vec<&str> = nearest.iter().map(|time| time.label.as_str()).collect();
        assert_eq!(labels, ["9:30am", "10am", "10:30am"]);
        clinic.clock.advance_seconds(10 * 60 + 1);
        assert!(listed(&clinic, &second, "2026-01-06", None).await.contains(&TOMORROW_9));
        hold(&clinic, &second, TOMORROW_9).await.expect("the hold has run out");
        assert_history_replays(&clinic).await;
    }

    async fn a_person_has_one_live_hold_and_still_sees_its_time(clinic: TestClinic) {
        let who = browser("one");
        let first = hold(&clinic, &who, TOMORROW_9).await.expect("a hold");
        assert!(listed(&clinic, &who, "2026-01-06", None).await.contains(&TOMORROW_9));
        let second = hold(&clinic, &who, TOMORROW_9).await.expect("the same time again");
        assert_ne!(first, second);
        hold(&clinic, &who, TOMORROW_9.plus_minutes(60)).await.expect("another time");
        assert_eq!(clinic.count("select count(*) from appointments where status = 'held'").await, 1);
    }

    async fn a_hold_can_be_made_longer_ten_times(clinic: TestClinic) {
        let who = browser("one");
        let id = hold(&clinic, &who, TOMORROW_9).await.expect("a hold");
        for n in 1..=10 {
            booking::extend_hold(&clinic.app, who.clone(), id).await.expect("longer");
            assert_eq!(clinic.row(id).await.held_until, Some(NOW.plus_minutes(10 + 5 * n)));
        }
        assert_eq!(booking::extend_hold(&clinic.app, who, id).await, Err(AppError::Conflict));
        assert_eq!(booking::extend_hold(&clinic.app, browser("two"), id).await, Err(AppError::NotFound));
    }

    async fn a_hold_made_before_signing_in_becomes_the_patients_appointment(clinic: TestClinic) {
        let anonymous = browser("one");
        let id = hold(&clinic, &anonymous, TOMORROW_9).await.expect("a hold");
        assert_eq!(booking::confirm(&clinic.app, anonymous.clone(), id).await, Err(AppError::Unauthenticated));
        let patient = clinic.patient().await;
        let signed_in = Booker { patient: Some(patient.user), ..anonymous.clone() };
        booking::save_details(&clinic.app, signed_in.clone(), id, "  a cough\r\n", "020 7946 0001").await.expect("details");
        let HoldPage::Hold(page) = booking::held(&clinic.app, &signed_in, id).await.expect("the page") else {
            panic!("not booked yet")
        };
        assert_eq!((page.reason.as_str(), page.phone.as_str()), ("a cough", "020 7946 0001"));
        assert_eq!(booking::held(&clinic.app, &anonymous, id).await, Err(AppError::NotFound), "it has an owner now");
        assert_eq!(booking::confirm(&clinic.app, signed_in.clone(), id).await, Ok(id));
        let view = clinic.view(patient, id).await;
        assert_eq!((view.status, view.reason.text(), view.change), (Status::Booked, "a cough", Change::Free));
        assert_eq!(booking::held(&clinic.app, &signed_in, id).await, Ok(HoldPage::Booked { id }));
        assert_history_replays(&clinic).await;
    }

    async fn confirming_again_has_no_second_effect(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let events = clinic.count("select count(*) from appointment_events").await;
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Ok(id));
        assert_eq!(clinic.count("select count(*) from appointment_events").await, events);
        cancel(&clinic, patient, id).await.expect("cancelling");
        let revived = booking::confirm(&clinic.app, person(patient), id).await;
        assert_eq!(revived, Err(AppError::Conflict), "a cancelled appointment stays cancelled");
    }

    async fn a_hold_that_ran_out_is_booked_if_its_time_is_free_and_else_keeps_what_was_typed(clinic: TestClinic) {
        let (slow, quick) = (clinic.patient().await, clinic.patient().await);
        let kept = hold(&clinic, &person(slow), TOMORROW_9).await.expect("a hold");
        clinic.clock.advance_seconds(11 * 60);
        assert_eq!(booking::confirm(&clinic.app, person(slow), kept).await, Ok(kept), "nobody wanted it");

        let lost = hold(&clinic, &person(slow), TOMORROW_9.plus_minutes(60)).await.expect("a hold");
        booking::save_details(&clinic.app, person(slow), lost, "a rash", "").await.expect("details");
        clinic.clock.advance_seconds(11 * 60);
        clinic.book(quick, 0, TOMORROW_9.plus_minutes(60)).await.expect("another patient is quicker");
        let refused = booking::confirm(&clinic.app, person(slow), lost).await.expect_err("the time is gone");
        let AppError::HoldExpired { nearest } = refused else { panic!("{refused:?}") };
        assert_eq!(nearest.len(), 3);
        let mut request = clinic.request(0, nearest[0].start);
        request.previous = Some(lost);
        let next = booking::hold(&clinic.app, person(slow), request.clone()).await.expect("a near time");
        assert_eq!(clinic.reason(next).await, "a rash");
        let thief = booking::hold(&clinic.app, person(quick), booking::HoldRequest { start: nearest[1].start, ..request });
        let stolen = thief.await.expect("a hold of their own");
        assert_eq!(clinic.reason(stolen).await, "", "what was typed belongs to who typed it");
    }

    async fn details_that_do_not_fit_are_named_and_the_others_are_kept(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = hold(&clinic, &person(patient), TOMORROW_9).await.expect("a hold");
        for (reason, phone, field, code) in [
            ("x".repeat(501), "", "reason", FieldCode::TooLong(500)),
            ("a\0b".into(), "", "reason", FieldCode::BadCharacters),
            (String::new(), "call me", "phone", FieldCode::NotAPhoneNumber),
        ] {
            let refused = booking::save_details(&clinic.app, person(patient), id, &reason, phone).await;
            assert_eq!(refused, Err(AppError::field(field, code)));
        }
        booking::save_details(&clinic.app, person(patient), id, &"é".repeat(500), "+44 20 7946 0001").await.expect("fits");
        let refused = booking::save_details(&clinic.app, person(patient), id, "a cough", "call me").await;
        assert_eq!(refused, Err(AppError::field("phone", FieldCode::NotAPhoneNumber)));
        let HoldPage::Hold(kept) = booking::held(&clinic.app, &person(patient), id).await.expect("a page") else { panic!("a hold") };
        assert_eq!((kept.reason.as_str(), kept.phone.as_str()), ("a cough", "+44 20 7946 0001"));
    }

    async fn a_patient_cannot_be_in_two_places(clinic: TestClinic) {
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let refused = clinic.book(patient, 1, TOMORROW_9).await.expect_err("they are with doctor 1");
        let other = "Tuesday 6 January, 9am with Dr doctor-1";
        assert!(matches!(&refused, AppError::PatientBusy { own: true, with, nearest } if with == other && nearest.len() == 3), "{refused:?}");
        let anonymous = browser("phone");
        let hold = booking::hold(&clinic.app, anonymous.clone(), clinic.request(1, TOMORROW_9)).await.expect("nobody yet");
        let signed_in = Booker { patient: Some(patient.user), ..anonymous };
        let saved = booking::save_details(&clinic.app, signed_in.clone(), hold, "", "").await;
        assert!(matches!(&saved, Err(AppError::PatientBusy { with, .. }) if with == other), "{saved:?}");
        let refused = booking::confirm(&clinic.app, signed_in, hold).await;
        assert!(matches!(&refused, Err(AppError::PatientBusy { own: true, with, .. }) if with == other), "{refused:?}");
        let words = docslot::app::error_words(&refused.expect_err("busy"));
        assert!(words.starts_with("You have another appointment then: Tuesday 6 January, 9am with Dr doctor-1."), "{words}");
    }

    async fn a_patient_has_only_so_many_appointments_ahead(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let most = clinic.app.settings.booking.max_future_appointments;
        for n in 0..most {
            clinic.book(patient, 0, TOMORROW_9.plus_minutes(30 * n)).await.expect("a booking");
        }
        let refused = clinic.book(patient, 0, TOMORROW_9.plus_minutes(30 * most)).await;
        assert_eq!(refused, Err(AppError::TooManyAppointments { most }));
    }

    async fn time_off_that_comes_while_a_time_is_held_wins(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = hold(&clinic, &person(patient), TOMORROW_9).await.expect("a hold");
        let doctor = clinic.doctors[0].id;
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "insert into time_off (id, doctor_id, starts_at, ends_at, private_reason) values ($1, $2, $3, $4, '')";
            on!(tx, |c| {
                let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(doctor).bind(TOMORROW_9).bind(TOMORROW_9.plus_minutes(DAY));
                query.execute(c).await?.rows_affected()
            });
            tx.execute("update doctors set schedule_version = schedule_version + 1", ()).await?;
            Ok(())
        })).await;
        let refused = booking::confirm(&clinic.app, person(patient), id).await.expect_err("the doctor is away");
        assert!(matches!(&refused, AppError::TimeGone { reasons, .. } if reasons == &[Reason::TimeOff]), "{refused:?}");
        assert_eq!(clinic.status(id).await, Status::Held, "nothing was half done");
    }

    async fn a_doctor_who_takes_no_new_patients_sees_known_ones(clinic: TestClinic) {
        let (known, new) = (clinic.patient().await, clinic.patient().await);
        let id = clinic.book(known, 0, NOW.plus_minutes(120)).await.expect("a first appointment");
        clinic.execute("update doctors set accepts_new_patients = (1 = 0), schedule_version = schedule_version + 1").await.expect("closing the list");
        clinic.clock.set(TOMORROW_9.plus_minutes(-30));
        assert_eq!(clinic.status(id).await, Status::Booked);
        let refused = clinic.book(new, 0, TOMORROW_9).await.expect_err("new here");
        assert!(matches!(&refused, AppError::TimeGone { reasons, nearest, .. }
            if reasons == &[Reason::NotForNewPatients] && nearest.is_empty()), "{refused:?}");
        clinic.book(known, 0, TOMORROW_9).await.expect("known here");
    }

    async fn a_paused_doctor_is_not_found_and_not_booked(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = hold(&clinic, &person(patient), TOMORROW_9).await.expect("a hold");
        clinic.execute("update doctors set status = 'paused'").await.expect("pausing");
        let refused = booking::confirm(&clinic.app, person(patient), id).await.expect_err("paused");
        assert!(matches!(&refused, AppError::TimeGone { reasons, .. } if reasons == &[Reason::DoctorUnavailable]), "{refused:?}");
        assert_eq!(hold(&clinic, &person(patient), TOMORROW_9).await, Err(AppError::NotFound));
    }

    async fn what_belongs_to_another_person_cannot_be_told_from_nothing(clinic: TestClinic) {
        let (owner, stranger) = (clinic.patient().await, clinic.patient().await);
        let id = clinic.book(owner, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("a booking");
        let held = hold(&clinic, &person(owner), TOMORROW_9).await.expect("a hold");
        let doctor = clinic.user(Role::Doctor).await;
        let app = &clinic.app;
        for id in [id, held, AppointmentId(Uuid::now_v7())] {
            assert_eq!(booking::appointment(app, stranger, id).await.err(), Some(AppError::NotFound));
            assert_eq!(booking::appointment(app, doctor, id).await.err(), Some(AppError::NotFound));
            assert_eq!(booking::calendar_file(app, stranger, id).await.err(), Some(AppError::NotFound));
            assert_eq!(booking::cancel(app, stranger, id, 2, None).await, Err(AppError::NotFound));
            assert_eq!(booking::reschedule(app, person(stranger), id, 2, TOMORROW_9).await, Err(AppError::NotFound));
            assert_eq!(booking::confirm(app, person(stranger), id).await, Err(AppError::NotFound));
            assert_eq!(booking::held(app, &person(stranger), id).await, Err(AppError::NotFound));
            assert_eq!(booking::save_details(app, person(stranger), id, "", "").await, Err(AppError::NotFound));
            assert_eq!(booking::extend_hold(app, person(stranger), id).await, Err(AppError::NotFound));
            assert_eq!(booking::answer_request(app, doctor, id, 1, true).await, Err(AppError::NotFound));
        }
        assert_eq!(clinic.status(id).await, Status::Booked);
    }

    async fn the_calendar_file_has_the_time_and_nothing_about_health(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let hold = hold(&clinic, &person(patient), TOMORROW_9).await.expect("a hold");
        booking::save_details(&clinic.app, person(patient), hold, "SECRET-REASON", "").await.expect("details");
        let id = booking::confirm(&clinic.app, person(patient), hold).await.expect("a booking");
        let file = booking::calendar_file(&clinic.app, patient, id).await.expect("a file");
        assert!(file.contains("\r\nDTSTART:20260106T090000Z\r\nDTEND:20260106T093000Z\r\n"), "{file}");
        for private in ["SECRET-REASON", "Consultation", "General practice"] {
            assert!(!file.contains(private), "{private}");
        }
    }

    async fn a_missing_doctor_or_visit_type_is_not_found(clinic: TestClinic) {
        let mut request = clinic.request(0, TOMORROW_9);
        request.visit_type = clinic.doctors[1].visit_type;
        assert_eq!(booking::hold(&clinic.app, browser("b"), request).await, Err(AppError::NotFound));
        let request = booking::HoldRequest { doctor_slug: "nobody".into(), ..clinic.request(0, TOMORROW_9) };
        assert_eq!(booking::hold(&clinic.app, browser("b"), request).await, Err(AppError::NotFound));
        let far = Timestamp(i64::MAX);
        assert!(matches!(hold(&clinic, &browser("b"), far).await, Err(AppError::TimeGone { .. })));
        assert!(matches!(hold(&clinic, &browser("b"), Timestamp(i64::MIN)).await, Err(AppError::TimeGone { .. })));
    }
}

/// A taken time of a week ahead is refused with the nearest free ones. They are found among the appointments of the days
/// around it, which are read once: on PostgreSQL, where the driver reports statements in the task that sends them.
#[tokio::test]
async fn the_nearest_times_are_found_in_the_days_around() {
    TestClinic::run(Engine::Postgres, async |clinic| {
        let wanted = TOMORROW_9.plus_minutes(7 * DAY);
        clinic.book(clinic.patient().await, 0, wanted).await.expect("a booking");
        let other = person(clinic.patient().await);
        let (refused, statements) = sent(hold(&clinic, &other, wanted)).await;
        let Err(AppError::TimeGone { nearest, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(nearest.iter().map(|time| time.start.0 - wanted.0).collect::<Vec<_>>(), [1_800, 3_600, 5_400]);
        let of_calendar = statements.iter().filter(|statement| statement.contains("select 0 as kind"));
        assert_eq!(of_calendar.count(), 2, "for the unit and for the refusal: {statements:#?}");
    })
    .await;
}
