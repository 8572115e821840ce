//! Calendar files: the appointments of a doctor, and public holidays.

use docslot::booking::Status;

use crate::{
    both_databases,
    folder::Folder,
    import::{at, day, import, imported},
};

/// A calendar with these events, each a list of lines.
fn calendar(events: &[&str]) -> String {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Clinic time\r\nX-LIC-LOCATION:Europe/London\r\nBEGIN:STANDARD\r\nDTSTART:19701025T020000\r\n\
        TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let events: String = events.iter().map(|event| format!("BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n")).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n{zone}{events}END:VCALENDAR\r\n")
}

/// A local date without hyphens.
fn plain(days: i64) -> String {
    day(days).to_string().replace('-', "")
}

both_databases! {
    async fn a_doctors_calendar_becomes_appointments(clinic: TestClinic) {
        let folder = Folder::new();
        let (d, past) = (plain(6), plain(-6));
        let who = "ATTENDEE;CN=\"Ana, the patient\";PARTSTAT=ACCEPTED:mailto:Ana@example.org\r\nORGANIZER:mailto:dr@example.org\r\n\
            ATTENDEE;CN=Room 4;CUTYPE=ROOM:mailto:room@example.org";
        let good = [
            // folded in the middle of a word, in a zone that the calendar defines
            format!("UID:one\r\nDTSTART;TZID=Clinic time:{d}T090000\r\nDTEND;TZID=Clinic time:{d}T093000\r\nSUMMARY:Check\r\n -up\r\n{}",
                who.replace("the patient", "the pat\r\n ient")),
            format!("UID:two\r\nDTSTART;TZID=Europe/London:{d}T100000\r\nDURATION:PT45M\r\nSTATUS:CONFIRMED\r\n{who}"),
            // an older state of the same event
            format!("UID:two\r\nSEQUENCE:-1\r\nDTSTART:{d}T080000Z\r\n{who}"),
            format!("UID:three\r\nDTSTART:{d}T110000\r\nSTATUS:CANCELLED\r\n{who}"),
            format!("UID:four\r\nRECURRENCE-ID:{past}T090000Z\r\nDTSTART:{past}T120000Z\r\n{who}"),
            format!("UID:four\r\nRECURRENCE-ID:{past}T100000Z\r\nDTSTART:{past}T130000Z\r\n{who}"),
        ];
        let good: Vec<&str> = good.iter().map(String::as_str).collect();
        let file = folder.file("good.ics", calendar(&good));
        let said = imported(&clinic, "appointments", &file, &["--doctor", "doctor-1"]);
        assert!(said.contains("5 new") && said.contains("0 wrong"), "{said}");
        let said = imported(&clinic, "appointments", &file, &["--doctor", "doctor-1"]);
        assert!(said.contains("5 imported before"), "{said}");
        let one = clinic.an_id("select id from appointments where status = 'booked' order by starts_at desc limit 1 offset 1").await;
        let one = clinic.row(docslot::ids::AppointmentId(one)).await;
        assert_eq!((one.starts_at, one.ends_at), (at(6, 9), at(6, 9).plus_minutes(30)));
        let two = clinic.an_id("select id from appointments where status = 'booked' order by starts_at desc limit 1").await;
        let two = clinic.row(docslot::ids::AppointmentId(two)).await;
        assert_eq!((two.starts_at, two.ends_at, two.status), (at(6, 10), at(6, 10).plus_minutes(45), Status::Booked));
        assert_eq!(clinic.count("select count(*) from persons where email = 'ana@example.org' and display_name = 'Ana, the patient'").await, 1);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'cancelled'").await, 1);
    }

    async fn events_that_are_no_appointments_are_named(clinic: TestClinic) {
        let folder = Folder::new();
        let (d, who) = (plain(6), "ATTENDEE;CN=Ana:mailto:ana@example.org");
        let bad = [
            format!("UID:1\r\nDTSTART:{d}T090000Z\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:Physio\r\n{who}"),
            format!("UID:2\r\nDTSTART;VALUE=DATE:{d}\r\n{who}"),
            format!("UID:3\r\nDTSTART:{d}T090000Z\r\nSUMMARY:Lunch"),
            format!("UID:4\r\nDTSTART;TZID=W. Europe Standard Time:{d}T090000\r\n{who}"),
            format!("UID:5\r\nDTSTART:{d}T090000Z\r\n{who}\r\nATTENDEE:mailto:b@example.org"),
            format!("UID:6\r\nDTSTART:tomorrow\r\n{who}"),
            format!("UID:7\r\nDTSTART;TZID=Europe/London:20260329T013000\r\n{who}"),
            "UID:8".to_owned(),
        ];
        let bad: Vec<&str> = bad.iter().map(String::as_str).collect();
        let (done, said) = import(&clinic, "appointments", &folder.file("bad.ics", calendar(&bad)), &["--doctor", "doctor-1"]);
        assert!(!done);
        for line in [
            "row 1: \"Physio\" repeats (RRULE): export single events instead",
            "row 2, start: The event lasts whole days",
            "row 3, patient_email: The event has no ATTENDEE",
            "row 4, time_zone: \"W. Europe Standard Time\" is not a time zone by its IANA name",
            "row 5, patient_email: The event has several ATTENDEEs",
            "row 6, start: DTSTART cannot be read",
            "row 7, start: The clocks skip this time",
            "row 8, start: The event has no DTSTART",
        ] {
            assert!(said.contains(line), "{line}\nin {said}");
        }
        let deep = ["BEGIN:X\r\n".repeat(100_000), "END:X\r\n".repeat(100_000)].concat();
        for (name, text, words) in [
            ("text.ics", "hello".to_owned(), "calendar"),
            ("none.ics", calendar(&[]), "has no event in it"),
            ("open.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n".to_owned(), "calendar"),
            ("deep.ics", deep, "nested too deeply"),
            ("csv.ics", "name,email\nAna,\n".to_owned(), "calendar"),
        ] {
            let (done, said) = import(&clinic, "appointments", &folder.file(name, text), &["--doctor", "doctor-1"]);
            assert!(!done && said.contains(words), "{name}: {said}");
        }
        assert_eq!(clinic.count("select count(*) from appointments").await, 0);
    }

    async fn holidays_close_the_clinic_once_what_falls_on_them_is_confirmed(clinic: TestClinic) {
        let folder = Folder::new();
        clinic.clock.set(docslot::state::Clock::system().now());
        clinic.book(clinic.patient().await, 0, at(20, 9)).await.expect("a booking");
        clinic.book(clinic.patient().await, 1, at(21, 10)).await.expect("a booking");
        let events = [
            format!("UID:a\r\nDTSTART;VALUE=DATE:{}\r\nDTEND;VALUE=DATE:{}\r\nSUMMARY:Long feast", plain(20), plain(22)),
            format!("UID:b\r\nDTSTART;VALUE=DATE:{}\r\nSUMMARY:One day", plain(30)),
            format!("UID:c\r\nDTSTART;VALUE=DATE:{}\r\nSUMMARY:Not this year\r\nSTATUS:CANCELLED", plain(31)),
            format!("UID:d\r\nDTSTART;VALUE=DATE:{}\r\nSUMMARY:Over", plain(-3)),
        ];
        let events: Vec<&str> = events.iter().map(String::as_str).collect();
        let file = folder.file("holidays.ics", calendar(&events));
        let closures = "select count(*) from closures";
        for arguments in [&["--dry-run"][..], &[], &["--confirm", "1"]] {
            let (done, said) = import(&clinic, "holidays", &file, arguments);
            assert_eq!(done, arguments == ["--dry-run"], "{said}");
            assert_eq!(said.matches("booked then: ").count(), 2, "{said}");
            assert!(said.contains("at Riverside: Long feast") && said.contains("1 are over"), "{said}");
            assert!(done || said.contains("add --confirm 2 to close all the same"), "{said}");
            assert_eq!(clinic.count(closures).await, 0);
        }
        let said = imported(&clinic, "holidays", &file, &["--confirm", "2"]);
        assert!(said.contains("2 closures added"), "{said}");
        let right = "select count(*) from closures where (reason = 'Long feast' and last_date <> first_date)
            or (reason = 'One day' and last_date = first_date)";
        assert_eq!((clinic.count(closures).await, clinic.count(right).await), (2, 2));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'closure.added'").await, 2);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 2);
        let refused = clinic.book(clinic.patient().await, 2, at(20, 9)).await;
        assert!(refused.is_err(), "the clinic is closed");
        let said = imported(&clinic, "holidays", &file, &[]);
        assert!(said.contains("2 are there already") && said.contains("0 closures added"), "{said}");

        let bad = format!("UID:x\r\nDTSTART:{}T090000Z\r\nSUMMARY:A talk", plain(40));
        let yearly = format!("UID:y\r\nDTSTART;VALUE=DATE:{}\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Feast", plain(41));
        let good = format!("UID:z\r\nDTSTART;VALUE=DATE:{}\r\nSUMMARY:Day", plain(42));
        let (done, said) = import(&clinic, "holidays", &folder.file("bad.ics", calendar(&[&bad, &yearly, &good])), &[]);
        assert!(!done && said.contains("\"A talk\" is not an event of whole days"), "{said}");
        assert!(said.contains("\"Feast\" repeats (RRULE)"), "{said}");
        let (done, said) = import(&clinic, "holidays", &file, &["--location", "Hillside"]);
        assert!(!done && said.contains("no location of this name"), "{said}");
        assert_eq!(clinic.count(closures).await, 2);
    }
}
