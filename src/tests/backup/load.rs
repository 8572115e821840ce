//! A backup that is taken while people book.

use std::{
    os::unix::fs::PermissionsExt,
    sync::{Arc, Mutex},
    time::Duration,
};

use docslot::{booking::Status, booking::server::Appointment, db::Db, state::Clock, time::server::Zone};
use serde_json::json;

use super::{Elsewhere, done};
use crate::{
    both_databases,
    process::{ask, post, start_with},
};

const SETTINGS: [(&str, &str); 2] =
    [("DOCSLOT_LIMITS_REGISTRATIONS", "0"), ("DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS", "1000")];
const PATIENTS: usize = 4;

/// Books day after day until the program is gone, and notes what was acknowledged.
async fn book_on(
    address: std::net::SocketAddr,
    token: String,
    patient: usize,
    doctor: String,
    acknowledged: Arc<Mutex<Vec<String>>>,
) {
    let today = Zone::parse("UTC").expect("a zone").local_date(Clock::system().now());
    for number in 0.. {
        let ahead = i64::try_from((patient * 3 + number) % 50 + 2).expect("a small number");
        let body = json!({ "doctor_id": doctor, "date": today.plus_days(ahead).to_string() });
        match ask(address, &token, &format!("{patient}-{number}"), &body).await {
            None => return,
            Some((201, booked)) => {
                acknowledged.lock().expect("a lock").push(booked["id"].as_str().expect("an id").to_owned());
            }
            // no time is left on that day
            Some(_) => {}
        }
    }
}

both_databases! {
    async fn holds_every_booking_that_was_acknowledged_before_it(clinic: TestClinic) {
        let program = start_with(&clinic.url, &SETTINGS);
        let acknowledged: Arc<Mutex<Vec<String>>> = Arc::default();
        let count = || acknowledged.lock().expect("a lock").len();
        let mut tasks = tokio::task::JoinSet::new();
        let mut tokens = Vec::new();
        for patient in 0..PATIENTS {
            let email = format!("patient-{patient}@example.org");
            let person = json!({ "email": email, "password": "quiet green bicycle", "role": "patient" });
            let (status, json) = post(program.address, "/register", "", &person).await.expect("an answer");
            assert_eq!(status, 201, "{json}");
            let token = json["token"].as_str().expect("a token").to_owned();
            tokens.push(token.clone());
            let doctor = clinic.doctors[patient].id.to_string();
            tasks.spawn(book_on(program.address, token, patient, doctor, acknowledged.clone()));
        }
        while count() < 20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let other = Elsewhere::beside(&clinic.url).await;
        let (mut file, mut before, mut meanwhile) = (other.file("0"), Vec::new(), 0);
        // a small clinic is copied quickly: once at least somebody books meanwhile
        for round in 0..5 {
            file = other.file(&format!("backup-{round}"));
            before = acknowledged.lock().expect("a lock").clone();
            done(&clinic.url, &["backup"], &file).await;
            meanwhile = count() - before.len();
            if meanwhile > 0 {
                break;
            }
        }
        assert!(meanwhile > 0, "nobody booked while the backups were taken");
        drop(program);
        tasks.join_all().await;
        let about = file.metadata().expect("the backup");
        assert_eq!(about.permissions().mode() & 0o777, 0o600);

        let said = done(&clinic.url, &["restore", "--check"], &file).await;
        assert!(said.contains("is whole, and its records agree"), "{said}");
        done(&other.url, &["restore"], &file).await;
        let db = Db::connect(&other.url, 2).await.expect("the restored database");
        let mut reader = db.read().await.expect("a reader");
        for id in &before {
            let row = Appointment::find(&mut reader.conn(), id.parse().expect("an id")).await.expect("its row");
            assert_eq!(row.status, Status::Booked);
        }
        println!("{} acknowledged before the backup, {meanwhile} meanwhile", before.len());
        drop(reader);
        db.close().await;

        // the keys are in the backup, so people stay signed in
        let again = start_with(&other.url, &SETTINGS);
        let far = Zone::parse("UTC").expect("a zone").local_date(Clock::system().now()).plus_days(58);
        let body = json!({ "doctor_id": clinic.doctors[0].id.to_string(), "date": far.to_string() });
        let answer = ask(again.address, &tokens[0], "after", &body).await.expect("an answer");
        assert_eq!(answer.0, 201, "{}", answer.1);
        drop(again);
        other.remove().await;
    }
}
