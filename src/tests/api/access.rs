//! Who may ask what of the API: every operation, against every role. As [`crate::access`] for pages.

use std::collections::BTreeSet;

use docslot::{accounts::Role, api, ids::PersonId, on, web::request::Actor};
use serde_json::json;

use super::{PASSWORD, Program, account};
use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    web::Web,
};

/// Operation as the API lists it; an example of its path; the body; and the answers to: no account, a patient, another
/// patient, the doctor, another doctor, staff.
pub type Row = (&'static str, &'static str, &'static str, [u16; 6]);

const PUBLIC: [u16; 6] = [200; 6];
const SIGNED_IN: [u16; 6] = [401, 200, 200, 200, 200, 200];
const INCOMPLETE: [u16; 6] = [422; 6];
/// The first doctor's calendar: no other doctor's, and staff name it.
const CALENDAR: [u16; 6] = [401, 403, 403, 200, 404, 200];
/// As [`CALENDAR`], for a change that does not say which version it means. Whose it is comes after that.
const DESK: [u16; 6] = [401, 403, 403, 428, 428, 428];
const STAFF: [u16; 6] = [401, 403, 403, 403, 403, 200];

const fn staff_gets(status: u16) -> [u16; 6] {
    [401, 403, 403, 403, 403, status]
}
const PATIENT_INCOMPLETE: [u16; 6] = [401, 422, 422, 403, 403, 403];

#[rustfmt::skip]
pub const API_ROWS: &[Row] = &[
    ("GET /api/openapi.json", "/api/openapi.json", "", PUBLIC),
    ("GET /api/docs", "/api/docs", "", PUBLIC),
    ("GET /api/problems/{code}", "/api/problems/time_gone", "", [303; 6]),
    // accounts
    ("POST /api/v1/register", "/api/v1/register", "{}", INCOMPLETE),
    ("POST /api/v1/open-account", "/api/v1/open-account", "{}", INCOMPLETE),
    ("POST /api/v1/login", "/api/v1/login", "{}", INCOMPLETE),
    ("POST /api/v1/refresh", "/api/v1/refresh", "{}", INCOMPLETE),
    ("GET /api/v1/me", "/api/v1/me", "", SIGNED_IN),
    ("GET /api/v1/me/persons", "/api/v1/me/persons", "", SIGNED_IN),
    ("PATCH /api/v1/me", "/api/v1/me", "{}", SIGNED_IN),
    // tokens
    ("GET /api/v1/tokens", "/api/v1/tokens", "", SIGNED_IN),
    ("POST /api/v1/tokens", "/api/v1/tokens", "{}", [401, 422, 422, 422, 422, 422]),
    ("DELETE /api/v1/tokens/{id}", "/api/v1/tokens/{strange}", "", [401, 404, 404, 404, 404, 404]),
    // directory
    ("GET /api/v1/doctors", "/api/v1/doctors", "", PUBLIC),
    ("GET /api/v1/doctors/{id}", "/api/v1/doctors/{doctor}", "", PUBLIC),
    ("GET /api/v1/doctors/{id}/slots", "/api/v1/doctors/{doctor}/slots", "", PUBLIC),
    ("GET /api/v1/specialties", "/api/v1/specialties", "", PUBLIC),
    ("GET /api/v1/locations", "/api/v1/locations", "", PUBLIC),
    // doctors and staff
    ("GET /api/v1/doctor/profile", "/api/v1/doctor/profile?doctor=doctor-1", "", CALENDAR),
    ("PUT /api/v1/doctor/profile", "/api/v1/doctor/profile?doctor=doctor-1", "{}", DESK),
    ("GET /api/v1/doctor/availability", "/api/v1/doctor/availability?doctor=doctor-1", "", CALENDAR),
    ("PUT /api/v1/doctor/availability", "/api/v1/doctor/availability?doctor=doctor-1", "{}", DESK),
    ("GET /api/v1/doctor/time-off", "/api/v1/doctor/time-off?doctor=doctor-1", "", CALENDAR),
    ("POST /api/v1/doctor/time-off", "/api/v1/doctor/time-off?doctor=doctor-1", "{}", DESK),
    ("DELETE /api/v1/doctor/time-off/{id}", "/api/v1/doctor/time-off/00000000-0000-0000-0000-000000000000", "", DESK),
    ("POST /api/v1/appointments/{id}/status", "/api/v1/appointments/00000000-0000-0000-0000-000000000000/status", "{}", DESK),
    // staff
    ("GET /api/v1/staff/invitations", "/api/v1/staff/invitations", "", STAFF),
    ("POST /api/v1/staff/invitations", "/api/v1/staff/invitations", "{}", staff_gets(422)),
    ("POST /api/v1/staff/invitations/{id}/resend", "/api/v1/staff/invitations/00000000-0000-0000-0000-000000000000/resend", "", staff_gets(404)),
    ("POST /api/v1/staff/invitations/{id}/revoke", "/api/v1/staff/invitations/00000000-0000-0000-0000-000000000000/revoke", "", staff_gets(404)),
    ("GET /api/v1/staff/doctors", "/api/v1/staff/doctors", "", STAFF),
    ("GET /api/v1/staff/doctors/{slug}", "/api/v1/staff/doctors/doctor-1", "", STAFF),
    ("POST /api/v1/staff/doctors/{slug}/approve", "/api/v1/staff/doctors/doctor-1/approve", "", staff_gets(428)),
    ("POST /api/v1/staff/doctors/{slug}/reject", "/api/v1/staff/doctors/doctor-1/reject", "{}", staff_gets(428)),
    ("POST /api/v1/staff/doctors/{slug}/pause", "/api/v1/staff/doctors/doctor-1/pause", "", staff_gets(428)),
    ("POST /api/v1/staff/doctors/{slug}/resume", "/api/v1/staff/doctors/doctor-1/resume", "", staff_gets(428)),
    ("GET /api/v1/staff/users", "/api/v1/staff/users", "", STAFF),
    ("GET /api/v1/staff/users/{id}", "/api/v1/staff/users/00000000-0000-0000-0000-000000000000", "", staff_gets(404)),
    ("POST /api/v1/staff/users/{id}/suspend", "/api/v1/staff/users/00000000-0000-0000-0000-000000000000/suspend", "", staff_gets(404)),
    ("POST /api/v1/staff/users/{id}/reactivate", "/api/v1/staff/users/00000000-0000-0000-0000-000000000000/reactivate", "", staff_gets(404)),
    ("GET /api/v1/staff/audit", "/api/v1/staff/audit", "", STAFF),
    ("GET /api/v1/staff/statistics", "/api/v1/staff/statistics", "", STAFF),
    ("GET /api/v1/doctors/{id}/slots/events", "/api/v1/doctors/{unknown}/slots/events", "", [404; 6]),
    // appointments
    ("POST /api/v1/holds", "/api/v1/holds", "{}", PATIENT_INCOMPLETE),
    ("GET /api/v1/appointments", "/api/v1/appointments", "", [401, 200, 200, 200, 200, 422]),
    ("POST /api/v1/appointments", "/api/v1/appointments", "{}", PATIENT_INCOMPLETE),
    ("POST /api/v1/book", "/api/v1/book", "{}", PATIENT_INCOMPLETE),
    ("GET /api/v1/appointments/{id}", "/api/v1/appointments/{appointment}", "", [401, 200, 404, 200, 404, 200]),
    ("POST /api/v1/appointments/{id}/cancel", "/api/v1/appointments/{appointment}/cancel", "{\"version\": 0}", [401, 409, 404, 409, 404, 409]),
    ("POST /api/v1/appointments/{id}/reschedule", "/api/v1/appointments/{appointment}/reschedule", "{\"version\": 0, \"start\": \"2026-01-07T09:00:00Z\"}", [401, 409, 404, 409, 404, 409]),
    // the last one, because it ends the session
    ("POST /api/v1/logout", "/api/v1/logout", "", [401, 204, 204, 204, 204, 204]),
];

const NAMES: [&str; 7] = ["nobody", "patient", "other patient", "doctor", "other doctor", "staff", "receptionist"];

/// The answer to a receptionist: that to staff, but for what staff manage and for a calendar's hours, time off and profile.
fn of_receptionist(row: &Row) -> u16 {
    let refused = row.0.contains("/api/v1/staff/") || (row.0.contains("/api/v1/doctor/") && row.3 == CALENDAR);
    if refused { 403 } else { row.3[5] }
}

#[tokio::test]
async fn every_operation_has_one_row() {
    let operations: BTreeSet<String> =
        api::addresses().into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let rows: BTreeSet<String> = API_ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(rows.len(), API_ROWS.len(), "a row stands twice");
    let missing: Vec<_> = operations.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&operations).collect();
    assert!(missing.is_empty() && stale.is_empty(), "without a row: {missing:#?}\nwithout an operation: {stale:#?}");
}

/// Gives the doctor of this number the account.
pub async fn give_calendar(clinic: &TestClinic, doctor: usize, user: PersonId) {
    let doctor = clinic.doctors[doctor].id;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $2 where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(doctor).bind(user).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
}

/// Without an account, two patients, the first two doctors, staff, a receptionist.
async fn one_of_each(clinic: &TestClinic, web: &Web) -> [Program; 7] {
    let people = [
        ("patient@example.org", Role::Patient),
        ("other-patient@example.org", Role::Patient),
        ("doctor@example.org", Role::Doctor),
        ("other-doctor@example.org", Role::Doctor),
        ("staff@example.org", Role::Admin),
        ("reception@example.org", Role::Receptionist),
    ];
    let mut programs = vec![Program::new(web)];
    for (place, (email, role)) in people.into_iter().enumerate() {
        let user = account(clinic, web, email, role).await;
        if role == Role::Doctor {
            give_calendar(clinic, place - 2, user).await;
        }
        programs.push(Program::signed_in(web, email).await);
    }
    programs.try_into().unwrap_or_else(|_| panic!("seven of them"))
}

both_databases! {
    async fn each_role_gets_its_answer(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut programs = one_of_each(&clinic, &web).await;
        let user = programs[1].get("/me").await.text("id").parse().expect("an id");
        let appointment = clinic.book(Actor { user: PersonId(user), ..clinic.patient().await }, 0, TOMORROW_9).await.expect("an appointment");
        let mut wrong = Vec::new();
        for row @ (operation, example, body, expected) in API_ROWS {
            let expected: Vec<u16> = expected.iter().copied().chain([of_receptionist(row)]).collect();
            let (method, _) = operation.split_once(' ').expect("method and path");
            let path = example.replace("{doctor}", &clinic.doctors[0].id.to_string());
            let path = path.replace("{strange}", "0197f2c4-0000-7000-8000-000000000001");
            let path = path.replace("{appointment}", &appointment.to_string()).replace("{unknown}", &clinic.london.to_string());
            for (place, program) in programs.iter_mut().enumerate() {
                let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[("content-type", "application/json")] };
                let reply = program.ask(method, &path, headers, body).await;
                if reply.status() != expected[place] {
                    wrong.push(format!("{operation} for {}: {} instead of {}", NAMES[place], reply.status(), expected[place]));
                }
            }
        }
        println!("{} operations, {} answers", API_ROWS.len(), API_ROWS.len() * NAMES.len());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn scripts_of_other_sites_are_let_in_only_by_the_list(clinic: TestClinic) {
        let origin = ("origin", "https://app.example");
        let preflight = [origin, ("access-control-request-method", "POST"), ("access-control-request-headers", "authorization")];
        let web = Web::serve(&clinic.app).await;
        let closed = Program::new(&web).send("GET", "/doctors", &[origin], "").await;
        assert_eq!((closed.status(), closed.answer.header("access-control-allow-origin")), (200, ""));
        assert_eq!(Program::new(&web).send("OPTIONS", "/login", &preflight, "").await.status(), 405);

        let mut app = clinic.app.clone();
        let mut settings = (*app.settings).clone();
        settings.api.cors_origins = vec!["https://app.example".to_owned()];
        app = app.with_settings(settings);
        let web = Web::serve(&app).await;
        let mut program = Program::new(&web);
        let open = program.send("OPTIONS", "/login", &preflight, "").await;
        assert_eq!((open.status(), open.answer.header("access-control-allow-origin")), (200, "https://app.example"));
        let body = json!({ "email": "ana@example.org", "password": PASSWORD }).to_string();
        let headers = [origin, ("sec-fetch-site", "cross-site"), ("content-type", "application/json")];
        let open = program.send("POST", "/register", &headers, &body).await;
        assert_eq!((open.status(), open.answer.header("access-control-allow-origin")), (201, "https://app.example"));
        assert_eq!(open.answer.header("access-control-allow-credentials"), "", "cookies never travel");
        let other = program.send("GET", "/doctors", &[("origin", "https://evil.example")], "").await;
        assert_eq!(other.answer.header("access-control-allow-origin"), "");
        let page = web.browser().send("POST", "/fn/home", &[origin, ("sec-fetch-site", "cross-site")], "").await;
        assert_eq!(page.status, 403, "pages stay closed");
    }
}
