//! Appointments that doctors and staff add and overbook.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    availability::Reason,
    booking::{
        Status,
        front_desk::{AddQuery, AppointmentForm, NEW_PATIENT, TimeForm},
        server::front_desk,
    },
    error::{AppError, FieldCode},
    ids::{AppointmentId, PersonId},
    on,
    time::Timestamp,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    booking::listed,
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    races::{OVERLAPS, assert_history_replays},
    web::{Browser, Web},
};

/// The account of the doctor of this number.
pub async fn doctor(clinic: &TestClinic, number: usize) -> Actor {
    let actor = clinic.user(Role::Doctor).await;
    let (doctor, user) = (clinic.doctors[number].id, actor.user);
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $1 where id = $2";
                on!(tx, |c| sqlx::query(sql).bind(user).bind(doctor).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
    actor
}

/// A browser whose person has this role.
pub async fn signed_in(clinic: &TestClinic, web: &Web, email: &'static str, role: Role) -> (Browser, PersonId) {
    crate::access::person(clinic, web, email, role).await
}

/// A form for the first doctor's appointment at `start`.
pub fn form(clinic: &TestClinic, patient: &str, start: Timestamp) -> AppointmentForm {
    AppointmentForm {
        key: Uuid::now_v7().to_string(),
        doctor: clinic.doctors[0].slug.clone(),
        patient: patient.to_owned(),
        visit_type: clinic.doctors[0].visit_type.to_string(),
        time: TimeForm { start: start.0.to_string(), ..TimeForm::default() },
        ..AppointmentForm::default()
    }
}

pub fn form_for(clinic: &TestClinic, patient: Actor, start: Timestamp) -> AppointmentForm {
    form(clinic, &patient.user.to_string(), start)
}

/// The time with its rules shown and set aside.
pub fn explained(start: Timestamp) -> TimeForm {
    TimeForm {
        start: start.0.to_string(),
        shown: start.0.to_string(),
        override_reason: "SECRET-REASON".into(),
        ..TimeForm::default()
    }
}

pub fn overbooked(start: Timestamp) -> TimeForm {
    TimeForm { overbook: "true".into(), ..explained(start) }
}

pub async fn add(clinic: &TestClinic, actor: Actor, form: AppointmentForm) -> Result<AppointmentId, AppError> {
    front_desk::add(&clinic.app, actor, form).await.map(|appointment| appointment.id)
}

pub fn reasons<T: std::fmt::Debug>(outcome: Result<T, AppError>) -> Vec<Reason> {
    match outcome {
        Err(AppError::TimeGone { reasons, .. }) => reasons,
        other => panic!("{other:?}"),
    }
}

both_databases! {
    async fn staff_add_an_appointment_and_the_patient_is_told_once(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let form = AppointmentForm { note: "a cough".into(), ..form_for(&clinic, patient, TOMORROW_9) };
        let id = add(&clinic, staff, form.clone()).await.expect("an appointment");
        assert_eq!(add(&clinic, staff, form).await, Ok(id), "the same form again is the same appointment");
        let row = clinic.row(id).await;
        assert_eq!((row.status, row.patient_id, row.overbook), (Status::Booked, Some(patient.user), false));
        assert_eq!((clinic.reason(id).await.as_str(), row.override_reason.as_str()), ("a cough", ""));
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointment_added'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries").await, 0, "nothing was set aside");
        assert_eq!(clinic.view(patient, id).await.history[0].what, "Booked by the clinic");
        assert!(!listed(&clinic, &person(patient), "2026-01-06", None).await.contains(&TOMORROW_9));
        assert_history_replays(&clinic).await;
    }

    async fn an_appointment_that_needs_approval_is_booked_when_the_doctor_adds_it(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let (doctor, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        clinic.book(patient, 0, TOMORROW_9).await.expect("a request, so that they know each other");
        let mut form = form_for(&clinic, patient, TOMORROW_9.plus_minutes(60));
        form.doctor = String::new();
        let id = add(&clinic, doctor, form).await.expect("an appointment");
        assert_eq!(clinic.status(id).await, Status::Booked);
    }

    async fn a_new_patient_without_mail_has_an_appointment_and_no_account(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let new = AppointmentForm { name: " Zoë Ng ".into(), phone: "020 7946 0100".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        let id = add(&clinic, staff, new).await.expect("an appointment");
        let view = clinic.view(staff, id).await;
        let contact = view.patient.expect("a patient");
        assert_eq!((contact.name.as_str(), contact.phone.as_str()), ("Zoë Ng", "020 7946 0100"));
        let sql = "select count(*) from persons where email is null and role = 'patient' and password_hash is null";
        assert_eq!(clinic.count(sql).await, 1);
        let query = AddQuery { doctor: "doctor-1".into(), q: "7946-0100".into(), ..AddQuery::default() };
        let found = front_desk::add_page(&clinic.app, staff, query).await.expect("a page").found.expect("a search");
        assert_eq!(found.iter().map(|row| (row.name.as_str(), row.email.as_str())).collect::<Vec<_>>(), [("Zoë Ng", "")]);
    }

    async fn a_new_patient_with_mistakes_is_not_kept(clinic: TestClinic) {
        let (staff, known) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let before = clinic.count("select count(*) from persons").await;
        let wrong = AppointmentForm { email: "nonsense".into(), phone: "call me".into(), note: "a\0b".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        let Err(AppError::Invalid { fields }) = add(&clinic, staff, wrong).await else { panic!("not refused") };
        assert_eq!(fields.iter().map(|field| field.field.as_str()).collect::<Vec<_>>(), ["name", "email", "phone", "note"]);
        let taken = AppointmentForm { name: "Ana".into(), email: format!("{}@EXAMPLE.org", known.user), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        assert_eq!(add(&clinic, staff, taken).await, Err(AppError::field("email", FieldCode::EmailUnusable)));
        clinic.book(known, 0, TOMORROW_9).await.expect("the time is still free");
        let late = AppointmentForm { name: "Ana".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        assert_eq!(reasons(add(&clinic, staff, late).await), [Reason::Taken]);
        assert_eq!(clinic.count("select count(*) from persons").await, before, "nobody was made");
    }

    async fn a_doctor_finds_own_patients_and_others_by_their_whole_address_only(clinic: TestClinic) {
        let (own, stranger) = (clinic.patient().await, clinic.patient().await);
        let (first, staff) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await);
        clinic.book(own, 0, TOMORROW_9).await.expect("an appointment with this doctor");
        clinic.book(stranger, 1, TOMORROW_9).await.expect("an appointment with another doctor");
        let search = async |actor, q: &str| {
            let query = AddQuery { doctor: "doctor-1".into(), q: q.into(), ..AddQuery::default() };
            let mut found = front_desk::add_page(&clinic.app, actor, query).await.expect("a page").found.expect("a search");
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
        for nobody in ["%", "_", "'; drop table persons", "no\0body"] {
            assert!(search(staff, nobody).await.is_empty(), "{nobody:?}");
        }

        let unknown = form_for(&clinic, stranger, TOMORROW_9.plus_minutes(60));
        assert_eq!(add(&clinic, first, unknown.clone()).await, Err(AppError::NotFound));
        let query = AddQuery { patient: stranger.user.to_string(), ..AddQuery::default() };
        assert_eq!(front_desk::add_page(&clinic.app, first, query).await.err(), Some(AppError::NotFound));
        add(&clinic, first, AppointmentForm { q: address, ..unknown }).await.expect("told by the patient");
    }

    async fn rules_are_set_aside_only_with_a_reason_that_saw_them(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let evening = TOMORROW_9.plus_minutes(9 * 60);
        let plain = form_for(&clinic, patient, evening);
        assert_eq!(reasons(add(&clinic, staff, plain.clone()).await), [Reason::OutsideHours]);
        let unseen = TimeForm { shown: String::new(), ..explained(evening) };
        assert_eq!(reasons(add(&clinic, staff, AppointmentForm { time: unseen, ..plain.clone() }).await), [Reason::OutsideHours]);
        let silent = TimeForm { override_reason: " \n".into(), ..explained(evening) };
        assert_eq!(reasons(add(&clinic, staff, AppointmentForm { time: silent, ..plain.clone() }).await), [Reason::OutsideHours]);
        let long = TimeForm { override_reason: "x".repeat(301), ..explained(evening) };
        let refused = add(&clinic, staff, AppointmentForm { time: long, ..plain.clone() }).await;
        assert_eq!(refused, Err(AppError::field("override_reason", FieldCode::TooLong(300))));
        let nowhere = add(&clinic, staff, AppointmentForm { time: explained(evening), ..plain.clone() }).await;
        assert_eq!(nowhere, Err(AppError::field("location", FieldCode::Missing)));
        assert_eq!(clinic.count("select count(*) from appointments").await, 0);

        let there = TimeForm { location: clinic.london.to_string(), overbook: "true".into(), ..explained(evening) };
        let id = add(&clinic, staff, AppointmentForm { time: there, ..plain }).await.expect("an appointment");
        let row = clinic.row(id).await;
        assert_eq!((row.overbook, row.override_reason.as_str()), (false, "SECRET-REASON"), "no overbooking without need");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'appointment.rule_set_aside'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where details like '%SECRET%'").await, 0);
        let seen_by_patient = serde_json::to_string(&clinic.view(patient, id).await).expect("JSON");
        assert!(!seen_by_patient.contains("SECRET"), "{seen_by_patient}");
        assert_eq!(clinic.view(staff, id).await.clinic.expect("the clinic's side").override_reason, "SECRET-REASON");
    }

    async fn overbooking_is_explicit_and_leaves_the_other_appointment(clinic: TestClinic) {
        let (staff, first, second, third) = (clinic.user(Role::Admin).await, clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let other = clinic.book(first, 0, TOMORROW_9).await.expect("an appointment");
        let plain = form_for(&clinic, second, TOMORROW_9);
        assert_eq!(reasons(add(&clinic, staff, plain.clone()).await), [Reason::Taken]);
        for time in [explained(TOMORROW_9), TimeForm { override_reason: String::new(), ..overbooked(TOMORROW_9) }] {
            assert_eq!(reasons(add(&clinic, staff, AppointmentForm { time, ..plain.clone() }).await), [Reason::Taken]);
        }
        let id = add(&clinic, staff, AppointmentForm { time: overbooked(TOMORROW_9), ..plain }).await.expect("overbooked");
        assert!(clinic.row(id).await.overbook);
        assert_eq!((clinic.status(id).await, clinic.status(other).await), (Status::Booked, Status::Booked));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'appointment.overbooked'").await, 1);
        assert_eq!(reasons(clinic.book(third, 0, TOMORROW_9).await), [Reason::Taken]);
        crate::booking::cancel(&clinic, first, other).await.expect("the other is cancelled");
        assert_eq!(reasons(clinic.book(third, 0, TOMORROW_9).await), [Reason::Taken], "the overbooked one still takes it");
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_history_replays(&clinic).await;
    }

    async fn a_patients_own_overlap_needs_the_overbooking_too(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        clinic.book(patient, 1, TOMORROW_9).await.expect("an appointment elsewhere");
        let plain = form_for(&clinic, patient, TOMORROW_9);
        assert_eq!(reasons(add(&clinic, staff, plain.clone()).await), [Reason::PatientBusy]);
        let asked = AddQuery {
            doctor: plain.doctor.clone(),
            patient: plain.patient.clone(),
            q: plain.q.clone(),
            visit_type: plain.visit_type.clone(),
            time: plain.time.clone(),
        };
        let page = front_desk::add_page(&clinic.app, staff, asked).await.expect("a page");
        let wanted = page.day.and_then(|day| day.wanted).expect("a time");
        assert_eq!((wanted.reasons.as_slice(), wanted.busy_with.as_str()), (&[Reason::PatientBusy][..], "Tuesday 6 January, 9am with Dr doctor-2"));
        assert_eq!(reasons(add(&clinic, staff, AppointmentForm { time: explained(TOMORROW_9), ..plain.clone() }).await), [Reason::PatientBusy]);
        add(&clinic, staff, AppointmentForm { time: overbooked(TOMORROW_9), ..plain }).await.expect("overbooked");
        // the overbooked appointment counts for the patient as any other
        let refused = clinic.book(patient, 2, TOMORROW_9).await;
        assert!(matches!(refused, Err(AppError::PatientBusy { .. })), "{refused:?}");
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
        assert_eq!(clinic.count("select count(*) from outbox").await, 1, "nobody else is told of an appointment");
    }

    async fn typed_times_are_read_by_the_clinics_clocks(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let typed = |date: &str, time: &str| {
            let time = TimeForm { date: date.into(), time: time.into(), ..TimeForm::default() };
            AppointmentForm { time, ..form_for(&clinic, patient, TOMORROW_9) }
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
        let missing = AppointmentForm { time: TimeForm::default(), ..form_for(&clinic, patient, TOMORROW_9) };
        assert_eq!(add(&clinic, staff, missing).await, Err(AppError::field("start", FieldCode::Missing)));
        for start in [i64::MIN, i64::MAX] {
            assert!(matches!(add(&clinic, staff, form_for(&clinic, patient, Timestamp(start))).await, Err(AppError::Invalid { .. })));
        }
        assert_eq!(reasons(add(&clinic, staff, typed("2026-01-06", "9:40")).await), [Reason::OffStep]);
        let id = add(&clinic, staff, typed("2026-01-06", "9:30am")).await.expect("a free time");
        assert_eq!(clinic.row(id).await.local_start, "2026-01-06T09:30");
        clinic.clock.set(TOMORROW_9.plus_minutes(10));
        let walk_in = AppointmentForm { time: explained(TOMORROW_9), ..form_for(&clinic, patient, TOMORROW_9) };
        let id = add(&clinic, staff, walk_in).await.expect("who is here already");
        assert_eq!(clinic.row(id).await.override_reason, "SECRET-REASON");
    }
}
