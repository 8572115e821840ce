//! Weekly hours and time off through the API.

use docslot::booking::Status;
use serde_json::{Value, json};

use super::{
    Program, Reply,
    front_desk::{doctor, staff},
};
use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::Web,
};

const HOURS: &str = "/doctor/availability";
const TIME_OFF: &str = "/doctor/time-off";

async fn put(program: &mut Program, tag: &str, hours: Value, keep_appointments: Value) -> Reply {
    program.change("PUT", HOURS, tag, &json!({ "hours": hours, "keep_appointments": keep_appointments })).await
}

fn window(clinic: &TestClinic, weekday: u8, start: &str, end: &str) -> Value {
    json!({ "weekday": weekday, "start": start, "end": end, "location_id": clinic.london })
}

/// The clock times that patients find on this date.
async fn times(program: &mut Program, clinic: &TestClinic, date: &str) -> Vec<String> {
    let reply = program.get(&format!("/doctors/{}/slots?from={date}&to={date}", clinic.doctors[0].id)).await;
    let slots = reply.json.as_array().expect("a list").iter();
    slots.map(|slot| slot["start"].as_str().expect("a start")[11..16].to_owned()).collect()
}

both_databases! {
    async fn weekly_hours_read_back_as_they_were_put(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let read = program.get(HOURS).await;
        assert_eq!(read.json["hours"].as_array().map(Vec::len), Some(7), "{}", read.answer.body);
        let same = put(&mut program, &read.tag(), read.json["hours"].clone(), Value::Null).await;
        assert_eq!((same.status(), &same.json["hours"]), (200, &read.json["hours"]), "{}", same.answer.body);
        assert_ne!(same.tag(), read.tag());

        let every_second = |mut hours: Value| {
            (hours["every_weeks"], hours["valid_from"]) = (json!(2), json!("2026-01-06"));
            hours
        };
        let mut only_this = window(&clinic, 2, "14:00", "15:00");
        only_this["visit_type_id"] = json!(clinic.doctors[0].visit_type);
        let wanted = json!([
            only_this,
            every_second(window(&clinic, 2, "09:00", "10:30")),
            window(&clinic, 3, "22:00", "24:00"),
        ]);
        let saved = put(&mut program, &same.tag(), wanted, Value::Null).await;
        assert_eq!(saved.status(), 200, "{}", saved.answer.body);
        let hours = |n: usize, field: &str| saved.json["hours"][n][field].clone();
        assert_eq!(saved.json["hours"].as_array().map(Vec::len), Some(3));
        assert_eq!((hours(0, "start"), hours(0, "every_weeks")), (json!("09:00"), json!(2)));
        assert_eq!((hours(1, "visit_type_id"), hours(1, "valid_until")), (json!(clinic.doctors[0].visit_type), Value::Null));
        assert_eq!((hours(2, "weekday"), hours(2, "end")), (json!(3), json!("24:00")));
        assert_eq!(times(&mut program, &clinic, "2026-01-06").await, ["09:00", "09:30", "10:00", "14:00", "14:30"]);
        assert_eq!(times(&mut program, &clinic, "2026-01-13").await, ["14:00", "14:30"]);
        assert_eq!(times(&mut program, &clinic, "2026-01-07").await, ["22:00", "22:30", "23:00", "23:30"]);
        assert!(times(&mut program, &clinic, "2026-01-08").await.is_empty(), "a weekday that was left out is free");
        let none = put(&mut program, &saved.tag(), json!([]), Value::Null).await;
        assert_eq!((none.status(), &none.json["hours"]), (200, &json!([])));
    }

    async fn hours_of_some_weeks_and_of_one_date_a_month_read_back_as_they_were_put(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let read = program.get(HOURS).await;
        let with = |field: &str, value: Value, start: &str, end: &str| {
            let mut hours = window(&clinic, 2, start, end);
            (hours[field], hours["valid_from"]) = (value, json!("2026-01-05"));
            hours
        };
        let wanted = json!([with("every_weeks", json!(3), "09:00", "10:00"), with("month_week", json!("last"), "14:00", "15:00")]);
        let saved = put(&mut program, &read.tag(), wanted, Value::Null).await;
        assert_eq!(saved.status(), 200, "{}", saved.answer.body);
        let hours = |n: usize| (saved.json["hours"][n]["every_weeks"].clone(), saved.json["hours"][n]["month_week"].clone());
        assert_eq!([hours(0), hours(1)], [(json!(3), Value::Null), (json!(1), json!("last"))]);
        assert_eq!(times(&mut program, &clinic, "2026-01-06").await, ["09:00", "09:30"]);
        assert!(times(&mut program, &clinic, "2026-01-13").await.is_empty() && times(&mut program, &clinic, "2026-01-20").await.is_empty());
        assert_eq!(times(&mut program, &clinic, "2026-01-27").await, ["09:00", "09:30", "14:00", "14:30"]);
        let mut both = with("month_week", json!("first"), "09:00", "10:00");
        both["every_weeks"] = json!(2);
        let refused = put(&mut program, &saved.tag(), json!([both]), Value::Null).await;
        assert_eq!(refused.status(), 422, "{}", refused.answer.body);
        assert!(refused.answer.body.contains("hours[0].every_weeks"), "{}", refused.answer.body);
    }

    async fn of_two_programs_with_one_version_one_changes_the_hours(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut own, mut staff) = (doctor(&clinic, &web, 0).await, staff(&clinic, &web).await);
        let read = own.get(HOURS).await;
        let one = put(&mut own, &read.tag(), json!([window(&clinic, 1, "09:00", "10:00")]), Value::Null).await;
        assert_eq!(one.status(), 200, "{}", one.answer.body);
        let of_staff = json!({ "hours": [window(&clinic, 1, "11:00", "12:00")] });
        let path = "/doctor/availability?doctor=doctor-1";
        let other = staff.change("PUT", path, &read.tag(), &of_staff).await;
        other.assert_problem(412, "the version that both read");
        staff.with_body("PUT", path, &of_staff).await.assert_problem(428, "no version");
        let left = own.get(HOURS).await;
        assert_eq!((&left.json, left.tag()), (&one.json, one.tag()));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'hours.changed'").await, 1);
        assert_eq!(staff.change("PUT", path, &one.tag(), &of_staff).await.status(), 200);
    }

    async fn hours_that_leave_appointments_outside_ask_first(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let patient = clinic.patient().await;
        let appointment = clinic.book(patient, 0, TOMORROW_9).await.expect("an early appointment");
        let row = clinic.row(appointment).await;
        let read = program.get(HOURS).await;
        let mut later = read.json["hours"].clone();
        later[1]["start"] = json!("10:00");
        for keep in [Value::Null, json!(0), json!(2)] {
            let asked = put(&mut program, &read.tag(), later.clone(), keep).await;
            asked.assert_problem(409, "an appointment would fall outside");
            assert_eq!((asked.text("code"), &asked.json["appointments"]), ("appointments_outside", &json!(1)));
            assert_eq!(asked.json["affected"], json!([format!("Tuesday 6 January, 9am, {}", row.reference)]));
        }
        assert_eq!(program.get(HOURS).await.json, read.json, "nothing was saved");
        let saved = put(&mut program, &read.tag(), later.clone(), json!(1)).await;
        assert_eq!((saved.status(), &saved.json["hours"]), (200, &later), "{}", saved.answer.body);
        let after = clinic.row(appointment).await;
        assert_eq!((after.status, after.version, after.starts_at), (Status::Booked, row.version, row.starts_at));
    }

    async fn wrong_hours_are_named_where_they_stand(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let read = program.get(HOURS).await;
        let nobody = "00000000-0000-0000-0000-000000000000";
        let w = |weekday: u8, start: &str, end: &str| window(&clinic, weekday, start, end);
        let with = |field: &str, value: Value| {
            let mut hours = w(1, "09:00", "12:00");
            hours[field] = value;
            json!([hours])
        };
        let wrong: Vec<(Value, &[&str])> = vec![
            (json!([w(1, "9:00", "12:00")]), &["hours[0].start"]),
            (json!([w(1, "", "")]), &["hours[0].start", "hours[0].end"]),
            (json!([w(1, "24:00", "24:00")]), &["hours[0].start"]),
            (json!([w(1, "09:00", "25:00")]), &["hours[0].end"]),
            (json!([w(1, "12:00", "09:00")]), &["hours[0].end"]),
            (json!([w(0, "09:00", "12:00"), w(8, "09:00", "12:00")]), &["hours[0].weekday", "hours[1].weekday"]),
            (json!([w(3, "09:00", "12:00"), w(1, "09:00", "12:00"), w(3, "11:00", "13:00")]), &["hours[2].start"]),
            (json!([w(5, "11:00", "10:00"), w(1, "09:00", "09:00")]), &["hours[1].end", "hours[0].end"]),
            (json!(vec![w(1, "09:00", "10:00"); 9]), &["hours"]),
            (with("location_id", json!(nobody)), &["hours[0].location_id"]),
            (with("location_id", json!("Riverside")), &["hours[0].location_id"]),
            (with("visit_type_id", json!(clinic.doctors[1].visit_type)), &["hours[0].visit_type_id"]),
            (with("every_weeks", json!(0)), &["hours[0].every_weeks"]),
            (with("every_weeks", json!(9)), &["hours[0].every_weeks"]),
            (with("month_week", json!("fifth")), &["hours[0].month_week"]),
            (with("every_weeks", json!(256)), &["hours[0].every_weeks"]),
            (with("valid_from", json!("")), &["hours[0].valid_from"]),
            (with("valid_from", json!("2026-02-30")), &["hours[0].valid_from"]),
            (with("valid_until", json!("2026-01-04")), &["hours[0].valid_until"]),
            (with("valid_until", json!("10000-01-01")), &["hours[0].valid_until"]),
            (with("colour", json!("red")), &["hours[0].colour"]),
            (with("weekday", json!("Monday")), &["hours[0].weekday"]),
            (json!([{ "weekday": 1, "start": "09:00", "end": "10:00" }]), &["hours[0].location_id"]),
        ];
        for (hours, fields) in wrong {
            let reply = put(&mut program, &read.tag(), hours.clone(), Value::Null).await;
            reply.assert_problem(422, &hours.to_string());
            assert_eq!(reply.fields(), fields, "{hours}");
        }
        assert_eq!(program.get(HOURS).await.json, read.json, "not even the version");
        let mut far = w(1, "09:00", "12:00");
        (far["valid_from"], far["valid_until"]) = (json!("9999-12-31"), json!("9999-12-31"));
        let mut old = w(1, "10:00", "11:00");
        old["valid_from"] = json!("0001-01-01");
        let edges = put(&mut program, &read.tag(), json!([far, old]), Value::Null).await;
        assert_eq!(edges.status(), 200, "{}", edges.answer.body);
    }

    async fn time_off_is_taken_listed_and_given_back(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let none = program.get(TIME_OFF).await;
        assert_eq!((none.status(), &none.json), (200, &json!([])));
        let day = program.change("POST", TIME_OFF, &none.tag(), &json!({ "from": "2026-01-07", "reason": "Away" })).await;
        assert_eq!(day.status(), 201, "{}", day.answer.body);
        assert_eq!((day.text("start"), day.text("end")), ("2026-01-07T00:00:00+00:00", "2026-01-08T00:00:00+00:00"));
        assert_eq!((day.text("zone"), day.text("reason")), ("Europe/London", "Away"));
        assert!(times(&mut program, &clinic, "2026-01-07").await.is_empty());
        let stale = json!({ "from": "2026-01-09" });
        program.change("POST", TIME_OFF, &none.tag(), &stale).await.assert_problem(412, "a stale version");
        program.post(TIME_OFF, &stale).await.assert_problem(428, "no version");
        let lunch = json!({ "from": "2026-01-06", "start": "12:00", "end": "14:00" });
        let lunch = program.change("POST", TIME_OFF, &day.tag(), &lunch).await;
        assert_eq!(lunch.status(), 201, "{}", lunch.answer.body);
        let free = times(&mut program, &clinic, "2026-01-06").await;
        assert!(free.contains(&"11:30".to_owned()) && free.contains(&"14:00".to_owned()), "{free:?}");
        assert!(!free.contains(&"12:00".to_owned()) && !free.contains(&"13:30".to_owned()), "{free:?}");
        let list = program.get(TIME_OFF).await;
        assert_eq!((&list.json, list.tag()), (&json!([lunch.json, day.json]), lunch.tag()));

        let path = format!("{TIME_OFF}/{}", day.text("id"));
        program.change("DELETE", &path, &day.tag(), &Value::Null).await.assert_problem(412, "a stale version");
        let gone = program.change("DELETE", &path, &list.tag(), &Value::Null).await;
        assert_eq!((gone.status(), gone.answer.body.as_str()), (204, ""));
        assert!(!times(&mut program, &clinic, "2026-01-07").await.is_empty());
        let tag = program.get(TIME_OFF).await.tag();
        program.change("DELETE", &path, &tag, &Value::Null).await.assert_problem(404, "it is gone");
    }

    async fn time_off_over_booked_appointments_names_them_and_saves_nothing(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let patient = clinic.patient().await;
        for minutes in [0, 60] {
            clinic.book(patient, 0, TOMORROW_9.plus_minutes(minutes)).await.expect("an appointment");
        }
        let before = program.get(TIME_OFF).await;
        let met = program.change("POST", TIME_OFF, &before.tag(), &json!({ "from": "2026-01-05", "until": "2026-01-06" })).await;
        met.assert_problem(409, "two appointments");
        assert_eq!((met.text("code"), &met.json["appointments"]), ("appointments_ahead", &json!(2)));
        assert_eq!(met.json["affected"], json!(["Tuesday 6 January, 9am", "Tuesday 6 January, 10am"]));
        let after = program.get(TIME_OFF).await;
        assert_eq!((&after.json, after.tag()), (&json!([]), before.tag()));
        let next = json!({ "from": "2026-01-06", "start": "09:30", "end": "10:00" });
        assert_eq!(program.change("POST", TIME_OFF, &before.tag(), &next).await.status(), 201, "between them");
    }

    async fn wrong_time_off_is_named(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut program = doctor(&clinic, &web, 0).await;
        let tag = program.get(TIME_OFF).await.tag();
        for (body, field) in [
            (json!({}), "from"),
            (json!({ "from": "" }), "from"),
            (json!({ "from": "2026-02-30" }), "from"),
            (json!({ "from": "2026-01-04" }), "from"),
            (json!({ "from": "0001-01-01" }), "from"),
            (json!({ "from": "9999-12-31" }), "from"),
            (json!({ "from": "2026-01-06", "until": "9999-12-31" }), "until"),
            (json!({ "from": "2026-01-06", "until": "2026-01-05" }), "until"),
            (json!({ "from": "2026-01-06", "until": "soon" }), "until"),
            (json!({ "from": "2026-01-06", "start": "9am" }), "start"),
            (json!({ "from": "2026-01-06", "start": "14:00", "end": "13:00" }), "end"),
            (json!({ "from": "2026-01-06", "reason": "x".repeat(201) }), "reason"),
            (json!({ "from": "2026-01-06", "reason": "a\nb" }), "reason"),
            (json!({ "from": "2026-01-06", "zone": "Europe/London" }), "zone"),
        ] {
            let reply = program.change("POST", TIME_OFF, &tag, &body).await;
            reply.assert_problem(422, &body.to_string());
            assert_eq!(reply.fields(), [field], "{body}");
        }
        assert_eq!(program.get(TIME_OFF).await.tag(), tag);
    }
}
