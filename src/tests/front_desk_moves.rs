//! Appointments that doctors and staff move and cancel, and the whole way of it over HTTP.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    availability::Reason,
    booking::{
        CancelReason, Status,
        front_desk::{AddQuery, TimeForm},
        server::{self as booking, front_desk},
    },
    error::{AppError, FieldCode},
    ids::AppointmentId,
    on,
    web::request::Actor,
};

use crate::{
    booking::{DAY, listed},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    front_desk::{add, doctor, explained, form, overbooked, reasons, signed_in},
    races::{OVERLAPS, assert_history_replays},
    web::Web,
};

pub async fn move_to(
    clinic: &TestClinic,
    actor: Actor,
    id: AppointmentId,
    time: TimeForm,
) -> Result<AppointmentId, AppError> {
    let version = clinic.row(id).await.version;
    front_desk::move_appointment(&clinic.app, actor, id, version, time).await.map(|appointment| appointment.id)
}

both_databases! {
    async fn a_doctors_cancellation_frees_the_time_at_once_and_tells_the_patient(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
        let version = clinic.row(id).await.version;
        booking::cancel(&clinic.app, doctor, id, version, Some(CancelReason::DoctorAway)).await.expect("cancelled");
        booking::cancel(&clinic.app, doctor, id, version, Some(CancelReason::DoctorAway)).await.expect("once more");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointments_cancelled'").await, 1);
        assert!(listed(&clinic, &person(other), "2026-01-06", None).await.contains(&TOMORROW_9));
        clinic.book(other, 0, TOMORROW_9).await.expect("bookable at once");
        let view = clinic.view(patient, id).await;
        assert_eq!(view.cancelled_by.as_deref(), Some("Cancelled by the doctor"));
        assert_eq!(front_desk::page_after(&clinic.app, doctor, id).await.as_deref(), Ok("/doctor?date=2026-01-06"));
        let staff = clinic.user(Role::Admin).await;
        assert_eq!(front_desk::page_after(&clinic.app, staff, id).await.as_deref(), Ok("/doctor?doctor=doctor-1&date=2026-01-06"));
    }

    async fn reasons_for_cancelling_belong_to_their_role(clinic: TestClinic) {
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(DAY)).await.expect("an appointment");
        let version = clinic.row(id).await.version;
        let unknown = Err(AppError::field("reason", FieldCode::Unknown));
        assert_eq!(booking::cancel(&clinic.app, patient, id, version, Some(CancelReason::ClinicClosed)).await, unknown);
        assert_eq!(booking::cancel(&clinic.app, doctor, id, version, Some(CancelReason::FeelingBetter)).await, unknown);
        assert_eq!(clinic.status(id).await, Status::Booked);
        booking::cancel(&clinic.app, patient, id, version, Some(CancelReason::FeelingBetter)).await.expect("cancelled");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointments_cancelled'").await, 1);
    }

    async fn an_arrived_appointment_may_be_cancelled_by_the_clinic_but_not_moved(clinic: TestClinic) {
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
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
        let old = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
        let version = clinic.row(old).await.version;
        let time = TimeForm { date: "2026-01-06".into(), time: "10:30".into(), ..TimeForm::default() };
        let new = move_to(&clinic, staff, old, time.clone()).await.expect("moved");
        let again = front_desk::move_appointment(&clinic.app, staff, old, version, time.clone()).await.expect("moved");
        assert_eq!(again.id, new, "moving twice moves once");
        let (old_row, new_row) = (clinic.row(old).await, clinic.row(new).await);
        assert_eq!((old_row.status, new_row.status), (Status::Rescheduled, Status::Booked));
        assert_eq!((old_row.rescheduled_to, new_row.rescheduled_from), (Some(new), Some(old)));
        assert_eq!((new_row.local_start.as_str(), new_row.override_reason.as_str()), ("2026-01-06T10:30", ""));
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointments_moved' and due_at > created_at").await, 1);
        let elsewhere = TimeForm { time: "11:30".into(), ..time };
        let stale = front_desk::move_appointment(&clinic.app, staff, new, new_row.version + 1, elsewhere).await;
        assert_eq!(stale.err(), Some(AppError::Conflict));
        assert!(listed(&clinic, &person(patient), "2026-01-06", None).await.contains(&TOMORROW_9), "the old time is free");
        assert_history_replays(&clinic).await;
    }

    async fn a_move_that_is_refused_leaves_the_old_appointment(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let old = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
        let ten = TOMORROW_9.plus_minutes(60);
        clinic.book(other, 0, ten).await.expect("another patient");
        let plain = TimeForm { start: ten.0.to_string(), ..TimeForm::default() };
        assert_eq!(reasons(move_to(&clinic, doctor, old, plain).await), [Reason::Taken]);
        assert_eq!(reasons(move_to(&clinic, doctor, old, explained(ten)).await), [Reason::Taken]);
        assert_eq!(clinic.status(old).await, Status::Booked);
        assert_eq!(clinic.count("select count(*) from outbox where kind <> 'appointment_booked'").await, 0);
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
            let id = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(30 * n)).await.expect("an appointment");
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

    async fn a_doctor_cannot_work_on_another_doctors_calendar(clinic: TestClinic) {
        let (patient, other) = (clinic.patient().await, doctor(&clinic, 1).await);
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("an appointment");
        let (app, empty) = (&clinic.app, TimeForm::default());
        let query = AddQuery { doctor: "doctor-1".into(), ..AddQuery::default() };
        for (actor, error) in [(patient, AppError::Forbidden), (other, AppError::NotFound)] {
            let error = Some(error);
            assert_eq!(front_desk::add_page(app, actor, query.clone()).await.err(), error);
            assert_eq!(add(&clinic, actor, form(&clinic, "", NOW)).await.err(), error);
            assert_eq!(front_desk::move_page(app, actor, id, None, empty.clone()).await.err(), error);
            assert_eq!(front_desk::move_appointment(app, actor, id, 1, empty.clone()).await.err(), error);
        }
        assert_eq!(front_desk::add_page(app, clinic.user(Role::Admin).await, AddQuery::default()).await.err(), Some(AppError::NotFound));
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
        let (appointment, patient_id) = (clinic.doctors[0].visit_type.to_string(), patient.user.to_string());
        let key = page.attributes("name=\"key\"", "value").remove(0);
        let fields = [("doctor", "doctor-1"), ("key", &key), ("patient", &patient_id), ("visit_type", &appointment), ("date", "2026-01-06"), ("time", "17:40"), ("note", "a <cough>")];
        let page = staff.submit("/fn/front_desk/add", &fields).await;
        assert_eq!(page.status, 409);
        let text = page.text();
        assert!(text.contains("outside the doctor") && text.contains("Tuesday 6 January, 5:40pm needs a reason"), "{text}");
        assert!(page.body.contains("value=\"17:40\"") && page.body.contains("a &lt;cough>"), "{}", page.body);
        let shown = page.attributes("name=\"shown\"", "value").remove(0);
        let mut more = fields.to_vec();
        more.extend([("shown", shown.as_str()), ("location", ""), ("override_reason", "")]);
        let page = staff.submit("/fn/front_desk/add", &more).await;
        assert!(page.text().contains("Say why the rules are set aside"), "{}", page.text());
        let london = clinic.london.to_string();
        let mut more = fields.to_vec();
        more.extend([("shown", shown.as_str()), ("location", &london), ("override_reason", "an emergency")]);
        let answer = staff.post("/fn/front_desk/add", &more).await;
        assert_eq!(answer.location(), "/doctor?doctor=doctor-1&date=2026-01-06");

        let page = staff.get(&format!("/appointments/{key}")).await;
        assert!(page.text().contains("an emergency") && page.text().contains("Test Person"), "{}", page.text());
        let page = staff.get(&format!("/appointments/{key}/move")).await;
        assert_eq!(page.status, 200);
        let version = page.attributes("name=\"version\"", "value").remove(0);
        let start = TOMORROW_9.0.to_string();
        let moving = [("id", key.as_str()), ("version", &version), ("date", "2026-01-06")];
        let page = staff.submit("/fn/front_desk/move", &moving).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Choose a time, or enter another one"), "{}", page.text());
        let mut chosen = moving.to_vec();
        chosen.push(("start", &start));
        assert_eq!(staff.post("/fn/front_desk/move", &chosen).await.location(), "/doctor?doctor=doctor-1&date=2026-01-06");
        let new = clinic.row(key.parse().expect("an id")).await.rescheduled_to.expect("moved");

        let page = staff.get(&format!("/appointments/{new}/cancel")).await;
        assert!(page.text().contains("Cancel this appointment?") && page.text().contains("The doctor is ill or away"), "{}", page.text());
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
            .write(move |mut tx| Box::pin(async move {
                let sql = "update doctors set person_id = $1 where id = $2";
                on!(tx, |c| sqlx::query(sql).bind(user).bind(doctor).execute(c).await?.rows_affected());
                Ok(())
            }))
            .await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("another patient");
        let address = format!("/doctor/add?patient=new&start={}", TOMORROW_9.0);
        let page = browser.get(&address).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("Overbook: two appointments at the same time"), "an address may ask for a taken time");
        let (appointment, start) = (clinic.doctors[0].visit_type.to_string(), TOMORROW_9.0.to_string());
        let fields = [("patient", "new"), ("name", "Ana Novak"), ("visit_type", &appointment), ("start", &start), ("shown", &start), ("override_reason", "a fever")];
        let page = browser.submit("/fn/front_desk/add", &fields).await;
        assert!(page.text().contains("Tick the box to overbook"), "{}", page.text());
        assert!(page.body.contains("value=\"Ana Novak\"") && page.body.contains("a fever"), "{}", page.text());
        let mut ticked = fields.to_vec();
        ticked.push(("overbook", "true"));
        assert_eq!(browser.post("/fn/front_desk/add", &ticked).await.location(), "/doctor?date=2026-01-06");
        assert_eq!(clinic.count("select count(*) from appointments where overbook").await, 1);
    }
}
