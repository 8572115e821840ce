//! Calendar files: one event per appointment through all its moves, read back by a parser that shares no code with the writer.

use docslot::{
    booking::server as booking, ids::AppointmentId, notifications::model::Kind, on, time::Timestamp,
    web::request::Actor,
};
use icalendar::parser::{Component, read_calendar, unfold};
use mail_parser::MimeHeaders;

use super::{parsed, send_all, sending_to, tell};
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    python::python,
    smtp_sink::{Email, Sink},
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
fn files(email: &Email) -> Vec<(String, String)> {
    let message = parsed(email);
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
    let email = sink.emails().pop().expect("a message");
    let files = files(&email);
    assert_eq!(files.len(), 2, "{}", String::from_utf8_lossy(&email.raw));
    assert_eq!(files[0], files[1]);
    let event = seen(&files[0].1);
    assert_eq!(event.method, files[0].0);
    (event, files[0].1.clone())
}

async fn download(clinic: &TestClinic, who: Actor, id: AppointmentId) -> Seen {
    seen(&booking::calendar_file(&clinic.app, who, id).await.expect("a file"))
}

async fn move_to(clinic: &TestClinic, who: Actor, id: AppointmentId, start: Timestamp) -> AppointmentId {
    reschedule(clinic, who, id, start).await.expect("moving")
}

both_databases! {
    async fn an_appointment_is_one_event_from_booking_over_moves_to_its_end(clinic: TestClinic) {
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
        assert!(files(&sink.emails()[0]).is_empty());
        // answered, by any writer of the message about it
        clinic.execute("update appointments set status = 'booked', version = version + 1").await.expect("accepting");
        tell(&clinic, Kind::RequestAccepted, patient.user, vec![id]).await;
        send_all(&app).await;
        assert_eq!(newest(&sink).0.method, "REQUEST");
    }

    async fn files_are_as_they_were_agreed_to_be_and_an_independent_reader_agrees(clinic: TestClinic) {
        let (appointment, files) = three_files(&clinic, "ana@example.org").await;
        for ((name, file), golden) in files.iter().zip(GOLDEN) {
            compare_with_golden(&appointment, name, file, golden);
        }
        let read = read_with_python(&files);
        let uid = format!("{}@docslot", appointment.id);
        assert!(read.iter().all(|event| event["uid"] == uid.as_str() && event["version"] == "2.0"), "{read:#?}");
        assert!(read.is_sorted_by(|a, b| a["sequence"].as_i64() < b["sequence"].as_i64()), "{read:#?}");
        let methods: Vec<_> = read.iter().map(|event| (event["method"].as_str(), event["status"].as_str())).collect();
        let (confirmed, off) = ((Some("REQUEST"), Some("CONFIRMED")), (Some("CANCEL"), Some("CANCELLED")));
        assert_eq!(methods, [confirmed, confirmed, off]);
        for (event, days) in read.iter().zip([2, 3, 3]) {
            let start = TOMORROW_9.plus_minutes(days * DAY);
            assert_eq!((event["start"].as_i64(), event["end"].as_i64()), (Some(start.0), Some(start.plus_minutes(30).0)));
            assert_eq!(event["stamp"].as_i64(), Some(NOW.0));
            assert_eq!(event["location"], "Praxis; Süd, am Fluß, Mühlgasse 4, 2. Stock; Hof \\ links");
            assert_eq!(event["organizer"], "mailto:no-reply@clinic.example");
            assert_eq!(event["attendees"], serde_json::json!(["mailto:ana@example.org"]));
        }
    }

    async fn a_hostile_name_stays_one_value_of_one_event(clinic: TestClinic) {
        let (appointment, files) = three_files(&clinic, "o'hara+a?b=%41@example.org").await;
        let name = "Ж\"Praxis\";,:\\\r\nATTENDEE:mailto:thief@evil.example\nEND:VEVENT";
        let long = format!("{name} {}", "\u{1F3E5}é".repeat(40));
        clinic.let_terms_change().await;
        clinic.write(move |mut tx| {
            let (name, id) = (long.clone(), appointment.last);
            Box::pin(async move {
                let sql = "update appointment_terms set location_name = $2, location_address = $2, location_phone = $2
                    where id = (select terms_id from appointments where id = $1)";
                on!(tx, |c| sqlx::query(sql).bind(id).bind(&name).execute(c).await?.rows_affected());
                Ok(())
            })
        }).await;
        let sink = Sink::accepting().await;
        let mut app = sending_to(&clinic, &sink);
        let mut settings = (*app.settings).clone();
        settings.clinic.name = name.to_owned();
        app = app.with_settings(settings);
        clinic.execute("update outbox set state = 'queued' where kind = 'appointments_cancelled'").await.expect("once more");
        assert_eq!(send_all(&app).await.sent, 1);
        let (_, file) = newest(&sink);
        compare_with_golden(&appointment, "hostile", &file, include_str!("golden/hostile.ics"));
        let read = read_with_python(&[files[0].clone(), ("hostile", file)]);
        for event in &read {
            assert_eq!(event["attendees"], serde_json::json!(["mailto:o%27hara+a%3Fb%3D%2541@example.org"]), "{event:#?}");
        }
        assert_eq!(read[0]["uid"], read[1]["uid"]);
        let kept = |text: &str| text.contains("thief@evil.example") && text.contains("END:VEVENT");
        assert!(read[1]["location"].as_str().is_some_and(kept), "a value, and nothing else: {:#?}", read[1]);
    }
}

const GOLDEN: [&str; 3] =
    [include_str!("golden/booked.ics"), include_str!("golden/moved.ics"), include_str!("golden/cancelled.ics")];

/// An appointment of [`three_files`]: its first appointment, its last one and its references.
#[derive(Clone)]
struct Chain {
    id: AppointmentId,
    last: AppointmentId,
    references: [String; 2],
}

/// The files of an appointment that is booked, moved and cancelled, at a place whose name is not plain.
async fn three_files(clinic: &TestClinic, email: &'static str) -> (Chain, Vec<(&'static str, String)>) {
    let sink = Sink::accepting().await;
    let app = sending_to(clinic, &sink);
    let patient = clinic.patient().await;
    clinic
        .write(move |mut tx| Box::pin(async move {
            let sql = "update persons set email = $1";
            on!(tx, |c| sqlx::query(sql).bind(email).execute(c).await?.rows_affected());
            let sql =
                "update locations set name = 'Praxis; Süd, am Fluß', address = 'Mühlgasse 4, 2. Stock; Hof \\ links'";
            on!(tx, |c| sqlx::query(sql).execute(c).await?.rows_affected());
            Ok(())
        }))
        .await;
    let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
    send_all(&app).await;
    let (_, booked) = newest(&sink);
    let last = move_to(clinic, patient, id, TOMORROW_9.plus_minutes(3 * DAY)).await;
    send_all(&app).await;
    let (_, moved) = newest(&sink);
    cancel(clinic, patient, last).await.expect("cancelling");
    send_all(&app).await;
    let (_, cancelled) = newest(&sink);
    let references = [clinic.row(id).await.reference, clinic.row(last).await.reference];
    (Chain { id, last, references }, vec![("booked", booked), ("moved", moved), ("cancelled", cancelled)])
}

/// Compares a file byte for byte with the agreed one, ids and references apart. With `DOCSLOT_WRITE_GOLDEN` set, the file
/// becomes the agreed one.
fn compare_with_golden(appointment: &Chain, name: &str, file: &str, golden: &str) {
    let mut file = file.replace(&appointment.id.to_string(), "{id}");
    for reference in &appointment.references {
        file = file.replace(reference, "{reference}");
    }
    if std::env::var_os("DOCSLOT_WRITE_GOLDEN").is_some() {
        let path = format!("{}/src/tests/mail/golden/{name}.ics", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, file.replace("\r\n", "\n")).expect("the agreed file");
        return;
    }
    assert_eq!(file, golden.replace('\n', "\r\n"), "{name}.ics");
}

/// What icalendar, a reader for Python, knows of these files.
fn read_with_python(files: &[(&'static str, String)]) -> Vec<serde_json::Value> {
    let folder = std::env::temp_dir().join(format!("docslot_ics_{}", uuid::Uuid::now_v7().simple()));
    std::fs::create_dir(&folder).expect("a folder");
    let mut command = python("mail/read_calendars.py");
    for (name, file) in files {
        let path = folder.join(format!("{name}.ics"));
        std::fs::write(&path, file).expect("a file");
        command.arg(path);
    }
    let output = command.output().expect("Python");
    std::fs::remove_dir_all(&folder).expect("the folder");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("what it read")
}
