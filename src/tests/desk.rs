//! Visits that doctors and staff add, overbook, move and cancel.

use std::sync::Arc;

use docslot::{
    accounts::{Role, server as accounts},
    availability::Reason,
    booking::{
        CancelReason, Status,
        desk::{AddQuery, NEW_PATIENT, TimeForm, VisitForm},
        server::{self as booking, desk},
    },
    error::{AppError, FieldCode},
    ids::{AppointmentId, UserId},
    on,
    server::request::{Actor, Requester},
    time::Instant,
};
use uuid::Uuid;

use crate::{
    booking::{DAY, listed},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    races::{OVERLAPS, assert_history_replays},
    web::{Browser, Web},
};

/// The account of the doctor of this number.
pub async fn doctor(clinic: &TestClinic, number: usize) -> Actor {
    let actor = clinic.user(Role::Doctor).await;
    let (doctor, user) = (clinic.doctors[number].id, actor.user);
    clinic
        .write(move |mut tx| async move {
            let sql = "update doctors set user_id = $1 where id = $2";
            on!(tx.conn(), |c| sqlx::query(sql).bind(user).bind(doctor).execute(c).await?.rows_affected());
            Ok((tx, ()))
        })
        .await;
    actor
}

/// A browser whose person has this role.
pub async fn signed_in(clinic: &TestClinic, web: &Web, email: &'static str, role: Role) -> (Browser, UserId) {
    let mut browser = web.browser();
    browser.get("/register").await;
    let fields =
        [("name", "Test Person"), ("email", email), ("phone", ""), ("password", "quiet green bicycle"), ("next", "/")];
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

/// A form for the first doctor's visit at `start`.
fn form(clinic: &TestClinic, patient: &str, start: Instant) -> VisitForm {
    VisitForm {
        key: Uuid::now_v7().to_string(),
        doctor: clinic.doctors[0].slug.clone(),
        patient: patient.to_owned(),
        visit: clinic.doctors[0].visit.to_string(),
        time: TimeForm { start: start.0.to_string(), ..TimeForm::default() },
        ..VisitForm::default()
    }
}

fn form_for(clinic: &TestClinic, patient: Actor, start: Instant) -> VisitForm {
    form(clinic, &patient.user.to_string(), start)
}

/// The time with its rules shown and set aside.
fn explained(start: Instant) -> TimeForm {
    TimeForm {
        start: start.0.to_string(),
        shown: start.0.to_string(),
        override_reason: "SECRET-REASON".into(),
        ..TimeForm::default()
    }
}

fn overbooked(start: Instant) -> TimeForm {
    TimeForm { overbook: "true".into(), ..explained(start) }
}

async fn add(clinic: &TestClinic, actor: Actor, form: VisitForm) -> Result<AppointmentId, AppError> {
    desk::add(&clinic.app, actor, form).await.map(|visit| visit.id)
}

async fn move_to(clinic: &TestClinic, actor: Actor, id: AppointmentId, time: TimeForm) -> Result<AppointmentId, AppError> {
    let version = clinic.row(id).await.version;
    desk::move_visit(&clinic.app, actor, id, version, time).await.map(|visit| visit.id)
}

fn reasons<T: std::fmt::Debug>(outcome: Result<T, AppError>) -> Vec<Reason> {
    match outcome {
        Err(AppError::TimeGone { reasons, .. }) => reasons,
        other => panic!("{other:?}"),
    }
}

both_databases! {
    async fn staff_add_a_visit_and_the_patient_is_told_once(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let form = VisitForm { note: "a cough".into(), ..form_for(&clinic, patient, TOMORROW_9) };
        let id = add(&clinic, staff, form.clone()).await.expect("a visit");
        assert_eq!(add(&clinic, staff, form).await, Ok(id), "the same form again is the same visit");
        let row = clinic.row(id).await;
        assert_eq!((row.status, row.patient_id, row.overbook), (Status::Booked, Some(patient.user), false));
        assert_eq!((row.reason.as_str(), row.override_reason.as_str()), ("a cough", ""));
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'visit_added'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries").await, 0, "nothing was set aside");
        assert_eq!(clinic.view(patient, id).await.history[0].what, "Booked by the clinic");
        assert!(!listed(&clinic, &person(patient), "2026-01-06", None).await.contains(&TOMORROW_9));
        assert_history_replays(&clinic).await;
    }

    async fn a_visit_that_needs_approval_is_booked_when_the_doctor_adds_it(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let (doctor, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        clinic.book(patient, 0, TOMORROW_9).await.expect("a request, so that they know each other");
        let mut form = form_for(&clinic, patient, TOMORROW_9.plus_minutes(60));
        form.doctor = String::new();
        let id = add(&clinic, doctor, form).await.expect("a visit");
        assert_eq!(clinic.status(id).await, Status::Booked);
    }

    async fn a_new_patient_without_mail_has_a_visit_and_can_never_sign_in(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let new = VisitForm { name: " Zoë Ng ".into(), phone: "020 7946 0100".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        let id = add(&clinic, staff, new).await.expect("a visit");
        let view = clinic.view(staff, id).await;
        let contact = view.patient.expect("a patient");
        assert_eq!((contact.name.as_str(), contact.phone.as_str()), ("Zoë Ng", "020 7946 0100"));
        let sql = "select count(*) from users where email like 'no-mail-%@invalid' and role = 'patient' and password_hash = 'none'";
        assert_eq!(clinic.count(sql).await, 1);
        let patient = clinic.row(id).await.patient_id.expect("a patient");
        for password in ["none", "quiet green bicycle"] {
            let refused = accounts::sign_in(&clinic.app, &Requester::nobody(), &format!("no-mail-{patient}@invalid"), password).await;
            assert_eq!(refused.err(), Some(AppError::WrongCredentials));
        }
        let query = AddQuery { doctor: "doctor-1".into(), q: "7946-0100".into(), ..AddQuery::default() };
        let found = desk::add_page(&clinic.app, staff, query).await.expect("a page").found.expect("a search");
        assert_eq!(found.iter().map(|row| (row.name.as_str(), row.email.as_str())).collect::<Vec<_>>(), [("Zoë Ng", "")]);
    }

    async fn a_new_patient_with_mistakes_is_not_kept(clinic: TestClinic) {
        let (staff, known) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let before = clinic.count("select count(*) from users").await;
        let wrong = VisitForm { email: "nonsense".into(), phone: "call me".into(), note: "a\0b".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        let Err(AppError::Invalid { fields }) = add(&clinic, staff, wrong).await else { panic!("not refused") };
        assert_eq!(fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["name", "email", "phone", "note"]);
        let taken = VisitForm { name: "Ana".into(), email: format!("{}@EXAMPLE.org", known.user), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        assert_eq!(add(&clinic, staff, taken).await, Err(AppError::field("email", FieldCode::EmailUnusable)));
        clinic.book(known, 0, TOMORROW_9).await.expect("the time is still free");
        let late = VisitForm { name: "Ana".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        assert_eq!(reasons(add(&clinic, staff, late).await), [Reason::Taken]);
        assert_eq!(clinic.count("select count(*) from users").await, before, "nobody was made");
    }

    async fn a_doctor_finds_own_patients_and_others_by_their_whole_address_only(clinic: TestClinic) {
        let (own, stranger) = (clinic.patient().await, clinic.patient().await);
        let (first, staff) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await);
        clinic.book(own, 0, TOMORROW_9).await.expect("a visit with this doctor");
        clinic.book(stranger, 1, TOMORROW_9).await.expect("a visit with another doctor");
        let search = async |actor, q: &str| {
            let query = AddQuery { doctor: "doctor-1".into(), q: q.into(), ..AddQuery::default() };
            let mut found = desk::add_page(&clinic.app, actor, query).await.expect("a page").found.expect("a search");
            found.sort_by_key(|row| row.id);
            found.into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let mut both = vec![own.user, stranger.user];
        both.sort();
        assert_eq!(search(staff, "test pers").await, both);
        assert_eq!(search(first, "test pers").await, [own.user]);
        assert_eq!(search(first, &own.user.to_string()).await, [own.user], "part of an own patient's address");
        assert!(search(first, &stranger.user.to_string()).await.is_empty(), "part of a stranger's address");
        let address = format!(" {}@example.ORG ", stranger.user);
        assert_eq!(search(first, &address).await, [stranger.user]);
        for nobody in ["%", "_", "'; drop table users", "\0"] {
            let q = nobody.replace('\0', "nobody");
            assert!(search(staff, &q).await.is_empty(), "{nobody:?}");
        }

        let unknown = form_for(&clinic, stranger, TOMORROW_9.plus_minutes(60));
        assert_eq!(add(&clinic, first, unknown.clone()).await, Err(AppError::NotFound));
        let query = AddQuery { patient: stranger.user.to_string(), ..AddQuery::default() };
        assert_eq!(desk::add_page(&clinic.app, first, query).await.err(), Some(AppError::NotFound));
        add(&clinic, first, VisitForm { q: address, ..unknown }).await.expect("told by the patient");
    }

    async fn rules_are_set_aside_only_with_a_reason_that_saw_them(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let evening = TOMORROW_9.plus_minutes(9 * 60);
        let plain = form_for(&clinic, patient, evening);
        assert_eq!(reasons(add(&clinic, staff, plain.clone()).await), [Reason::OutsideHours]);
        let unseen = TimeForm { shown: String::new(), ..explained(evening) };
        assert_eq!(reasons(add(&clinic, staff, VisitForm { time: unseen, ..plain.clone() }).await), [Reason::OutsideHours]);
        let silent = TimeForm { override_reason: " \n".into(), ..explained(evening) };
        assert_eq!(reasons(add(&clinic, staff, VisitForm { time: silent, ..plain.clone() }).await), [Reason::OutsideHours]);
        let long = TimeForm { override_reason: "x".repeat(301), ..explained(evening) };
        let refused = add(&clinic, staff, VisitForm { time: long, ..plain.clone() }).await;
        assert_eq!(refused, Err(AppError::field("override_reason", FieldCode::TooLong(300))));
        let nowhere = add(&clinic, staff, VisitForm { time: explained(evening), ..plain.clone() }).await;
        assert_eq!(nowhere, Err(AppError::field("location", FieldCode::Missing)));
        assert_eq!(clinic.count("select count(*) from appointments").await, 0);

        let there = TimeForm { location: clinic.london.to_string(), overbook: "true".into(), ..explained(evening) };
        let id = add(&clinic, staff, VisitForm { time: there, ..plain }).await.expect("a visit");
        let row = clinic.row(id).await;
        assert_eq!((row.overbook, row.override_reason.as_str()), (false, "SECRET-REASON"), "no overbooking without need");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'visit.rule_set_aside'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where details like '%SECRET%'").await, 0);
        let seen_by_patient = serde_json::to_string(&clinic.view(patient, id).await).expect("JSON");
        assert!(!seen_by_patient.contains("SECRET"), "{seen_by_patient}");
        assert_eq!(clinic.view(staff, id).await.clinic.expect("the clinic's side").override_reason, "SECRET-REASON");
    }

    async fn overbooking_is_explicit_and_leaves_the_other_visit(clinic: TestClinic) {
        let (staff, first, second, third) = (clinic.user(Role::Admin).await, clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let other = clinic.book(first, 0, TOMORROW_9).await.expect("a visit");
        let plain = form_for(&clinic, second, TOMORROW_9);
        assert_eq!(reasons(add(&clinic, staff, plain.clone()).await), [Reason::Taken]);
        for time in [explained(TOMORROW_9), TimeForm { override_reason: String::new(), ..overbooked(TOMORROW_9) }] {
            assert_eq!(reasons(add(&clinic, staff, VisitForm { time, ..plain.clone() }).await), [Reason::Taken]);
        }
        let id = add(&clinic, staff, VisitForm { time: overbooked(TOMORROW_9), ..plain }).await.expect("overbooked");
        assert!(clinic.row(id).await.overbook);
        assert_eq!((clinic.status(id).await, clinic.status(other).await), (Status::Booked, Status::Booked));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'visit.overbooked'").await, 1);
        assert_eq!(reasons(clinic.book(third, 0, TOMORROW_9).await), [Reason::Taken]);
        crate::booking::cancel(&clinic, first, other).await.expect("the other is cancelled");
        assert_eq!(reasons(clinic.book(third, 0, TOMORROW_9).await), [Reason::Taken], "the overbooked one still takes it");
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_history_replays(&clinic).await;
    }

    async fn a_patients_own_overlap_needs_the_overbooking_too(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        clinic.book(patient, 1, TOMORROW_9).await.expect("a visit elsewhere");
        let plain = form_for(&clinic, patient, TOMORROW_9);
        assert_eq!(reasons(add(&clinic, staff, plain.clone()).await), [Reason::PatientBusy]);
        assert_eq!(reasons(add(&clinic, staff, VisitForm { time: explained(TOMORROW_9), ..plain.clone() }).await), [Reason::PatientBusy]);
        add(&clinic, staff, VisitForm { time: overbooked(TOMORROW_9), ..plain }).await.expect("overbooked");
    }

    async fn of_32_adds_for_one_time_exactly_one_is_booked(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for _ in 0..32 {
            let form = form_for(&clinic, clinic.patient().await, TOMORROW_9);
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move { add(&clinic, staff, form).await }));
        }
        let mut added = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => added += 1,
                Err(AppError::TimeGone { reasons, .. }) => assert_eq!(reasons, [Reason::Taken]),
                Err(AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(added, 1);
        assert_eq!(clinic.count("select count(*) from appointments").await, 1);
        assert_eq!(clinic.count("select count(*) from outbox").await, 1, "nobody else is told of a visit");
    }

    async fn typed_times_are_read_by_the_clinics_clocks(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let typed = |date: &str, time: &str| {
            let time = TimeForm { date: date.into(), time: time.into(), ..TimeForm::default() };
            VisitForm { time, ..form_for(&clinic, patient, TOMORROW_9) }
        };
        let refused = [
            ("2026-01-06", "half past nine", AppError::field("time", FieldCode::NotATime)),
            ("2026-02-30", "9", AppError::field("time", FieldCode::NotADate)),
            ("2026-01-04", "9", AppError::field("time", FieldCode::InThePast)),
            ("2029-01-04", "9", AppError::field("time", FieldCode::TooFarAhead)),
        ];
        for (date, time, error) in refused {
            assert_eq!(add(&clinic, staff, typed(date, time)).await, Err(error), "{date} {time}");
        }
        let missing = VisitForm { time: TimeForm::default(), ..form_for(&clinic, patient, TOMORROW_9) };
        assert_eq!(add(&clinic, staff, missing).await, Err(AppError::field("start", FieldCode::Missing)));
        for start in [i64::MIN, i64::MAX] {
            assert!(matches!(add(&clinic, staff, form_for(&clinic, patient, Instant(start))).await, Err(AppError::Invalid { .. })));
        }
        assert_eq!(reasons(add(&clinic, staff, typed("2026-01-06", "9:40")).await), [Reason::OffStep]);
        let id = add(&clinic, staff, typed("2026-01-06", "9:30am")).await.expect("a free time");
        assert_eq!(clinic.row(id).await.local_start, "2026-01-06T09:30");
        clinic.clock.set(TOMORROW_9.plus_minutes(10));
        let walk_in = VisitForm { time: explained(TOMORROW_9), ..form_for(&clinic, patient, TOMORROW_9) };
        let id = add(&clinic, staff, walk_in).await.expect("who is here already");
        assert_eq!(clinic.row(id).await.override_reason, "SECRET-REASON");
    }

    async fn a_doctors_cancellation_frees_the_time_at_once_and_tells_the_patient(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a visit");
        let version = clinic.row(id).await.version;
        booking::cancel(&clinic.app, doctor, id, version, Some(CancelReason::DoctorAway)).await.expect("cancelled");
        booking::cancel(&clinic.app, doctor, id, version, Some(CancelReason::DoctorAway)).await.expect("once more");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'visits_cancelled'").await, 1);
        assert!(listed(&clinic, &person(other), "2026-01-06", None).await.contains(&TOMORROW_9));
        clinic.book(other, 0, TOMORROW_9).await.expect("bookable at once");
        let view = clinic.view(patient, id).await;
        assert_eq!(view.cancelled_by.as_deref(), Some("Cancelled by the doctor"));
        assert_eq!(desk::page_after(&clinic.app, doctor, id).await.as_deref(), Ok("/doctor?date=2026-01-06"));
        let staff = clinic.user(Role::Admin).await;
        assert_eq!(desk::page_after(&clinic.app, staff, id).await.as_deref(), Ok("/doctor?doctor=doctor-1&date=2026-01-06"));
    }

    async fn reasons_for_cancelling_belong_to_their_role(clinic: TestClinic) {
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("a visit");
        let version = clinic.row(id).await.version;
        let unknown = Err(AppError::field("reason", FieldCode::Unknown));
        assert_eq!(booking::cancel(&clinic.app, patient, id, version, Some(CancelReason::ClinicClosed)).await, unknown);
        assert_eq!(booking::cancel(&clinic.app, doctor, id, version, Some(CancelReason::FeelingBetter)).await, unknown);
        assert_eq!(clinic.status(id).await, Status::Booked);
        booking::cancel(&clinic.app, patient, id, version, Some(CancelReason::FeelingBetter)).await.expect("cancelled");
        assert_eq!(clinic.count("select count(*) from outbox").await, 0, "the patient knows");
    }

    async fn an_arrived_visit_may_be_cancelled_by_the_clinic_but_not_moved(clinic: TestClinic) {
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a visit");
        clinic.execute("update appointments set status = 'arrived'").await.expect("arrived");
        let side = clinic.view(staff, id).await.clinic.expect("the clinic's side");
        assert_eq!((side.can_move, side.can_cancel), (false, true));
        let time = TimeForm { start: TOMORROW_9.plus_minutes(60).0.to_string(), ..TimeForm::default() };
        assert_eq!(move_to(&clinic, staff, id, time).await, Err(AppError::Conflict));
        crate::booking::cancel(&clinic, staff, id).await.expect("cancelled");
        assert_eq!(clinic.status(id).await, Status::Cancelled);
    }

    async fn staff_move_past_the_cut_off_and_the_patient_is_told_once_and_later(clinic: TestClinic) {
        clinic.execute("update visit_types set late_cancel = 'deny'").await.expect("a strict rule");
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let old = clinic.book(patient, 0, TOMORROW_9).await.expect("a visit");
        let version = clinic.row(old).await.version;
        let time = TimeForm { date: "2026-01-06".into(), time: "10:30".into(), ..TimeForm::default() };
        let new = move_to(&clinic, staff, old, time.clone()).await.expect("moved");
        let again = desk::move_visit(&clinic.app, staff, old, version, time.clone()).await.expect("moved");
        assert_eq!(again.id, new, "moving twice moves once");
        let (old_row, new_row) = (clinic.row(old).await, clinic.row(new).await);
        assert_eq!((old_row.status, new_row.status), (Status::Rescheduled, Status::Booked));
        assert_eq!((old_row.rescheduled_to, new_row.rescheduled_from), (Some(new), Some(old)));
        assert_eq!((new_row.local_start.as_str(), new_row.override_reason.as_str()), ("2026-01-06T10:30", ""));
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'visits_moved' and due_at > created_at").await, 1);
        let elsewhere = TimeForm { time: "11:30".into(), ..time };
        let stale = desk::move_visit(&clinic.app, staff, new, new_row.version + 1, elsewhere).await;
        assert_eq!(stale.err(), Some(AppError::Conflict));
        assert!(listed(&clinic, &person(patient), "2026-01-06", None).await.contains(&TOMORROW_9), "the old time is free");
        assert_history_replays(&clinic).await;
    }

    async fn a_move_that_is_refused_leaves_the_old_visit(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let old = clinic.book(patient, 0, TOMORROW_9).await.expect("a visit");
        let ten = TOMORROW_9.plus_minutes(60);
        clinic.book(other, 0, ten).await.expect("somebody else");
        let plain = TimeForm { start: ten.0.to_string(), ..TimeForm::default() };
        assert_eq!(reasons(move_to(&clinic, doctor, old, plain).await), [Reason::Taken]);
        assert_eq!(reasons(move_to(&clinic, doctor, old, explained(ten)).await), [Reason::Taken]);
        assert_eq!(clinic.status(old).await, Status::Booked);
        assert_eq!(clinic.count("select count(*) from outbox").await, 0);
        let new = move_to(&clinic, doctor, old, overbooked(ten)).await.expect("overbooked");
        assert!(clinic.row(new).await.overbook);
        // a time within its own length is no overlap with itself
        let nearly = ten.plus_minutes(10);
        assert_eq!(reasons(move_to(&clinic, doctor, new, TimeForm { start: nearly.0.to_string(), ..TimeForm::default() }).await), [Reason::OffStep, Reason::Taken]);
        let free = TimeForm { start: TOMORROW_9.0.to_string(), ..TimeForm::default() };
        let back = move_to(&clinic, doctor, new, free).await.expect("back again");
        let row = clinic.row(back).await;
        assert_eq!((row.overbook, row.override_reason.as_str()), (false, ""), "a free time needs neither");
        assert_history_replays(&clinic).await;
    }

    async fn of_many_moves_to_one_time_exactly_one_arrives(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let clinic = Arc::new(clinic);
        let target = TOMORROW_9.plus_minutes(2 * DAY);
        let mut tasks = Vec::new();
        for n in 0..8 {
            let id = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(30 * n)).await.expect("a visit");
            let clinic = clinic.clone();
            let time = TimeForm { start: target.0.to_string(), ..TimeForm::default() };
            tasks.push(tokio::spawn(async move { move_to(&clinic, staff, id, time).await }));
        }
        let mut moved = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => moved += 1,
                Err(AppError::TimeGone { .. } | AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(moved, 1);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 8);
        assert_eq!(clinic.count(OVERLAPS).await, 0);
    }

    async fn nobody_works_on_a_calendar_that_is_not_theirs(clinic: TestClinic) {
        let (patient, other) = (clinic.patient().await, doctor(&clinic, 1).await);
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a visit");
        let (app, empty) = (&clinic.app, TimeForm::default());
        let query = AddQuery { doctor: "doctor-1".into(), ..AddQuery::default() };
        for (actor, error) in [(patient, AppError::Forbidden), (other, AppError::NotFound)] {
            let error = Some(error);
            assert_eq!(desk::add_page(app, actor, query.clone()).await.err(), error);
            assert_eq!(add(&clinic, actor, form(&clinic, "", NOW)).await.err(), error);
            assert_eq!(desk::move_page(app, actor, id, None, empty.clone()).await.err(), error);
            assert_eq!(desk::move_visit(app, actor, id, 1, empty.clone()).await.err(), error);
        }
        assert_eq!(desk::add_page(app, clinic.user(Role::Admin).await, AddQuery::default()).await.err(), Some(AppError::NotFound));
    }

    async fn staff_add_move_and_cancel_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let patient = clinic.patient().await;
        let page = staff.get("/doctor/add?doctor=doctor-1&date=2026-01-06").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Who is it for?"), "{}", page.text());
        let page = staff.get("/doctor/add?doctor=doctor-1&date=2026-01-06&q=test+person").await;
        let choice = page.attributes(&patient.user.to_string(), "href").remove(0).replace("&amp;", "&");
        let page = staff.get(&choice).await;
        assert_eq!(page.attributes("name=\"start\"", "value").len(), 16, "{}", page.text());

        // outside the hours: the form comes back, says why, and keeps what was typed
        let (visit, patient_id) = (clinic.doctors[0].visit.to_string(), patient.user.to_string());
        let key = page.attributes("name=\"key\"", "value").remove(0);
        let fields = [("doctor", "doctor-1"), ("key", &key), ("patient", &patient_id), ("visit", &visit), ("date", "2026-01-06"), ("time", "17:40"), ("note", "a <cough>")];
        let page = staff.submit("/fn/desk/add", &fields).await;
        assert_eq!(page.status, 409);
        let text = page.text();
        assert!(text.contains("outside the doctor") && text.contains("Tuesday 6 January, 5:40pm needs a reason"), "{text}");
        assert!(page.body.contains("value=\"17:40\"") && page.body.contains("a &lt;cough>"), "{}", page.body);
        let shown = page.attributes("name=\"shown\"", "value").remove(0);
        let mut more = fields.to_vec();
        more.extend([("shown", shown.as_str()), ("location", ""), ("override_reason", "")]);
        let page = staff.submit("/fn/desk/add", &more).await;
        assert!(page.text().contains("Say why the rules are set aside"), "{}", page.text());
        let london = clinic.london.to_string();
        let mut more = fields.to_vec();
        more.extend([("shown", shown.as_str()), ("location", &london), ("override_reason", "an emergency")]);
        let answer = staff.post("/fn/desk/add", &more).await;
        assert_eq!(answer.location(), "/doctor?doctor=doctor-1&date=2026-01-06");

        let page = staff.get(&format!("/appointments/{key}")).await;
        assert!(page.text().contains("an emergency") && page.text().contains("Test Person"), "{}", page.text());
        let page = staff.get(&format!("/appointments/{key}/move")).await;
        assert_eq!(page.status, 200);
        let version = page.attributes("name=\"version\"", "value").remove(0);
        let start = TOMORROW_9.0.to_string();
        let moving = [("id", key.as_str()), ("version", &version), ("date", "2026-01-06")];
        let page = staff.submit("/fn/desk/move", &moving).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Choose a time, or enter another one"), "{}", page.text());
        let mut chosen = moving.to_vec();
        chosen.push(("start", &start));
        assert_eq!(staff.post("/fn/desk/move", &chosen).await.location(), "/doctor?doctor=doctor-1&date=2026-01-06");
        let new = clinic.row(key.parse().expect("an id")).await.rescheduled_to.expect("moved");

        let page = staff.get(&format!("/appointments/{new}/cancel")).await;
        assert!(page.text().contains("Cancel this visit?") && page.text().contains("The doctor is ill or away"), "{}", page.text());
        let version = clinic.row(new).await.version.to_string();
        let cancelling = [("id", new.to_string()), ("version", version), ("reason", "doctor_away".to_owned())];
        let cancelling: Vec<(&str, &str)> = cancelling.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(staff.post("/fn/booking/cancel", &cancelling).await.location(), "/doctor?doctor=doctor-1&date=2026-01-06");
        let page = staff.get(&format!("/appointments/{new}/cancel")).await;
        assert!(page.text().contains("There is nothing to cancel"), "{}", page.text());
    }

    async fn a_taken_time_offers_the_overbooking_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let doctor = clinic.doctors[0].id;
        clinic
            .write(move |mut tx| async move {
                let sql = "update doctors set user_id = $1 where id = $2";
                on!(tx.conn(), |c| sqlx::query(sql).bind(user).bind(doctor).execute(c).await?.rows_affected());
                Ok((tx, ()))
            })
            .await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("somebody else");
        let address = format!("/doctor/add?patient=new&start={}", TOMORROW_9.0);
        let page = browser.get(&address).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("Overbook: two visits at the same time"), "an address may ask for a taken time");
        let (visit, start) = (clinic.doctors[0].visit.to_string(), TOMORROW_9.0.to_string());
        let fields = [("patient", "new"), ("name", "Ana Novak"), ("visit", &visit), ("start", &start), ("shown", &start), ("override_reason", "a fever")];
        let page = browser.submit("/fn/desk/add", &fields).await;
        assert!(page.text().contains("Tick the box to overbook"), "{}", page.text());
        assert!(page.body.contains("value=\"Ana Novak\"") && page.body.contains("a fever"), "{}", page.text());
        let mut ticked = fields.to_vec();
        ticked.push(("overbook", "true"));
        assert_eq!(browser.post("/fn/desk/add", &ticked).await.location(), "/doctor?date=2026-01-06");
        assert_eq!(clinic.count("select count(*) from appointments where overbook").await, 1);
    }
}
