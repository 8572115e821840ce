//! Invitations, doctors and accounts through the API.

use docslot::accounts::Role;
use serde_json::{Value, json};

use super::{PASSWORD, Program, account, front_desk::staff};
use crate::{both_databases, clinic::TestClinic, web::Web};

const INVITATIONS: &str = "/staff/invitations";

async fn invitation(clinic: &TestClinic, program: &mut Program, email: &str) -> Value {
    let specialties = program.get("/specialties").await;
    json!({
        "role": "doctor", "email": email, "specialty_id": specialties.json[0]["id"], "location_id": clinic.london,
    })
}

/// The code at the end of a link.
fn code(link: &str) -> &str {
    link.rsplit('/').next().expect("a code")
}

fn joining(email: &str, code: &str) -> Value {
    json!({
        "email": email, "password": PASSWORD, "role": "doctor", "invitation_code": code, "name": "Dr Noor Haddad",
        "designation": "Consultant", "registration_number": "R 12345",
    })
}

async fn shown(program: &mut Program) -> String {
    program.get("/doctors").await.answer.header("x-total-count").to_owned()
}

both_databases! {
    async fn a_doctor_is_invited_joins_and_is_let_in(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let wanted = invitation(&clinic, &mut staff, "noor@example.org").await;
        let made = staff.post(INVITATIONS, &wanted).await;
        assert_eq!((made.status(), made.text("email")), (201, "noor@example.org"), "{}", made.answer.body);
        let code = code(made.text("link")).to_owned();
        let waiting = staff.get(INVITATIONS).await;
        assert!(!waiting.answer.body.contains(&code), "a code is shown once");
        assert_eq!((&waiting.json[0]["state"], &waiting.json[0]["id"]), (&json!("waiting"), &made.json["id"]));
        assert_eq!(waiting.json[0]["expires"], json!("2026-01-12T08:00:00+00:00"));

        let joined = Program::new(&web).post("/register", &joining("noor@example.org", &code)).await;
        assert_eq!((joined.status(), joined.text("role")), (201, "doctor"), "{}", joined.answer.body);
        let used = staff.get(INVITATIONS).await;
        assert_eq!((&used.json[0]["state"], &used.json[0]["used_by"]), (&json!("used"), &joined.json["person_id"]));

        let doctors = staff.get("/staff/doctors").await;
        assert_eq!(doctors.json.as_array().map(Vec::len), Some(5));
        let first = doctors.json[0].clone();
        assert_eq!((&first["name"], &first["approval"]), (&json!("Dr Noor Haddad"), &json!("waiting")), "who waits is first");
        let path = format!("/staff/doctors/{}", first["slug"].as_str().expect("a slug"));
        let read = staff.get(&path).await;
        assert_eq!((&read.json["person_id"], &read.json["id"]), (&joined.json["person_id"], &first["id"]));
        assert_eq!(shown(&mut staff).await, "4", "no patient finds a doctor who waits");

        let [approve, reject, pause, resume] = ["approve", "reject", "pause", "resume"].map(|act| format!("{path}/{act}"));
        staff.send("POST", &approve, &[], "").await.assert_problem(428, "no version");
        staff.change("POST", &approve, "\"999\"", &Value::Null).await.assert_problem(412, "another version");
        staff.change("POST", &resume, &read.tag(), &Value::Null).await.assert_problem(409, "no pause");
        let empty = staff.change("POST", &reject, &read.tag(), &json!({ "reason": " " })).await;
        empty.assert_problem(422, "without a reason");
        assert_eq!(empty.fields(), ["reason"]);
        let rejected = staff.change("POST", &reject, &read.tag(), &json!({ "reason": "Please send the number again." })).await;
        assert_eq!((rejected.text("approval"), rejected.text("rejection")), ("rejected", "Please send the number again."));
        staff.change("POST", &approve, &read.tag(), &Value::Null).await.assert_problem(412, "a stale version");
        let approved = staff.change("POST", &approve, &rejected.tag(), &Value::Null).await;
        assert_eq!((approved.text("approval"), approved.text("status")), ("approved", "active"), "{}", approved.answer.body);
        staff.change("POST", &approve, &approved.tag(), &Value::Null).await.assert_problem(409, "let in already");
        assert_eq!(shown(&mut staff).await, "5");
        let paused = staff.change("POST", &pause, &approved.tag(), &Value::Null).await;
        assert_eq!((paused.text("status"), paused.text("paused_by")), ("paused", "admin"));
        assert_eq!(shown(&mut staff).await, "4");
        assert_eq!(staff.change("POST", &resume, &paused.tag(), &Value::Null).await.text("status"), "active");
        assert_eq!(staff.get(&path).await.text("status"), "active");
    }

    async fn a_link_is_replaced_or_called_back(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let wanted = invitation(&clinic, &mut staff, "noor@example.org").await;
        let made = staff.post(INVITATIONS, &wanted).await;
        let path = |act: &str| format!("{INVITATIONS}/{}/{act}", made.text("id"));
        let again = staff.send("POST", &path("resend"), &[], "").await;
        assert_eq!((again.status(), again.text("id")), (200, made.text("id")), "{}", again.answer.body);
        let old = Program::new(&web).post("/register", &joining("noor@example.org", code(made.text("link")))).await;
        old.assert_problem(422, "the old link");
        for _ in 0..2 {
            assert_eq!(staff.send("POST", &path("revoke"), &[], "").await.status(), 204);
        }
        staff.send("POST", &path("resend"), &[], "").await.assert_problem(409, "called back");
        let new = Program::new(&web).post("/register", &joining("noor@example.org", code(again.text("link")))).await;
        assert!(matches!(new.status(), 410 | 422), "{}", new.answer.body);
        assert_eq!(clinic.count("select count(*) from persons where role = 'doctor'").await, 0);
    }

    async fn an_invitation_under_one_key_is_one_invitation_and_its_link_is_kept_nowhere(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let wanted = json!({ "role": "admin", "email": "second@example.org" }).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
        let made = staff.send("POST", INVITATIONS, &headers, &wanted).await;
        assert_eq!(made.status(), 201, "{}", made.answer.body);
        let again = staff.send("POST", INVITATIONS, &headers, &wanted).await;
        again.assert_problem(409, "the link was shown");
        assert!(!again.answer.body.contains(code(made.text("link"))));
        assert_eq!(clinic.count("select count(*) from invitations").await, 1);
    }

    async fn wrong_parts_of_an_invitation_are_named(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let good = invitation(&clinic, &mut staff, "noor@example.org").await;
        let nobody = json!("00000000-0000-0000-0000-000000000000");
        for (field, value) in [
            ("role", json!("patient")),
            ("email", json!("nobody")),
            ("email", json!("staff@example.org")),
            ("specialty_id", Value::Null),
            ("specialty_id", nobody.clone()),
            ("specialty_id", json!("cardiology")),
            ("location_id", Value::Null),
            ("location_id", nobody),
            ("days", json!(0)),
            ("days", json!(31)),
            ("days", json!("7")),
            ("days", json!(-1)),
            ("link", json!("x")),
        ] {
            let mut wanted = good.clone();
            wanted[field] = value.clone();
            let reply = staff.post(INVITATIONS, &wanted).await;
            reply.assert_problem(422, &format!("{field}: {value}"));
            assert_eq!(reply.fields(), [field], "{field}: {value}");
        }
        assert_eq!(clinic.count("select count(*) from invitations").await, 0);
        let colleague = staff.post(INVITATIONS, &json!({ "role": "admin", "email": "second@example.org", "days": 30 })).await;
        assert_eq!(colleague.status(), 201, "{}", colleague.answer.body);
    }

    async fn a_suspended_person_is_out_at_once(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let user = account(&clinic, &web, "ana@example.org", Role::Patient).await;
        let mut ana = Program::signed_in(&web, "ana@example.org").await;
        let path = |act: &str| format!("/staff/users/{user}{act}");
        let read = staff.get(&path("")).await;
        assert_eq!((read.text("email"), read.text("role")), ("ana@example.org", "patient"));
        assert_eq!(read.text("last_sign_in"), "2026-01-05T08:00:00+00:00");
        for _ in 0..2 {
            let out = staff.send("POST", &path("/suspend"), &[], "").await;
            assert_eq!((out.status(), &out.json["suspended"]), (200, &json!(true)), "{}", out.answer.body);
        }
        ana.get("/me").await.assert_problem(401, "the session is over");
        let credentials = json!({ "email": "ana@example.org", "password": PASSWORD });
        assert_ne!(Program::new(&web).post("/login", &credentials).await.status(), 200);
        let back = staff.send("POST", &path("/reactivate"), &[], "").await;
        assert_eq!((back.status(), &back.json["suspended"]), (200, &json!(false)));
        ana.get("/me").await.assert_problem(401, "an old session stays over");
        assert_eq!(Program::new(&web).post("/login", &credentials).await.status(), 200);

        let own = staff.get("/me").await.text("id").to_owned();
        let last = staff.send("POST", &format!("/staff/users/{own}/suspend"), &[], "").await;
        last.assert_problem(409, "the last one of the staff");
        assert_eq!(last.text("code"), "last_admin");
        clinic.user(Role::Admin).await;
        staff.send("POST", &format!("/staff/users/{own}/suspend"), &[], "").await.assert_problem(403, "oneself");
    }

    async fn accounts_are_found_page_by_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        for _ in 0..21 {
            clinic.patient().await;
        }
        let first = staff.get("/staff/users?q=test").await;
        assert_eq!((first.json.as_array().map(Vec::len), first.answer.header("x-total-count")), (Some(20), "22"));
        assert!(first.answer.header("link").contains("</api/v1/staff/users?q=test&page=2>; rel=\"next\""));
        let second = staff.get("/staff/users?q=test&page=2").await;
        assert_eq!(second.json.as_array().map(Vec::len), Some(2));
        assert_eq!(staff.get("/staff/users?page=3").await.json, json!([]), "past the end");
        let found = staff.get("/staff/users?q=staff%40example").await;
        assert_eq!((found.json.as_array().map(Vec::len), &found.json[0]["role"]), (Some(1), &json!("admin")));
    }
}
