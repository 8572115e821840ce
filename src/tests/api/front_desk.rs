//! A doctor's profile and appointments through the API.

use docslot::{
    accounts::Role,
    booking::{Status, server as booking},
};
use serde_json::{Value, json};

use super::{Program, access::give_calendar, account};
use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    web::Web,
};

/// The program of the doctor of this number.
pub async fn doctor(clinic: &TestClinic, web: &Web, number: usize) -> Program {
    let email = format!("doctor-{number}@example.org");
    let user = account(clinic, web, &email, Role::Doctor).await;
    give_calendar(clinic, number, user).await;
    Program::signed_in(web, &email).await
}

/// The program of a member of staff.
pub async fn staff(clinic: &TestClinic, web: &Web) -> Program {
    account(clinic, web, "staff@example.org", Role::Admin).await;
    Program::signed_in(web, "staff@example.org").await
}

fn profile(read: &Value) -> Value {
    json!({
        "name": "Dr Amara Osei", "designation": "Consultant", "registration_number": "R 77",
        "about": "Two lines\nof text.", "specialties": read["specialties"], "languages": ["en", "fr"],
        "accepts_new_patients": false,
    })
}

async fn note(program: &mut Program, id: impl std::fmt::Display, version: i32, status: &str) -> super::Reply {
    let (path, tag) = (format!("/appointments/{id}/status"), format!("\"{version}\""));
    program.change("POST", &path, &tag, &json!({ "status": status })).await
}

both_databases! {
    async fn staff_learn_whether_there_is_a_reason_and_read_it_when_the_doctor_allows(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut doctor, mut staff) = (doctor(&clinic, &web, 0).await, staff(&clinic, &web).await);
        let patient = clinic.patient().await;
        let id = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        booking::save_details(&clinic.app, person(patient), id, "a cough", "").await.expect("details");
        booking::confirm(&clinic.app, person(patient), id).await.expect("an appointment");
        let (path, list) = (format!("/appointments/{id}"), format!("/appointments?doctor_id={}", clinic.doctors[0].id));
        let (one, all) = (staff.get(&path).await, staff.get(&list).await);
        for read in [&one.json, &all.json[0]] {
            assert_eq!((&read["has_reason"], &read["reason"]), (&json!(true), &Value::Null), "{read}");
        }
        assert_eq!(doctor.get(&path).await.text("reason"), "a cough");
        assert_eq!(doctor.get("/appointments").await.json[0]["reason"], "a cough");
        assert_eq!(doctor.get("/doctor/profile").await.json["staff_read_reasons"], false);
        clinic.execute("update doctors set staff_read_reasons = (1 = 1)").await.expect("allowed");
        assert_eq!(staff.get(&path).await.text("reason"), "a cough");
        assert_eq!(staff.get(&list).await.json[0]["reason"], "a cough");
        clinic.execute("update doctors set staff_read_reasons = (1 = 0)").await.expect("no longer allowed");
        let cancelled = staff.change("POST", &format!("{path}/cancel"), &one.tag(), &json!({})).await;
        assert_eq!((cancelled.status(), &cancelled.json["reason"]), (200, &Value::Null), "{}", cancelled.answer.body);
    }

    async fn a_profile_reads_back_as_it_was_put_and_a_stale_version_changes_nothing(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let read = program.get("/doctor/profile").await;
        assert_eq!((read.status(), read.text("visibility")), (200, "visible"), "{}", read.answer.body);
        let wanted = profile(&read.json);
        let saved = program.change("PUT", "/doctor/profile", &read.tag(), &wanted).await;
        assert_eq!(saved.status(), 200, "{}", saved.answer.body);
        for field in ["name", "designation", "about", "specialties", "languages", "accepts_new_patients"] {
            assert_eq!(saved.json[field], wanted[field], "{field}");
        }
        assert_eq!(saved.json["registration_number"], read.json["registration_number"], "it is what staff approved");
        assert_ne!(saved.tag(), read.tag());
        let again = program.get("/doctor/profile").await;
        assert_eq!((&again.json, again.tag()), (&saved.json, saved.tag()));
        let public = program.get(&format!("/doctors/{}", clinic.doctors[0].id)).await;
        assert_eq!(public.text("name"), "Dr Amara Osei");

        let mut other = wanted.clone();
        other["name"] = json!("Dr Other");
        program.change("PUT", "/doctor/profile", &read.tag(), &other).await.assert_problem(412, "a stale version");
        program.with_body("PUT", "/doctor/profile", &other).await.assert_problem(428, "no version");
        program.change("PUT", "/doctor/profile", "*", &other).await.assert_problem(428, "any version");
        assert_eq!(program.get("/doctor/profile").await.json, saved.json);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'doctor.profile_changed'").await, 1);
    }

    async fn wrong_parts_of_a_profile_are_named(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let read = program.get("/doctor/profile").await;
        let nobody = "00000000-0000-0000-0000-000000000000";
        for (field, value, named) in [
            ("name", json!(" "), "name"),
            ("about", json!("x".repeat(2_001)), "about"),
            ("designation", json!("a\nb"), "designation"),
            ("languages", json!(["en", "xx"]), "languages"),
            ("specialties", json!([]), "specialties"),
            ("specialties", json!([nobody, nobody, nobody, nobody]), "specialties"),
            ("specialties", json!([read.json["specialties"][0], nobody]), "specialties[1]"),
            ("specialties", json!(["cardiology"]), "specialties[0]"),
            ("accepts_new_patients", json!("true"), "accepts_new_patients"),
            ("visibility", json!("visible"), "visibility"),
        ] {
            let mut wanted = profile(&read.json);
            wanted[field] = value.clone();
            let reply = program.change("PUT", "/doctor/profile", &read.tag(), &wanted).await;
            reply.assert_problem(422, &format!("{field}: {value}"));
            assert_eq!(reply.fields(), [named], "{field}: {value}");
        }
        assert_eq!(program.get("/doctor/profile").await.json, read.json);
    }

    async fn staff_name_the_doctor_and_doctors_have_one_calendar(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut own, mut staff) = (doctor(&clinic, &web, 0).await, staff(&clinic, &web).await);
        let read = staff.get("/doctor/profile?doctor=doctor-2").await;
        assert_eq!(read.text("name"), "Dr doctor-2");
        let saved = staff.change("PUT", "/doctor/profile?doctor=doctor-2", &read.tag(), &profile(&read.json)).await;
        assert_eq!((saved.status(), saved.text("registration_number")), (200, "R 77"), "{}", saved.answer.body);
        for path in ["/doctor/profile", "/doctor/profile?doctor=nobody", "/doctor/availability", "/doctor/time-off"] {
            staff.get(path).await.assert_problem(404, path);
        }
        let theirs = saved.tag();
        let wanted = [
            ("PUT", "/doctor/profile", profile(&read.json)),
            ("PUT", "/doctor/availability", json!({ "hours": [] })),
            ("POST", "/doctor/time-off", json!({ "from": "2026-01-20" })),
            ("DELETE", "/doctor/time-off/00000000-0000-0000-0000-000000000000", Value::Null),
        ];
        let before = clinic.count("select cast(sum(schedule_version) as bigint) from doctors").await;
        for (method, path, body) in wanted {
            let reply = own.change(method, &format!("{path}?doctor=doctor-2"), &theirs, &body).await;
            reply.assert_problem(404, path);
        }
        assert_eq!(clinic.count("select cast(sum(schedule_version) as bigint) from doctors").await, before);
        let strange = own.get("/doctor/profile?docter=doctor-1").await;
        strange.assert_problem(422, "a slip");
        assert_eq!(strange.fields(), ["docter"]);
    }

    async fn an_appointment_is_noted_once_by_a_person_who_saw_it_as_it_is(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, NOW.plus_minutes(60)).await.expect("an appointment at 9am");
        let version = clinic.row(id).await.version;
        let early = note(&mut program, id, version, "completed").await;
        early.assert_problem(409, "before it began");
        assert_eq!(early.text("code"), "conflict");
        let arrived = note(&mut program, id, version, "arrived").await;
        assert_eq!((arrived.status(), arrived.text("status")), (200, "arrived"), "{}", arrived.answer.body);
        assert_eq!(arrived.tag(), format!("\"{}\"", version + 1));
        let again = note(&mut program, id, version, "arrived").await;
        assert_eq!((again.status(), again.tag()), (200, arrived.tag()), "the same note is one note");
        note(&mut program, id, version, "booked").await.assert_problem(412, "a stale version");
        note(&mut program, id, version + 1, "cancelled").await.assert_problem(422, "no such note");

        clinic.clock.set(NOW.plus_minutes(60));
        let mut program = Program::signed_in(&web, "doctor-0@example.org").await;
        assert_eq!(note(&mut program, id, version + 1, "completed").await.text("status"), "completed");
        assert_eq!(note(&mut program, id, version + 2, "booked").await.text("status"), "booked");
        assert_eq!(note(&mut program, id, version + 3, "no_show").await.text("status"), "no_show");
        assert_eq!((clinic.status(id).await, clinic.row(id).await.version), (Status::NoShow, version + 4));
        note(&mut program, id, version + 4, "accepted").await.assert_problem(409, "it is no request");

        let mut other = doctor(&clinic, &web, 1).await;
        note(&mut other, id, version + 4, "booked").await.assert_problem(404, "another person's");
        let mut staff = staff(&clinic, &web).await;
        assert_eq!(note(&mut staff, id, version + 4, "booked").await.text("status"), "booked");
    }

    async fn a_request_is_accepted_or_declined(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        let yes = clinic.book(first, 0, NOW.plus_minutes(120)).await.expect("a request");
        let no = clinic.book(second, 0, NOW.plus_minutes(180)).await.expect("a request");
        let (of_yes, of_no) = (clinic.row(yes).await.version, clinic.row(no).await.version);
        note(&mut program, yes, of_yes + 1, "accepted").await.assert_problem(412, "not this version");
        assert_eq!(clinic.status(yes).await, Status::Requested);
        assert_eq!(note(&mut program, yes, of_yes, "accepted").await.text("status"), "booked");
        assert_eq!(note(&mut program, yes, of_yes, "accepted").await.text("status"), "booked", "twice is once");
        assert_eq!(note(&mut program, no, of_no, "declined").await.text("status"), "declined");
        note(&mut program, no, of_no + 1, "accepted").await.assert_problem(409, "the other answer was given");
        let told = "select count(*) from outbox where kind in ('request_accepted', 'request_declined')";
        assert_eq!(clinic.count(told).await, 2);
        booking::cancel(&clinic.app, first, yes, of_yes + 1, None).await.expect("cancelling");
        note(&mut program, yes, of_yes + 1, "accepted").await.assert_problem(412, "it changed meanwhile");
    }
}
