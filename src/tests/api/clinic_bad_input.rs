//! Requests to the operations of doctors and staff that make no sense: always a problem that names the field, never a
//! defect.

use serde_json::{Value, json};

use super::{
    bad_input::nonsense,
    front_desk::{doctor, staff},
};
use crate::{both_databases, web::Web};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

both_databases! {
    async fn a_body_of_doctors_or_staff_that_makes_no_sense_names_its_field(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut own, mut staff) = (doctor(&clinic, &web, 0).await, staff(&clinic, &web).await);
        let specialty = staff.get("/specialties").await.json[0]["id"].clone();
        let hours = json!({ "weekday": 1, "start": "09:00", "end": "12:00", "location_id": clinic.london, "visit_type_id": null,
            "valid_from": "2026-01-05", "valid_until": "2026-12-31", "every_weeks": 1 });
        let note = format!("/appointments/{NOBODY}/status");
        let bodies = [
            ("PUT", "/doctor/profile", json!({ "name": "Dr A", "designation": "", "registration_number": "", "about": "",
                "specialties": [specialty], "languages": ["en"], "accepts_new_patients": true })),
            ("PUT", "/doctor/availability", json!({ "hours": [hours], "keep_appointments": 0 })),
            ("POST", "/doctor/time-off", json!({ "from": "2026-02-01", "until": "2026-02-01", "start": "09:00", "end": "10:00", "reason": "x" })),
            ("POST", note.as_str(), json!({ "status": "arrived" })),
            ("POST", "/staff/invitations", json!({ "role": "doctor", "email": "a@example.org", "specialty_id": specialty,
                "location_id": clinic.london, "days": 7 })),
            ("POST", "/staff/doctors/doctor-2/reject", json!({ "reason": "x" })),
        ];
        for (method, path, good) in bodies {
            let of_staff = path.starts_with("/staff");
            let program = if of_staff { &mut staff } else { &mut own };
            let mut bodies: Vec<(&str, Value)> = Vec::new();
            for field in good.as_object().expect("an object").keys() {
                for value in nonsense() {
                    let mut body = good.clone();
                    body[field] = value;
                    bodies.push((field, body));
                }
            }
            if path == "/doctor/availability" {
                for field in good["hours"][0].as_object().expect("an object").keys() {
                    for value in nonsense() {
                        let mut body = good.clone();
                        body["hours"][0][field] = value;
                        bodies.push(("hours", body));
                    }
                }
            }
            let mut more = good.clone();
            more["colour"] = json!("red");
            bodies.push(("colour", more));
            for (field, body) in bodies {
                let tag = match path {
                    "/doctor/profile" | "/doctor/availability" | "/doctor/time-off" => program.get(path).await.tag(),
                    _ => "\"1\"".to_owned(),
                };
                let reply = program.change(method, path, &tag, &body).await;
                let about = format!("{method} {path}, {field}: {}", body.to_string().chars().take(200).collect::<String>());
                assert!(reply.status() < 500 && reply.status() != 412, "{about}: {}", reply.answer.body);
                if reply.status() == 422 {
                    reply.assert_problem(422, &about);
                    assert!(reply.fields().iter().all(|named| named.starts_with(field)), "{about}: {:?}", reply.fields());
                }
                if field == "colour" {
                    assert_eq!(reply.status(), 422, "{about}");
                }
            }
        }
    }

    async fn an_id_that_is_none_leads_nowhere(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut own, mut staff) = (doctor(&clinic, &web, 0).await, staff(&clinic, &web).await);
        for path in ["/staff/doctors/%00", "/staff/doctors/%ff", "/staff/doctors/nobody", "/staff/users/nobody", "/staff/users/%00", "/staff/nothing", "/staff"] {
            staff.get(path).await.assert_problem(404, path);
        }
        let long = format!("/staff/doctors/{}", "x".repeat(4_000));
        staff.get(&long).await.assert_problem(404, "a long slug");
        for path in ["/staff/doctors/%00/pause", "/staff/doctors/nobody/pause", "/staff/invitations/x/resend", "/staff/users/x/suspend"] {
            staff.change("POST", path, "\"1\"", &Value::Null).await.assert_problem(404, path);
        }
        own.change("DELETE", "/doctor/time-off/x", "\"1\"", &Value::Null).await.assert_problem(404, "an id");
        own.change("POST", "/appointments/x/status", "\"1\"", &json!({ "status": "arrived" })).await.assert_problem(404, "an id");
        let note = format!("/appointments/{NOBODY}/status");
        own.change("POST", &note, "\"1\"", &json!({ "status": "arrived" })).await.assert_problem(404, "no appointment");
        for (tag, status) in [("\"99999999999\"", 412), ("\"-1\"", 404), ("1", 412), ("W/\"1\"", 412), ("\"x\"", 412), ("*", 428)] {
            own.change("POST", &note, tag, &json!({ "status": "arrived" })).await.assert_problem(status, tag);
        }
        for (method, path, allowed) in [
            ("DELETE", "/doctor/availability", "GET,HEAD,PUT"),
            ("PUT", "/doctor/time-off", "GET,HEAD,POST"),
            ("GET", "/doctor/time-off/x", "DELETE"),
            ("DELETE", "/staff/users", "GET,HEAD"),
            ("GET", "/staff/users/x/suspend", "POST"),
        ] {
            let reply = staff.send(method, path, &[], "").await;
            reply.assert_problem(405, path);
            let mut allow: Vec<&str> = reply.answer.header("allow").split(',').collect();
            allow.sort_unstable();
            assert_eq!(allow.join(","), allowed, "{method} {path}");
        }
    }
}
