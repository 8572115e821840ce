//! What doctors are told at once of their appointments: what they chose, never their own doing, and without names.

use docslot::{
    accounts::Role,
    notifications::{model::BookingMail, server::preferences},
    web::request::Actor,
};

use super::{everything, newest_to, parsed, plain, send_all, sending_to};
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    front_desk::{add, form_for},
    smtp_sink::Sink,
    time_off::{choices, doctor, messages, take_off},
};

/// The doctor of this number, who hears of these changes at once.
async fn listening(clinic: &TestClinic, number: usize, mail: BookingMail) -> Actor {
    let actor = doctor(clinic, number).await;
    preferences::choose(&clinic.app, actor, false, Some(mail)).await.expect("a choice");
    actor
}

/// How many messages of each kind wait for doctors.
async fn to_doctors(clinic: &TestClinic) -> [i64; 5] {
    [
        clinic.count("select count(*) from outbox where kind = 'doctor_booked'").await,
        clinic.count("select count(*) from outbox where kind = 'doctor_requested'").await,
        clinic.count("select count(*) from outbox where kind = 'doctor_moved'").await,
        clinic.count("select count(*) from outbox where kind = 'doctor_cancelled'").await,
        clinic.count("select count(*) from outbox where kind = 'doctor_changed'").await,
    ]
}

both_databases! {
    async fn a_doctor_who_chose_it_hears_of_what_patients_do_at_once_and_without_names(clinic: TestClinic) {
        clinic.execute("update visit_types set name = 'Chemotherapy', instructions = 'Fasting'").await.expect("a visit type");
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let doctor = listening(&clinic, 0, BookingMail::All).await;
        let patient = clinic.patient().await;
        let start = TOMORROW_9.plus_minutes(3 * DAY);
        let old = clinic.book(patient, 0, start).await.expect("a booking");
        assert_eq!(send_all(&app).await.sent, 2, "the patient and the doctor");
        let booked = newest_to(&sink, doctor.user);
        let reference = clinic.row(old).await.reference;
        assert_eq!(parsed(&booked).subject(), Some("New appointment on Friday 9 January at 9am"));
        assert_eq!(plain(&booked), format!("You have a new appointment.\n\nWhen:      Friday 9 January 2026, 9am to 9:30am (London time)\nWhere:     Riverside, 4 Mill Lane\nReference: {reference}\n\nTo see your day, sign in:\nhttps://clinic.example/doctor?date=2026-01-09\n\nYou asked for this message. To stop it, sign in:\nhttps://clinic.example/account/notifications\n"));
        let new = reschedule(&clinic, patient, old, start.plus_minutes(60)).await.expect("moving");
        assert_eq!(send_all(&app).await.sent, 2);
        let moved = newest_to(&sink, doctor.user);
        assert_eq!(parsed(&moved).subject(), Some("Moved: appointment now on Friday 9 January at 10am"));
        assert!(plain(&moved).contains("Before:    Friday 9 January 2026, 9am to 9:30am (London time)\n"), "{}", plain(&moved));
        cancel(&clinic, patient, new).await.expect("cancelling");
        assert_eq!(send_all(&app).await.sent, 2);
        let off = newest_to(&sink, doctor.user);
        assert_eq!(parsed(&off).subject(), Some("Cancelled: appointment on Friday 9 January at 10am"));
        assert!(plain(&off).starts_with("An appointment of yours was cancelled.\n"), "{}", plain(&off));
        for email in [booked, moved, off] {
            let all = everything(&email);
            for word in ["Test Person", "Chemotherapy", "Fasting", &patient.user.to_string()] {
                assert!(!all.contains(word), "{word}: {all}");
            }
            assert_eq!(parsed(&email).attachments().count(), 0);
        }
    }

    async fn a_request_is_told_as_one_and_not_once_it_is_answered(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("approval");
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let doctor = listening(&clinic, 0, BookingMail::All).await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a request");
        send_all(&app).await;
        let email = newest_to(&sink, doctor.user);
        assert_eq!(parsed(&email).subject(), Some("New request for Tuesday 6 January at 9am"));
        assert!(plain(&email).contains("\nAnswer by: "), "{}", plain(&email));
        let answered = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(60)).await.expect("a request");
        clinic.answer(doctor, answered, true).await.expect("an answer");
        assert_eq!(to_doctors(&clinic).await, [0, 2, 0, 0, 0]);
        send_all(&app).await;
        let suppressed = clinic.count("select count(*) from outbox where kind = 'doctor_requested' and state = 'suppressed'").await;
        assert_eq!(suppressed, 1, "it waits for no answer any more");
    }

    async fn who_chose_the_next_48_hours_hears_of_those_and_who_chose_nothing_of_none(clinic: TestClinic) {
        listening(&clinic, 0, BookingMail::Soon).await;
        listening(&clinic, 1, BookingMail::None).await;
        doctor(&clinic, 2).await;
        let patient = clinic.patient().await;
        let later = clinic.book(patient, 0, TOMORROW_9.plus_minutes(3 * DAY)).await.expect("a booking");
        assert_eq!(to_doctors(&clinic).await, [0; 5], "not soon");
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        assert_eq!(to_doctors(&clinic).await, [1, 0, 0, 0, 0]);
        let soon = reschedule(&clinic, patient, later, TOMORROW_9.plus_minutes(60)).await.expect("moving");
        assert_eq!(to_doctors(&clinic).await, [1, 0, 1, 0, 0], "to a time that is soon");
        let later = reschedule(&clinic, patient, soon, TOMORROW_9.plus_minutes(4 * DAY)).await.expect("moving");
        assert_eq!(to_doctors(&clinic).await, [1, 0, 2, 0, 0], "from a time that was soon");
        cancel(&clinic, patient, later).await.expect("cancelling");
        assert_eq!(to_doctors(&clinic).await, [1, 0, 2, 0, 0]);
        for number in [1, 2, 3] {
            let id = clinic.book(patient, number, TOMORROW_9).await.expect("a booking");
            cancel(&clinic, patient, id).await.expect("cancelling");
        }
        assert_eq!(to_doctors(&clinic).await, [1, 0, 2, 0, 0]);
    }

    async fn doctors_hear_of_what_staff_do_and_not_of_what_they_do(clinic: TestClinic) {
        let doctor = listening(&clinic, 0, BookingMail::All).await;
        let staff = clinic.user(Role::Admin).await;
        let patient = clinic.patient().await;
        // staff first: then the doctor knows the patient
        for actor in [staff, doctor] {
            let id = add(&clinic, actor, form_for(&clinic, patient, TOMORROW_9)).await.expect("an appointment");
            cancel(&clinic, actor, id).await.expect("cancelling");
            assert_eq!(to_doctors(&clinic).await, [1, 0, 0, 1, 0], "what the doctor does is no news");
        }
    }

    async fn an_absence_tells_the_doctors_whose_doing_it_is_not(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let (away, colleague) = (listening(&clinic, 0, BookingMail::All).await, listening(&clinic, 1, BookingMail::All).await);
        let mut appointments = Vec::new();
        for minutes in [0, 30, 60] {
            appointments.push(clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(minutes)).await.expect("a booking"));
        }
        clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");
        let chosen = [(appointments[0], "c"), (appointments[1], "h1"), (appointments[2], "k")];
        let staff = clinic.user(Role::Admin).await;
        take_off(&clinic, staff, choices(&clinic, &chosen).await).await.expect("time off");
        assert_eq!(to_doctors(&clinic).await[4], 2);
        let named: Vec<_> = messages(&clinic).await.into_iter().filter(|(user, kind, _)| *user == away.user && kind == "doctor_changed").collect();
        assert_eq!(named[0].2, [appointments[0], appointments[1]], "what is kept is no news");
        send_all(&app).await;
        let email = newest_to(&sink, away.user);
        assert_eq!(parsed(&email).subject(), Some("Changes to 2 of your appointments"));
        let text = plain(&email);
        let places: Vec<_> = ["An appointment of yours was cancelled.", "9am to 9:30am", "An appointment of yours was given to a colleague.", "9:30am to 10am"]
            .map(|words| text.find(words).unwrap_or_else(|| panic!("no {words}: {text}")))
            .to_vec();
        assert!(places.is_sorted(), "{text}");
        let email = newest_to(&sink, colleague.user);
        assert_eq!(parsed(&email).subject(), Some("Taken over: appointment on Tuesday 6 January at 9:30am"));
        assert!(plain(&email).contains(", Dr doctor-1\n"), "{}", plain(&email));
    }

    async fn a_doctors_own_absence_tells_only_the_colleague(clinic: TestClinic) {
        let (away, colleague) = (listening(&clinic, 0, BookingMail::All).await, listening(&clinic, 1, BookingMail::All).await);
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        take_off(&clinic, away, choices(&clinic, &[(id, "h1")]).await).await.expect("time off");
        let told: Vec<_> = messages(&clinic).await.into_iter().filter(|(_, kind, _)| kind == "doctor_changed").map(|(user, ..)| user).collect();
        assert_eq!(told, [colleague.user]);
    }

    async fn the_choice_of_a_doctor_is_on_the_page_and_patients_have_none(clinic: TestClinic) {
        let web = crate::web::Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        crate::time_off::sign_in_doctor(&clinic, &mut browser).await;
        let page = browser.get("/account/notifications").await;
        assert!(page.body.contains("Shall we tell you when your appointments change?"), "{}", page.body);
        let page = browser.submit("/fn/account/choose_messages", &[("wanted", "yes"), ("booking_mail", "sometimes")]).await;
        assert_eq!(page.status, 422, "{}", page.body);
        assert_eq!(clinic.count("select count(*) from doctors where booking_mail <> 'none'").await, 0);
        browser.submit("/fn/account/choose_messages", &[("wanted", "no"), ("booking_mail", "soon")]).await;
        assert_eq!(clinic.count("select count(*) from doctors where booking_mail = 'soon'").await, 1);
    }
}
