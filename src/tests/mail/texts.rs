//! What messages say, and what they never say.

use docslot::{accounts::Role, notifications::model::Kind, on};
use mail_parser::MimeHeaders;
use strum::VariantArray;

use super::{everything, link, parsed, plain, send_all, sending_to, tell};
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9},
    smtp_sink::{Email, Sink},
};

fn newest(sink: &Sink) -> Email {
    sink.emails().pop().expect("a message")
}

fn subject(email: &Email) -> String {
    parsed(email).subject().unwrap_or_default().to_owned()
}

/// Those to patients about their appointments. What doctors are told and links to video calls have tests of
/// their own.
fn about_appointments(kind: Kind) -> bool {
    use Kind::{
        AddressChanging, DailyAgenda, Invitation, NewDevice, PasswordChanged, ResetPassword, VerifyAddress,
        WrongPasswords,
    };
    use Kind::{DoctorBooked, DoctorCancelled, DoctorChanged, DoctorMoved, DoctorRequested};
    let to_doctor = [DailyAgenda, DoctorBooked, DoctorRequested, DoctorMoved, DoctorCancelled, DoctorChanged];
    !to_doctor.contains(&kind)
        && !matches!(
            kind,
            Kind::Registration | Kind::VideoLink | Kind::TimeOffered | Kind::SecondFactorChanged | Kind::AccountClosed
        )
        && !matches!(
            kind,
            VerifyAddress | ResetPassword | PasswordChanged | AddressChanging | WrongPasswords | NewDevice | Invitation
        )
}

both_databases! {
    async fn a_confirmation_says_when_where_with_whom_and_how_to_change_it(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        send_all(&sending_to(&clinic, &sink)).await;
        let email = newest(&sink);
        let reference = clinic.row(id).await.reference;
        assert_eq!(subject(&email), "Your appointment on Tuesday 6 January at 9am");
        let appointment = link(&email, "/appointment/");
        assert_eq!(appointment.len(), "/appointment/".len() + 43, "256 bits: {appointment}");
        let expected = format!("Your appointment is booked.\n\nWhen:      Tuesday 6 January 2026, 9am to 9:30am (London time)\nDoctor:    Dr doctor-1\nWhere:     Riverside, 4 Mill Lane\nPhone:     020 7946 0000\nReference: {reference}\n\nTo see, move or cancel it:\nhttps://clinic.example{appointment}\n\nQuestions? Call Docslot Clinic on 020 7946 0100.\n");
        assert_eq!(plain(&email), expected);
        let message = parsed(&email);
        let html = message.body_html(0).expect("HTML");
        for fact in ["Tuesday 6 January 2026, 9am to 9:30am (London time)", "Dr doctor-1", "Riverside, 4 Mill Lane", &reference] {
            assert!(html.contains(fact), "{html}");
        }
        assert_eq!(html.matches("href=").count(), 2, "as a button, and in full");
        assert!(html.contains(&format!("href=\"https://clinic.example{appointment}\"")));
        assert_eq!(message.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        assert!(message.message_id().expect("an id").ends_with("@clinic.example"));
        let from = message.from().and_then(|from| from.first()).expect("a sender");
        assert_eq!((from.name(), from.address()), (Some("Docslot Clinic"), Some("no-reply@clinic.example")));
    }

    async fn moves_and_cancellations_say_so_first(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let patient = clinic.patient().await;
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let old = clinic.book(patient, 0, start).await.expect("a booking");
        let new = reschedule(&clinic, patient, old, start.plus_minutes(60)).await.expect("moving");
        send_all(&app).await;
        let moved = newest(&sink);
        assert_eq!(subject(&moved), "Moved: your appointment is now on Thursday 8 January at 10am");
        assert!(plain(&moved).contains("Before:    Thursday 8 January 2026, 9am to 9:30am (London time), Dr doctor-1"), "{}", plain(&moved));
        cancel(&clinic, patient, new).await.expect("cancelling");
        send_all(&app).await;
        let off = newest(&sink);
        assert_eq!(subject(&off), "Cancelled: your appointment on Thursday 8 January at 10am");
        assert!(plain(&off).starts_with("Your appointment is cancelled, as you asked."), "{}", plain(&off));

        let by_clinic = clinic.book(patient, 1, start).await.expect("a booking");
        cancel(&clinic, clinic.user(Role::Admin).await, by_clinic).await.expect("cancelling");
        // until then it can be taken back
        clinic.clock.set(NOW.plus_minutes(3));
        send_all(&app).await;
        assert!(plain(&newest(&sink)).starts_with("The clinic had to cancel your appointment."), "{}", plain(&newest(&sink)));
    }

    async fn what_happened_to_several_appointments_is_one_message(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let patient = clinic.patient().await;
        let mut appointments = Vec::new();
        for days in [2, 3, 4] {
            appointments.push(clinic.book(patient, 0, TOMORROW_9.plus_minutes(days * DAY)).await.expect("a booking"));
        }
        cancel(&clinic, patient, appointments[0]).await.expect("cancelling");
        appointments[1] = reschedule(&clinic, patient, appointments[1], TOMORROW_9.plus_minutes(5 * DAY)).await.expect("moving");
        appointments[2] = reschedule(&clinic, patient, appointments[2], TOMORROW_9.plus_minutes(6 * DAY)).await.expect("moving");
        clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");
        tell(&clinic, Kind::AppointmentsChanged, patient.user, appointments).await;
        assert_eq!(send_all(&app).await.sent, 1);
        let email = newest(&sink);
        assert_eq!(subject(&email), "Changes to 3 of your appointments");
        let text = plain(&email);
        let places: Vec<_> = ["cancelled, as you asked", "8 January 2026", "2 of your appointments were moved", "11 January 2026", "12 January 2026", "https://clinic.example/appointments\n"]
            .map(|words| text.find(words).unwrap_or_else(|| panic!("no {words}: {text}")))
            .to_vec();
        assert!(places.is_sorted(), "{text}");
        let names: Vec<String> = parsed(&email).attachments().filter_map(|part| part.attachment_name()).map(str::to_owned).collect();
        assert_eq!(names, ["invite.ics", "invite-2.ics", "invite-3.ics"]);
    }

    async fn every_kind_has_a_subject_of_its_own_and_says_nothing_about_health(clinic: TestClinic) {
        clinic.execute("update specialties set name = 'Oncology', slug = 'oncology'").await.expect("a specialty");
        clinic.execute("update visit_types set name = 'Chemotherapy consultation', instructions = 'Fasting before the infusion'").await.expect("a visit type");
        clinic.execute("update doctors set designation = 'Consultant oncologist', about = 'Tumours'").await.expect("a title");
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let kinds: Vec<Kind> = Kind::VARIANTS.iter().copied().filter(|kind| about_appointments(*kind)).collect();
        for (day, kind) in (2..).zip(kinds.clone()) {
            let patient = clinic.patient().await;
            let mut id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(day * DAY)).await.expect("a booking");
            let status = match kind {
                Kind::RequestReceived => "requested",
                Kind::RequestDeclined => "declined",
                Kind::RequestExpired => "expired",
                Kind::AppointmentsCancelled => "cancelled",
                _ => "booked",
            };
            if matches!(kind, Kind::AppointmentsMoved | Kind::AppointmentsChanged) {
                id = reschedule(&clinic, patient, id, TOMORROW_9.plus_minutes(day * DAY + 60)).await.expect("moving");
            }
            clinic.write(move |mut tx| Box::pin(async move {
                let sql = "update appointments set reason = 'a lump in the breast', status = $2, answer_by = starts_at where id = $1";
                on!(tx, |c| sqlx::query(sql).bind(id).bind(status).execute(c).await?.rows_affected());
                Ok(())
            })).await;
            clinic.execute("delete from mail_links").await.expect("no links");
            clinic.execute("delete from outbox").await.expect("an empty outbox");
            tell(&clinic, kind, patient.user, vec![id]).await;
            assert_eq!(send_all(&app).await.sent, 1, "{kind:?}");
            let email = newest(&sink);
            let all = everything(&email).to_lowercase() + &String::from_utf8_lossy(&email.raw).to_lowercase();
            for word in ["chemo", "oncolog", "lump", "breast", "fasting", "infusion", "tumour", "test person"] {
                assert!(!all.contains(word), "{kind:?} says {word}: {all}");
            }
            println!("{:18} {}", kind.into_str(), subject(&email));
        }
        let subjects: std::collections::BTreeSet<String> = sink.emails().iter().map(subject).collect();
        assert_eq!(subjects.len(), kinds.len(), "days differ");
    }

    async fn stored_names_become_neither_headers_nor_markup_nor_lines(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let mut app = sending_to(&clinic, &sink);
        let hostile = "Dr \"X\" <b>\r\nBcc: thief@evil.example\r\n\r\n.\r\nRCPT TO:<thief@evil.example>\r\n=?utf-8?q?x?= \u{202e}é";
        let mut settings = (*app.settings).clone();
        settings.clinic.name = format!("{hostile}\u{0}");
        app = app.with_settings(settings);
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.let_terms_change().await;
        for name in [hostile.to_owned(), "x".repeat(10_000), "ü".repeat(10_000)] {
            clinic.write(move |mut tx| {
                let name = name.clone();
                Box::pin(async move {
                    let sql = "update appointment_terms set doctor_name = $2, location_name = $2, location_address = $2,
                        location_phone = $2 where id = (select terms_id from appointments where id = $1)";
                    on!(tx, |c| sqlx::query(sql).bind(id).bind(&name).execute(c).await?.rows_affected());
                    let sql = "update outbox set state = 'queued', due_at = created_at";
                    on!(tx, |c| sqlx::query(sql).execute(c).await?.rows_affected());
                    Ok(())
                })
            }).await;
            assert_eq!(send_all(&app).await.sent, 1);
            let email = newest(&sink);
            assert!(email.to.ends_with("@example.org"), "{}", email.to);
            let raw = String::from_utf8(email.raw.clone()).expect("ASCII");
            assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998));
            let message = parsed(&email);
            assert!(message.bcc().is_none());
            assert_eq!(message.to().map(|to| to.iter().count()), Some(1));
            assert_eq!(message.from().map(|from| from.iter().count()), Some(1));
            let text = plain(&email);
            assert!(text.lines().all(|line| !line.starts_with("Bcc") && !line.starts_with("RCPT")), "{text}");
            let html = message.body_html(0).expect("HTML");
            assert!(!html.contains("<b>") && !html.contains("\"X\""), "{html}");
            assert!(text.len() < 5_000 && html.len() < 20_000);
        }
    }
}
