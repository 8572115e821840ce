//! Booking, moving and cancelling through the API: the same as through the website.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    booking::{
        Status,
        server::{self as booking},
    },
    db::{Conn, Error},
    ids::AppointmentId,
    on,
    time::Timestamp,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::{PASSWORD, Program, Reply, account, token_of};
use crate::{
    attendance,
    booking::DAY,
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    races::{OVERLAPS, assert_history_replays},
    web::Web,
};

/// `TOMORROW_9` and the time half an hour later, as the API writes them.
const NINE: &str = "2026-01-06T09:00:00+00:00";
const HALF_PAST: &str = "2026-01-06T09:30:00+00:00";

async fn patient(clinic: &TestClinic, web: &Web, email: &str) -> Program {
    account(clinic, web, email, Role::Patient).await;
    Program::signed_in(web, email).await
}

fn with_doctor(clinic: &TestClinic, more: &Value) -> Value {
    let mut body = json!({ "doctor_id": clinic.doctors[0].id });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

async fn send(program: &mut Program, path: &str, header: (&str, &str), body: &Value) -> Reply {
    program.send("POST", path, &[("content-type", "application/json"), header], &body.to_string()).await
}

fn id_of(reply: &Reply) -> AppointmentId {
    reply.text("id").parse().expect("an id")
}

/// An appointment with its history and messages, without ids and times.
async fn facts(clinic: &TestClinic, id: AppointmentId) -> (Vec<String>, Vec<String>, Vec<String>) {
    let row = clinic.row(id).await;
    let row = vec![
        format!("{:?} {} {} {}", row.status, row.version, row.overbook, row.hold_extensions),
        format!("{} {} {} {:?}", row.doctor_name, row.visit_type_name, row.location_name, row.mode),
        format!("{} {} {}", row.location_address, row.location_phone, row.time_zone),
        format!("{} {} {}", row.instructions, row.buffer_before_minutes, row.buffer_after_minutes),
        format!("{} {} {:?}", row.needs_approval, row.cutoff_minutes, row.late_cancel),
        format!("{} {} {}", clinic.reason(id).await, row.contact_phone, row.ends_at.minutes_since(row.starts_at)),
        format!("{:?} {:?} {}", row.cancelled_by, row.cancel_reason, row.cancelled_late),
        format!("{:?} {:?} {}", row.rescheduled_from, row.rescheduled_to, row.override_reason),
        format!("{} {} {}", row.patient_id.is_some(), row.held_until.is_some(), row.answer_by.is_some()),
    ];
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<(Vec<String>, Vec<String>), Error> {
        let sql = "select cast(version as text) || actor_role || action || coalesce(from_status, '-') || to_status
                || coalesce(reason_code, '-') || case when actor_id is null then 'nobody' else 'somebody' end
            from appointment_events where appointment_id = $1 order by version";
        let events = on!(conn, |c| sqlx::query_scalar(sql).bind(id).fetch_all(c).await?);
        let sql = "select kind from outbox where appointments like $1 order by kind";
        let like = format!("%{id}%");
        Ok((events, on!(conn, |c| sqlx::query_scalar(sql).bind(&like).fetch_all(c).await?)))
    };
    let (events, messages) = read(&mut reader.conn()).await.expect("events");
    (row, events, messages)
}

async fn change(clinic: &TestClinic, reply: Reply) -> AppointmentId {
    assert_eq!(reply.status(), 201, "{}", reply.answer.body);
    let id = id_of(&reply);
    assert_eq!(clinic.status(id).await, Status::Booked);
    id
}

both_databases! {
    async fn an_appointment_is_booked_read_moved_and_cancelled(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut ana = patient(&clinic, &web, "ana@example.org").await;
        let body = with_doctor(&clinic, &json!({ "visit_type_id": clinic.doctors[0].visit_type, "start": NINE, "reason": "a cough", "phone": "020 7946 0000" }));
        let made = ana.post("/appointments", &body).await;
        assert_eq!(made.status(), 201, "{}", made.answer.body);
        assert_eq!((made.text("message"), made.text("status"), made.text("start")), ("Appointment confirmed.", "booked", NINE));
        assert_eq!((made.text("date"), made.text("end"), made.text("zone")), (NINE, HALF_PAST, "Europe/London"));
        assert_eq!((made.text("specialty"), made.text("reason")), ("General practice", "a cough"));
        let path = format!("/appointments/{}", made.text("id"));
        assert_eq!(made.answer.header("location"), format!("/api/v1{path}"));
        let read = ana.get(&path).await;
        assert_eq!((read.status(), read.answer.header("etag")), (200, made.answer.header("etag")));
        assert!(read.json["patient"].is_null(), "a patient knows who they are");
        let list = ana.get("/appointments").await;
        assert_eq!((list.json[0]["id"].as_str(), list.answer.header("x-total-count")), (Some(made.text("id")), "1"));

        let later = "2026-01-08T11:00:00+02:00"; // 9am in London
        let moving = format!("{path}/reschedule");
        let stale = send(&mut ana, &moving, ("if-match", "\"7\""), &json!({ "start": later })).await;
        stale.assert_problem(412, "another version");
        ana.post(&moving, &json!({ "start": later, "version": 7 })).await.assert_problem(409, "another version in the body");
        ana.post(&moving, &json!({ "start": later })).await.assert_problem(428, "no version");
        let two = send(&mut ana, &moving, ("if-match", "\"2\""), &json!({ "start": later, "version": 1 })).await;
        two.assert_problem(422, "two versions");
        let etag = read.answer.header("etag").to_owned();
        let moved = send(&mut ana, &moving, ("if-match", &etag), &json!({ "start": later })).await;
        assert_eq!((moved.status(), moved.text("start")), (201, "2026-01-08T09:00:00+00:00"), "{}", moved.answer.body);
        assert_eq!((moved.text("rescheduled_from"), moved.text("message")), (made.text("id"), "Your appointment has been moved."));
        let again = send(&mut ana, &moving, ("if-match", &etag), &json!({ "start": later })).await;
        assert_eq!((again.status(), again.text("id")), (201, moved.text("id")), "moving twice is moving once");

        let path = format!("/appointments/{}", moved.text("id"));
        let cancelling = format!("{path}/cancel");
        let etag = moved.answer.header("etag").to_owned();
        let wrong = send(&mut ana, &cancelling, ("if-match", &etag), &json!({ "reason": "doctor_away" })).await;
        wrong.assert_problem(422, "not a patient's reason");
        for _ in 0..2 {
            let gone = send(&mut ana, &cancelling, ("if-match", &etag), &json!({ "reason": "feeling_better" })).await;
            assert_eq!((gone.status(), gone.text("status")), (200, "cancelled"), "{}", gone.answer.body);
        }
        assert_eq!(ana.get("/appointments?status=cancelled").await.json.as_array().map(Vec::len), Some(1));
        assert_eq!(ana.get("/appointments?status=rescheduled").await.json.as_array().map(Vec::len), Some(1));
        assert_eq!(ana.get("/appointments?from=2026-01-09").await.answer.header("x-total-count"), "0");
        assert_history_replays(&clinic).await;
    }

    async fn a_kept_time_is_booked_once(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut ana, mut bo) = (patient(&clinic, &web, "ana@example.org").await, patient(&clinic, &web, "bo@example.org").await);
        let start = with_doctor(&clinic, &json!({ "start": NINE }));
        let held = ana.post("/holds", &start).await;
        assert_eq!((held.status(), held.text("held_until")), (201, "2026-01-05T08:10:00+00:00"), "{}", held.answer.body);
        let gone = bo.post("/appointments", &start).await;
        gone.assert_problem(409, "another person keeps it");
        assert_eq!((gone.text("code"), gone.json["nearest"].as_array().map(Vec::len)), ("time_gone", Some(3)));
        let body = json!({ "hold_id": held.text("id"), "reason": "a cough" });
        bo.post("/appointments", &body).await.assert_problem(404, "another person's hold");
        ana.get(&format!("/appointments/{}", held.text("id"))).await.assert_problem(404, "not an appointment yet");
        let both = json!({ "hold_id": held.text("id"), "start": NINE });
        let both = ana.post("/appointments", &both).await;
        both.assert_problem(422, "two times");
        assert_eq!(both.fields(), ["start"]);
        let (first, second) = (ana.post("/appointments", &body).await, ana.post("/appointments", &body).await);
        assert_eq!((first.status(), second.status()), (201, 201));
        assert_eq!(first.json, second.json);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked' and reason = 'a cough'").await, 1);
    }

    async fn the_earliest_time_of_a_day_is_booked_until_none_is_left(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut ana = patient(&clinic, &web, "ana@example.org").await;
        let body = with_doctor(&clinic, &json!({ "date": "2026-01-06" }));
        let first = ana.post("/book", &body).await;
        assert_eq!((first.status(), first.text("date")), (201, NINE), "{}", first.answer.body);
        let second = ana.post("/book", &body).await;
        assert_eq!((second.status(), second.text("date")), (201, HALF_PAST));
        let certain = ana.post("/book", &with_doctor(&clinic, &json!({ "date": "2026-01-06T10:00:00Z" }))).await;
        assert_eq!((certain.status(), certain.text("date")), (201, "2026-01-06T10:00:00+00:00"));
        let mut others = Vec::new();
        for n in 0..13 {
            others.push(clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(90 + 30 * n)).await.expect("an appointment"));
        }
        let full = ana.post("/book", &body).await;
        full.assert_problem(409, "the day is full");
        let nearest: Vec<&str> = full.json["nearest"].as_array().expect("times").iter().filter_map(|time| time["start"].as_str()).collect();
        assert_eq!(nearest.len(), 3, "{}", full.answer.body);
        assert!(nearest.iter().all(|start| !start.starts_with("2026-01-06")), "{nearest:?}");
        for (date, status) in [("2026-01-04", 409), ("9999-12-31", 409), ("soon", 422), ("2026-13-01", 422), ("9999-12-31T23:59:59Z", 422), ("9999-12-30T00:00:00Z", 409)] {
            ana.post("/book", &with_doctor(&clinic, &json!({ "date": date }))).await.assert_problem(status, date);
        }
        assert_eq!(clinic.count(OVERLAPS).await, 0);
    }

    async fn website_function_and_api_book_the_same(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut ids = Vec::new();
        let at = |n: i64| TOMORROW_9.plus_minutes(30 * n);
        let text = |n: i64| format!("2026-01-06T{:02}:{:02}:00+00:00", 9 + n / 2, 30 * (n % 2));
        let (reason, phone) = ("a cough", "020 7946 0000");
        // the website's forms
        let (slug, appointment) = (clinic.doctors[0].slug.clone(), clinic.doctors[0].visit_type.to_string());
        account(&clinic, &web, "web@example.org", Role::Patient).await;
        let mut browser = web.browser();
        browser.get("/sign-in").await;
        browser.post("/fn/sign_in", &[("email", "web@example.org"), ("password", PASSWORD), ("next", "/")]).await;
        let held = browser.post("/fn/booking/hold", &[("doctor", &slug), ("visit_type", &appointment), ("start", &at(0).0.to_string())]).await;
        let id = held.location().trim_start_matches("/book/").to_owned();
        let done = browser.post("/fn/booking/confirm", &[("id", &id), ("reason", reason), ("phone", phone)]).await;
        assert_eq!(done.location(), format!("/appointments/{id}/done"));
        ids.push(id.parse().expect("an id"));
        // the functions behind them
        let booker = person(clinic.patient().await);
        let hold = booking::hold(&clinic.app, booker.clone(), clinic.request(0, at(1))).await.expect("a hold");
        booking::save_details(&clinic.app, booker.clone(), hold, reason, phone).await.expect("details");
        ids.push(booking::confirm(&clinic.app, booker, hold).await.expect("an appointment"));
        // the API: a kept time, a time, a moment
        let mut program = patient(&clinic, &web, "api@example.org").await;
        let held = program.post("/holds", &with_doctor(&clinic, &json!({ "start": text(2) }))).await;
        let body = json!({ "hold_id": held.text("id"), "reason": reason, "phone": phone });
        ids.push(change(&clinic, program.post("/appointments", &body).await).await);
        let body = with_doctor(&clinic, &json!({ "start": text(3), "reason": reason, "phone": phone }));
        ids.push(change(&clinic, program.post("/appointments", &body).await).await);
        let body = with_doctor(&clinic, &json!({ "date": text(4), "reason": reason, "phone": phone }));
        ids.push(change(&clinic, send(&mut program, "/book", ("idempotency-key", "a"), &body).await).await);
        let expected = facts(&clinic, ids[0]).await;
        assert_eq!((expected.1.len(), expected.2.clone()), (2, vec!["appointment_booked".to_owned()]));
        for id in &ids[1..3] {
            assert_eq!(facts(&clinic, *id).await, expected);
        }
        // without a hold before it, the row is written once, and is the same otherwise
        let (mut row, history, messages) = expected;
        row[0] = "Booked 1 false 0".to_owned();
        row[8] = "true false false".to_owned();
        let direct = (row, vec![history[1].replacen("2patientbookheld", "1patientbook-", 1)], messages);
        for id in &ids[3..] {
            assert_eq!(facts(&clinic, *id).await, direct);
        }
    }

    async fn an_appointment_that_needs_approval_is_requested(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let web = Web::serve(&clinic.app).await;
        let mut ana = patient(&clinic, &web, "ana@example.org").await;
        let made = ana.post("/appointments", &with_doctor(&clinic, &json!({ "start": NINE }))).await;
        assert_eq!((made.status(), made.text("status")), (201, "requested"), "{}", made.answer.body);
        assert!(made.text("message").starts_with("Request sent.") && !made.text("answer_by").is_empty());
    }

    async fn a_move_that_needs_approval_is_a_request_and_keeps_the_appointment(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut ana = patient(&clinic, &web, "ana@example.org").await;
        let made = ana.post("/appointments", &with_doctor(&clinic, &json!({ "start": NINE }))).await;
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let path = format!("/appointments/{}", made.text("id"));
        let body = json!({ "start": "2026-01-06T11:00:00+00:00", "version": 1 });
        let asked = ana.post(&format!("{path}/reschedule"), &body).await;
        assert_eq!((asked.status(), asked.text("status")), (201, "requested"), "{}", asked.answer.body);
        assert_eq!(asked.text("message"), "Request sent. You keep your appointment until the new time is accepted.");
        assert_eq!((asked.text("would_replace"), asked.text("reference")), (made.text("id"), made.text("reference")));
        assert!(asked.json["rescheduled_from"].is_null());
        assert_eq!(ana.get(&path).await.text("status"), "booked");

        let mut doctor = Program::new(&web);
        doctor.token = Some(token_of(&clinic, attendance::doctor(&clinic, 0).await.user).await);
        let at_once = json!({ "start": "2026-01-06T14:00:00+00:00", "version": 1 });
        let moved = doctor.post(&format!("{path}/reschedule"), &at_once).await;
        assert_eq!((moved.status(), moved.text("status")), (201, "booked"), "{}", moved.answer.body);
        assert_eq!((moved.text("rescheduled_from"), moved.text("reference")), (made.text("id"), made.text("reference")));
        let request = ana.get(&format!("/appointments/{}", asked.text("id"))).await;
        assert_eq!((request.text("status"), request.text("rescheduled_to")), ("rescheduled", moved.text("id")));
    }

    async fn a_patient_who_is_busy_is_told_so(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut ana = patient(&clinic, &web, "ana@example.org").await;
        ana.post("/appointments", &with_doctor(&clinic, &json!({ "start": NINE }))).await;
        let body = json!({ "doctor_id": clinic.doctors[1].id, "start": NINE });
        let refused = ana.post("/appointments", &body).await;
        assert_eq!((refused.status(), refused.text("code")), (409, "patient_busy"), "{}", refused.answer.body);
        let message = "You have another appointment then: Tuesday 6 January, 9am with Dr doctor-1. Choose another time, or move the other appointment first.";
        assert_eq!(refused.text("message"), message);
        assert_eq!(refused.json["nearest"].as_array().map(Vec::len), Some(3));
        let day = json!({ "doctor_id": clinic.doctors[1].id, "date": "2027-01-06" });
        let refused = ana.post("/book", &day).await;
        let message = "Wednesday 6 January 2027 cannot be booked: the doctor has no more appointments that day.";
        assert_eq!((refused.text("code"), refused.text("message")), ("time_gone", message), "{}", refused.answer.body);
    }

    async fn doctors_read_only_their_own_calendar(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let appointment = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("another doctor's");
        let hold = booking::hold(&clinic.app, person(clinic.patient().await), clinic.request(0, TOMORROW_9.plus_minutes(60)));
        hold.await.expect("a hold");
        let mut doctor = Program::new(&web);
        doctor.token = Some(token_of(&clinic, attendance::doctor(&clinic, 0).await.user).await);
        let list = doctor.get("/appointments").await;
        assert_eq!((list.status(), list.json.as_array().map(Vec::len)), (200, Some(1)), "{}", list.answer.body);
        assert_eq!(list.json[0]["patient"]["name"], "Test Person");
        assert_eq!(doctor.get("/appointments?from=2026-01-07&to=2026-01-08").await.answer.header("x-total-count"), "0");
        doctor.get("/appointments?from=2026-01-07&to=2026-01-06").await.assert_problem(422, "backwards");
        doctor.get("/appointments?from=2026-01-01&to=2026-12-31").await.assert_problem(422, "too much");
        for end in ["9999-12-31", "-009999-01-01"] {
            assert!(doctor.get(&format!("/appointments?from={end}")).await.status() < 500, "{end}");
        }
        let others = format!("/appointments?doctor_id={}", clinic.doctors[1].id);
        doctor.get(&others).await.assert_problem(422, "only staff say whose");
        let path = format!("/appointments/{appointment}");
        assert_eq!(doctor.get(&path).await.json["patient"]["name"], "Test Person");
        let moved = send(&mut doctor, &format!("{path}/reschedule"), ("if-match", "\"2\""), &json!({ "start": HALF_PAST })).await;
        assert_eq!(moved.status(), 201, "{}", moved.answer.body);
        doctor.post("/book", &with_doctor(&clinic, &json!({ "date": "2026-01-06" }))).await.assert_problem(403, "a doctor");

        let mut staff = Program::new(&web);
        staff.token = Some(token_of(&clinic, clinic.user(Role::Admin).await.user).await);
        staff.get("/appointments").await.assert_problem(422, "whose?");
        assert_eq!(staff.get(&others).await.json.as_array().map(Vec::len), Some(1));
        let mut other = Program::new(&web);
        other.token = Some(token_of(&clinic, attendance::doctor(&clinic, 1).await.user).await);
        other.get(&path).await.assert_problem(404, "another doctor");
    }

    async fn long_lists_come_in_pages(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut ana = patient(&clinic, &web, "ana@example.org").await;
        let user = ana.get("/me").await.text("id").parse().expect("an id");
        for n in 0..53 {
            let start = TOMORROW_9.plus_minutes(DAY * (n / 16) + 30 * (n % 16));
            cancelled(&clinic, docslot::ids::PersonId(user), start).await;
        }
        let first = ana.get("/appointments?status=cancelled").await;
        assert_eq!((first.json.as_array().map(Vec::len), first.answer.header("x-total-count")), (Some(50), "53"));
        assert!(first.answer.header("link").contains("</api/v1/appointments?status=cancelled&page=2>; rel=\"next\""));
        assert_eq!(ana.get("/appointments?status=cancelled&page=2").await.json.as_array().map(Vec::len), Some(3));
        assert_eq!(ana.get("/appointments?page=4294967295").await.json.as_array().map(Vec::len), Some(0));
    }

    async fn of_1000_programs_that_want_one_time_one_gets_it(clinic: TestClinic) {
        let clinic = Arc::new(clinic);
        let web = Web::serve(&clinic.app).await;
        let mut tokens = Vec::new();
        for _ in 0..1_000 {
            tokens.push(token_of(&clinic, clinic.patient().await.user).await);
        }
        let body = with_doctor(&clinic, &json!({ "date": NINE }));
        // as many at a time as a machine with few open files can hold
        let turnstile = Arc::new(Semaphore::new(200));
        let tasks: Vec<_> = tokens
            .into_iter()
            .map(|token| {
                let (mut program, body, turnstile) = (Program::new(&web), body.clone(), turnstile.clone());
                program.token = Some(token);
                tokio::spawn(async move {
                    let _turn = turnstile.acquire().await.expect("a turn");
                    program.post("/book", &body).await
                })
            })
            .collect();
        let mut counts = [0; 3];
        for task in tasks {
            let reply = task.await.expect("no task panics");
            match reply.status() {
                201 => counts[0] += 1,
                409 => counts[1] += 1,
                503 => counts[2] += 1,
                _ => panic!("{}", reply.answer.body),
            }
        }
        println!("of 1,000: {} booked, {} were too late, {} may try again", counts[0], counts[1], counts[2]);
        assert_eq!(counts[0], 1);
        assert_eq!(clinic.count("select count(*) from appointments where status in ('held', 'booked')").await, 1);
    }
}

/// An appointment of this patient that was called off.
async fn cancelled(clinic: &TestClinic, user: docslot::ids::PersonId, start: Timestamp) {
    let patient = docslot::web::request::Actor { user, ..clinic.patient().await };
    let id = clinic.book(patient, 0, start).await.expect("an appointment");
    crate::booking::cancel(clinic, patient, id).await.expect("cancelled");
}
