//! What is agreed with an appointment besides its time is stored once for all with which the same is agreed, and is there
//! whatever becomes of the booking that wrote it.

use std::sync::Arc;

use docslot::{
    booking::{
        Action, ActorRole, Status,
        server::{Appointment, Author},
    },
    db::Error,
    error::AppError,
    ids::AppointmentId,
    random,
    time::Timestamp,
};

use crate::{
    booking::DAY,
    both_databases,
    clinic::{TOMORROW_9, TestClinic, test_unit},
    records::behind,
};

const STORED: &str = "select count(*) from appointment_terms";
const NAMED: &str = "select count(distinct terms_id) from appointments";

/// Another row like this one, at another time and by another doctor's name.
fn another(template: &Appointment, start: Timestamp, doctor_name: &str) -> Appointment {
    let mut row = template.clone();
    (row.id, row.reference) = (AppointmentId(random::id()), random::reference());
    (row.version, row.status, row.overbook) = (1, Status::Booked, true);
    (row.starts_at, row.ends_at) = (start, start.plus_minutes(30));
    row.doctor_name = doctor_name.to_owned();
    row
}

/// Writes this row in a unit that fails afterwards, if it is to fail.
async fn insert(clinic: &TestClinic, row: &Appointment, fails: bool) -> Result<(), Error> {
    let row = row.clone();
    let unit = test_unit(move |mut tx| {
        let row = row.clone();
        Box::pin(async move {
            row.insert(&mut tx, Action::Book, Author { actor: None, role: ActorRole::Admin }).await?;
            if fails { Err(AppError::Conflict.into()) } else { Ok(()) }
        })
    });
    clinic.app.db.write(unit).await
}

both_databases! {
    async fn bookings_with_which_the_same_is_agreed_share_one_row(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let first = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let second = clinic.book(patient, 0, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        assert_eq!(clinic.count(STORED).await, 1);
        let third = clinic.book(patient, 1, TOMORROW_9.plus_minutes(120)).await.expect("a booking");
        assert_eq!(clinic.count(STORED).await, 2);
        clinic.execute("update visit_types set instructions = 'Come early.'").await.expect("a new rule");
        let fourth = clinic.book(patient, 0, TOMORROW_9.plus_minutes(180)).await.expect("a booking");
        assert_eq!((clinic.count(STORED).await, clinic.count(NAMED).await), (3, 3));
        let mut agreed = Vec::new();
        for id in [first, second, third, fourth] {
            let row = clinic.row(id).await;
            agreed.push((row.terms().id(), row.doctor_name, row.instructions));
        }
        assert_eq!(agreed[0], agreed[1]);
        assert_eq!((agreed[0].2.as_str(), agreed[3].2.as_str()), ("", "Come early."));
        assert_ne!(agreed[0].1, agreed[2].1);
        // the way back to the old rule is the old row
        clinic.execute("update visit_types set instructions = ''").await.expect("the old rule");
        clinic.book(patient, 0, TOMORROW_9.plus_minutes(240)).await.expect("a booking");
        assert_eq!(clinic.count(STORED).await, 3);
    }

    async fn simultaneous_first_bookings_write_them_once(clinic: TestClinic) {
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for n in 0..32_i64 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            let start = TOMORROW_9.plus_minutes(DAY * (n % 8 / 2) + 30 * (n % 2));
            let doctor = usize::try_from(n / 8).expect("a number");
            tasks.push(tokio::spawn(async move { clinic.book(patient, doctor, start).await }));
        }
        for task in tasks {
            task.await.expect("no task panics").expect("a booking");
        }
        assert_eq!((clinic.count(STORED).await, clinic.count(NAMED).await), (4, 4));
    }

    async fn a_first_booking_that_is_rolled_back_leaves_later_ones_their_terms(clinic: TestClinic) {
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let template = clinic.row(id).await;
        let start = |n: i64| TOMORROW_9.plus_minutes(DAY + 60 * n);
        let refused = insert(&clinic, &another(&template, start(0), "Dr New"), true).await;
        assert!(matches!(refused, Err(Error::App(AppError::Conflict))), "{refused:?}");
        assert_eq!(clinic.count(STORED).await, 1, "nothing of it stays");
        // several at once, so that on SQLite they share a transaction, and every second fails
        let (clinic, mut tasks) = (Arc::new(clinic), Vec::new());
        for n in 0..16 {
            let (clinic, row) = (clinic.clone(), another(&template, start(n), "Dr New"));
            tasks.push(tokio::spawn(async move { insert(&clinic, &row, n % 2 == 1).await.is_ok() }));
        }
        let mut kept = 0;
        for task in tasks {
            kept += i64::from(task.await.expect("no task panics"));
        }
        assert_eq!(kept, 8);
        insert(&clinic, &another(&template, start(16), "Dr New"), false).await.expect("a later one");
        assert_eq!((clinic.count(STORED).await, clinic.count(NAMED).await), (2, 2));
        assert_eq!(clinic.count("select count(*) from appointments").await, 10);
    }

    /// A server that takes over may lack the last commits of the one that was lost.
    async fn terms_that_are_gone_with_a_lost_server_are_written_again(clinic: TestClinic) {
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let template = clinic.row(id).await;
        let lost = another(&template, TOMORROW_9.plus_minutes(DAY), "Dr New");
        insert(&clinic, &lost, false).await.expect("a row");
        assert_eq!(clinic.count(STORED).await, 2);
        let of_it = "in (select id from appointments where overbook)";
        behind(&clinic, &[
            format!("delete from appointment_events where appointment_id {of_it}"),
            "delete from appointment_terms where id in (select terms_id from appointments where overbook)".into(),
            "delete from appointments where overbook".into(),
        ]).await;
        assert_eq!(clinic.count(STORED).await, 1);
        insert(&clinic, &another(&template, TOMORROW_9.plus_minutes(DAY), "Dr New"), false).await.expect("a row");
        assert_eq!((clinic.count(STORED).await, clinic.count(NAMED).await), (2, 2));
    }

    async fn they_are_never_changed_and_never_deleted(clinic: TestClinic) {
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        for sql in ["update appointment_terms set instructions = 'x'", "delete from appointment_terms"] {
            let refused = clinic.execute(sql).await.expect_err(sql);
            assert!(refused.to_string().contains("never"), "{refused}");
        }
        assert_eq!(clinic.count(STORED).await, 1);
    }
}
