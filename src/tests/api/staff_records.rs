//! The audit log and the statistics through the API.

use docslot::admin::{model::statistics::StatisticsQuery, server::statistics::statistics};
use serde_json::{Value, json};

use super::{
    Program,
    front_desk::{doctor, staff},
};
use crate::{both_databases, clinic::TOMORROW_9, web::Web};

async fn actions(program: &mut Program, filters: &str) -> Vec<String> {
    let reply = program.get(&format!("/staff/audit?{filters}")).await;
    assert_eq!(reply.status(), 200, "{filters}: {}", reply.answer.body);
    let lines = reply.json.as_array().expect("a list").iter();
    lines.map(|line| line["action"].as_str().expect("a code").to_owned()).collect()
}

both_databases! {
    async fn the_audit_log_says_who_did_what_and_its_filters_narrow_it(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, mut own) = (staff(&clinic, &web).await, doctor(&clinic, &web, 0).await);
        let made = staff.post("/staff/invitations", &json!({ "role": "admin", "email": "second@example.org" })).await;
        let tag = own.get("/doctor/availability").await.tag();
        own.change("PUT", "/doctor/availability", &tag, &json!({ "hours": [] })).await;
        let log = staff.get("/staff/audit").await;
        let total = log.json.as_array().map(Vec::len).expect("a list");
        assert_eq!(log.answer.header("x-total-count"), total.to_string());
        let me = staff.get("/me").await.text("id").to_owned();
        let lines = log.json.as_array().expect("a list");
        let invited = lines.iter().find(|line| line["action"] == "invitation.created").expect("a line");
        assert_eq!((&invited["actor_id"], &invited["subject_id"]), (&json!(me), &made.json["id"]));
        assert_eq!((&invited["at"], &invited["zone"]), (&json!("2026-01-05T08:00:00+00:00"), &json!("Europe/London")));

        assert_eq!(actions(&mut staff, "action=hours.changed").await, ["hours.changed"]);
        assert_eq!(actions(&mut staff, &format!("actor={me}&action=hours.changed")).await, [""; 0]);
        assert_eq!(actions(&mut staff, "action=nothing.happened").await, [""; 0]);
        assert_eq!(actions(&mut staff, "from=2026-01-05&until=2026-01-05").await.len(), total);
        assert_eq!(actions(&mut staff, "from=2026-01-06").await, [""; 0]);
        assert_eq!(actions(&mut staff, "until=2026-01-04").await, [""; 0]);
        assert_eq!(actions(&mut staff, "from=0001-01-01&until=9999-12-31").await.len(), total);
        assert_eq!(actions(&mut staff, "page=2").await, [""; 0]);
        assert_eq!(actions(&mut staff, "page=4294967295").await, [""; 0]);
    }

    async fn statistics_are_those_of_the_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        for (number, minutes) in [(0, 0), (0, 60), (1, 0), (2, 0), (3, 0), (3, 60)] {
            let patient = clinic.patient().await;
            clinic.book(patient, number, TOMORROW_9.plus_minutes(minutes)).await.expect("an appointment");
        }
        for (filters, query) in [
            ("", StatisticsQuery::default()),
            ("from=2026-01-01&until=2026-01-10", StatisticsQuery { from: "2026-01-01".into(), until: "2026-01-10".into(), doctor: String::new() }),
            ("from=2026-01-01&until=2026-01-10&doctor=doctor-1", StatisticsQuery { from: "2026-01-01".into(), until: "2026-01-10".into(), doctor: "doctor-1".into() }),
        ] {
            let page = statistics(&clinic.app, query).await.expect("the page");
            let reply = staff.get(&format!("/staff/statistics?{filters}")).await;
            assert_eq!(reply.status(), 200, "{filters}: {}", reply.answer.body);
            assert_eq!((reply.text("from"), reply.text("until")), (page.query.from.as_str(), page.query.until.as_str()));
            let figures: Vec<Value> = page.figures.iter().map(|figure| json!({
                "id": figure.id, "heading": figure.heading, "finding": figure.finding, "counted": figure.counted,
                "columns": figure.table.columns, "rows": figure.table.rows,
            })).collect();
            assert_eq!(reply.json["figures"], json!(figures), "{filters}");
            assert_eq!(figures.is_empty(), filters.is_empty(), "appointments lie ahead of the usual days");
            let appointments = figures.first().map(|days| days["rows"][5]["cells"].clone());
            let exact = if filters.ends_with("doctor-1") { "2" } else { "6" };
            assert_eq!(appointments, (!filters.is_empty()).then(|| json!([exact])), "{filters}: small numbers are shown as they are");
        }
    }

    async fn filters_that_make_no_sense_are_named(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        for (path, field) in [
            ("/staff/audit?from=yesterday", "from"),
            ("/staff/audit?until=2026-02-30", "until"),
            ("/staff/audit?actor=somebody", "actor"),
            ("/staff/audit?page=0", "page"),
            ("/staff/audit?page=x", "page"),
            ("/staff/audit?page=4294967296", "page"),
            ("/staff/audit?action=%00", "action"),
            ("/staff/audit?who=me", "who"),
            ("/staff/invitations?page=0", "page"),
            ("/staff/invitations?q=x", "q"),
            ("/staff/users?page=0", "page"),
            ("/staff/users?q=%00", "q"),
            ("/staff/users?role=admin", "role"),
            ("/staff/statistics?from=x", "from"),
            ("/staff/statistics?until=99999-01-01", "until"),
            ("/staff/statistics?until=%0C", "until"),
            ("/staff/audit?from=%202026-01-01", "from"),
            ("/staff/statistics?from=2026-01-06&until=2026-01-05", "until"),
            ("/staff/statistics?from=0001-01-01", "from"),
            ("/staff/statistics?from=2026-01-01&until=9999-12-31", "from"),
            ("/staff/statistics?figure=days", "figure"),
        ] {
            let reply = staff.get(path).await;
            reply.assert_problem(422, path);
            assert_eq!(reply.fields(), [field], "{path}");
        }
        staff.get("/staff/statistics?doctor=nobody").await.assert_problem(404, "nobody");
        for path in ["/staff/audit?from=9999-12-31", "/staff/audit?until=9999-12-31", "/staff/statistics?from=9999-12-31", "/staff/statistics?until=0001-01-01"] {
            assert_eq!(staff.get(path).await.status(), 200, "{path}");
        }
    }
}
