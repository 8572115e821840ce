//! Who came and who did not, and requests without an answer.

use docslot::{
    accounts::Role,
    booking::{
        Attendance, Status, Tab,
        server::{
            self as booking,
            attendance::note_attendance,
            time_off::{self, TimeOffRequest},
        },
        time_off::TimeOffSpan,
    },
    db::Error,
    error::AppError,
    ids::AppointmentId,
    on,
    time::Timestamp,
    web::request::Actor,
};

use crate::{
    booking::{DAY, listed, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    races::assert_history_replays,
    time_off::choices,
};

const HOUR: i64 = 60;

/// A sign-in for the doctor of this number.
pub async fn doctor(clinic: &TestClinic, number: usize) -> Actor {
    let actor = clinic.user(Role::Doctor).await;
    let (id, user) = (clinic.doctors[number].id, actor.user);
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $1 where id = $2";
                on!(tx, |c| sqlx::query(sql).bind(user).bind(id).execute(c).await?.rows_affected());
                Ok::<_, Error>(())
            })
        })
        .await;
    actor
}

/// Notes it with the version that the database has now.
async fn note(clinic: &TestClinic, actor: Actor, id: AppointmentId, mark: Attendance) -> Result<(), AppError> {
    let version = clinic.row(id).await.version;
    note_attendance(&clinic.app, actor, id, version, mark).await
}

/// A request for the first doctor, which runs out 72 hours from now or at its start.
pub async fn request(clinic: &TestClinic, patient: Actor, start: Timestamp) -> AppointmentId {
    clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
    clinic.book(patient, 0, start).await.expect("a request")
}

/// What patients are told, but for what they did themselves.
async fn messages(clinic: &TestClinic) -> Vec<String> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut docslot::db::Conn<'_>| -> Result<Vec<String>, Error> {
        let sql = "select kind from outbox
            where kind not in ('appointment_booked', 'request_received', 'appointments_moved') order by created_at, kind";
        Ok(on!(conn, |c| sqlx::query_scalar(sql).fetch_all(c).await?))
    };
    read(&mut reader.conn()).await.expect("kinds")
}

both_databases! {
    async fn each_note_has_its_time_and_can_be_taken_back_for_three_days(clinic: TestClinic) {
        let doctor = doctor(&clinic, 0).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        for (minutes, mark, allowed) in [
            (-12 * HOUR - 1, Attendance::Arrived, false),
            (-1, Attendance::Completed, false),
            (-1, Attendance::NoShow, false),
            (-1, Attendance::Undo, true), // it is booked already: nothing to do
            (-12 * HOUR, Attendance::Arrived, true),
            (-1, Attendance::Completed, false),
            (-1, Attendance::Undo, true),
            (0, Attendance::NoShow, true),
            (72 * HOUR, Attendance::Completed, false),
            (72 * HOUR, Attendance::Undo, true),
            (72 * HOUR, Attendance::Arrived, true),
            (72 * HOUR, Attendance::Completed, true),
            (144 * HOUR + 1, Attendance::Undo, false),
        ] {
            clinic.clock.set(TOMORROW_9.plus_minutes(minutes));
            let outcome = note(&clinic, doctor, id, mark).await;
            let expected = if allowed { Ok(()) } else { Err(AppError::Conflict) };
            assert_eq!(outcome, expected, "{mark:?} {minutes} minutes after the start");
        }
        assert_eq!(clinic.status(id).await, Status::Completed);
        let sql = "select count(*) from appointment_events where action in ('arrive', 'complete', 'no_show', 'reopen')";
        assert_eq!(clinic.count(sql).await, 6);
        assert_history_replays(&clinic).await;
    }

    async fn the_same_note_twice_is_one_and_a_stale_page_changes_nothing(clinic: TestClinic) {
        let (doctor, staff) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await);
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.clock.set(TOMORROW_9);
        let seen = clinic.row(id).await.version;
        for who in [doctor, doctor, staff] {
            note_attendance(&clinic.app, who, id, seen, Attendance::Arrived).await.expect("arrived");
        }
        assert_eq!(clinic.row(id).await.version, seen + 1);
        let stale = note_attendance(&clinic.app, staff, id, seen, Attendance::Completed).await;
        assert_eq!(stale, Err(AppError::Conflict));
        assert_eq!(clinic.status(id).await, Status::Arrived);
        let missed = note(&clinic, staff, id, Attendance::NoShow).await;
        assert_eq!(missed, Err(AppError::Conflict), "who is there has come");
        assert_eq!(clinic.count("select count(*) from appointment_events where action = 'arrive'").await, 1);
    }

    async fn only_the_appointments_doctor_and_staff_note_it(clinic: TestClinic) {
        let (own, other) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        clinic.clock.set(TOMORROW_9);
        assert_eq!(note(&clinic, patient, id, Attendance::Arrived).await, Err(AppError::Forbidden));
        assert_eq!(note(&clinic, other, id, Attendance::Arrived).await, Err(AppError::NotFound));
        assert_eq!(clinic.status(id).await, Status::Booked);
        note(&clinic, own, id, Attendance::Arrived).await.expect("the doctor's own");
        note(&clinic, staff, id, Attendance::Completed).await.expect("staff");
        let view = clinic.view(patient, id).await;
        let last = view.history.last().expect("an entry");
        assert_eq!(last.what, "Completed: noted by the clinic");
    }

    async fn a_time_that_was_given_away_is_not_taken_back(clinic: TestClinic) {
        let doctor = doctor(&clinic, 0).await;
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        let missed = clinic.book(first, 0, TOMORROW_9).await.expect("a booking");
        clinic.clock.set(TOMORROW_9);
        note(&clinic, doctor, missed, Attendance::NoShow).await.expect("did not attend");
        let other = clinic.book(second, 0, TOMORROW_9).await.expect("the time is free at once");
        let refused = note(&clinic, doctor, missed, Attendance::Undo).await.expect_err("taken");
        assert!(matches!(&refused, AppError::TimeGone { wanted, .. } if wanted == "9am"), "{refused:?}");
        assert_eq!(clinic.status(missed).await, Status::NoShow);
        note(&clinic, doctor, other, Attendance::NoShow).await.expect("nobody comes today");
        note(&clinic, doctor, missed, Attendance::Undo).await.expect("free again");
        note(&clinic, doctor, missed, Attendance::NoShow).await.expect("did not attend");

        clinic.book(first, 1, TOMORROW_9).await.expect("the patient is elsewhere");
        let refused = note(&clinic, doctor, missed, Attendance::Undo).await.expect_err("they are elsewhere");
        assert!(matches!(&refused, AppError::PatientBusy { own: false, with, .. } if with.is_empty()), "{refused:?}");
        let refused = note(&clinic, clinic.user(Role::Admin).await, missed, Attendance::Undo).await.expect_err("the same");
        let elsewhere = "Tuesday 6 January, 9am with Dr doctor-2";
        assert!(matches!(&refused, AppError::PatientBusy { own: false, with, .. } if with == elsewhere), "{refused:?}");
        assert_history_replays(&clinic).await;
    }

    async fn a_request_runs_out_after_the_clinics_hours_or_at_its_start(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let far = request(&clinic, patient, TOMORROW_9.plus_minutes(9 * DAY)).await;
        let near = request(&clinic, patient, TOMORROW_9).await;
        assert_eq!(clinic.row(far).await.answer_by, Some(NOW.plus_minutes(72 * HOUR)));
        assert_eq!(clinic.row(near).await.answer_by, Some(TOMORROW_9));
        let view = clinic.view(patient, far).await;
        assert_eq!(view.answer_by.as_deref(), Some("by Thursday 8 January, 8am"));
        clinic.clock.advance_seconds(3600);
        let moved = reschedule(&clinic, patient, far, TOMORROW_9.plus_minutes(9 * DAY + 60)).await.expect("moved");
        assert_eq!(clinic.row(moved).await.answer_by, Some(NOW.plus_minutes(73 * HOUR)));
        clinic.clock.advance_seconds(30 * 24 * 3600);
        booking::expire_requests(&clinic.app).await.expect("the job");
        assert_eq!(clinic.status(far).await, Status::Rescheduled, "the old one waits for no answer");
    }

    async fn a_request_that_runs_out_is_ended_once_and_its_patient_is_told_once(clinic: TestClinic) {
        let (doctor, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let start = TOMORROW_9.plus_minutes(9 * DAY);
        let id = request(&clinic, patient, start).await;
        let last = NOW.plus_minutes(72 * HOUR);
        clinic.clock.set(last.plus_seconds(-1));
        assert_eq!(booking::expire_requests(&clinic.app).await, Ok(0));
        assert_eq!(clinic.status(id).await, Status::Requested);
        clinic.clock.set(last);
        let both = tokio::join!(booking::expire_requests(&clinic.app), booking::expire_requests(&clinic.app));
        assert_eq!(both.0.expect("one process") + both.1.expect("another"), 1);
        assert_eq!(booking::expire_requests(&clinic.app).await, Ok(0));
        assert_eq!(clinic.status(id).await, Status::Expired);
        assert_eq!(messages(&clinic).await, ["request_expired"]);
        let late = clinic.answer(doctor, id, true).await;
        assert_eq!(late, Err(AppError::Conflict));

        // the patient still sees it, and cannot ask again by sending the old form
        let list = booking::my_appointments(&clinic.app, patient, Tab::Cancelled, None).await.expect("a list");
        assert_eq!((list.counts, list.items[0].id), ([0, 0, 1], id));
        let view = clinic.view(patient, id).await;
        assert_eq!(view.status, Status::Expired);
        assert_eq!(view.history.last().map(|entry| entry.what.as_str()), Some("Ran out: the clinic did not answer in time"));
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Err(AppError::Conflict));
        assert_eq!(booking::held(&clinic.app, &person(patient), id).await, Ok(docslot::booking::HoldPage::Booked { id }));
        let typed = booking::save_details(&clinic.app, person(patient), id, "changed", "").await;
        assert_eq!(typed, Err(AppError::Conflict));
        clinic.book(patient, 0, start).await.expect("asking again");
        assert_history_replays(&clinic).await;
    }

    async fn a_hold_that_ran_out_is_not_an_appointment(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let hold = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        clinic.clock.advance_seconds(3600);
        booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("another hold");
        assert_eq!(clinic.status(hold).await, Status::Expired);
        assert_eq!(booking::appointment(&clinic.app, patient, hold).await.err(), Some(AppError::NotFound));
        let list = booking::my_appointments(&clinic.app, patient, Tab::Cancelled, None).await.expect("a list");
        assert_eq!(list.counts, [0, 0, 0]);
        assert!(messages(&clinic).await.is_empty());
    }

    /// Without the job: what is listed can be booked on both sides of the moment at which a request runs out.
    async fn listed_is_bookable_around_the_end_of_a_request(clinic: TestClinic) {
        let (doctor, patient, other) = (doctor(&clinic, 0).await, clinic.patient().await, clinic.patient().await);
        let start = TOMORROW_9.plus_minutes(9 * DAY);
        let day = "2026-01-15";
        let id = request(&clinic, patient, start).await;
        let last = NOW.plus_minutes(72 * HOUR);
        clinic.clock.set(last.plus_seconds(-1));
        assert!(!listed(&clinic, &person(other), day, None).await.contains(&start));
        assert!(matches!(clinic.book(other, 0, start).await, Err(AppError::TimeGone { .. })));

        clinic.clock.set(last);
        assert!(listed(&clinic, &person(other), day, None).await.contains(&start));
        assert_eq!(clinic.answer(doctor, id, true).await, Err(AppError::Conflict));
        assert_eq!(clinic.answer(doctor, id, false).await, Err(AppError::Conflict));
        assert_eq!(clinic.status(id).await, Status::Requested, "refused answers change nothing");
        let new = clinic.book(other, 0, start).await.expect("as listed");
        assert_eq!((clinic.status(id).await, clinic.status(new).await), (Status::Expired, Status::Requested));
        assert_eq!(booking::expire_requests(&clinic.app).await, Ok(0), "the patient who took the time has ended it");
        assert_eq!(messages(&clinic).await, ["request_expired"]);

        // nor does it keep its own patient from another doctor
        let mine = request(&clinic, patient, start.plus_minutes(60)).await;
        clinic.clock.set(clinic.row(mine).await.answer_by.expect("a limit"));
        clinic.book(patient, 1, start.plus_minutes(60)).await.expect("another doctor at that time");
        assert_eq!(clinic.status(mine).await, Status::Expired);
        assert_history_replays(&clinic).await;
    }

    async fn a_request_that_ran_out_keeps_no_appointment_from_a_colleague(clinic: TestClinic) {
        let away = doctor(&clinic, 0).await;
        let appointment = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let asked = clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("a request to the colleague");
        clinic.execute("update appointments set answer_by = updated_at where status = 'requested'").await.expect("ran out");
        let request = TimeOffRequest {
            doctor: "doctor-1".into(),
            version: clinic.count("select schedule_version from doctors where slug = 'doctor-1'").await,
            span: TimeOffSpan { from: "2026-01-06".into(), until: "2026-01-06".into(), ..TimeOffSpan::default() },
            reason: String::new(),
            choices: choices(&clinic, &[(appointment, "h1")]).await,
        };
        time_off::resolve(&clinic.app, away, request).await.expect("the colleague is free");
        assert_eq!(clinic.status(asked).await, Status::Expired);
        assert!(messages(&clinic).await.contains(&"request_expired".to_owned()));
        assert_history_replays(&clinic).await;
    }

    async fn the_servers_job_ends_what_ran_out_and_stops_when_it_is_told(clinic: TestClinic) {
        let id = request(&clinic, clinic.patient().await, TOMORROW_9).await;
        clinic.clock.set(TOMORROW_9);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let job = tokio::spawn(docslot::cli::jobs::run(clinic.app.clone(), stopped));
        while clinic.status(id).await == Status::Requested {
            assert!(!job.is_finished(), "it works until it is told to stop");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(clinic.status(id).await, Status::Expired);
        stop.send_replace(true);
        job.await.expect("the job ends");
    }

    async fn an_answer_in_time_is_kept_and_told_once(clinic: TestClinic) {
        let (doctor, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let yes = request(&clinic, patient, TOMORROW_9.plus_minutes(9 * DAY)).await;
        let no = request(&clinic, patient, TOMORROW_9.plus_minutes(9 * DAY + 60)).await;
        clinic.clock.set(NOW.plus_minutes(72 * HOUR).plus_seconds(-1));
        for _ in 0..2 {
            clinic.answer(doctor, yes, true).await.expect("accepting");
            clinic.answer(doctor, no, false).await.expect("declining");
        }
        clinic.clock.advance_seconds(7 * 24 * 3600);
        assert_eq!(booking::expire_requests(&clinic.app).await, Ok(0));
        assert_eq!((clinic.status(yes).await, clinic.row(yes).await.answer_by), (Status::Booked, None));
        assert_eq!(clinic.status(no).await, Status::Declined);
        assert_eq!(messages(&clinic).await, ["request_accepted", "request_declined"]);
    }
}
