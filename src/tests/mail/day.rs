//! The doctor's day by mail: for those who asked for it, once a day, and without names.

use docslot::{
    accounts::Role,
    notifications::server::{daily_agenda::enqueue_due, preferences},
    on,
    time::Timestamp,
    web::request::Actor,
};

use super::{everything, newest_to, parsed, plain, send_all, sending_to};
use crate::{
    booking::cancel,
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    smtp_sink::Sink,
};

/// Tuesday 6 January, 6am in London.
const TUESDAY_6: Timestamp = Timestamp(TOMORROW_9.0 - 3 * 3_600);

/// An account for the doctor of this number, who wants the day by mail.
async fn doctor(clinic: &TestClinic, number: usize) -> Actor {
    let (actor, doctor) = (clinic.user(Role::Doctor).await, clinic.doctors[number].id);
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $2 where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(doctor).bind(actor.user).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
    preferences::choose(&clinic.app, actor, true, None).await.expect("a choice");
    actor
}

both_databases! {
    async fn a_doctor_who_asked_gets_the_day_at_6am_once_and_without_names(clinic: TestClinic) {
        clinic.execute("update visit_types set name = 'Chemotherapy', instructions = 'Fasting'").await.expect("a visit type");
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let busy = doctor(&clinic, 0).await;
        let _free = doctor(&clinic, 1).await;
        for minutes in [0, 30, 120] {
            clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(minutes)).await.expect("a booking");
        }
        // not this day's, not hers, and of a doctor who did not ask
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(24 * 60)).await.expect("a booking");
        clinic.book(clinic.patient().await, 2, TOMORROW_9).await.expect("a booking");
        clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");

        clinic.clock.set(TUESDAY_6.plus_seconds(-1));
        assert_eq!(enqueue_due(&app).await, Ok(0));
        clinic.clock.set(TUESDAY_6);
        let (first, second) = tokio::join!(enqueue_due(&app), enqueue_due(&app));
        assert!(first.expect("a look") + second.expect("a look") > 0);
        assert_eq!(enqueue_due(&app).await, Ok(0), "it is written already");
        assert_eq!(send_all(&app).await.sent, 1);
        let email = newest_to(&sink, busy.user);
        assert_eq!(parsed(&email).subject(), Some("3 appointments on Tuesday 6 January 2026"));
        assert_eq!(plain(&email), "You have 3 appointments on Tuesday 6 January 2026.\n\nWhere:     Riverside\nTime:      9am to 9:30am\nTime:      9:30am to 10am\nTime:      11am to 11:30am\n\nTo see your day, sign in:\nhttps://clinic.example/doctor\n\nYou asked for this message. To stop it, sign in:\nhttps://clinic.example/account/notifications\n");
        let all = everything(&email);
        for word in ["Test Person", "Chemotherapy", "Fasting", "@example.org"] {
            assert!(!all.contains(word), "{all}");
        }
        clinic.clock.set(TOMORROW_9.plus_minutes(24 * 60));
        assert_eq!(enqueue_due(&app).await, Ok(1), "the next day has one of its own");
    }

    async fn no_day_is_sent_that_has_no_appointment_left_or_is_over_or_not_wanted_any_more(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let second = {
            doctor(&clinic, 0).await;
            doctor(&clinic, 1).await
        };
        let third = doctor(&clinic, 2).await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("a booking");
        clinic.book(clinic.patient().await, 2, TOMORROW_9).await.expect("a booking");
        clinic.clock.set(TUESDAY_6);
        assert_eq!(enqueue_due(&app).await, Ok(3));
        cancel(&clinic, patient, id).await.expect("cancelling");
        preferences::choose(&app, second, false, None).await.expect("a choice");
        clinic.execute("update outbox set state = 'suppressed' where kind <> 'daily_agenda'").await.expect("out of the way");
        let round = send_all(&app).await;
        assert_eq!((round.sent, round.suppressed), (1, 2));
        assert_eq!(sink.emails()[0].to, format!("{}@example.org", third.user));
        // mail was away until the last appointment had ended
        clinic.book(clinic.patient().await, 2, TOMORROW_9.plus_minutes(24 * 60)).await.expect("a booking");
        clinic.clock.set(TUESDAY_6.plus_minutes(24 * 60));
        assert_eq!(enqueue_due(&app).await, Ok(1));
        clinic.execute("update outbox set state = 'suppressed' where kind <> 'daily_agenda'").await.expect("out of the way");
        clinic.clock.set(TOMORROW_9.plus_minutes(24 * 60 + 30));
        assert_eq!(send_all(&app).await.suppressed, 1);
    }

    async fn after_midday_no_day_is_written_any_more(clinic: TestClinic) {
        doctor(&clinic, 0).await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(7 * 60)).await.expect("a booking");
        clinic.clock.set(TUESDAY_6.plus_minutes(6 * 60));
        assert_eq!(enqueue_due(&clinic.app).await, Ok(0));
        clinic.clock.set(TUESDAY_6.plus_minutes(6 * 60 - 1));
        assert_eq!(enqueue_due(&clinic.app).await, Ok(1));
    }
}
