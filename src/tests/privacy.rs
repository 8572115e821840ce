//! Who reads what patients write for their doctor, and what the audit log keeps of reading, signing in and downloads.

use std::time::Duration;

use docslot::{
    accounts::{
        Role,
        model::personal_tokens::Scope,
        server::{self as accounts, personal_tokens},
    },
    admin::{
        model::audit::{AuditQuery, SYSTEM, VISITOR},
        server::audit_log,
    },
    booking::{
        PatientReason,
        server::{self as booking, AppointmentListQuery},
    },
    doctors::server::{self as doctors, own_profile, reason_sharing},
    error::{AppError, FieldCode},
    ids::AppointmentId,
    notifications::server::feeds,
    web::request::{Actor, RequestContext},
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    clinic_pages::staff,
    front_desk::{doctor, signed_in},
    web::Web,
};

const REASON: &str = "a very private cough";
const PASSWORD: &str = "quiet green bicycle";
const TYPED: &str = "TYPED-BY-MISTAKE";

/// An appointment with the first doctor, and what the patient wrote for it.
async fn booked(clinic: &TestClinic, patient: Actor) -> AppointmentId {
    let hold = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
    booking::save_details(&clinic.app, person(patient), hold, REASON, "").await.expect("details");
    booking::confirm(&clinic.app, person(patient), hold).await.expect("an appointment")
}

/// The reason as the page, a program's question and, for staff, a program's list show it to this person.
async fn shown(clinic: &TestClinic, actor: Actor, id: AppointmentId) -> Vec<PatientReason> {
    let mut shown = vec![
        booking::appointment(&clinic.app, actor, id).await.expect("a page").reason,
        booking::appointment_with_specialty(&clinic.app, actor, id).await.expect("an answer").reason,
    ];
    let doctor = (actor.role == Role::Admin).then_some(clinic.doctors[0].id);
    let query = AppointmentListQuery { doctor, ..AppointmentListQuery::default() };
    let list = booking::list_appointments(&clinic.app, actor, query).await.expect("a list");
    shown.extend(list.items.into_iter().filter(|record| record.row.id == id).map(|record| record.reason));
    assert_eq!(shown.len(), 3);
    shown
}

fn given() -> Vec<PatientReason> {
    vec![PatientReason::Given(REASON.to_owned()); 3]
}

fn withheld() -> Vec<PatientReason> {
    vec![PatientReason::Withheld; 3]
}

/// Waits until a query counts so many; what is written apart from an answer takes a moment.
async fn soon(clinic: &TestClinic, sql: &'static str, wanted: i64) {
    for _ in 0..50 {
        if clinic.count(sql).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{} instead of {wanted}: {sql}", clinic.count(sql).await);
}

both_databases! {
    async fn a_reason_is_for_its_patient_and_doctor_and_for_staff_whom_the_doctor_lets_read(clinic: TestClinic) {
        let (own, other) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let (staff, patient, stranger) = (clinic.user(Role::Admin).await, clinic.patient().await, clinic.patient().await);
        let id = booked(&clinic, patient).await;
        assert_eq!(shown(&clinic, patient, id).await, given());
        assert_eq!(shown(&clinic, own, id).await, given());
        assert_eq!(shown(&clinic, staff, id).await, withheld(), "nobody has allowed it");
        for actor in [other, stranger] {
            assert_eq!(booking::appointment(&clinic.app, actor, id).await.err(), Some(AppError::NotFound));
        }

        for actor in [staff, patient] {
            let refused = reason_sharing::choose(&clinic.app, actor, "true").await;
            assert_eq!(refused, Err(AppError::Forbidden), "only the doctor allows it");
        }
        let odd = reason_sharing::choose(&clinic.app, own, "maybe").await;
        assert_eq!(odd, Err(AppError::field("staff_read_reasons", FieldCode::Unknown)));
        reason_sharing::choose(&clinic.app, other, "true").await.expect("of another doctor's patients");
        assert_eq!(shown(&clinic, staff, id).await, withheld());
        for _ in 0..2 {
            reason_sharing::choose(&clinic.app, own, "true").await.expect("shared");
        }
        assert_eq!(shown(&clinic, staff, id).await, given());
        assert!(own_profile::read(&clinic.app, staff, "doctor-1").await.expect("a profile").staff_read_reasons);
        reason_sharing::choose(&clinic.app, own, "").await.expect("kept");
        assert_eq!(shown(&clinic, staff, id).await, withheld());
        let shared = "select count(*) from audit_entries where action = 'doctor.reasons_shared' and details = 'Dr doctor-1'";
        assert_eq!(clinic.count(shared).await, 1, "the same choice again is no change");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'doctor.reasons_kept'").await, 1);

        let silent = clinic.book(patient, 0, TOMORROW_9.plus_minutes(60)).await.expect("an appointment");
        assert_eq!(shown(&clinic, staff, silent).await, vec![PatientReason::NotGiven; 3]);
    }

    async fn no_page_and_no_file_shows_a_reason_to_staff(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let id = booked(&clinic, clinic.patient().await).await;
        let own = doctor(&clinic, 0).await;
        for page in [
            format!("/appointments/{id}"),
            format!("/appointments/{id}/move"),
            format!("/appointments/{id}/cancel"),
            format!("/appointments/{id}/calendar.ics"),
            "/doctor?doctor=doctor-1&date=2026-01-06".to_owned(),
            "/doctor/week?doctor=doctor-1".to_owned(),
            "/doctor/list?doctor=doctor-1".to_owned(),
            "/doctor/time-off/appointments?doctor=doctor-1&from=2026-01-06&until=2026-01-07".to_owned(),
            "/admin".to_owned(),
            "/admin/audit".to_owned(),
            "/admin/audit.csv".to_owned(),
            "/admin/statistics.csv?which=days".to_owned(),
        ] {
            let answer = staff.get(&page).await;
            assert_eq!(answer.status, 200, "{page}: {}", answer.text());
            assert!(!answer.body.contains("private cough"), "{page}: {}", answer.text());
        }
        let page = staff.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains("The patient wrote one. Only the doctor reads it"), "{}", page.text());
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")];
        let answer = staff.send("POST", "/fn/booking/appointment", &headers, &format!("id={id}")).await;
        assert!(answer.status == 200 && !answer.body.contains("private cough"), "{}", answer.body);
        let form = staff.get("/doctor/profile?doctor=doctor-1").await;
        assert!(form.text().contains("Clinic staff may not read patients\u{2019} reasons. Only the doctor can change this."), "{}", form.text());
        assert_eq!(form.attributes("staff_read_reasons", "type"), Vec::<String>::new(), "no choice for staff");

        reason_sharing::choose(&clinic.app, own, "true").await.expect("shared");
        let page = staff.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains(REASON), "{}", page.text());
    }

    async fn the_doctor_chooses_on_the_profiles_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let doctor = clinic.doctors[0].id;
        clinic.write(move |mut tx| Box::pin(async move {
            tx.execute("update doctors set person_id = $2 where id = $1", (doctor, user)).await?;
            Ok(())
        })).await;
        let page = browser.get("/doctor/profile").await;
        assert_eq!(page.attributes("staff_read_reasons", "type"), ["checkbox"]);
        let page = browser.submit("/fn/doctor/share_reasons", &[("staff_read_reasons", "true")]).await;
        assert!(page.text().contains("Your choice is saved."), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from doctors where staff_read_reasons = (1 = 1)").await, 1);
        browser.submit("/fn/doctor/share_reasons", &[]).await;
        assert_eq!(clinic.count("select count(*) from doctors where staff_read_reasons = (1 = 1)").await, 0);
    }

    async fn staff_who_open_an_appointment_or_a_calendar_are_noted_once_a_day(clinic: TestClinic) {
        const OPENED: &str = "select count(*) from audit_entries where action = 'appointment.read' and details like '____-____'";
        const CALENDAR: &str = "select count(*) from audit_entries where action = 'doctor.calendar_read' and details = 'Dr doctor-1'";
        let (own, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let (staff, colleague) = (clinic.user(Role::Admin).await, clinic.user(Role::Admin).await);
        let id = booked(&clinic, patient).await;
        for actor in [own, patient] {
            booking::appointment(&clinic.app, actor, id).await.expect("their own");
            booking::calendar_file(&clinic.app, actor, id).await.expect("their own");
        }
        doctors::agenda_day(&clinic.app, &own, "", None).await.expect("a day");
        assert_eq!((clinic.count(OPENED).await, clinic.count(CALENDAR).await), (0, 0), "who reads their own is not noted");

        for _ in 0..2 {
            booking::appointment(&clinic.app, staff, id).await.expect("a page");
            booking::appointment_with_specialty(&clinic.app, staff, id).await.expect("an answer");
            booking::calendar_file(&clinic.app, staff, id).await.expect("a file");
            assert_eq!(clinic.count(OPENED).await, 1);
            doctors::agenda_day(&clinic.app, &staff, "doctor-1", None).await.expect("a day");
            doctors::agenda_week(&clinic.app, &staff, "doctor-1", None).await.expect("a week");
            assert_eq!(clinic.count(CALENDAR).await, 1);
        }
        booking::appointment(&clinic.app, colleague, id).await.expect("a page");
        assert_eq!(clinic.count(OPENED).await, 2, "each person");
        clinic.clock.advance_seconds(16 * 3_600 - 1);
        booking::appointment(&clinic.app, staff, id).await.expect("a page");
        assert_eq!(clinic.count(OPENED).await, 2, "it was 8am, and the day is not over");
        clinic.clock.advance_seconds(1);
        booking::appointment(&clinic.app, staff, id).await.expect("a page");
        assert_eq!(clinic.count(OPENED).await, 3, "each day");

        let query = AuditQuery { action: "appointment.read".into(), ..AuditQuery::default() };
        let page = audit_log::page(&clinic.app, query).await.expect("the log");
        assert_eq!(page.lines[0].what, "Appointment opened by staff");
        assert_eq!(page.lines[0].href.as_deref(), Some(format!("/appointments/{id}").as_str()));
        assert!(page.actions.iter().any(|(code, words)| code == "doctor.calendar_read" && words.contains("opened by staff")));
        assert_eq!(clinic.count("select count(*) from audit_entries where details like '%cough%'").await, 0);
    }

    async fn sign_ins_of_doctors_and_staff_are_noted_and_keep_nothing_that_was_typed(clinic: TestClinic) {
        let nobody = RequestContext::anonymous();
        let sign_in = async |email: &str, password: &str| accounts::sign_in(&clinic.app, &nobody, email, password).await;
        accounts::create_admin(&clinic.app, "sam@example.org", "Sam Staff", PASSWORD).await.expect("a staff account");
        let form = accounts::RegisterForm {
            name: "Ana Novak".into(),
            email: "ana@example.org".into(),
            phone: String::new(),
            password: PASSWORD.into(),
        };
        accounts::register(&clinic.app, &nobody, form).await.expect("a patient");
        for email in ["sam@example.org", "ana@example.org", "nobody@example.org"] {
            assert_eq!(sign_in(email, TYPED).await.err(), Some(AppError::WrongCredentials));
        }
        for email in ["sam@example.org", "ana@example.org"] {
            let signed = sign_in(email, PASSWORD).await.expect("signed in");
            accounts::sign_out(&clinic.app, &signed.actor).await.expect("signed out");
        }
        soon(&clinic, "select count(*) from audit_entries where action = 'user.sign_in_failed'", 1).await;
        let log = async |query: AuditQuery| audit_log::page(&clinic.app, query).await.expect("the log");
        let of = |action: &str| AuditQuery { action: action.into(), ..AuditQuery::default() };
        let failed = log(of("user.sign_in_failed")).await.lines;
        assert_eq!((failed[0].who.as_str(), failed[0].what.as_str()), ("Not signed in", "Sign-in failed: wrong password"));
        assert_eq!(failed[0].details, "Sam Staff");
        for (action, words) in [("user.signed_in", "Signed in"), ("user.signed_out", "Signed out")] {
            let found = log(of(action)).await;
            assert_eq!(found.total, 1, "{action}: patients are left out");
            assert_eq!((found.lines[0].who.as_str(), found.lines[0].what.as_str()), ("Sam Staff", words));
        }
        let by = async |actor: &str| log(AuditQuery { actor: actor.into(), ..AuditQuery::default() }).await;
        assert_eq!(by(VISITOR).await.lines, failed);
        let made = by(SYSTEM).await;
        assert_eq!((made.total, made.lines[0].what.as_str()), (1, "Staff account made"));
        for sql in [
            "select count(*) from audit_entries where details like '%TYPED%'",
            "select count(*) from audit_entries where details like '%@%'",
            "select count(*) from audit_entries where details like '%Ana%'",
        ] {
            assert_eq!(clinic.count(sql).await, 0, "{sql}");
        }
    }

    async fn downloads_feeds_and_tokens_are_noted(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        assert_eq!(staff.get("/admin/audit.csv").await.status, 200);
        assert_eq!(staff.get("/admin/statistics.csv?which=days").await.status, 200);
        let (own, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        feeds::make(&clinic.app, own, true).await.expect("a feed");
        feeds::make(&clinic.app, patient, false).await.expect("a feed");
        let feed = feeds::list(&clinic.app, own).await.expect("feeds").feeds[0].id;
        let token = personal_tokens::NewToken { name: "My phone".into(), scopes: vec![Scope::Read], days: None };
        let token = personal_tokens::create(&clinic.app, patient, token).await.expect("a token").stored.id;
        for _ in 0..2 {
            feeds::revoke(&clinic.app, own, feed).await.expect("revoked");
            personal_tokens::revoke(&clinic.app, patient, token).await.expect("revoked");
        }
        assert_eq!(feeds::revoke(&clinic.app, patient, feed).await, Err(AppError::NotFound));
        assert_eq!(personal_tokens::revoke(&clinic.app, own, token).await, Err(AppError::NotFound));
        let log = async |action: &str| {
            let query = AuditQuery { action: action.into(), ..AuditQuery::default() };
            audit_log::page(&clinic.app, query).await.expect("the log")
        };
        for (action, words, total) in [
            ("audit_log.exported", "Audit log downloaded", 1),
            ("statistics.exported", "Statistics downloaded", 1),
            ("feed.made", "Calendar feed made", 2),
            ("feed.revoked", "Calendar feed revoked", 1),
            ("token.made", "Token for a program made", 1),
            ("token.revoked", "Token for a program revoked", 1),
        ] {
            let found = log(action).await;
            assert_eq!((found.total, found.lines[0].what.as_str()), (total, words), "{action}");
        }
        assert_eq!(log("token.made").await.lines[0].details, "read", "what it may do, and not its name");
        assert!(log("statistics.exported").await.lines[0].details.starts_with("days-"));
    }
}
