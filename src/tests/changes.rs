//! Moving, cancelling, answering requests, and what people see of it afterwards.

use docslot::{
    accounts::Role,
    booking::{
        CancelReason, Change, Status, Tab,
        server::{self as booking},
    },
    db::Error,
    error::AppError,
    ids::PersonId,
    on,
};

use crate::{
    booking::{DAY, cancel, listed, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    races::assert_history_replays,
};

both_databases! {
    async fn moving_keeps_the_old_appointment_until_the_new_one_stands(clinic: TestClinic) {
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let old = clinic.book(patient, 0, start).await.expect("a booking");
        clinic.book(other, 0, start.plus_minutes(60)).await.expect("another patient");
        let refused = reschedule(&clinic, patient, old, start.plus_minutes(60)).await.expect_err("taken");
        assert!(matches!(&refused, AppError::TimeGone { nearest, .. } if nearest.len() == 3), "{refused:?}");
        assert_eq!(clinic.status(old).await, Status::Booked, "the old appointment is untouched");

        let new = reschedule(&clinic, patient, old, start.plus_minutes(90)).await.expect("a free time");
        let (old_row, new_row) = (clinic.row(old).await, clinic.row(new).await);
        assert_eq!((old_row.status, old_row.rescheduled_to), (Status::Rescheduled, Some(new)));
        assert_eq!((new_row.status, new_row.rescheduled_from), (Status::Booked, Some(old)));
        assert!(listed(&clinic, &person(other), "2026-01-08", None).await.contains(&start), "the old time is free");
        assert_history_replays(&clinic).await;
    }

    async fn moving_twice_to_the_same_time_moves_once(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let old = clinic.book(patient, 0, start).await.expect("a booking");
        let version = clinic.row(old).await.version;
        let later = start.plus_minutes(60);
        let first = booking::reschedule(&clinic.app, person(patient), old, version, later).await.expect("moved");
        let again = booking::reschedule(&clinic.app, person(patient), old, version, later).await.expect("moved");
        assert_eq!(first, again);
        let elsewhere = booking::reschedule(&clinic.app, person(patient), old, version, start.plus_minutes(120)).await;
        assert_eq!(elsewhere, Err(AppError::Conflict));
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 1);
    }

    async fn an_appointment_may_shift_within_its_own_length(clinic: TestClinic) {
        clinic.execute("update visit_types set minutes = 60, step_minutes = 15").await.expect("rules");
        let patient = clinic.patient().await;
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let id = clinic.book(patient, 0, start).await.expect("a booking");
        let offered = listed(&clinic, &person(patient), "2026-01-08", Some(id)).await;
        assert!(offered.contains(&start.plus_minutes(15)));
        reschedule(&clinic, patient, id, start.plus_minutes(15)).await.expect("a quarter of an hour later");
    }

    async fn the_cut_off_decides_what_a_patient_can_still_do(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let start = TOMORROW_9.plus_minutes(DAY);
        let id = clinic.book(patient, 0, start).await.expect("a booking");
        clinic.clock.set(start.plus_minutes(-DAY));
        assert_eq!(clinic.view(patient, id).await.change, Change::LateCancelOnly);
        assert_eq!(reschedule(&clinic, patient, id, start.plus_minutes(DAY)).await, Err(AppError::TooLate));
        cancel(&clinic, patient, id).await.expect("late, and allowed");
        assert!(clinic.row(id).await.cancelled_late);

        clinic.execute("update visit_types set late_cancel = 'deny'").await.expect("a stricter rule");
        let strict = clinic.book(patient, 0, start).await.expect("a booking");
        assert_eq!(clinic.view(patient, strict).await.change, Change::CallClinic);
        assert_eq!(cancel(&clinic, patient, strict).await, Err(AppError::TooLate));
        assert_eq!(clinic.status(strict).await, Status::Booked);
        clinic.clock.set(start.plus_minutes(1));
        assert_eq!(cancel(&clinic, patient, strict).await, Err(AppError::Conflict), "it has begun");
        cancel(&clinic, clinic.user(Role::Admin).await, strict).await.expect("staff always can");
    }

    async fn cancelling_twice_is_cancelling_once_and_a_stale_page_cancels_nothing(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("a booking");
        let stale = clinic.row(id).await.version - 1;
        let refused = booking::cancel(&clinic.app, patient, id, stale, None).await;
        assert_eq!(refused, Err(AppError::Conflict));
        cancel(&clinic, patient, id).await.expect("cancelling");
        cancel(&clinic, patient, id).await.expect("cancelling again");
        let row = clinic.row(id).await;
        assert_eq!((row.cancel_reason, row.cancelled_late), (Some(CancelReason::CannotAttend), false));
        assert_eq!(clinic.count("select count(*) from appointment_events where action = 'cancel'").await, 1);
    }

    async fn a_request_waits_for_its_doctor_and_is_answered_once(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let doctor = clinic.user(Role::Doctor).await;
        give_login(&clinic, doctor.user).await;
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        let accepted = clinic.book(first, 0, TOMORROW_9).await.expect("a request");
        let declined = clinic.book(second, 0, TOMORROW_9.plus_minutes(60)).await.expect("a request");
        assert_eq!(clinic.status(accepted).await, Status::Requested);
        assert!(!listed(&clinic, &person(second), "2026-01-06", None).await.contains(&TOMORROW_9), "it occupies");
        let by_patient = clinic.answer(first, accepted, true).await;
        assert_eq!(by_patient, Err(AppError::Forbidden), "patients do not answer requests");
        for _ in 0..2 {
            clinic.answer(doctor, accepted, true).await.expect("accepting");
            clinic.answer(doctor, declined, false).await.expect("declining");
        }
        assert_eq!(clinic.status(accepted).await, Status::Booked);
        assert_eq!(clinic.status(declined).await, Status::Declined);
        let changed_mind = clinic.answer(doctor, declined, true).await;
        assert_eq!(changed_mind, Err(AppError::Conflict));
        assert_history_replays(&clinic).await;
    }

    async fn my_appointments_stand_under_the_right_tab(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let soon = clinic.book(patient, 0, NOW.plus_minutes(120)).await.expect("soon");
        let later = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("later");
        let gone = clinic.book(patient, 0, TOMORROW_9.plus_minutes(3 * DAY)).await.expect("to be cancelled");
        cancel(&clinic, patient, gone).await.expect("cancelling");
        let moved = reschedule(&clinic, patient, later, TOMORROW_9.plus_minutes(2 * DAY + 60)).await.expect("moving");
        clinic.clock.set(TOMORROW_9);
        for (tab, expected) in [(Tab::Upcoming, moved), (Tab::Past, soon), (Tab::Cancelled, gone)] {
            let list = booking::my_appointments(&clinic.app, patient, tab, None).await.expect("a list");
            assert_eq!(list.counts, [1, 1, 1]);
            assert_eq!(list.items.iter().map(|item| item.id).collect::<Vec<_>>(), [expected], "{tab:?}");
        }
        let day = async |tab| {
            let list = booking::my_appointments(&clinic.app, patient, tab, None).await.expect("a list");
            list.items[0].summary.day.clone()
        };
        assert_eq!(day(Tab::Past).await.split(' ').count(), 3, "of this year, without the year");
        clinic.clock.advance_seconds(366 * 24 * 60 * 60);
        assert!(day(Tab::Past).await.ends_with(" 2026"), "of another year, with it");
        clinic.clock.set(TOMORROW_9);
        let nobody = booking::my_appointments(&clinic.app, clinic.patient().await, Tab::Upcoming, None).await.expect("a list");
        assert_eq!(nobody.counts, [0, 0, 0]);
    }

    async fn history_says_who_and_when_in_the_readers_words(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("a booking");
        clinic.clock.advance_seconds(3600);
        cancel(&clinic, clinic.user(Role::Admin).await, id).await.expect("cancelling");
        let view = clinic.view(patient, id).await;
        let lines: Vec<(&str, &str)> = view.history.iter().map(|e| (e.when.as_str(), e.what.as_str())).collect();
        assert_eq!(lines, [("Monday 5 January, 8am", "Booked by you"), ("Monday 5 January, 9am", "Cancelled by the clinic")]);
        assert_eq!(view.cancelled_by.as_deref(), Some("Cancelled by the clinic"));
    }
}

async fn give_login(clinic: &TestClinic, user: PersonId) {
    let doctor = clinic.doctors[0].id;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $1 where id = $2";
                on!(tx, |c| sqlx::query(sql).bind(user).bind(doctor).execute(c).await?.rows_affected());
                Ok::<_, Error>(())
            })
        })
        .await;
}
