//! Moves where the doctor has to agree: the appointment stays until the new time is accepted. And what all moves keep.

use docslot::{
    accounts::Role,
    availability::Reason,
    booking::{
        Attendance, CancelReason, Change, Status, Tab,
        front_desk::TimeForm,
        server::{self as booking, Appointment, attendance::note_attendance, front_desk, time_off},
    },
    db::Violation,
    error::AppError,
    ids::AppointmentId,
    time::Timestamp,
    web::request::Actor,
};

use crate::{
    attendance::doctor,
    booking::{DAY, cancel, listed, reschedule},
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    mail::{everything, send_all, sending_to},
    races::assert_history_replays,
    smtp_sink::Sink,
    time_off::{choices, take_off},
};

/// Thursday 8 January, 9am.
const THURSDAY_9: Timestamp = Timestamp(TOMORROW_9.0 + 2 * DAY * 60);
const THURSDAY: &str = "2026-01-08";
/// Most appointments overlap here: an appointment and the request to move it.
const LIVE: &str = "select count(*) from appointments where status in ('requested', 'booked', 'arrived')";

/// A booked appointment, after which its doctor agrees to each one first.
async fn agreed(clinic: &TestClinic, patient: Actor, start: Timestamp) -> AppointmentId {
    let id = clinic.book(patient, 0, start).await.expect("a booking");
    clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
    id
}

/// A booked appointment on Thursday at 9am, and the request to move it to 10am.
async fn asked(clinic: &TestClinic, patient: Actor) -> (AppointmentId, AppointmentId) {
    let old = agreed(clinic, patient, THURSDAY_9).await;
    let new = reschedule(clinic, patient, old, THURSDAY_9.plus_minutes(60)).await.expect("a request");
    (old, new)
}

async fn states<const N: usize>(clinic: &TestClinic, ids: [AppointmentId; N]) -> [Status; N] {
    let mut found = [Status::Held; N];
    for (place, id) in found.iter_mut().zip(ids) {
        *place = clinic.status(id).await;
    }
    found
}

/// The appointment is as it was before anybody asked to move it.
async fn stands(clinic: &TestClinic, old: AppointmentId, before: &Appointment) {
    let now = clinic.row(old).await;
    assert_eq!((now.status, now.version, now.rescheduled_to), (Status::Booked, before.version, None));
}

async fn history(clinic: &TestClinic, reader: Actor, id: AppointmentId) -> Vec<String> {
    clinic.view(reader, id).await.history.into_iter().map(|entry| entry.what).collect()
}

async fn moved_by_clinic(
    clinic: &TestClinic,
    actor: Actor,
    id: AppointmentId,
    start: Timestamp,
) -> Result<AppointmentId, AppError> {
    let form = TimeForm { start: start.0.to_string(), ..TimeForm::default() };
    let version = clinic.row(id).await.version;
    front_desk::move_appointment(&clinic.app, actor, id, version, form).await.map(|new| new.id)
}

both_databases! {
    async fn after_a_declined_move_the_appointment_stands_as_before(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let old = agreed(&clinic, patient, THURSDAY_9).await;
        let before = clinic.row(old).await;
        let new = reschedule(&clinic, patient, old, THURSDAY_9.plus_minutes(60)).await.expect("a request");
        stands(&clinic, old, &before).await;
        let request = clinic.row(new).await;
        assert_eq!((request.status, request.would_replace, request.rescheduled_from), (Status::Requested, Some(old), None));
        let free = listed(&clinic, &person(other), THURSDAY, None).await;
        assert!(!free.contains(&THURSDAY_9) && !free.contains(&THURSDAY_9.plus_minutes(60)), "both times are taken");
        let view = clinic.view(patient, new).await;
        assert_eq!(view.kept.map(|kept| (kept.id, kept.when)), Some((old, "9am on Thursday 8 January".to_owned())));
        assert_eq!(clinic.view(patient, old).await.asked.map(|asked| asked.id), Some(new));

        clinic.answer(doctor, new, false).await.expect("declined");
        stands(&clinic, old, &before).await;
        assert_eq!(clinic.status(new).await, Status::Declined);
        let free = listed(&clinic, &person(other), THURSDAY, None).await;
        assert!(!free.contains(&THURSDAY_9) && free.contains(&THURSDAY_9.plus_minutes(60)), "only the old time is taken");
        assert_eq!(clinic.view(patient, old).await.asked, None);
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'request_declined'").await, 1);
        assert_eq!(history(&clinic, patient, old).await, [
            "Booked by you",
            "Asked to move from Thursday 8 January, 9am to Thursday 8 January, 10am by you",
            "Move to Thursday 8 January, 10am declined by the doctor",
        ]);
        let again = reschedule(&clinic, patient, old, THURSDAY_9.plus_minutes(120)).await.expect("another request");
        clinic.answer(doctor, again, true).await.expect("accepted");
        assert_eq!(states(&clinic, [old, new, again]).await, [Status::Rescheduled, Status::Declined, Status::Booked]);
        assert_history_replays(&clinic).await;
    }

    async fn a_move_that_is_not_answered_in_time_leaves_the_appointment(clinic: TestClinic) {
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        let (old, new) = asked(&clinic, patient).await;
        let before = clinic.row(old).await;
        clinic.clock.set(clinic.row(new).await.answer_by.expect("a limit"));
        assert_eq!(clinic.answer(doctor, new, true).await, Err(AppError::Conflict));
        assert_eq!(booking::expire_requests(&clinic.app).await, Ok(1));
        stands(&clinic, old, &before).await;
        assert_eq!(clinic.status(new).await, Status::Expired);
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'request_expired'").await, 1);
        assert_history_replays(&clinic).await;
    }

    async fn a_move_is_answered_before_the_appointment_begins(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let wednesday = TOMORROW_9.plus_minutes(DAY);
        let old = agreed(&clinic, patient, wednesday).await;
        let new = reschedule(&clinic, patient, old, wednesday.plus_minutes(5 * DAY)).await.expect("a request");
        assert_eq!(clinic.row(new).await.answer_by, Some(wednesday), "and not after the clinic's 72 hours");
    }

    async fn an_accepted_move_takes_the_appointments_place_in_one_step(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let (old, new) = asked(&clinic, patient).await;
        for _ in 0..2 {
            clinic.answer(doctor, new, true).await.expect("accepted");
        }
        let (old_row, new_row) = (clinic.row(old).await, clinic.row(new).await);
        assert_eq!((old_row.status, old_row.rescheduled_to), (Status::Rescheduled, Some(new)));
        assert_eq!((new_row.status, new_row.rescheduled_from, new_row.would_replace), (Status::Booked, Some(old), None));
        assert_eq!((old_row.reference, old_row.chain_position), (new_row.reference, new_row.chain_position - 1));
        let free = listed(&clinic, &person(other), THURSDAY, None).await;
        assert!(free.contains(&THURSDAY_9) && !free.contains(&THURSDAY_9.plus_minutes(60)));
        let lines = [
            "Booked by you",
            "Asked to move from Thursday 8 January, 9am to Thursday 8 January, 10am by you",
            "Moved from Thursday 8 January, 9am to Thursday 8 January, 10am: accepted by the doctor",
        ];
        assert_eq!(history(&clinic, patient, new).await, lines);
        assert_eq!(history(&clinic, patient, old).await, lines, "from both ends");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'request_accepted'").await, 1);
        assert_history_replays(&clinic).await;
    }

    /// The new time overlaps the old one, and the database lets only these two overlap.
    async fn a_request_may_overlap_the_appointment_it_would_replace_and_nothing_else(clinic: TestClinic) {
        clinic.execute("update visit_types set minutes = 60, step_minutes = 15").await.expect("rules");
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let old = agreed(&clinic, patient, THURSDAY_9).await;
        let quarter = THURSDAY_9.plus_minutes(15);
        assert!(listed(&clinic, &person(patient), THURSDAY, Some(old)).await.contains(&quarter));
        let new = reschedule(&clinic, patient, old, quarter).await.expect("a quarter of an hour later");
        assert_eq!(states(&clinic, [old, new]).await, [Status::Booked, Status::Requested]);
        for start in [THURSDAY_9, quarter, THURSDAY_9.plus_minutes(60)] {
            let refused = clinic.book(other, 0, start).await;
            assert!(matches!(&refused, Err(AppError::TimeGone { reasons, .. }) if reasons == &[Reason::Taken]), "{refused:?}");
        }
        let elsewhere = clinic.book(patient, 1, THURSDAY_9.plus_minutes(60)).await;
        let busy = "Thursday 8 January, 9:15am with Dr doctor-1";
        assert!(matches!(&elsewhere, Err(AppError::PatientBusy { own: true, with, .. }) if with == busy), "{elsewhere:?}");
        let alone = clinic.execute("update appointments set would_replace = null where status = 'requested'").await;
        assert_eq!(alone.expect_err("an overlap").violation(), Some(Violation::DoctorOverlap));
        let booked = clinic.execute("update appointments set status = 'booked' where status = 'requested'").await;
        assert_eq!(booked.expect_err("booked, and still a request").violation(), Some(Violation::Other));
        clinic.answer(doctor, new, true).await.expect("accepted");
        clinic.book(other, 0, quarter.plus_minutes(60)).await.expect("one that only touches");
        assert_eq!(states(&clinic, [old, new]).await, [Status::Rescheduled, Status::Booked]);
        assert_history_replays(&clinic).await;
    }

    async fn who_cancels_the_appointment_gives_up_the_request_too(clinic: TestClinic) {
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        for who in [patient, staff] {
            let (old, new) = asked(&clinic, patient).await;
            cancel(&clinic, who, old).await.expect("cancelled");
            assert_eq!(states(&clinic, [old, new]).await, [Status::Cancelled, Status::Cancelled]);
            assert_eq!(clinic.row(new).await.cancelled_by, clinic.row(old).await.cancelled_by);
            assert_eq!(clinic.count(LIVE).await, 0);
            clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        }
        let told = "select count(*) from outbox where kind = 'appointments_cancelled'";
        assert_eq!(clinic.count(told).await, 2, "one message about both");
        assert_history_replays(&clinic).await;
    }

    async fn a_withdrawn_request_leaves_the_appointment(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let (old, new) = asked(&clinic, patient).await;
        let before = clinic.row(old).await;
        cancel(&clinic, patient, new).await.expect("withdrawn");
        stands(&clinic, old, &before).await;
        let row = clinic.row(new).await;
        assert_eq!((row.status, row.cancelled_late), (Status::Cancelled, false));
        let view = clinic.view(patient, new).await;
        assert_eq!((view.change, view.kept.map(|kept| kept.id)), (Change::Finished, Some(old)));
        assert_history_replays(&clinic).await;
    }

    async fn another_move_takes_the_place_of_an_open_request(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let (old, first) = asked(&clinic, patient).await;
        let ten = THURSDAY_9.plus_minutes(60);
        assert_eq!(reschedule(&clinic, patient, old, ten).await, Ok(first), "the same time is the same request");
        assert_eq!(reschedule(&clinic, patient, first, ten).await, Ok(first));
        assert_eq!(reschedule(&clinic, patient, old, THURSDAY_9).await, Ok(old), "and its own time is no move");
        let second = reschedule(&clinic, patient, old, THURSDAY_9.plus_minutes(120)).await.expect("from the appointment");
        let third = reschedule(&clinic, patient, second, ten).await.expect("from the request, and the first time again");
        assert_eq!(
            states(&clinic, [old, first, second, third]).await,
            [Status::Booked, Status::Rescheduled, Status::Rescheduled, Status::Requested]
        );
        assert_eq!(clinic.row(first).await.rescheduled_to, Some(second));
        assert_eq!(clinic.row(third).await.would_replace, Some(old));
        assert_eq!(clinic.count(LIVE).await, 2);
        let list = booking::my_appointments(&clinic.app, patient, Tab::Upcoming, None).await.expect("a list");
        assert_eq!(list.items.iter().map(|item| item.id).collect::<Vec<_>>(), [old, third]);
        assert_eq!(list.items[0].asked.as_ref().map(|asked| asked.id), Some(third));
        assert_history_replays(&clinic).await;
    }

    async fn a_move_by_the_clinic_needs_no_approval_and_ends_the_request(clinic: TestClinic) {
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        for (from_request, hours) in [(false, 3), (true, 5)] {
            let (old, asked) = asked(&clinic, patient).await;
            let start = THURSDAY_9.plus_minutes(60 * hours);
            let named = if from_request { asked } else { old };
            let new = moved_by_clinic(&clinic, doctor, named, start).await.expect("moved");
            assert_eq!(
                states(&clinic, [old, asked, new]).await,
                [Status::Rescheduled, Status::Rescheduled, Status::Booked]
            );
            let row = clinic.row(new).await;
            assert_eq!((row.rescheduled_from, row.would_replace), (Some(old), None));
            for gone in [old, asked] {
                assert_eq!(clinic.row(gone).await.rescheduled_to, Some(new));
            }
            clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        }
        assert_history_replays(&clinic).await;
    }

    async fn a_request_ends_when_its_patient_has_come(clinic: TestClinic) {
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        let (old, new) = asked(&clinic, patient).await;
        clinic.clock.set(THURSDAY_9.plus_minutes(-11 * 60));
        let version = clinic.row(old).await.version;
        note_attendance(&clinic.app, doctor, old, version, Attendance::Arrived).await.expect("arrived");
        assert_eq!(states(&clinic, [old, new]).await, [Status::Arrived, Status::Declined]);
        assert_eq!(clinic.answer(doctor, new, true).await, Err(AppError::Conflict));
        assert_history_replays(&clinic).await;
    }

    async fn time_off_ends_the_request_with_its_appointment(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let later = TOMORROW_9.plus_minutes(60);
        let (cancelled, moved) = (clinic.book(patient, 0, TOMORROW_9).await, clinic.book(other, 0, later).await);
        let (cancelled, moved) = (cancelled.expect("a booking"), moved.expect("a booking"));
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        // one request in the time off, which goes with its appointment, and one after it
        let inside = reschedule(&clinic, patient, cancelled, TOMORROW_9.plus_minutes(120)).await.expect("a request");
        let outside = reschedule(&clinic, other, moved, THURSDAY_9).await.expect("a request");
        let resolved = take_off(&clinic, doctor, choices(&clinic, &[(cancelled, "c"), (moved, "n")]).await).await;
        assert_eq!(resolved.expect("resolved").len(), 2);
        assert_eq!(states(&clinic, [cancelled, inside]).await, [Status::Cancelled, Status::Cancelled]);
        assert_eq!(states(&clinic, [moved, outside]).await, [Status::Rescheduled, Status::Rescheduled]);
        let new = clinic.row(moved).await.rescheduled_to.expect("a new time");
        assert_eq!((clinic.status(new).await, clinic.row(outside).await.rescheduled_to), (Status::Booked, Some(new)));
        assert_eq!(clinic.row(new).await.reference, clinic.row(moved).await.reference);
        assert_history_replays(&clinic).await;
    }

    async fn time_off_over_a_request_alone_leaves_the_appointment(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let eleven = THURSDAY_9.plus_minutes(120);
        let (first, second) = (clinic.book(patient, 0, THURSDAY_9).await, clinic.book(other, 0, eleven).await);
        let (first, second) = (first.expect("a booking"), second.expect("a booking"));
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let cancelled = reschedule(&clinic, patient, first, TOMORROW_9).await.expect("a request");
        let moved = reschedule(&clinic, other, second, TOMORROW_9.plus_minutes(60)).await.expect("a request");
        let before = (clinic.row(first).await, clinic.row(second).await);
        take_off(&clinic, doctor, choices(&clinic, &[(cancelled, "c"), (moved, "n")]).await).await.expect("resolved");
        stands(&clinic, first, &before.0).await;
        stands(&clinic, second, &before.1).await;
        assert_eq!(states(&clinic, [cancelled, moved]).await, [Status::Cancelled, Status::Rescheduled]);
        let next = clinic.row(clinic.row(moved).await.rescheduled_to.expect("another time")).await;
        assert_eq!((next.status, next.would_replace, next.rescheduled_from), (Status::Requested, Some(second), None));
        clinic.answer(doctor, next.id, true).await.expect("accepted");
        assert_eq!(states(&clinic, [second, next.id]).await, [Status::Rescheduled, Status::Booked]);
        let left = time_off::list(&clinic.app, doctor, "", "").await.expect("a list");
        assert_eq!(left.items.len(), 1);
        assert_history_replays(&clinic).await;
    }

    async fn an_appointment_that_may_move_counts_once(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let most = clinic.app.settings.booking.max_future_appointments;
        let (old, _) = asked(&clinic, patient).await;
        clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        for n in 1..most {
            clinic.book(patient, 0, THURSDAY_9.plus_minutes(DAY + 30 * n)).await.expect("as many as there may be");
        }
        let refused = clinic.book(patient, 0, THURSDAY_9.plus_minutes(2 * DAY)).await;
        assert_eq!(refused, Err(AppError::TooManyAppointments { most }));
        assert_eq!(clinic.status(old).await, Status::Booked);
    }

    async fn one_reference_and_one_history_through_all_moves(clinic: TestClinic) {
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let first = clinic.book(patient, 0, THURSDAY_9).await.expect("a booking");
        let second = reschedule(&clinic, patient, first, THURSDAY_9.plus_minutes(60)).await.expect("moved");
        let third = moved_by_clinic(&clinic, staff, second, THURSDAY_9.plus_minutes(DAY)).await.expect("moved");
        let reference = clinic.row(first).await.reference;
        for (id, position) in [(first, 1), (second, 2), (third, 3)] {
            let row = clinic.row(id).await;
            assert_eq!((row.reference.as_str(), row.chain_position), (reference.as_str(), position));
            assert_eq!(history(&clinic, patient, id).await, [
                "Booked by you",
                "Moved from Thursday 8 January, 9am to Thursday 8 January, 10am by you",
                "Moved from Thursday 8 January, 10am to Friday 9 January, 9am by the clinic",
            ]);
        }
        assert_eq!(clinic.view(staff, third).await.reference, reference);
        let other = clinic.book(clinic.patient().await, 0, THURSDAY_9).await.expect("another appointment");
        assert_ne!(clinic.row(other).await.reference, reference);
    }

    async fn messages_say_which_time_the_patient_keeps(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let (patient, doctor) = (clinic.patient().await, doctor(&clinic, 0).await);
        let keep = "You keep 9am on Thursday 8 January until the new time is accepted.";
        let keeps = "You keep your appointment at 9am on Thursday 8 January.";
        let newest = async || {
            send_all(&app).await;
            everything(&sink.emails().pop().expect("a message"))
        };
        let old = agreed(&clinic, patient, THURSDAY_9).await;
        send_all(&app).await;
        let new = reschedule(&clinic, patient, old, THURSDAY_9.plus_minutes(60)).await.expect("a request");
        let text = newest().await;
        assert!(text.contains(keep) && text.contains("Your request for Thursday 8 January at 10am"), "{text}");
        assert!(!text.contains("BEGIN:VCALENDAR"), "the event stays as it is: {text}");
        clinic.answer(doctor, new, false).await.expect("declined");
        let text = newest().await;
        assert!(text.contains("The new time that you asked for could not be accepted.") && text.contains(keeps), "{text}");
        assert!(!text.contains("Nothing is booked") && !text.contains("BEGIN:VCALENDAR"), "{text}");

        let withdrawn = reschedule(&clinic, patient, old, THURSDAY_9.plus_minutes(120)).await.expect("a request");
        cancel(&clinic, patient, withdrawn).await.expect("withdrawn");
        let text = newest().await;
        assert!(text.contains("Withdrawn: your request for") && text.contains(keeps), "{text}");

        let accepted = reschedule(&clinic, patient, old, THURSDAY_9.plus_minutes(180)).await.expect("a request");
        clinic.answer(doctor, accepted, true).await.expect("accepted");
        let text = newest().await;
        assert!(text.contains("Moved: your appointment is now on Thursday 8 January at 12 noon"), "{text}");
        assert!(text.contains(&format!("UID:{old}@docslot")) && text.contains("Before"), "{text}");

        reschedule(&clinic, patient, accepted, THURSDAY_9.plus_minutes(240)).await.expect("a request");
        send_all(&app).await;
        let version = clinic.row(accepted).await.version;
        let reason = Some(CancelReason::CannotAttend);
        booking::cancel(&clinic.app, patient, accepted, version, reason).await.expect("cancelled");
        let text = newest().await;
        assert!(text.contains("Your appointment is cancelled, as you asked.") && text.contains("your request for Thursday 8 January 2026, 1pm"), "{text}");
    }
}
