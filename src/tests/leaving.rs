//! A doctor who leaves, from asking to the closed account: nothing is deleted, and no patient is left without an answer.

use docslot::{
    accounts::{Role, server as accounts},
    booking::{Status, absence_resolution::appointment_key},
    doctors::{
        DirectoryQuery,
        model::leaving::LeavingStep,
        server::{
            self as doctors,
            leaving::{self, Step},
        },
    },
    error::AppError,
    web::request::{Actor, RequestContext},
};

use crate::{
    booking::DAY,
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    races::assert_history_replays,
    time_off::{choices, doctor, messages, sign_in_doctor},
    web::Web,
};

pub async fn go(clinic: &TestClinic, actor: Actor, step: Step) -> Result<(), AppError> {
    let version = clinic.count("select schedule_version from doctors where slug = 'doctor-1'").await;
    leaving::go(&clinic.app, actor, "doctor-1".into(), version, step).await
}

async fn status(clinic: &TestClinic) -> (bool, bool, bool) {
    let is = [
        clinic.count("select count(*) from doctors where slug = 'doctor-1' and status = 'leaving'").await,
        clinic.count("select count(*) from doctors where slug = 'doctor-1' and status = 'deactivated'").await,
        clinic.count("select count(*) from doctors where slug = 'doctor-1' and status = 'paused'").await,
    ];
    (is[0] == 1, is[1] == 1, is[2] == 1)
}

both_databases! {
    async fn a_doctor_asks_and_is_gone_when_no_appointment_is_left(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        sign_in_doctor(&clinic, &mut browser).await;
        let staff = clinic.user(Role::Admin).await;
        let (past, one, two) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let seen = clinic.book(past, 0, NOW.plus_minutes(60)).await.expect("an appointment");
        let cancelled = clinic.book(one, 0, TOMORROW_9).await.expect("an appointment");
        let handed = clinic.book(two, 0, TOMORROW_9.plus_minutes(30)).await.expect("an appointment");
        clinic.clock.set(NOW.plus_minutes(180));

        let page = browser.get("/doctor/leave").await;
        assert!(page.text().contains("You have 2 upcoming appointments."), "{}", page.text());
        let page = browser.submit("/fn/doctors/ask_to_leave", &[("wants", "true")]).await;
        assert!(page.text().contains("You asked on Monday 5 January"), "{}", page.text());
        let view = leaving::leaving(&clinic.app, staff, "doctor-1", "").await.expect("a view");
        assert_eq!((view.asked.as_deref(), view.step), (Some("Monday 5 January"), LeavingStep::Here));

        assert_eq!(go(&clinic, staff, Step::Finish).await, Err(AppError::Conflict), "not before it has begun");
        go(&clinic, staff, Step::Start).await.expect("started");
        assert_eq!(go(&clinic, staff, Step::Start).await, Err(AppError::Conflict), "once");
        let found = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page");
        assert!(found.cards.iter().all(|card| card.slug != "doctor-1"), "patients no longer find the doctor");
        assert_eq!(clinic.book(past, 0, TOMORROW_9.plus_minutes(90)).await, Err(AppError::NotFound));
        assert_eq!(go(&clinic, staff, Step::Finish).await, Err(AppError::AppointmentsAhead { appointments: 2 }));

        let view = leaving::leaving(&clinic.app, staff, "doctor-1", "").await.expect("a view");
        assert_eq!((view.list.appointments.len(), view.list.appointments[0].next.as_deref()), (2, None));
        let form = choices(&clinic, &[(cancelled, "c"), (handed, "h1")]).await;
        let resolved = leaving::resolve_appointments(&clinic.app, staff, "doctor-1".into(), form).await.expect("resolved");
        assert_eq!(resolved.len(), 2);
        let row = clinic.row(handed).await;
        let new = clinic.row(row.rescheduled_to.expect("a new appointment")).await;
        assert_eq!((clinic.status(cancelled).await, new.doctor_id), (Status::Cancelled, clinic.doctors[1].id));
        assert_eq!(messages(&clinic).await.len(), 2);

        go(&clinic, staff, Step::Finish).await.expect("finished");
        assert_eq!(status(&clinic).await, (false, true, false));
        let answer = browser.get("/doctor").await;
        assert!(answer.location().starts_with("/sign-in"), "the open session has ended");
        let refused = accounts::sign_in(&clinic.app, &RequestContext::anonymous(), "one@example.org", "quiet green bicycle").await;
        assert_eq!(refused.err(), Some(AppError::WrongCredentials));
        assert_eq!(clinic.view(past, seen).await.summary.doctor_name, "Dr doctor-1", "past appointments keep the name");
        assert_eq!(clinic.count("select count(*) from doctors").await, 4);
        let steps = "select count(*) from audit_entries where action in
            ('doctor.leave_requested', 'doctor.leaving', 'doctor.appointments_resolved', 'doctor.left')";
        assert_eq!(clinic.count(steps).await, 4);
        assert_history_replays(&clinic).await;
    }

    async fn a_doctor_may_take_it_back_until_the_clinic_has_begun(clinic: TestClinic) {
        let (own, staff) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await);
        for wants in [true, true, false, true] {
            leaving::ask(&clinic.app, own, wants).await.expect("asked, or taken back");
            assert_eq!(leaving::own(&clinic.app, own).await.expect("a view").asked.is_some(), wants);
        }
        go(&clinic, staff, Step::Start).await.expect("started");
        assert_eq!(leaving::ask(&clinic.app, own, false).await, Err(AppError::Conflict));
        go(&clinic, staff, Step::Stop).await.expect("stays after all");
        assert_eq!(status(&clinic).await, (false, false, true), "hidden until staff show them again");
        assert_eq!(go(&clinic, staff, Step::Finish).await, Err(AppError::Conflict));
        leaving::ask(&clinic.app, own, false).await.expect("taken back");
    }

    async fn appointments_can_wait_but_the_account_is_not_closed_before_they_are_resolved(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let first = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        let later = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("an appointment");
        let form = choices(&clinic, &[(first, "c"), (later, "k")]).await;
        let early = leaving::resolve_appointments(&clinic.app, staff, "doctor-1".into(), form.clone()).await;
        assert_eq!(early, Err(AppError::Conflict), "the doctor is not leaving");
        go(&clinic, staff, Step::Start).await.expect("started");
        let moved = choices(&clinic, &[(first, "n"), (later, "k")]).await;
        let moved = leaving::resolve_appointments(&clinic.app, staff, "doctor-1".into(), moved).await;
        assert_eq!(moved, Err(AppError::BadRequest), "there is no next time");
        leaving::resolve_appointments(&clinic.app, staff, "doctor-1".into(), form).await.expect("resolved");
        assert_eq!(go(&clinic, staff, Step::Finish).await, Err(AppError::AppointmentsAhead { appointments: 1 }));
        // while the last appointment is under way, the doctor is still needed
        clinic.clock.set(TOMORROW_9.plus_minutes(DAY + 10));
        assert_eq!(go(&clinic, staff, Step::Finish).await, Err(AppError::AppointmentsAhead { appointments: 1 }));
        clinic.clock.set(TOMORROW_9.plus_minutes(DAY + 30));
        go(&clinic, staff, Step::Finish).await.expect("finished");
        let stale = leaving::go(&clinic.app, staff, "doctor-2".into(), 99, Step::Start).await;
        assert_eq!(stale, Err(AppError::Conflict));
    }

    async fn only_the_doctor_asks_and_only_staff_act(clinic: TestClinic) {
        let (own, staff, patient) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await, clinic.patient().await);
        for actor in [own, patient] {
            assert_eq!(leaving::leaving(&clinic.app, actor, "doctor-1", "").await.err(), Some(AppError::Forbidden));
            assert_eq!(go(&clinic, actor, Step::Start).await, Err(AppError::Forbidden));
            let resolved = leaving::resolve_appointments(&clinic.app, actor, "doctor-1".into(), Default::default()).await;
            assert_eq!(resolved, Err(AppError::Forbidden));
        }
        assert_eq!(leaving::ask(&clinic.app, patient, true).await, Err(AppError::Forbidden));
        assert_eq!(leaving::own(&clinic.app, patient).await.err(), Some(AppError::Forbidden));
        assert_eq!(leaving::leaving(&clinic.app, staff, "nobody", "").await.err(), Some(AppError::NotFound));
        let unknown = leaving::go(&clinic.app, staff, "nobody".into(), 1, Step::Start).await;
        assert_eq!(unknown, Err(AppError::NotFound));
    }

    async fn staff_go_the_whole_way_without_scripts(clinic: TestClinic) {
        let email = "admin@example.org";
        accounts::create_admin(&clinic.app, email, "Staff", "quiet green bicycle").await.expect("an admin");
        let appointment = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        let web = Web::serve(&clinic.app).await;
        let mut staff = web.browser();
        let page = "/admin/doctors/doctor-1/leaving";
        let fields = [("email", email), ("password", "quiet green bicycle"), ("next", page)];
        assert_eq!(staff.post("/fn/sign_in", &fields).await.location(), page);
        let step = async |staff: &mut crate::web::Browser, step: &str| {
            let version = staff.get(page).await.attributes("name=\"version\"", "value").remove(0);
            staff.submit("/fn/doctors/leaving_step", &[("slug", "doctor-1"), ("version", &version), ("step", step)]).await
        };
        let shown = step(&mut staff, "start").await;
        assert!(shown.text().contains("1 appointment is ahead."), "{}", shown.text());
        let shown = step(&mut staff, "finish").await;
        assert_eq!(shown.status, 409);
        assert!(shown.text().contains("One booked appointment depends on this."), "{}", shown.text());
        let name = format!("v%5B{}%5D", appointment_key(appointment));
        let shown = staff.submit("/fn/doctors/leaving_resolve", &[("slug", "doctor-1"), (&name, "2.a"), ("all", "c")]).await;
        assert!(shown.text().contains("1 appointment cancelled. The patients see it under My appointments."), "{}", shown.text());
        let shown = step(&mut staff, "finish").await;
        assert!(shown.text().contains("Dr doctor-1 has left"), "{}", shown.text());
    }
}
