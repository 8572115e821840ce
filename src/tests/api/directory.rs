//! Doctors, their free times, specialties and locations.

use docslot::time::server::parse_rfc3339;
use serde_json::json;

use super::{PASSWORD, Program};
use crate::{both_databases, clinic::TOMORROW_9, web::Web};

both_databases! {
    async fn doctors_are_listed_with_the_filters_of_the_website(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let all = program.get("/doctors").await;
        assert_eq!(all.status(), 200, "{}", all.answer.body);
        assert_eq!(all.answer.header("x-total-count"), "4");
        assert!(all.answer.header("link").contains("</api/v1/doctors?page=1>; rel=\"last\""), "{}", all.answer.header("link"));
        let doctors = all.json.as_array().expect("an array");
        assert_eq!(doctors.len(), 4);
        assert_eq!(doctors[0]["specialty"], "General practice");
        assert_eq!(doctors[0]["location"], "Riverside");
        assert_eq!(doctors[0]["next_free"]["zone"], "Europe/London");
        let start = doctors[0]["next_free"]["start"].as_str().expect("a start");
        assert_eq!(start, "2026-01-05T09:00:00+00:00");

        let one = program.get("/doctors?q=doctor-2&sort=name&when=today").await;
        let names: Vec<_> = one.json.as_array().expect("an array").iter().map(|doctor| doctor["name"].clone()).collect();
        assert_eq!(names, ["Dr doctor-2"]);
        for q in ["gp", "family%20doctor", "english", "General%20practise", "doctr"] {
            let found = program.get(&format!("/doctors?q={q}")).await;
            assert_eq!(found.answer.header("x-total-count"), "4", "{q}: {}", found.answer.body);
            assert_eq!(found.json[0]["specialties"], json!(["General practice"]));
        }
        let none = program.get("/doctors?specialty=cardiology").await;
        assert_eq!((none.json, none.answer.header("x-total-count")), (json!([]), "0"));
        let far = program.get("/doctors?page=4294967295").await;
        assert_eq!((far.status(), far.json), (200, json!([])));
        assert!(far.answer.header("link").contains("rel=\"prev\"") && !far.answer.header("link").contains("rel=\"next\""));
    }

    async fn a_doctor_has_one_profile_here_and_on_the_website(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let doctor = program.get(&format!("/doctors/{}", clinic.doctors[0].id)).await;
        assert_eq!(doctor.status(), 200, "{}", doctor.answer.body);
        assert_eq!(doctor.json["locations"][0]["zone"], "Europe/London");
        let appointment = &doctor.json["visit_types"][0];
        assert_eq!((&appointment["minutes"], &appointment["mode"]), (&json!(30), &json!("in_person")));
        clinic.execute("update doctors set status = 'paused', schedule_version = schedule_version + 1").await.expect("pausing");
        clinic.app.directory.publish_change(clinic.doctors[0].id);
        clinic.clock.advance_seconds(10);
        program.get(&format!("/doctors/{}", clinic.doctors[0].id)).await.assert_problem(404, "a hidden doctor");
        assert_eq!(program.get("/doctors").await.json, json!([]));
        assert_eq!(program.get("/specialties").await.json, json!([]));
    }

    async fn specialties_and_locations_are_what_the_filters_take(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let specialties = program.get("/specialties").await;
        assert_eq!(specialties.json, json!([{ "id": "general-practice", "name": "General practice", "doctors": 4 }]));
        let locations = program.get("/locations").await;
        assert_eq!((&locations.json[0]["name"], &locations.json[0]["doctors"]), (&json!("Riverside"), &json!(4)));
        assert_eq!(locations.json[0]["zone"], "Europe/London");
        let id = locations.json[0]["id"].as_str().expect("an id");
        assert_eq!(program.get(&format!("/doctors?location={id}")).await.json.as_array().map(Vec::len), Some(4));
    }

    async fn free_times_are_those_of_the_website(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let doctor = clinic.doctors[0].clone();
        let path = format!("/doctors/{}/slots?visit_type={}&from=2026-01-06&to=2026-01-06", doctor.id, doctor.visit_type);
        let page = web.browser().get(&format!("/doctors/{}/times?visit_type={}&day=2026-01-06", doctor.slug, doctor.visit_type)).await;
        let shown = page.attributes("name=\"start\"", "value");
        let listed = |json: &serde_json::Value| -> Vec<String> {
            let starts = json.as_array().expect("an array").iter().map(|slot| slot["start"].as_str().expect("a start"));
            starts.map(|start| parse_rfc3339(start).expect("a moment").0.to_string()).collect()
        };
        let slots = program.get(&path).await;
        assert_eq!(slots.status(), 200, "{}", slots.answer.body);
        assert_eq!(listed(&slots.json), shown);
        assert_eq!(slots.json[0]["end"], "2026-01-06T09:30:00+00:00");

        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let slots = program.get(&path).await;
        assert_eq!(listed(&slots.json), shown[1..], "what is taken is not listed");

        let week = program.get(&format!("/doctors/{}/slots", doctor.id)).await;
        let days: std::collections::BTreeSet<&str> =
            week.json.as_array().expect("an array").iter().filter_map(|slot| slot["start"].as_str()?.get(..10)).collect();
        assert_eq!((days.first(), days.last(), days.len()), (Some(&"2026-01-05"), Some(&"2026-01-11"), 7));
    }

    async fn a_patients_own_appointments_are_left_out_for_their_token(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = Program::new(&web);
        let reply = program.post("/register", &json!({ "email": "ana@example.org", "password": PASSWORD })).await;
        let user = reply.text("person_id").parse().map(docslot::ids::PersonId).expect("an id");
        let patient = docslot::web::request::Actor { user, ..clinic.patient().await };
        clinic.book(patient, 1, TOMORROW_9).await.expect("a booking with another doctor");
        let path = format!("/doctors/{}/slots?from=2026-01-06&to=2026-01-06", clinic.doctors[0].id);
        assert_eq!(program.get(&path).await.json.as_array().map(Vec::len), Some(16));
        program.token = Some(reply.text("token").to_owned());
        assert_eq!(program.get(&path).await.json.as_array().map(Vec::len), Some(15));
    }
}
