//! Rooms and devices where several appointments are booked at once, where the doctor is chosen, and where a time is
//! offered.

use std::{collections::HashSet, sync::Arc};

use docslot::{
    availability::Reason,
    booking::{Status, waiting::OfferAnswer},
    error::AppError,
    ids::AppointmentId,
};

use crate::{
    booking::cancel,
    both_databases,
    clinic::{NOW, TOMORROW_9},
    pair,
    races::OVERLAPS,
    resources::{SHARED, keep},
    soonest::soonest,
    waiting::{answer, look, offer_of, offered, taken, waits},
};

both_databases! {
    async fn a_pair_whose_machine_is_taken_at_one_of_its_times_books_nothing(clinic: TestClinic) {
        keep(&clinic, 1).await;
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        clinic.book(other, 2, TOMORROW_9.plus_minutes(30)).await.expect("a third doctor's patient");
        let refused = pair::book(&clinic, patient, (0, 1), (0, 30)).await;
        assert!(matches!(refused, Err(AppError::TimeGone { ref reasons, .. }) if *reasons == [Reason::NoResource]), "{refused:?}");
        assert_eq!(pair::booked(&clinic).await, 1);
        pair::book(&clinic, patient, (0, 1), (60, 90)).await.expect("both, one after the other on one machine");
        assert_eq!(clinic.count("select count(*) from appointments where resource_id is not null").await, 3);
        assert_eq!((pair::booked(&clinic).await, clinic.count(SHARED).await), (3, 0));
    }

    /// Two pairs of doctors who share nothing but the machine, sixteen patients for each.
    async fn of_32_pairs_on_one_machine_one_is_whole(clinic: TestClinic) {
        keep(&clinic, 1).await;
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for number in 0..32 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            let doctors = if number % 2 == 0 { (0, 1) } else { (3, 2) };
            tasks.push(tokio::spawn(async move { pair::book(&clinic, patient, doctors, (0, 30)).await.is_ok() }));
        }
        let mut won = 0;
        for task in tasks {
            won += i64::from(task.await.expect("no task panics"));
        }
        assert_eq!((won, pair::booked(&clinic).await), (1, 2));
        assert_eq!((clinic.count(SHARED).await, clinic.count(OVERLAPS).await), (0, 0));
    }

    /// Four doctors are free at each time, and one machine.
    async fn any_doctor_soonest_waits_for_the_machine_and_not_for_a_doctor(clinic: TestClinic) {
        keep(&clinic, 1).await;
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move { soonest(&clinic, patient).await }));
        }
        let mut got = HashSet::new();
        for task in tasks {
            let (_, start, _) = task.await.expect("no task panics").expect("there is room for all");
            got.insert(start);
        }
        let nine = NOW.plus_minutes(60);
        assert_eq!(got, (0..8).map(|half| nine.plus_minutes(30 * half)).collect(), "the eight soonest times, each once");
        assert_eq!(clinic.count(SHARED).await, 0);
    }

    async fn an_offer_keeps_the_machine_as_it_keeps_the_time(clinic: TestClinic) {
        let machine = keep(&clinic, 1).await[0];
        let (patient, offer) = offered(&clinic, 0, TOMORROW_9).await;
        let hold = AppointmentId(clinic.an_id("select hold_id from offers").await);
        assert_eq!(clinic.row(hold).await.resource_id, Some(machine));
        let other = clinic.patient().await;
        let refused = clinic.book(other, 1, TOMORROW_9).await;
        assert!(matches!(refused, Err(AppError::TimeGone { ref reasons, .. }) if *reasons == [Reason::NoResource]), "{refused:?}");
        answer(&clinic, patient, offer, OfferAnswer::Accept).await.expect("it is accepted");
        let row = clinic.row(hold).await;
        assert_eq!((row.status, row.resource_id), (Status::Booked, Some(machine)));
        assert_eq!(clinic.count(SHARED).await, 0);
    }

    async fn a_time_whose_machine_went_elsewhere_is_offered_to_nobody(clinic: TestClinic) {
        keep(&clinic, 1).await;
        let (other, appointment) = taken(&clinic, 0, TOMORROW_9).await;
        let patient = waits(&clinic, 0).await;
        cancel(&clinic, other, appointment).await.expect("a cancellation");
        let third = clinic.patient().await;
        let elsewhere = clinic.book(third, 1, TOMORROW_9).await.expect("another doctor takes the machine");
        look(&clinic).await;
        assert_eq!(offer_of(&clinic, patient).await, None);
        cancel(&clinic, third, elsewhere).await.expect("a cancellation");
        look(&clinic).await;
        assert!(offer_of(&clinic, patient).await.is_some(), "with its machine the time is free again");
        assert_eq!(clinic.count(SHARED).await, 0);
    }
}
