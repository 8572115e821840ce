//! Taking back what the clinic has just done: as it was, unless somebody took the time or was told; and never a message
//! about what was undone.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    availability::Reason,
    booking::{
        Attendance, CancelReason, Status,
        front_desk::{ChangeKind, TimeForm, UndoOffer},
        server::{self as booking, attendance::note_attendance, front_desk::check_move},
    },
    error::AppError,
    ids::AppointmentId,
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    front_desk::{doctor, overbooked, signed_in},
    front_desk_moves::move_to,
    mail::{everything, send_all, sending_to},
    races::{OVERLAPS, assert_history_replays},
    records::assert_clean,
    smtp_sink::Sink,
    web::Web,
};

const OPEN_SECONDS: i64 = 180;
const REASON: Option<CancelReason> = Some(CancelReason::Mistake);

async fn cancel(clinic: &TestClinic, actor: Actor, id: AppointmentId) {
    let version = clinic.row(id).await.version;
    booking::cancel(&clinic.app, actor, id, version, REASON).await.expect("cancelled");
}

async fn undo(clinic: &TestClinic, actor: Actor, id: AppointmentId) -> Result<AppointmentId, AppError> {
    let version = clinic.row(id).await.version;
    booking::undo(&clinic.app, actor, id, version).await
}

fn at(minutes: i64) -> TimeForm {
    TimeForm { start: TOMORROW_9.plus_minutes(minutes).0.to_string(), ..TimeForm::default() }
}

/// What the page of an appointment offers to take back.
async fn offered(clinic: &TestClinic, actor: Actor, id: AppointmentId) -> Option<UndoOffer> {
    clinic.view(actor, id).await.clinic.expect("the clinic's side").undo
}

/// The subjects of all messages that leave within the next hour.
async fn subjects_of_the_hour(clinic: &TestClinic) -> Vec<String> {
    let sink = Sink::accepting().await;
    let app = sending_to(clinic, &sink);
    clinic.clock.advance_seconds(3_600);
    send_all(&app).await;
    sink.emails().iter().map(|email| everything(email).lines().next().unwrap_or_default().to_owned()).collect()
}

both_databases! {
    async fn a_cancellation_is_taken_back_and_nobody_is_told(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Receptionist).await, clinic.patient().await);
        let own = doctor(&clinic, 0).await;
        clinic.execute("update doctors set booking_mail = 'all'").await.expect("a doctor who wants to hear of it");
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        cancel(&clinic, staff, id).await;
        assert_eq!(clinic.count("select count(*) from outbox where kind in ('appointments_cancelled', 'doctor_cancelled')").await, 2);
        let offer = offered(&clinic, staff, id).await.expect("it can be taken back");
        assert_eq!((offer.id, offer.kind), (id, ChangeKind::Cancelled));
        assert_eq!(clinic.view(patient, id).await.clinic, None);
        clinic.clock.advance_seconds(OPEN_SECONDS - 1);
        assert_eq!(booking::undo(&clinic.app, own, offer.id, offer.version).await, Ok(id), "its doctor may as well");
        let row = clinic.row(id).await;
        assert_eq!((row.status, row.cancelled_by, row.cancel_reason), (Status::Booked, None, None));
        let view = clinic.view(patient, id).await;
        assert_eq!(view.history.last().map(|entry| entry.what.as_str()), Some("Cancellation taken back by the doctor"));
        assert_eq!(offered(&clinic, staff, id).await, None);
        // once is enough: the same again is too late
        assert_eq!(booking::undo(&clinic.app, staff, offer.id, offer.version).await, Err(AppError::UndoOver));
        let subjects = subjects_of_the_hour(&clinic).await;
        assert!(!subjects.is_empty() && subjects.iter().all(|subject| !subject.contains("ancelled")), "{subjects:?}");

        // cancelled for good afterwards, it is told
        cancel(&clinic, staff, id).await;
        let subjects = subjects_of_the_hour(&clinic).await;
        assert_eq!(subjects.iter().filter(|subject| subject.contains("ancelled")).count(), 2, "{subjects:?}");
        assert_history_replays(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn a_moved_appointment_goes_back_to_what_was_agreed(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let old = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        // what is no longer offered stays agreed
        clinic.execute("update doctors set schedule_version = schedule_version + 1").await.expect("a new version");
        clinic.execute("delete from weekly_hours").await.expect("no hours");
        let moved = move_to(&clinic, staff, old, overbooked_at(&clinic, 60)).await.expect("moved");
        let offer = offered(&clinic, staff, moved).await.expect("it can be taken back");
        assert_eq!((offer.id, offer.kind), (old, ChangeKind::Moved));
        let back = booking::undo(&clinic.app, staff, offer.id, offer.version).await.expect("taken back");
        let (before, now) = (clinic.row(old).await, clinic.row(back).await);
        assert_eq!((now.status, now.starts_at, now.ends_at), (Status::Booked, before.starts_at, before.ends_at));
        assert_eq!((now.terms(), &now.reference, now.override_reason.as_str()), (before.terms(), &before.reference, ""));
        assert_eq!(clinic.status(moved).await, Status::Rescheduled);
        assert_eq!(booking::undo(&clinic.app, staff, offer.id, offer.version).await, Err(AppError::UndoOver));
        let view = clinic.view(patient, back).await;
        let words: Vec<&str> = view.history.iter().map(|entry| entry.what.as_str()).collect();
        assert_eq!(words[1..], [
            "Moved from Tuesday 6 January, 9am to Tuesday 6 January, 10am by the clinic",
            "Move taken back by the clinic: from Tuesday 6 January, 10am to Tuesday 6 January, 9am",
        ]);
        let subjects = subjects_of_the_hour(&clinic).await;
        assert!(subjects.iter().all(|subject| !subject.contains("oved")), "{subjects:?}");
        assert_history_replays(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn a_request_that_was_moved_is_a_request_again(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let asked = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a request");
        let until = clinic.row(asked).await.answer_by;
        let moved = move_to(&clinic, staff, asked, at(60)).await.expect("moved");
        assert_eq!(clinic.status(moved).await, Status::Booked);
        let back = undo(&clinic, staff, asked).await.expect("taken back");
        let row = clinic.row(back).await;
        assert_eq!((row.status, row.answer_by, row.would_replace), (Status::Requested, until, None));
        cancel(&clinic, staff, back).await;
        assert_eq!(undo(&clinic, staff, back).await, Ok(back));
        let row = clinic.row(back).await;
        assert_eq!((row.status, row.answer_by, row.cancelled_by), (Status::Requested, until, None));
        clinic.answer(staff, back, true).await.expect("accepted");
        assert_history_replays(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn who_was_there_is_there_again(clinic: TestClinic) {
        let staff = clinic.user(Role::Receptionist).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.clock.set(TOMORROW_9);
        let version = clinic.row(id).await.version;
        note_attendance(&clinic.app, staff, id, version, Attendance::Arrived).await.expect("a note");
        cancel(&clinic, staff, id).await;
        undo(&clinic, staff, id).await.expect("taken back");
        assert_eq!(clinic.status(id).await, Status::Arrived);
        assert_history_replays(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn what_cannot_be_taken_back_stays_as_it_is(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Receptionist).await, clinic.patient().await);
        let over = Err(AppError::UndoOver);
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(24 * 60)).await.expect("a booking");
        assert_eq!(undo(&clinic, staff, id).await, over, "nothing was done to it");
        // what a patient did is the patient's
        let version = clinic.row(id).await.version;
        booking::cancel(&clinic.app, patient, id, version, None).await.expect("cancelled");
        assert_eq!(undo(&clinic, staff, id).await, over);
        assert_eq!(offered(&clinic, staff, id).await, None);
        assert_eq!(undo(&clinic, patient, id).await, Err(AppError::Forbidden));

        // three minutes are over
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        cancel(&clinic, staff, id).await;
        assert_eq!(booking::undo(&clinic.app, staff, id, 2).await, over, "another version than it has");
        assert_eq!(undo(&clinic, doctor(&clinic, 1).await, id).await, Err(AppError::NotFound));
        clinic.clock.advance_seconds(OPEN_SECONDS);
        assert_eq!(undo(&clinic, staff, id).await, over);

        // a worker has begun to tell the patient
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        cancel(&clinic, staff, id).await;
        clinic.execute("update outbox set state = 'sending', attempts = 1, leased_until = due_at where kind = 'appointments_cancelled'").await.expect("taken");
        assert_eq!(undo(&clinic, staff, id).await, over);
        assert_eq!(clinic.status(id).await, Status::Cancelled);

        // moved once more since
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let moved = move_to(&clinic, staff, id, at(60)).await.expect("moved");
        let again = move_to(&clinic, staff, moved, at(120)).await.expect("moved again");
        assert_eq!(undo(&clinic, staff, id).await, over);
        let back = undo(&clinic, staff, moved).await.expect("the last move is taken back");
        assert_eq!(clinic.row(back).await.starts_at, TOMORROW_9.plus_minutes(60));
        assert_eq!(clinic.status(again).await, Status::Rescheduled);
    }

    async fn a_time_that_was_taken_meanwhile_is_not_taken_back(clinic: TestClinic) {
        let (staff, patient, other) = (clinic.user(Role::Admin).await, clinic.patient().await, clinic.patient().await);
        let gone = |reason| Err(AppError::TimeGone { wanted: String::new(), reasons: vec![reason], nearest: Vec::new() });
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        cancel(&clinic, staff, id).await;
        clinic.book(other, 0, TOMORROW_9).await.expect("free at once");
        assert_eq!(undo(&clinic, staff, id).await, gone(Reason::Taken));
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointments_cancelled' and state = 'queued'").await, 1, "the patient is told");

        let id = clinic.book(patient, 1, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        let moved = move_to(&clinic, staff, id, at(120)).await.expect("moved");
        clinic.book(patient, 2, TOMORROW_9.plus_minutes(60)).await.expect("the patient books something else");
        assert_eq!(undo(&clinic, staff, id).await, gone(Reason::PatientBusy));
        assert_eq!(clinic.status(moved).await, Status::Booked);
        assert_history_replays(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn of_undo_and_a_booking_of_the_time_one_wins_and_nobody_hears_of_what_was_undone(clinic: TestClinic) {
        let clinic = Arc::new(clinic);
        let staff = clinic.user(Role::Receptionist).await;
        let (mut undone, mut booked) = (0, 0);
        for round in 0..12 {
            let start = TOMORROW_9.plus_minutes(30 * round);
            let (patient, other) = (clinic.patient().await, clinic.patient().await);
            let id = clinic.book(patient, 0, start).await.expect("a booking");
            if round % 2 == 0 {
                cancel(&clinic, staff, id).await;
            } else {
                // far away, where no other round comes
                move_to(&clinic, staff, id, at(7 * 24 * 60 + 30 * round)).await.expect("moved");
            }
            let rival = { let clinic = clinic.clone(); tokio::spawn(async move { clinic.book(other, 0, start).await }) };
            let taken_back = { let clinic = clinic.clone(); tokio::spawn(async move { undo(&clinic, staff, id).await }) };
            let (rival, taken_back) = (rival.await.expect("no panic"), taken_back.await.expect("no panic"));
            match (&rival, &taken_back) {
                (Ok(_), Err(AppError::TimeGone { .. } | AppError::Unavailable { .. })) => booked += 1,
                (Err(AppError::TimeGone { .. } | AppError::Unavailable { .. }), Ok(_)) => undone += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(undone + booked, 12);
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        let told = "select count(*) from outbox where kind in ('appointments_cancelled', 'appointments_moved') and state = 'queued'";
        assert_eq!(clinic.count(told).await, booked, "one message for each that was not undone");
        let withdrawn = "select count(*) from outbox where kind in ('appointments_cancelled', 'appointments_moved') and state = 'suppressed'";
        assert_eq!(clinic.count(withdrawn).await, undone);
        let subjects = subjects_of_the_hour(&clinic).await;
        let heard = subjects.iter().filter(|subject| subject.contains("ancelled") || subject.contains("oved")).count();
        assert_eq!(i64::try_from(heard).expect("few"), booked, "{subjects:?}");
        assert_history_replays(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn of_undo_and_the_worker_one_is_first(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Receptionist).await, clinic.patient().await);
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        for round in 0..6 {
            let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(30 * round)).await.expect("a booking");
            send_all(&app).await;
            cancel(&clinic, staff, id).await;
            // as if the worker's clock were a little ahead
            clinic.execute("update outbox set due_at = created_at where state = 'queued'").await.expect("due");
            let before = sink.emails().len();
            let (undone, _) = tokio::join!(undo(&clinic, staff, id), send_all(&app));
            let told = sink.emails().len() - before;
            match undone {
                Ok(_) => assert_eq!((told, clinic.status(id).await), (0, Status::Booked)),
                Err(AppError::UndoOver) => assert_eq!((told, clinic.status(id).await), (1, Status::Cancelled)),
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    async fn what_a_drag_asks_is_what_moving_does(clinic: TestClinic) {
        let (staff, patient) = (clinic.user(Role::Receptionist).await, clinic.patient().await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(90)).await.expect("another");
        let version = clinic.row(id).await.version;
        let check = async |form: TimeForm| check_move(&clinic.app, staff, id, version, form).await;
        assert_eq!(check(at(60)).await.as_deref(), Ok("10am to 10:30am"));
        let typed = TimeForm { date: "2026-01-06".into(), time: "10am".into(), location: clinic.london.to_string(), ..TimeForm::default() };
        assert_eq!(check(typed.clone()).await.as_deref(), Ok("10am to 10:30am"));
        let taken = at(90);
        let early = TimeForm { time: "8:45am".into(), ..typed };
        for form in [taken, early, at(10), at(-2 * 24 * 60)] {
            let asked = check(form.clone()).await.expect_err("not possible");
            assert_eq!(move_to(&clinic, staff, id, form).await.expect_err("nor done"), asked);
        }
        assert_eq!(check_move(&clinic.app, staff, id, version - 1, at(60)).await, Err(AppError::Conflict));
        assert_eq!(clinic.row(id).await.version, version, "asking changes nothing");
        let stranger = doctor(&clinic, 2).await;
        assert_eq!(check_move(&clinic.app, stranger, id, version, at(60)).await, Err(AppError::NotFound));
        cancel(&clinic, staff, id).await;
        assert_eq!(check_move(&clinic.app, staff, id, version + 1, at(60)).await, Err(AppError::Conflict));
    }

    async fn without_scripts_the_page_of_the_appointment_takes_it_back(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, actor) = signed_in(&clinic, &web, "reception@example.org", Role::Receptionist).await;
        let actor = Actor { user: actor, role: Role::Receptionist, session: clinic.user(Role::Admin).await.session };
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        cancel(&clinic, actor, id).await;
        let page = staff.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains("It was cancelled a moment ago."), "{}", page.text());
        let version = clinic.row(id).await.version.to_string();
        let answer = staff.submit("/fn/front_desk/undo", &[("id", &id.to_string()), ("version", &version)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(clinic.status(id).await, Status::Booked);
        cancel(&clinic, actor, id).await;
        clinic.clock.advance_seconds(OPEN_SECONDS);
        let page = staff.get(&format!("/appointments/{id}")).await;
        assert!(!page.body.contains("/fn/front_desk/undo"), "its time is over");
    }
}

/// With a location, because there may be no hours.
fn overbooked_at(clinic: &TestClinic, minutes: i64) -> TimeForm {
    TimeForm { location: clinic.london.to_string(), ..overbooked(TOMORROW_9.plus_minutes(minutes)) }
}
