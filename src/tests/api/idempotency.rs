//! `Idempotency-Key`: sent again, a request has one effect and one answer.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    api::idempotency::store::{self, Claimed, Key},
    booking::server as booking,
    db::Pools,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{PASSWORD, Program, Reply, access::give_calendar, account, front_desk::doctor, token_of};
use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    web::Web,
};

async fn book(program: &mut Program, key: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    program.send("POST", "/book", &headers, &body.to_string()).await
}

fn tuesday(clinic: &TestClinic) -> Value {
    json!({ "doctor_id": clinic.doctors[0].id, "date": "2026-01-06" })
}

async fn appointments(clinic: &TestClinic) -> i64 {
    clinic.count("select count(*) from appointments where status = 'booked'").await
}

/// From now on no answer can be kept under the key `one`.
async fn refuse_answers(clinic: &TestClinic) {
    let refuse = match &clinic.app.db.pools {
        Pools::Sqlite { .. } => {
            "create trigger refused before insert on idempotency_keys when new.key = 'one'
            begin select raise(abort, 'refused'); end"
        }
        Pools::Postgres(_) => "alter table idempotency_keys add constraint refused check (key <> 'one') not valid",
    };
    clinic.execute(refuse).await.expect("no answer can be kept");
}

async fn allow_answers(clinic: &TestClinic) {
    let allow = match &clinic.app.db.pools {
        Pools::Sqlite { .. } => "drop trigger refused",
        Pools::Postgres(_) => "alter table idempotency_keys drop constraint refused",
    };
    clinic.execute(allow).await.expect("answers can be kept");
}

/// An appointment with a changed status or a changed time, which a program asked for under the key `one`.
async fn change(program: &mut Program, booked: &Reply, what: &str, body: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("if-match", &booked.tag()), ("idempotency-key", "one")];
    let path = ["/appointments/", booked.text("id"), "/", what].concat();
    program.send("POST", &path, &headers, &body.to_string()).await
}

async fn new_patient(clinic: &TestClinic, web: &Web) -> (Program, docslot::web::request::Actor) {
    let patient = clinic.patient().await;
    let mut program = Program::new(web);
    program.token = Some(token_of(clinic, patient.user).await);
    (program, patient)
}

both_databases! {
    async fn the_same_key_gets_the_same_answer_for_a_day(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, patient) = new_patient(&clinic, &web).await;
        let first = book(&mut ana, "one", &tuesday(&clinic)).await;
        assert_eq!(first.status(), 201, "{}", first.answer.body);
        let again = book(&mut ana, "one", &tuesday(&clinic)).await;
        assert_eq!((again.status(), &again.answer.body), (201, &first.answer.body), "byte for byte");
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.answer.header(name), first.answer.header(name), "{name}");
        }
        let mut other = tuesday(&clinic);
        other["reason"] = json!("another");
        let reused = book(&mut ana, "one", &other).await;
        reused.assert_problem(422, "another request");
        assert_eq!(reused.text("code"), "key_reused");
        assert_eq!(appointments(&clinic).await, 1);

        let (mut bo, _) = new_patient(&clinic, &web).await;
        let theirs = book(&mut bo, "one", &tuesday(&clinic)).await;
        assert_eq!(theirs.status(), 201, "a key is its owner's");
        assert_ne!(theirs.text("id"), first.text("id"));
        // elsewhere it is another key
        let start = json!({ "doctor_id": clinic.doctors[0].id, "start": "2026-01-07T09:00:00Z" });
        let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
        assert_eq!(ana.send("POST", "/appointments", &headers, &start.to_string()).await.status(), 201);

        clinic.clock.advance_seconds(24 * 60 * 60);
        assert!(store::clear(&clinic.app).await.expect("cleared") >= 3);
        ana.token = Some(token_of(&clinic, patient.user).await);
        let wednesday = json!({ "doctor_id": clinic.doctors[0].id, "date": "2026-01-09" });
        let new_day = book(&mut ana, "one", &wednesday).await;
        assert_eq!(new_day.status(), 201, "the key is free again: {}", new_day.answer.body);
    }

    async fn what_was_refused_may_be_tried_again(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = new_patient(&clinic, &web).await;
        let taken = clinic.patient().await;
        let hold = booking::hold(&clinic.app, person(taken), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        let body = json!({ "doctor_id": clinic.doctors[0].id, "date": "2026-01-06T09:00:00Z" });
        book(&mut ana, "k", &body).await.assert_problem(409, "held by another person");
        assert_eq!(clinic.count("select count(*) from idempotency_keys").await, 0);
        booking::hold(&clinic.app, person(taken), clinic.request(1, TOMORROW_9)).await.expect("another hold");
        assert_ne!(clinic.row(hold).await.status, docslot::booking::Status::Held);
        assert_eq!(book(&mut ana, "k", &body).await.status(), 201);
    }

    async fn keys_that_make_no_sense_are_refused(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = new_patient(&clinic, &web).await;
        for key in ["", " ", &"k".repeat(256), "clé"] {
            let refused = book(&mut ana, key, &tuesday(&clinic)).await;
            refused.assert_problem(422, key);
            assert_eq!(refused.fields(), ["Idempotency-Key"]);
        }
        let twice = [("content-type", "application/json"), ("idempotency-key", "a"), ("idempotency-key", "b")];
        ana.send("POST", "/book", &twice, &tuesday(&clinic).to_string()).await.assert_problem(422, "two keys");
        assert_eq!(appointments(&clinic).await, 0);
        assert_eq!(book(&mut ana, &"k".repeat(255), &tuesday(&clinic)).await.status(), 201);
    }

    async fn of_64_requests_with_one_key_one_books_and_all_get_its_answer(clinic: TestClinic) {
        let clinic = Arc::new(clinic);
        let web = Web::serve(&clinic.app).await;
        let (ana, _) = new_patient(&clinic, &web).await;
        let body = tuesday(&clinic);
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (mut ana, body) = (ana.clone(), body.clone());
                tokio::spawn(async move { book(&mut ana, "one", &body).await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            let reply = task.await.expect("no task panics");
            answers.push((reply.status(), reply.answer.body));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:#?}");
        assert_eq!(answers[0].0, 201);
        assert_eq!(appointments(&clinic).await, 1);
    }

    async fn a_key_under_way_waits_and_is_told_so(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let user = account(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        give_calendar(&clinic, 0, user).await;
        let mut program = Program::signed_in(&web, "doctor@example.org").await;
        let body = json!({ "from": "2026-01-07" });
        let key = Key { user, operation: "POST /doctor/time-off".into(), key: "one".into() };
        let tag = program.get("/doctor/time-off").await.tag();
        let mut hash = Sha256::new();
        hash.update(["application/json", &tag, &body.to_string()].join("\0"));
        let claimed = store::claim(&clinic.app, &key, &hash.finalize()).await.expect("claimed");
        assert!(matches!(claimed, Claimed::Taken(_)));
        let headers = [("content-type", "application/json"), ("if-match", &tag), ("idempotency-key", "one")];
        let under_way = program.send("POST", "/doctor/time-off", &headers, &body.to_string()).await;
        under_way.assert_problem(409, "under way");
        assert_eq!(under_way.text("code"), "key_in_use");
        assert_eq!(clinic.count("select count(*) from time_off").await, 0);
    }

    /// A booking and its answer are one commit: a process that dies leaves both, or neither and a key that is free.
    async fn a_booking_and_its_answer_are_one_commit(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = new_patient(&clinic, &web).await;
        refuse_answers(&clinic).await;
        assert_eq!(book(&mut ana, "one", &tuesday(&clinic)).await.status(), 500);
        assert_eq!(clinic.count("select count(*) from appointments").await, 0, "nothing without its answer");
        assert_eq!(clinic.count("select count(*) from outbox").await, 0);
        allow_answers(&clinic).await;
        let first = book(&mut ana, "one", &tuesday(&clinic)).await;
        assert_eq!(first.status(), 201, "the key is free at once: {}", first.answer.body);
        assert_eq!(clinic.count("select count(*) from idempotency_keys where status = 201").await, 1);
    }

    /// A move, a cancellation and their answers are one commit as well, for patients and for the clinic.
    async fn a_change_and_its_answer_are_one_commit(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = new_patient(&clinic, &web).await;
        let first = book(&mut ana, "booking", &tuesday(&clinic)).await;
        let later = json!({ "start": "2026-01-07T09:00:00Z" });
        refuse_answers(&clinic).await;
        assert_eq!(change(&mut ana, &first, "reschedule", &later).await.status(), 500);
        assert_eq!(change(&mut ana, &first, "cancel", &json!({})).await.status(), 500);
        let untouched = "select count(*) from appointments where status = 'booked' and version = 1";
        assert_eq!(clinic.count(untouched).await, 1, "nothing without its answer");
        assert_eq!(clinic.count("select count(*) from appointments").await, 1);
        allow_answers(&clinic).await;

        let moved = change(&mut ana, &first, "reschedule", &later).await;
        assert_eq!(moved.status(), 201, "the key is free at once: {}", moved.answer.body);
        let again = change(&mut ana, &first, "reschedule", &later).await;
        assert_eq!((again.status(), &again.answer.body), (201, &moved.answer.body), "byte for byte");
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.answer.header(name), moved.answer.header(name), "{name}");
        }
        let other = json!({ "start": "2026-01-08T09:00:00Z" });
        assert_eq!(change(&mut ana, &first, "reschedule", &other).await.text("code"), "key_reused");

        let mut program = doctor(&clinic, &web, 0).await;
        let cancelled = change(&mut program, &moved, "cancel", &json!({ "reason": "doctor_away" })).await;
        assert_eq!(cancelled.status(), 200, "{}", cancelled.answer.body);
        assert!(cancelled.json["patient"]["name"].is_string(), "as the doctor sees it");
        let again = change(&mut program, &moved, "cancel", &json!({ "reason": "doctor_away" })).await;
        assert_eq!((again.status(), &again.answer.body), (200, &cancelled.answer.body), "byte for byte");
        assert_eq!(again.answer.header("etag"), cancelled.answer.header("etag"));
        let other = change(&mut program, &moved, "cancel", &json!({ "reason": "other" })).await;
        assert_eq!(other.text("code"), "key_reused");
        assert_eq!(clinic.count("select count(*) from appointments").await, 2);
        assert_eq!(appointments(&clinic).await, 0);
        assert_eq!(clinic.count("select count(*) from idempotency_keys where status is null").await, 0, "no leases");
    }

    async fn of_32_moves_with_one_key_one_moves_and_all_get_its_answer(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = new_patient(&clinic, &web).await;
        let first = Arc::new(book(&mut ana, "booking", &tuesday(&clinic)).await);
        let tasks: Vec<_> = (0..32)
            .map(|_| {
                let (mut ana, first) = (ana.clone(), first.clone());
                let later = json!({ "start": "2026-01-07T09:00:00Z" });
                tokio::spawn(async move { change(&mut ana, &first, "reschedule", &later).await })
            })
            .collect();
        let mut answers = Vec::new();
        for task in tasks {
            let reply = task.await.expect("no task panics");
            answers.push((reply.status(), reply.answer.body));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:#?}");
        assert_eq!(answers[0].0, 201);
        assert_eq!(clinic.count("select count(*) from appointments").await, 2);
    }

    async fn holds_and_their_bookings_are_answered_once(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, _) = new_patient(&clinic, &web).await;
        let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
        let wanted = json!({ "doctor_id": clinic.doctors[0].id, "start": "2026-01-06T09:00:00Z" }).to_string();
        let held = ana.send("POST", "/holds", &headers, &wanted).await;
        assert_eq!(held.status(), 201, "{}", held.answer.body);
        let again = ana.send("POST", "/holds", &headers, &wanted).await;
        assert_eq!((again.status(), &again.answer.body), (201, &held.answer.body), "the same hold");
        assert_eq!(clinic.count("select count(*) from appointments").await, 1);

        let confirm = json!({ "hold_id": held.text("id") }).to_string();
        let booked = ana.send("POST", "/appointments", &headers, &confirm).await;
        assert_eq!(booked.status(), 201, "{}", booked.answer.body);
        let again = ana.send("POST", "/appointments", &headers, &confirm).await;
        assert_eq!((again.status(), &again.answer.body), (201, &booked.answer.body), "the same booking");
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.answer.header(name), booked.answer.header(name), "{name}");
        }
        let other = json!({ "hold_id": held.text("id"), "reason": "another" }).to_string();
        assert_eq!(ana.send("POST", "/appointments", &headers, &other).await.text("code"), "key_reused");
    }

    async fn sessions_are_never_kept(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        account(&clinic, &web, "ana@example.org", Role::Patient).await;
        let mut ana = Program::signed_in(&web, "ana@example.org").await;
        let body = json!({ "email": "ana@example.org", "password": PASSWORD }).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
        assert_eq!(ana.send("POST", "/login", &headers, &body).await.status(), 200);
        assert_eq!(clinic.count("select count(*) from idempotency_keys").await, 0);
    }
}
