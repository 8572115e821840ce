//! Calendar files: one event per visit through all its moves, read back by a parser that shares no code with the writer.

use docslot::{booking::server as booking, ids::AppointmentId, server::request::Actor, time::Instant};
use icalendar::parser::{Component, read_calendar, unfold};
use mail_parser::MimeHeaders;

use super::{parsed, send_all, sending_to, tell};
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    smtp_sink::{Letter, Sink},
};

/// What a calendar program makes of a file.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    method: String,
    uid: String,
    sequence: i64,
    start: String,
    status: String,
}

fn seen(file: &str) -> Seen {
    assert!(
        file.ends_with("END:VCALENDAR\r\n") && file.matches('\n').count() == file.matches("\r\n").count(),
        "{file}"
    );
    assert!(file.split("\r\n").all(|line| line.len() <= 75), "{file}");
    let unfolded = unfold(file);
    let calendar = read_calendar(&unfolded).expect("a calendar");
    let method = calendar.properties.iter().find(|p| p.name == "METHOD").expect("a method").val.to_string();
    let [event] = calendar.components.as_slice() else { panic!("not one event: {file}") };
    let get = |name: &str| property(event, name);
    assert_eq!(get("DTSTAMP").len(), 16);
    Seen {
        method,
        uid: get("UID"),
        sequence: get("SEQUENCE").parse().expect("a number"),
        start: get("DTSTART"),
        status: get("STATUS"),
    }
}

fn property(event: &Component<'_>, name: &str) -> String {
    event.find_prop(name).unwrap_or_else(|| panic!("no {name}")).val.to_string()
}

/// The calendar files of a message, with the method that its part names.
fn files(letter: &Letter) -> Vec<(String, String)> {
    let message = parsed(letter);
    let calendars = message.parts.iter().filter(|part| part.is_content_type("text", "calendar"));
    calendars
        .map(|part| {
            let kind = part.content_type().expect("a type");
            let method = kind.attribute("method").expect("a method").to_owned();
            (method, part.text_contents().expect("text").to_owned())
        })
        .collect()
}

/// The one event of the newest message: mail programs look for it among the texts, others take the file.
fn newest(sink: &Sink) -> (Seen, String) {
    let letter = sink.letters().pop().expect("a message");
    let files = files(&letter);
    assert_eq!(files.len(), 2, "{}", String::from_utf8_lossy(&letter.raw));
    assert_eq!(files[0], files[1]);
    let event = seen(&files[0].1);
    assert_eq!(event.method, files[0].0);
    (event, files[0].1.clone())
}

async fn download(clinic: &TestClinic, who: Actor, id: AppointmentId) -> Seen {
    seen(&booking::calendar_file(&clinic.app, who, id).await.expect("a file"))
}

async fn move_to(clinic: &TestClinic, who: Actor, id: AppointmentId, start: Instant) -> AppointmentId {
    reschedule(clinic, who, id, start).await.expect("moving")
}

both_databases! {
    async fn a_visit_is_one_event_from_booking_over_moves_to_its_end(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let patient = clinic.patient().await;
        let first = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
        send_all(&app).await;
        let (booked, _) = newest(&sink);
        assert_eq!((booked.method.as_str(), booked.status.as_str()), ("REQUEST", "CONFIRMED"));
        assert_eq!((booked.uid.as_str(), booked.start.as_str()), (format!("{first}@docslot").as_str(), "20260108T090000Z"));

        let mut before = booked;
        let mut id = first;
        for days in [3, 4] {
            id = move_to(&clinic, patient, id, TOMORROW_9.plus_minutes(days * DAY)).await;
            send_all(&app).await;
            let (moved, _) = newest(&sink);
            assert_eq!((moved.method.as_str(), &moved.uid), ("REQUEST", &before.uid));
            assert!(moved.sequence > before.sequence, "{moved:?} after {before:?}");
            assert_eq!(moved.start, format!("202601{:02}T090000Z", 6 + days));
            let downloaded = download(&clinic, patient, id).await;
            assert_eq!((&downloaded.uid, downloaded.sequence), (&moved.uid, moved.sequence));
            assert_eq!(downloaded.method, "PUBLISH");
            before = moved;
        }
        cancel(&clinic, patient, id).await.expect("cancelling");
        send_all(&app).await;
        let (off, _) = newest(&sink);
        assert_eq!((off.method.as_str(), off.status.as_str(), &off.uid), ("CANCEL", "CANCELLED", &before.uid));
        assert!(off.sequence > before.sequence);
        let downloaded = download(&clinic, patient, id).await;
        assert_eq!((downloaded.sequence, downloaded.status.as_str()), (off.sequence, "CANCELLED"));
    }

    async fn a_request_is_no_event_until_it_is_accepted(clinic: TestClinic) {
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a request");
        send_all(&app).await;
        assert!(files(&sink.letters()[0]).is_empty());
        // answered, whoever writes the message about it
        clinic.execute("update appointments set status = 'booked', version = version + 1").await.expect("accepting");
        tell(&clinic, "request_accepted", patient.user, vec![id]).await;
        send_all(&app).await;
        assert_eq!(newest(&sink).0.method, "REQUEST");
    }

    async fn a_file_is_as_it_was_agreed_to_be(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let patient = clinic.patient().await;
        clinic.execute("update users set email = 'ana@example.org'").await.expect("an address");
        clinic.execute("update locations set name = 'Praxis; Süd, am Fluß', address = 'Mühlgasse 4, 2. Stock; Hof \\ links'").await.expect("a place");
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        send_all(&sending_to(&clinic, &sink)).await;
        let (_, file) = newest(&sink);
        let reference = clinic.row(id).await.reference;
        let file = file.replace(&id.to_string(), "{id}").replace(&reference, "{reference}");
        let golden = include_str!("invite.ics").replace('\n', "\r\n");
        assert_eq!(file, golden);
    }
}
