//! Who may ask what: every address that the server answers at, against everybody who may ask.
//!
//! The addresses come from the router itself, so that a new page or server function without a row here fails the test.
//! A row's question is one that changes nothing even for those who may ask it: a page, or a form that is out of date or
//! incomplete, which is answered with 409 or 422 only after the question of who is asking.

use std::collections::BTreeSet;

use docslot::{accounts::Role, ids::UserId, on, server::router};

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    web::{Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";

/// A page answers an anonymous visitor with the way to the sign-in page.
const SIGN_IN: u16 = 302;

/// Address as the router has it; an example of it; the form's fields; and the answers to: nobody, the patient whose visit
/// it is, another patient, the doctor whose visit and calendar it is, another doctor, staff.
type Row = (&'static str, &'static str, &'static str, [u16; 6]);

const PUBLIC: [u16; 6] = [200; 6];
const ALL_SIGNED_IN: [u16; 6] = [SIGN_IN, 200, 200, 200, 200, 200];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // what machines ask
    ("GET /healthz", "/healthz", "", PUBLIC),
    ("GET /readyz", "/readyz", "", PUBLIC),
    ("GET /version", "/version", "", PUBLIC),
    // pages for everybody
    ("GET /", "/", "", PUBLIC),
    ("GET /doctors", "/doctors", "", PUBLIC),
    ("GET /doctors/{slug}", "/doctors/doctor-1", "", PUBLIC),
    ("GET /doctors/{slug}/times", "/doctors/doctor-1/times", "", PUBLIC),
    ("GET /help", "/help", "", PUBLIC),
    ("GET /privacy", "/privacy", "", PUBLIC),
    ("GET /accessibility", "/accessibility", "", PUBLIC),
    // who is signed in goes to their own start page
    ("GET /sign-in", "/sign-in", "", [200, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN]),
    ("GET /register", "/register", "", [200, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN]),
    ("GET /account", "/account", "", ALL_SIGNED_IN),
    // a patient's own
    ("GET /book/{id}", "/book/{hold}", "", [404, 200, 404, 404, 404, 404]),
    ("GET /book/{id}/check", "/book/{hold}/check", "", [404, 200, 404, 404, 404, 404]),
    ("GET /appointments", "/appointments", "", [SIGN_IN, 200, 200, 403, 403, 403]),
    ("GET /appointments/{id}", "/appointments/{visit}", "", [SIGN_IN, 200, 404, 200, 404, 200]),
    ("GET /appointments/{id}/done", "/appointments/{visit}/done", "", [SIGN_IN, 200, 404, 200, 404, 200]),
    ("GET /appointments/{id}/move", "/appointments/{visit}/move", "", [SIGN_IN, 200, 404, 200, 404, 200]),
    ("GET /appointments/{id}/cancel", "/appointments/{visit}/cancel", "", [SIGN_IN, 200, 404, 200, 404, 200]),
    ("GET /appointments/{id}/calendar.ics", "/appointments/{visit}/calendar.ics", "", [401, 200, 404, 200, 404, 200]),
];

#[derive(Clone)]
struct Fixture {
    visit: String,
    hold: String,
    visit_type: String,
    patient: String,
}

impl Fixture {
    fn fill(&self, text: &str) -> String {
        text.replace("{visit}", &self.visit)
            .replace("{hold}", &self.hold)
            .replace("{visit_type}", &self.visit_type)
            .replace("{patient}", &self.patient)
    }
}

/// A person with an account, signed in; everybody registers as a patient, and the database makes them what they are.
async fn person(clinic: &TestClinic, web: &Web, email: &'static str, role: Role) -> (Browser, UserId) {
    let mut browser = web.browser();
    browser.get("/register").await;
    let fields = [("name", "Test Person"), ("email", email), ("phone", ""), ("password", PASSWORD), ("next", "/")];
    assert_eq!(browser.post("/fn/register", &fields).await.status, 303);
    let user = clinic
        .write(move |mut tx| async move {
            let conn = &mut tx.conn();
            let sql = "update users set role = $2 where email = $1";
            on!(conn, |c| sqlx::query(sql).bind(email).bind(role).execute(c).await?.rows_affected());
            let sql = "select id from users where email = $1";
            let user: UserId = on!(conn, |c| sqlx::query_scalar(sql).bind(email).fetch_one(c).await?);
            Ok((tx, user))
        })
        .await;
    (browser, user)
}

async fn give_calendar(clinic: &TestClinic, doctor: usize, user: UserId) {
    let doctor = clinic.doctors[doctor].id;
    clinic
        .write(move |mut tx| async move {
            let sql = "update doctors set user_id = $2 where id = $1";
            on!(tx.conn(), |c| sqlx::query(sql).bind(doctor).bind(user).execute(c).await?.rows_affected());
            Ok((tx, ()))
        })
        .await;
}

/// Nobody, the patient, another patient, the doctor, another doctor, staff.
async fn everybody(clinic: &TestClinic, web: &Web) -> ([Browser; 6], Fixture) {
    let (mut patient, patient_id) = person(clinic, web, "patient@example.org", Role::Patient).await;
    let (other_patient, _) = person(clinic, web, "other-patient@example.org", Role::Patient).await;
    let (doctor, doctor_id) = person(clinic, web, "doctor@example.org", Role::Doctor).await;
    let (other_doctor, other_doctor_id) = person(clinic, web, "other-doctor@example.org", Role::Doctor).await;
    let (staff, _) = person(clinic, web, "staff@example.org", Role::Admin).await;
    give_calendar(clinic, 0, doctor_id).await;
    give_calendar(clinic, 1, other_doctor_id).await;

    let wish = clinic.doctors[0].clone();
    let visit_type = wish.visit.to_string();
    let mut hold = async |start: i64| {
        patient.get(&format!("/doctors/doctor-1/times?visit={visit_type}")).await;
        let fields = [("doctor", "doctor-1"), ("visit", visit_type.as_str()), ("start", &start.to_string())];
        let answer = patient.post("/fn/booking/hold", &fields).await;
        answer.location().trim_start_matches("/book/").to_owned()
    };
    let visit = hold(TOMORROW_9.0 + 3 * 86_400).await;
    patient.post("/fn/booking/confirm", &[("id", &visit)]).await;
    let mut patient_again = patient.clone();
    let hold = {
        let fields =
            [("doctor", "doctor-1"), ("visit", visit_type.as_str()), ("start", &(TOMORROW_9.0 + 3_600).to_string())];
        let answer = patient_again.post("/fn/booking/hold", &fields).await;
        answer.location().trim_start_matches("/book/").to_owned()
    };
    let fixture = Fixture { visit, hold, visit_type, patient: patient_id.to_string() };
    ([web.browser(), patient_again, other_patient, doctor, other_doctor, staff], fixture)
}

const NAMES: [&str; 6] = ["nobody", "patient", "other patient", "doctor", "other doctor", "staff"];

#[test]
fn every_address_has_one_row() {
    let addresses: BTreeSet<String> =
        router::addresses().into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let rows: BTreeSet<String> = ROWS.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(rows.len(), ROWS.len(), "a row stands twice");
    let missing: Vec<_> = addresses.difference(&rows).collect();
    let stale: Vec<_> = rows.difference(&addresses).collect();
    assert!(missing.is_empty() && stale.is_empty(), "without a row: {missing:#?}\nwithout an address: {stale:#?}");
}

both_databases! {
    async fn everybody_gets_the_answer_of_their_role(clinic: TestClinic) {
        let _ = NOW;
        let web = Web::serve(&clinic.app).await;
        let (mut browsers, fixture) = everybody(&clinic, &web).await;
        let mut wrong = Vec::new();
        for (address, example, form, expected) in ROWS {
            let (method, _) = address.split_once(' ').expect("method and path");
            let (path, form) = (fixture.fill(example), fixture.fill(form));
            for (place, browser) in browsers.iter_mut().enumerate() {
                let before = browser.cookies.clone();
                let headers: &[(&str, &str)] = if method == "GET" {
                    &[("accept", "text/html")]
                } else {
                    &[("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")]
                };
                let answer = browser.send(method, &path, headers, &form).await;
                browser.cookies = before;
                if answer.status != expected[place] {
                    wrong.push(format!("{address} for {}: {} instead of {}", NAMES[place], answer.status, expected[place]));
                }
            }
        }
        println!("{} addresses, {} answers", ROWS.len(), ROWS.len() * NAMES.len());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
