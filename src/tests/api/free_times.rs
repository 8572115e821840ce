//! Free times for visitors come from memory, and are those of the database all the same.

use std::{
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use docslot::{
    booking::server::{self as booking, Booker, FreeTimes, FreeTimesQuery},
    state::AppState,
    time::Timestamp,
};

use crate::{
    booking::{cancel, listed},
    both_databases,
    clinic::{TOMORROW_9, TestClinic, browser, person},
    schedule_changes::neighbour,
};

const VISITOR: Booker = Booker { patient: None, carer: None, holder: None };
const DAY: &str = "2026-01-06";

/// What a visitor is told of the first doctor's Tuesday.
async fn free(clinic: &TestClinic, app: &AppState) -> Arc<FreeTimes> {
    let day = DAY.parse().ok();
    let query = FreeTimesQuery { doctor: clinic.doctors[0].id, visit_type: None, from: day, to: day };
    booking::free_times(app, &VISITOR, query).await.expect("free times")
}

fn starts(free: &FreeTimes) -> Vec<Timestamp> {
    free.times.iter().map(|(slot, _)| slot.start).collect()
}

/// Fails unless memory says what the website reads from the database at this moment.
async fn agrees(clinic: &TestClinic, about: &str) -> Vec<Timestamp> {
    let times = starts(&*free(clinic, &clinic.app).await);
    assert_eq!(times, listed(clinic, &VISITOR, DAY, None).await, "{about}");
    times
}

both_databases! {
    async fn within_one_second_an_answer_is_made_once(clinic: TestClinic) {
        let first = free(&clinic, &clinic.app).await;
        let again = free(&clinic, &clinic.app).await;
        assert!(Arc::ptr_eq(&first, &again));
        clinic.clock.advance_seconds(1);
        let next = free(&clinic, &clinic.app).await;
        assert!(!Arc::ptr_eq(&first, &next));
        assert_eq!(starts(&first), starts(&next));
    }

    async fn a_change_is_listed_by_the_next_question(clinic: TestClinic) {
        let patient = clinic.patient().await;
        assert!(agrees(&clinic, "at first").await.contains(&TOMORROW_9));
        let appointment = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        assert!(!agrees(&clinic, "booked").await.contains(&TOMORROW_9));
        cancel(&clinic, patient, appointment).await.expect("cancelling");
        assert!(agrees(&clinic, "cancelled").await.contains(&TOMORROW_9));
        let request = clinic.request(0, TOMORROW_9);
        booking::hold(&clinic.app, browser("somebody"), request).await.expect("a hold");
        assert!(!agrees(&clinic, "held").await.contains(&TOMORROW_9));
    }

    async fn a_hold_that_runs_out_is_listed_in_that_very_second(clinic: TestClinic) {
        agrees(&clinic, "at first").await;
        booking::hold(&clinic.app, person(clinic.patient().await), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        for _ in 0..599 {
            clinic.clock.advance_seconds(1);
            assert!(!starts(&*free(&clinic, &clinic.app).await).contains(&TOMORROW_9));
        }
        clinic.clock.advance_seconds(1);
        assert!(agrees(&clinic, "run out").await.contains(&TOMORROW_9));
    }

    async fn a_time_that_begins_is_no_longer_listed(clinic: TestClinic) {
        agrees(&clinic, "at first").await;
        clinic.clock.set(TOMORROW_9.plus_seconds(-1));
        agrees(&clinic, "a second before").await;
        for seconds in [0, 1, 1_799, 1_800, 1_801] {
            clinic.clock.set(TOMORROW_9.plus_seconds(seconds));
            agrees(&clinic, &format!("{seconds} seconds after")).await;
        }
    }

    async fn a_change_in_another_process_is_listed_soon(clinic: TestClinic) {
        let other = neighbour(&clinic).await;
        assert!(starts(&*free(&clinic, &other).await).contains(&TOMORROW_9));
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let begun = Moment::now();
        while starts(&*free(&clinic, &other).await).contains(&TOMORROW_9) {
            assert!(begun.elapsed() < Duration::from_secs(10), "never noticed");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("noticed after {} ms", begun.elapsed().as_millis());
        other.db.close().await;
    }
}
