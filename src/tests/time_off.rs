//! Time off over booked appointments: each of the four choices, everything or nothing, and never free and away at once.

use std::{collections::HashMap, sync::Arc};

use docslot::{
    accounts::Role,
    booking::{
        CancelReason, Status,
        absence_resolution::{ResolutionForm, appointment_key},
        server::{
            self as booking,
            absence_resolution::{Resolution, ResolvedAppointment},
            time_off::{self, TimeOffRequest},
        },
        time_off::{TimeOffForm, TimeOffSpan},
    },
    db::{Conn, Error},
    error::{AppError, FieldCode},
    ids::{AppointmentId, PersonId},
    on,
    time::Timestamp,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    booking::{DAY, cancel, listed},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser, person},
    races::{OVERLAPS, assert_history_replays},
    web::Web,
};

/// An account for the doctor of this number.
pub async fn doctor(clinic: &TestClinic, number: usize) -> Actor {
    let actor = clinic.user(Role::Doctor).await;
    let (user, doctor) = (actor.user, clinic.doctors[number].id);
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

/// A code per appointment, as the page would send it.
pub async fn choices(clinic: &TestClinic, chosen: &[(AppointmentId, &str)]) -> ResolutionForm {
    let mut form = ResolutionForm::default();
    for (id, code) in chosen {
        let key = appointment_key(*id);
        let (code, colleague) = match code.strip_prefix('h') {
            Some(number) => ("h", Some(clinic.doctors[number.parse::<usize>().expect("a number")].id)),
            None => (*code, None),
        };
        form.v.insert(key.clone(), format!("{}.{code}", clinic.row(*id).await.version));
        form.h.extend(colleague.map(|colleague| (key, colleague.to_string())));
    }
    form
}

/// The whole of Tuesday 6 January, and the days after it.
fn days(days: i64) -> TimeOffSpan {
    TimeOffSpan { from: "2026-01-06".into(), until: format!("2026-01-{:02}", 5 + days), ..TimeOffSpan::default() }
}

async fn version(clinic: &TestClinic) -> i64 {
    clinic.count("select schedule_version from doctors where slug = 'doctor-1'").await
}

pub async fn take_off(
    clinic: &TestClinic,
    actor: Actor,
    choices: ResolutionForm,
) -> Result<Vec<ResolvedAppointment>, AppError> {
    let request = TimeOffRequest {
        doctor: "doctor-1".into(),
        version: version(clinic).await,
        span: days(1),
        reason: "SECRET-REASON".into(),
        choices,
    };
    time_off::resolve(&clinic.app, actor, request).await
}

pub fn typed(from: [&str; 3], start: &str, end: &str) -> TimeOffForm {
    let [from_day, from_month, from_year] = from.map(str::to_owned);
    TimeOffForm { from_day, from_month, from_year, start: start.into(), end: end.into(), ..TimeOffForm::default() }
}

pub async fn add(clinic: &TestClinic, actor: Actor, form: TimeOffForm) -> Result<(), AppError> {
    time_off::add(&clinic.app, actor, "doctor-1".into(), version(clinic).await, form).await.map(|_| ())
}

/// Who is told what about which appointments, but for what patients did themselves before.
pub async fn messages(clinic: &TestClinic) -> Vec<(PersonId, String, Vec<AppointmentId>)> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<Vec<(PersonId, String, String)>, Error> {
        let sql = "select person_id, kind, appointments from outbox
            where kind not in ('appointment_booked', 'request_received', 'verify_address') order by kind, person_id";
        Ok(on!(conn, |c| sqlx::query_as(sql).fetch_all(c).await?))
    };
    let rows = read(&mut reader.conn()).await.expect("messages");
    rows.into_iter().map(|(user, kind, ids)| (user, kind, serde_json::from_str(&ids).expect("ids"))).collect()
}

fn resolution(resolved: &[ResolvedAppointment], id: AppointmentId) -> Resolution {
    resolved.iter().find(|resolved| resolved.appointment == id).expect("resolved").resolution.clone()
}

/// Every changed row, so that "nothing changed" can be said of all of them.
async fn everything(clinic: &TestClinic) -> Vec<i64> {
    vec![
        clinic.count("select count(*) from appointments").await,
        clinic.count("select count(*) from appointment_events").await,
        clinic.count("select count(*) from time_off").await,
        clinic.count("select count(*) from outbox where kind <> 'appointment_booked'").await,
        clinic.count("select count(*) from audit_entries").await,
        clinic.count("select sum(version) from appointments").await,
        version(clinic).await,
    ]
}

both_databases! {
    async fn each_choice_has_its_effect_and_each_patient_one_message(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let mut patients = Vec::new();
        let mut appointments = Vec::new();
        for n in 0..4 {
            let patient = clinic.patient().await;
            appointments.push(clinic.book(patient, 0, TOMORROW_9.plus_minutes(30 * n)).await.expect("an appointment"));
            patients.push(patient.user);
        }
        let [cancelled, kept, moved, given] = appointments[..] else { panic!("four appointments") };
        let form = choices(&clinic, &[(cancelled, "c"), (kept, "k"), (moved, "n"), (given, "h2")]).await;
        let before = version(&clinic).await;
        let resolved = take_off(&clinic, actor, form).await.expect("resolved");

        let row = clinic.row(cancelled).await;
        assert_eq!((row.status, row.cancel_reason, row.cancelled_late), (Status::Cancelled, Some(CancelReason::DoctorAway), false));
        let row = clinic.row(kept).await;
        assert_eq!((row.status, row.version, resolution(&resolved, kept)), (Status::Booked, 2, Resolution::Kept));

        let Resolution::Moved(to) = resolution(&resolved, moved) else { panic!("moved") };
        let (old, new) = (clinic.row(moved).await, clinic.row(to).await);
        assert_eq!((old.status, old.rescheduled_to), (Status::Rescheduled, Some(to)));
        assert_eq!((new.status, new.rescheduled_from, new.patient_id), (Status::Booked, Some(moved), old.patient_id));
        assert_eq!((new.doctor_id, new.starts_at), (clinic.doctors[0].id, TOMORROW_9.plus_minutes(DAY)), "the first time after the day off");

        let Resolution::Given { to: handed, colleague, .. } = resolution(&resolved, given) else { panic!("given") };
        let (old, new) = (clinic.row(given).await, clinic.row(handed).await);
        assert_eq!((old.status, old.rescheduled_to), (Status::Rescheduled, Some(handed)));
        assert_eq!((new.status, new.rescheduled_from, new.patient_id), (Status::Booked, Some(given), old.patient_id));
        assert_eq!((new.doctor_id, new.starts_at), (clinic.doctors[2].id, old.starts_at), "the same time at the colleague");
        assert_eq!((colleague, new.visit_type_id), (clinic.doctors[2].id, clinic.doctors[2].visit_type));

        let mut told = messages(&clinic).await;
        told.sort_by_key(|(user, ..)| patients.iter().position(|patient| patient == user));
        assert_eq!(told, [
            (patients[0], "appointments_cancelled".to_owned(), vec![cancelled]),
            (patients[2], "appointments_moved".to_owned(), vec![to]),
            (patients[3], "appointments_moved".to_owned(), vec![handed]),
        ]);
        assert!(listed(&clinic, &browser("b"), "2026-01-06", None).await.is_empty(), "nothing can be booked that day");
        assert_eq!(version(&clinic).await, before + 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'time_off.added' and details like '%Tuesday 6 January%'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where details like '%SECRET%'").await, 0);
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_history_replays(&clinic).await;

        let page = time_off::list(&clinic.app, actor, "", "c1.m1.k1.g1-doctor-3").await.expect("a list");
        assert_eq!((page.items[0].when.as_str(), page.items[0].reason.as_str()), ("Tuesday 6 January", "SECRET-REASON"));
        assert_eq!(page.done, "The time off is saved. 1 appointment cancelled, 1 moved, 1 given to Dr doctor-3, 1 kept. The patients see it under My appointments.");
    }

    async fn several_appointments_of_one_patient_are_one_message(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let (mixed, plain) = (clinic.patient().await, clinic.patient().await);
        let mut appointments = Vec::new();
        for (n, patient) in [mixed, plain, mixed, plain].into_iter().enumerate() {
            appointments.push(clinic.book(patient, 0, TOMORROW_9.plus_minutes(30 * n as i64)).await.expect("an appointment"));
        }
        let form = choices(&clinic, &[(appointments[0], "c"), (appointments[1], "c"), (appointments[2], "n"), (appointments[3], "c")]).await;
        let resolved = take_off(&clinic, actor, form).await.expect("resolved");
        let Resolution::Moved(to) = resolution(&resolved, appointments[2]) else { panic!("moved") };
        assert_eq!(messages(&clinic).await, [
            (plain.user, "appointments_cancelled".to_owned(), vec![appointments[1], appointments[3]]),
            (mixed.user, "appointments_changed".to_owned(), vec![appointments[0], to]),
        ]);
    }

    async fn moved_appointments_keep_their_order_and_pass_what_is_taken(clinic: TestClinic) {
        // the patient's own appointment elsewhere, and a stranger's at this doctor
        let actor = doctor(&clinic, 0).await;
        let (first, second, other) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let next_day = TOMORROW_9.plus_minutes(DAY);
        let appointments = [
            clinic.book(first, 0, TOMORROW_9).await.expect("an appointment"),
            clinic.book(second, 0, TOMORROW_9.plus_minutes(30)).await.expect("an appointment"),
        ];
        clinic.book(first, 1, next_day).await.expect("elsewhere at nine");
        clinic.book(other, 0, next_day.plus_minutes(30)).await.expect("another patient at half past");
        // notice and audience are the clinic's to set aside: the appointments were agreed before
        clinic.execute("update visit_types set notice_minutes = 43200").await.expect("a rule");
        clinic.execute("update doctors set accepts_new_patients = (1 = 0)").await.expect("a rule");
        let shown = time_off::appointments(&clinic.app, actor, "", &days(1)).await.expect("a page");
        let next: Vec<_> = shown.list.appointments.iter().map(|appointment| appointment.next.clone().unwrap_or_default()).collect();
        assert_eq!(next, ["Wednesday 7 January, 10am", "Wednesday 7 January, 9am"]);
        let form = choices(&clinic, &[(appointments[0], "n"), (appointments[1], "n")]).await;
        let resolved = take_off(&clinic, actor, form).await.expect("resolved");
        let mut starts = Vec::new();
        for appointment in appointments {
            let Resolution::Moved(to) = resolution(&resolved, appointment) else { panic!("moved") };
            starts.push(clinic.row(to).await.starts_at);
        }
        assert_eq!(starts, [next_day.plus_minutes(60), next_day], "as the page said");
        assert_eq!(clinic.count(OVERLAPS).await, 0);
    }

    async fn a_request_that_is_moved_stays_a_request(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let actor = doctor(&clinic, 0).await;
        let (asked, agreed) = (
            clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a request"),
            clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(30)).await.expect("a request"),
        );
        clinic.answer(actor, agreed, true).await.expect("accepted");
        let form = choices(&clinic, &[(asked, "h1"), (agreed, "n")]).await;
        let resolved = take_off(&clinic, actor, form).await.expect("resolved");
        let Resolution::Given { to: request, .. } = resolution(&resolved, asked) else { panic!("given") };
        let Resolution::Moved(appointment) = resolution(&resolved, agreed) else { panic!("moved") };
        assert_eq!((clinic.status(request).await, clinic.status(appointment).await), (Status::Requested, Status::Booked));
        assert_history_replays(&clinic).await;
    }

    async fn one_choice_that_cannot_be_kept_leaves_everything_as_it_was(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let (a, b) = (clinic.patient().await, clinic.patient().await);
        let first = clinic.book(a, 0, TOMORROW_9).await.expect("an appointment");
        let second = clinic.book(b, 0, TOMORROW_9.plus_minutes(30)).await.expect("an appointment");
        clinic.book(clinic.patient().await, 1, TOMORROW_9.plus_minutes(30)).await.expect("the colleague is taken");
        let shown = time_off::appointments(&clinic.app, actor, "", &days(1)).await.expect("a page");
        let free: Vec<usize> = shown.list.appointments.iter().map(|appointment| appointment.free.len()).collect();
        assert_eq!(free, [3, 2], "a taken colleague is not offered");
        let mut before = everything(&clinic).await;

        let form = choices(&clinic, &[(first, "n"), (second, "h1")]).await;
        let refused = take_off(&clinic, actor, form).await.expect_err("the colleague is taken");
        assert_eq!(refused, AppError::NotResolved { appointment: second, when: "Tuesday 6 January, 9:30am".into() });
        let own = choices(&clinic, &[(first, "c"), (second, "h0")]).await;
        assert!(matches!(take_off(&clinic, actor, own).await, Err(AppError::NotResolved { appointment, .. }) if appointment == second), "not to oneself");
        clinic.execute("update weekly_hours set valid_until = '2026-01-06'").await.expect("no hours after that day");
        before[6] = version(&clinic).await;
        let form = choices(&clinic, &[(first, "c"), (second, "n")]).await;
        assert!(matches!(take_off(&clinic, actor, form).await, Err(AppError::NotResolved { appointment, .. }) if appointment == second));
        clinic.execute("update doctors set status = 'paused' where slug = 'doctor-3'").await.expect("a pause");
        let form = choices(&clinic, &[(first, "h2"), (second, "c")]).await;
        assert!(matches!(take_off(&clinic, actor, form).await, Err(AppError::NotResolved { appointment, .. }) if appointment == first));
        assert_eq!(everything(&clinic).await, before);
        assert_eq!(clinic.status(first).await, Status::Booked);
    }

    async fn a_page_that_is_out_of_date_changes_nothing(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let (a, b) = (clinic.patient().await, clinic.patient().await);
        let first = clinic.book(a, 0, TOMORROW_9).await.expect("an appointment");
        let second = clinic.book(b, 0, TOMORROW_9.plus_minutes(30)).await.expect("an appointment");
        let form = choices(&clinic, &[(first, "c"), (second, "c")]).await;
        // named by the page and gone meanwhile
        cancel(&clinic, clinic.user(Role::Admin).await, second).await.expect("cancelled");
        let before = everything(&clinic).await;
        assert_eq!(take_off(&clinic, actor, form).await, Err(AppError::Conflict));
        // new meanwhile
        let form = choices(&clinic, &[(first, "c")]).await;
        clinic.book(b, 0, TOMORROW_9.plus_minutes(60)).await.expect("another appointment");
        assert_eq!(take_off(&clinic, actor, form.clone()).await, Err(AppError::Conflict));
        // another version than the page showed
        let mut stale = choices(&clinic, &[(first, "c")]).await;
        stale.v.values_mut().for_each(|value| *value = "1.c".into());
        assert_eq!(take_off(&clinic, actor, stale).await, Err(AppError::Conflict));
        // a calendar that changed
        let request = TimeOffRequest { doctor: String::new(), version: 999, span: days(1), reason: String::new(), choices: form };
        assert_eq!(time_off::resolve(&clinic.app, actor, request).await, Err(AppError::Conflict));
        assert_eq!(clinic.count("select count(*) from time_off").await, 0);
        assert_eq!(clinic.status(first).await, Status::Booked);
        assert!(everything(&clinic).await[3..5] == before[3..5], "no patient was told, and nothing was noted");
    }

    async fn held_times_in_it_are_given_back_and_cannot_be_confirmed(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let patient = clinic.patient().await;
        let hold = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        add(&clinic, actor, typed(["6", "1", "2026"], "", "")).await.expect("nobody has booked");
        assert_eq!(clinic.status(hold).await, Status::Expired);
        let refused = booking::confirm(&clinic.app, person(patient), hold).await;
        assert!(matches!(refused, Err(AppError::TimeGone { .. })), "{refused:?}");
        assert_history_replays(&clinic).await;
    }

    async fn time_off_without_appointments_is_saved_at_once_and_can_be_removed(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment at nine");
        assert_eq!(add(&clinic, actor, typed(["6", "1", "2026"], "", "")).await, Err(AppError::AppointmentsAhead { appointments: 1 }));
        assert_eq!(add(&clinic, actor, typed(["6", "1", "2026"], "9:15", "10")).await, Err(AppError::AppointmentsAhead { appointments: 1 }));
        add(&clinic, actor, typed(["6", "1", "2026"], "9:30", "2pm")).await.expect("the appointment is over by then");
        let free = listed(&clinic, &browser("b"), "2026-01-06", None).await;
        assert_eq!(free.first(), Some(&TOMORROW_9.plus_minutes(5 * 60)));
        let list = time_off::list(&clinic.app, actor, "", "").await.expect("a list");
        assert_eq!(list.items[0].when, "Tuesday 6 January, 9:30am to 2pm");
        let stale = time_off::remove(&clinic.app, actor, String::new(), list.version - 1, list.items[0].id).await;
        assert_eq!(stale, Err(AppError::Conflict));
        let other = doctor(&clinic, 1).await;
        let foreign = time_off::remove(&clinic.app, other, String::new(), 1, list.items[0].id).await;
        assert_eq!(foreign, Err(AppError::NotFound));
        time_off::remove(&clinic.app, actor, String::new(), list.version, list.items[0].id).await.expect("removed");
        assert_eq!(listed(&clinic, &browser("b"), "2026-01-06", None).await.len(), 15);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'time_off.removed'").await, 1);
        assert_eq!(
            add(&clinic, actor, typed(["4", "1", "2026"], "", "")).await,
            Err(AppError::field("from", FieldCode::InThePast))
        );
        let long = TimeOffForm { reason: "x".repeat(201), ..typed(["9", "1", "2026"], "", "") };
        assert_eq!(add(&clinic, actor, long).await, Err(AppError::field("reason", FieldCode::TooLong(200))));
    }

    async fn a_calendar_is_its_doctors_and_the_staffs(clinic: TestClinic) {
        let (own, other) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let appointment = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
        // a patient is refused before anything of the form is looked at
        let nonsense = typed(["x", "", ""], "", "");
        for (actor, refusal) in [(patient, AppError::Forbidden), (other, AppError::NotFound)] {
            let app = &clinic.app;
            let form = choices(&clinic, &[(appointment, "c")]).await;
            assert_eq!(time_off::list(app, actor, "doctor-1", "").await.err(), Some(refusal.clone()));
            assert_eq!(time_off::appointments(app, actor, "doctor-1", &days(1)).await.err(), Some(refusal.clone()));
            assert_eq!(add(&clinic, actor, nonsense.clone()).await.err(), Some(refusal.clone()));
            let id = docslot::ids::TimeOffId(Uuid::now_v7());
            assert_eq!(time_off::remove(app, actor, "doctor-1".into(), 1, id).await.err(), Some(refusal.clone()));
            assert_eq!(take_off(&clinic, actor, form).await.err(), Some(refusal));
        }
        assert_eq!(time_off::list(&clinic.app, staff, "nobody", "").await.err(), Some(AppError::NotFound));
        assert_eq!(time_off::list(&clinic.app, own, "", "").await.expect("their own").doctor, "doctor-1");
        let form = choices(&clinic, &[(appointment, "c")]).await;
        take_off(&clinic, staff, form).await.expect("staff may");
        assert_eq!(clinic.view(patient, appointment).await.cancelled_by.as_deref(), Some("Cancelled by the clinic"));
        // an appointment of another doctor cannot be slipped in
        let foreign = clinic.book(patient, 1, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("an appointment elsewhere");
        let request = TimeOffRequest {
            doctor: "doctor-1".into(),
            version: version(&clinic).await,
            span: TimeOffSpan { from: "2026-01-08".into(), until: "2026-01-08".into(), ..TimeOffSpan::default() },
            reason: String::new(),
            choices: choices(&clinic, &[(foreign, "c")]).await,
        };
        assert_eq!(time_off::resolve(&clinic.app, own, request).await, Err(AppError::Conflict));
        assert_eq!(clinic.status(foreign).await, Status::Booked);
    }

    async fn of_32_tasks_that_book_or_take_time_off_none_books_into_it(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let mut patients = Vec::new();
        for _ in 0..28 {
            patients.push(clinic.patient().await);
        }
        // on a day that nobody takes off, so that there is a history also when every race is lost
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(DAY * 6)).await.expect("an appointment");
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for n in 0..32_i64 {
            let clinic = clinic.clone();
            let day = n / 8;
            let patient = if n % 8 == 3 { None } else { patients.pop() };
            tasks.push(tokio::spawn(async move {
                let Some(patient) = patient else {
                    // the whole day, in the midst of its bookings
                    let date = (6 + day).to_string();
                    let mut outcome = Err(AppError::Conflict);
                    while matches!(outcome, Err(AppError::Conflict | AppError::Unavailable { .. })) {
                        outcome = add(&clinic, actor, typed([&date, "1", "2026"], "", "")).await;
                    }
                    return outcome;
                };
                clinic.book(patient, 0, TOMORROW_9.plus_minutes(DAY * day + 30 * (n % 8))).await.map(|_| ())
            }));
        }
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(())
                | Err(
                    AppError::TimeGone { .. }
                    | AppError::HoldExpired { .. }
                    | AppError::Conflict
                    | AppError::AppointmentsAhead { .. }
                    | AppError::Unavailable { unchanged: true },
                ) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        let (off, booked) = (
            clinic.count("select count(*) from time_off").await,
            clinic.count("select count(*) from appointments where status = 'booked'").await,
        );
        println!("{off} of 4 days taken off, {} of 28 appointments booked", booked - 1);
        assert!(off + booked > 1, "where nobody got anything, nothing was tried");
        let inside = "select count(*) from appointments a
            join time_off t on t.doctor_id = a.doctor_id and a.starts_at < t.ends_at and a.ends_at > t.starts_at
            where a.status in ('held', 'requested', 'booked', 'arrived')";
        assert_eq!(clinic.count(inside).await, 0);
        assert_history_replays(&clinic).await;
    }

    async fn three_hundred_appointments_are_resolved_in_one_unit(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let appointments = many(&clinic, 300).await;
        let codes = ["c", "n", "h1", "c", "n", "k"];
        let chosen: Vec<_> = appointments.iter().zip(codes.into_iter().cycle()).map(|(id, code)| (*id, code)).collect();
        let form = choices(&clinic, &chosen).await;
        let request = TimeOffRequest { doctor: String::new(), version: version(&clinic).await, span: days(20), reason: String::new(), choices: form };
        let begun = std::time::Instant::now();
        let resolved = time_off::resolve(&clinic.app, actor, request).await.expect("resolved");
        println!("300 appointments resolved in {:?} (a debug build, unless told otherwise)", begun.elapsed());
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for (id, code) in &chosen {
            let expected = match resolution(&resolved, *id) {
                Resolution::Kept => "k",
                Resolution::Cancelled => "c",
                Resolution::Moved(_) => "n",
                Resolution::Given { .. } => "h1",
            };
            assert_eq!(expected, *code);
            *counts.entry(code).or_default() += 1;
        }
        assert_eq!((counts["c"], counts["n"], counts["h1"], counts["k"]), (100, 100, 50, 50));
        assert_eq!(clinic.count("select count(*) from appointments where status = 'rescheduled' and rescheduled_to is not null").await, 150);
        assert_eq!(clinic.count("select count(*) from outbox where kind <> 'appointment_booked'").await, 250);
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_history_replays(&clinic).await;
    }

    async fn the_appointments_step_works_as_a_form_and_the_reason_is_in_no_address(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        sign_in_doctor(&clinic, &mut browser).await;
        let patient = clinic.patient().await;
        let mut appointments = Vec::new();
        for n in 0..3 {
            appointments.push(clinic.book(patient, 0, TOMORROW_9.plus_minutes(30 * n)).await.expect("an appointment"));
        }
        let page = browser.get("/doctor/time-off").await;
        assert_eq!(page.status, 200);
        let version = page.attributes("name=\"version\"", "value").remove(0);
        let bad = [("doctor", ""), ("version", &version), ("from_day", "31"), ("from_month", "2"), ("from_year", "2026"), ("start", "25"), ("reason", "knee")];
        let page = browser.submit("/fn/availability/add_time_off", &bad).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains("href=\"#from\"") && page.body.contains("href=\"#start\"") && page.body.contains("value=\"knee\""), "{}", page.text());
        let good = [("doctor", ""), ("version", &version), ("from_day", "6"), ("from_month", "1"), ("from_year", "2026"), ("reason", "my knee")];
        let answer = browser.post("/fn/availability/add_time_off", &good).await;
        let step = answer.location().to_owned();
        assert_eq!(step, "/doctor/time-off/appointments?from=2026-01-06&until=2026-01-06");
        let page = browser.get(&step).await;
        assert!(page.text().contains("3 appointments are booked then . Nothing is saved yet."), "{}", page.text());
        assert!(page.body.contains("value=\"my knee\""), "the reason came along");
        assert!(page.text().contains("Move to Wednesday 7 January, 9am") && page.text().contains("Dr doctor-2"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from time_off").await, 0);

        // a choice is missing: the page comes back with what was chosen
        let key = |n: usize| format!("v%5B{}%5D", appointment_key(appointments[n]));
        let (first, second, third) = (key(0), key(1), key(2));
        let hand = format!("h%5B{}%5D", appointment_key(appointments[1]));
        let colleague = clinic.doctors[1].id.to_string();
        let mut fields = vec![
            ("doctor", ""), ("version", version.as_str()), ("from", "2026-01-06"), ("until", "2026-01-06"), ("start", ""), ("end", ""),
            ("reason", "my knee"), (&first, "2.n"), (&second, "2.h"), (&hand, &colleague), (&third, "2.a"),
        ];
        let page = browser.submit("/fn/availability/resolve_time_off", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains("href=\"#all\""), "{}", page.text());
        let kept = page.attributes("checked", "value");
        assert_eq!(kept, ["2.n", "2.h", "2.a"]);
        // an appointment changed meanwhile: the newer state is shown, the rest is kept
        cancel(&clinic, patient, appointments[2]).await.expect("cancelled");
        fields.push(("all", "c"));
        let page = browser.submit("/fn/availability/resolve_time_off", &fields).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("2 appointments are booked then"), "{}", page.text());
        assert_eq!(page.attributes("checked", "value"), ["c", "2.n", "2.h"]);
        fields.retain(|(name, _)| *name != third);
        let page = browser.submit("/fn/availability/resolve_time_off", &fields).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("1 appointment moved, 1 given to Dr doctor-2. The patients see it under My appointments."), "{}", page.text());
        assert!(page.text().contains("my knee"), "its doctor sees the reason");
        assert!(page.body.contains("href=\"/doctor?date=2026-01-06\""), "a way to the day: {}", page.body);
        // nobody else calls it
        let answer = web.browser().post("/fn/availability/resolve_time_off", &fields).await;
        assert!(answer.location().starts_with("/sign-in"));
    }

    async fn a_form_of_three_hundred_appointments_fits_into_a_body(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        sign_in_doctor(&clinic, &mut browser).await;
        many(&clinic, 300).await;
        let step = "/doctor/time-off/appointments?from=2026-01-06&until=2026-01-26";
        let begun = std::time::Instant::now();
        let page = browser.get(step).await;
        println!("the page of 300 appointments: {} bytes in {:?}", page.body.len(), begun.elapsed());
        let mut names = page.attributes("type=\"radio\"", "name");
        names.retain(|name| name.starts_with("v["));
        names.dedup();
        assert_eq!(names.len(), 300);
        let selects = page.attributes("name=\"h[", "name");
        assert_eq!(selects.len(), 300, "a colleague is free for each");
        let colleague = clinic.doctors[1].id.to_string();
        let encoded = |name: &str| name.replace('[', "%5B").replace(']', "%5D");
        let version = page.attributes("name=\"version\"", "value").remove(0);
        let mut fields: Vec<(String, String)> = names.iter().map(|name| (encoded(name), "1.h".to_owned())).collect();
        fields.extend(selects.iter().map(|name| (encoded(name), colleague.clone())));
        for (name, value) in [("doctor", ""), ("version", version.as_str()), ("from", "2026-01-06"), ("until", "2026-01-26"), ("reason", "")] {
            fields.push((name.to_owned(), value.to_owned()));
        }
        let size: usize = fields.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        println!("its form: {size} bytes");
        assert!(size < 64 * 1024);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = browser.post("/fn/availability/resolve_time_off", &fields).await;
        assert_eq!(answer.location(), "/doctor/time-off?done=c0.m0.k0.g300-doctor-2");
        assert_eq!(clinic.count("select count(*) from appointments where status = 'rescheduled'").await, 300);
    }
}

/// Signs a browser in as the first doctor.
pub async fn sign_in_doctor(clinic: &TestClinic, browser: &mut crate::web::Browser) {
    browser.get("/register").await;
    let fields = [
        ("name", "Dr One"),
        ("email", "one@example.org"),
        ("phone", ""),
        ("password", "quiet green bicycle"),
        ("next", "/"),
    ];
    browser.post("/fn/register", &fields).await;
    clinic.execute("update persons set role = 'doctor' where email = 'one@example.org'").await.expect("a role");
    let own = "update doctors set person_id = (select id from persons where email = 'one@example.org') where slug = 'doctor-1'";
    clinic.execute(own).await.expect("an account");
}

/// That many booked appointments of the first doctor, each of another patient, from tomorrow on. Written at once: the rows are
/// what booking makes, as far as settling looks.
async fn many(clinic: &TestClinic, count: i64) -> Vec<AppointmentId> {
    let template = clinic.row(clinic.book(clinic.patient().await, 0, NOW.plus_minutes(120)).await.expect("one")).await;
    let (doctor, terms) = (template.doctor_id, template.terms().id());
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let conn = &mut tx;
                let mut ids = Vec::new();
                for n in 0..count {
                    let patient = PersonId(Uuid::now_v7());
                    let id = AppointmentId(Uuid::now_v7());
                    let start = TOMORROW_9.plus_minutes(DAY * (n / 16) + 30 * (n % 16));
                    let sql = "insert into persons (id, email, display_name, role, password_hash, created_at)
                    values ($1, $2, 'Test Person', 'patient', 'none', $3)";
                    let email = format!("{patient}@example.org");
                    on!(conn, |c| sqlx::query(sql)
                        .bind(patient)
                        .bind(&email)
                        .bind(NOW)
                        .execute(c)
                        .await?
                        .rows_affected());
                    insert_appointment(conn, id, patient, (doctor, terms), start).await?;
                    ids.push(id);
                }
                Ok(ids)
            })
        })
        .await
}

async fn insert_appointment(
    conn: &mut Conn<'_>,
    id: AppointmentId,
    patient: PersonId,
    (doctor, terms): (docslot::ids::DoctorId, Uuid),
    start: Timestamp,
) -> Result<(), Error> {
    let sql =
        "insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version, overbook, starts_at,
            ends_at, utc_offset_seconds, buffer_before_minutes, buffer_after_minutes, created_at, updated_at)
        values ($1, $2, $3, $4, $5, 'booked', 1, $6, $7, $8, 0, 0, 0, $9, $9)";
    on!(conn, |c| {
        let query = sqlx::query(sql).bind(id).bind(id.to_string()).bind(doctor).bind(patient).bind(terms);
        query.bind(false).bind(start).bind(start.plus_minutes(30)).bind(NOW).execute(c).await?.rows_affected()
    });
    let sql = "insert into appointment_events (appointment_id, version, at, actor_id, actor_role, action, to_status)
        values ($1, 1, $2, $3, 'patient', 'book', 'booked')";
    on!(conn, |c| {
        let query = sqlx::query(sql).bind(id).bind(NOW).bind(patient);
        query.execute(c).await?.rows_affected()
    });
    Ok(())
}
