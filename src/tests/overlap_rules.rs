//! Two walls against double booking: the database's own rule, and the serializable unit that asks the predicate. Each is
//! taken away in turn, and the other must hold alone.

use docslot::{
    booking::server as booking,
    db::{Error, Pools, Violation},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId},
    on,
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person, test_unit},
};

both_databases! {
    /// Raw inserts, no predicate: the rule of the database alone decides.
    async fn the_rule_alone_keeps_one_of_64_overlapping_rows(clinic: TestClinic) {
        let clinic = std::sync::Arc::new(clinic);
        let mut tasks = Vec::new();
        for n in 0..64 {
            let patient = clinic.patient().await.user;
            let clinic = clinic.clone();
            // every row overlaps every other one, and no two are equal
            let start = TOMORROW_9.plus_minutes(n % 16);
            tasks.push(tokio::spawn(async move { raw_insert(&clinic, 0, patient, start, 30 + n).await }));
        }
        let mut kept = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(()) => kept += 1,
                Err(Error::Busy) => {}
                Err(error) => assert_eq!(error.violation(), Some(Violation::DoctorOverlap), "{error}"),
            }
        }
        assert_eq!(kept, 1);
    }

    async fn the_rule_alone_keeps_a_patient_from_two_places_at_once(clinic: TestClinic) {
        let patient = clinic.patient().await.user;
        raw_insert(&clinic, 0, patient, TOMORROW_9, 30).await.expect("the first");
        let error = raw_insert(&clinic, 1, patient, TOMORROW_9.plus_minutes(29), 30).await.expect_err("the second");
        assert_eq!(error.violation(), Some(Violation::PatientOverlap));
        raw_insert(&clinic, 1, patient, TOMORROW_9.plus_minutes(30), 30).await.expect("one that only touches");
    }

    async fn the_rule_alone_watches_changes_too(clinic: TestClinic) {
        let (first, second) = (clinic.patient().await.user, clinic.patient().await.user);
        raw_insert(&clinic, 0, first, TOMORROW_9, 30).await.expect("the first");
        raw_insert(&clinic, 0, second, TOMORROW_9.plus_minutes(60), 30).await.expect("the second");
        let moved = clinic.execute("update appointments set starts_at = (select min(starts_at) from appointments)").await;
        assert_eq!(moved.expect_err("an overlap").violation(), Some(Violation::DoctorOverlap));
    }

    async fn only_an_explicit_overbooking_may_overlap(clinic: TestClinic) {
        let (first, second) = (clinic.patient().await.user, clinic.patient().await.user);
        raw_insert(&clinic, 0, first, TOMORROW_9, 30).await.expect("the first");
        clinic.execute("update appointments set overbook = (1 = 1)").await.expect("marking it as overbooked");
        raw_insert(&clinic, 0, second, TOMORROW_9, 30).await.expect("the second");
        let honest = clinic.execute("update appointments set overbook = (1 = 0)").await;
        assert_eq!(honest.expect_err("an overlap").violation(), Some(Violation::DoctorOverlap));
    }

    /// The rule is dropped: the predicate inside the serializable unit alone decides.
    async fn the_unit_alone_keeps_one_of_64_bookings(clinic: TestClinic) {
        drop_the_rules(&clinic).await;
        let clinic = std::sync::Arc::new(clinic);
        let mut tasks = Vec::new();
        for _ in 0..64 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move { clinic.book(patient, 0, TOMORROW_9).await }));
        }
        let mut won = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => won += 1,
                Err(AppError::TimeGone { .. } | AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
        let occupying = "select count(*) from appointments where status in ('held', 'booked')";
        assert_eq!(clinic.count(occupying).await, 1);
    }

    async fn appointments_and_their_history_are_never_deleted(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        for sql in [
            "delete from appointments",
            "delete from appointment_events",
            "update appointment_events set to_status = 'expired'",
        ] {
            let refused = clinic.execute(sql).await.expect_err(sql);
            assert!(refused.to_string().contains("never"), "{refused}");
        }
        assert_eq!(clinic.count("select count(*) from appointment_events").await, 2);
        let version = clinic.row(id).await.version;
        booking::cancel(&clinic.app, patient, id, version, None).await.expect("cancelling");
        assert_eq!(clinic.count("select count(*) from appointments").await, 1);
    }

    async fn a_hold_and_a_booking_shut_each_other_out(clinic: TestClinic) {
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        booking::hold(&clinic.app, person(first), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        let error = raw_insert(&clinic, 0, second.user, TOMORROW_9.plus_minutes(10), 10).await.expect_err("an overlap");
        assert_eq!(error.violation(), Some(Violation::DoctorOverlap));
    }
}

async fn raw_insert(
    clinic: &TestClinic,
    doctor: usize,
    patient: PersonId,
    start: Timestamp,
    minutes: i64,
) -> Result<(), Error> {
    let (doctor, terms): (DoctorId, _) = (clinic.doctors[doctor].id, clinic.terms(doctor));
    // in a unit before it: simultaneous first ones of the same terms would wait for one another
    let stored = terms.clone();
    let unit = test_unit(move |mut tx| {
        let terms = stored.clone();
        Box::pin(async move { terms.write(&mut tx).await })
    });
    let terms = clinic.app.db.write(unit).await?;
    let unit = clinic.app.db.write(test_unit(move |mut tx| {
        Box::pin(async move {
            let sql =
                "insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version, starts_at,
                ends_at, utc_offset_seconds, buffer_before_minutes, buffer_after_minutes, created_at, updated_at)
            values ($1, $2, $3, $4, $5, 'booked', 1, $6, $7, 0, 0, 0, $8, $8)";
            on!(tx, |c| {
                sqlx::query(sql)
                    .bind(AppointmentId(Uuid::now_v7()))
                    .bind(docslot::random::reference())
                    .bind(doctor)
                    .bind(patient)
                    .bind(terms)
                    .bind(start)
                    .bind(start.plus_minutes(minutes))
                    .bind(NOW)
                    .execute(c)
                    .await?
                    .rows_affected()
            });
            Ok(())
        })
    }));
    unit.await
}

pub async fn drop_the_rules(clinic: &TestClinic) {
    let statements: &[&'static str] = match clinic.app.db.pools {
        Pools::Sqlite { .. } => {
            &["drop trigger appointments_no_overlap_insert", "drop trigger appointments_no_overlap_update"]
        }
        Pools::Postgres(_) => &[
            "alter table appointments drop constraint appointments_doctor_no_overlap",
            "alter table appointments drop constraint appointments_patient_no_overlap",
        ],
    };
    for sql in statements {
        clinic.execute(sql).await.expect("dropping a rule");
    }
}
