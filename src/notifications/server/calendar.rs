//! Calendar files (RFC 5545), and what makes a calendar program take them as updates of one event (RFC 5546).
//!
//! They say when and where, and nothing about health: no specialty, no visit type, no reason.

use lettre::{Address, message::Mailbox};

use crate::{
    booking::{
        Mode, Status,
        server::{Appointment, Thread},
    },
    time::{Timestamp, server::utc_stamp},
};

/// Content lines are folded after this many bytes.
const LINE_BYTES: usize = 75;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// To be added to any calendar by the person who downloads it.
    Publish,
    /// To this attendee: the event is so.
    Request,
    /// To this attendee: the event is off.
    Cancel,
}

impl Method {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Method::Publish => "PUBLISH",
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
        }
    }
}

/// What an event tells the people who see the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown<'a> {
    /// For the patient: where, the reference, and an alarm. For who acts for them, also the patient's name.
    Appointment { name: Option<&'a str> },
    /// For the doctor: only that the time is taken.
    Busy,
    /// For the doctor who chose so: the patient's name, and where.
    Patient(&'a str),
}

/// One event of one appointment.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    pub method: Method,
    pub shown: Shown<'a>,
    pub appointment: &'a Appointment,
    /// Its position in the chain of moves: every file of a chain is about the same event, and the latest counts.
    pub thread: Thread,
    /// The clinic's name.
    pub clinic: &'a str,
    /// The sender of messages.
    pub organizer: &'a Mailbox,
    /// None in a published file.
    pub attendee: Option<&'a Address>,
    pub now: Timestamp,
}

/// The event as a `text/calendar` document.
#[must_use]
pub fn document(event: &Event<'_>) -> String {
    calendar(event.method, &[], std::slice::from_ref(event))
}

/// Many events as one document that calendar programs fetch again and again.
#[must_use]
pub fn feed(name: &str, events: &[Event<'_>]) -> String {
    let about = [format!("X-WR-CALNAME:{}", escape(name)), "REFRESH-INTERVAL;VALUE=DURATION:PT1H".to_owned()];
    calendar(Method::Publish, &about, events)
}

fn calendar(method: Method, about: &[String], events: &[Event<'_>]) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//docslot//docslot//EN".to_owned(),
        format!("METHOD:{}", method.word()),
    ];
    lines.extend_from_slice(about);
    lines.extend(events.iter().flat_map(lines_of));
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| fold(line)).collect()
}

fn lines_of(event: &Event<'_>) -> Vec<String> {
    let Event { method, appointment, thread, shown, .. } = *event;
    let status = match appointment.status {
        _ if method == Method::Cancel => "CANCELLED",
        Status::Requested => "TENTATIVE",
        status if status.occupies() => "CONFIRMED",
        Status::Completed | Status::NoShow => "CONFIRMED",
        _ => "CANCELLED",
    };
    let mut lines = vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@docslot", thread.first),
        format!("SEQUENCE:{}", thread.sequence),
        format!("DTSTAMP:{}", utc_stamp(event.now)),
        format!("DTSTART:{}", utc_stamp(appointment.starts_at)),
        format!("DTEND:{}", utc_stamp(appointment.ends_at)),
        organizer(event.organizer),
    ];
    lines.extend(event.attendee.map(|address| {
        let who = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE";
        format!("ATTENDEE;{who}:{}", mailto(address))
    }));
    let summary = match shown {
        Shown::Appointment { name: Some(name) } => format!("Appointment for {name}, {}", event.clinic),
        Shown::Appointment { name: None } => format!("Appointment, {}", event.clinic),
        Shown::Busy => "Busy".to_owned(),
        Shown::Patient(name) => name.to_owned(),
    };
    lines.push(format!("SUMMARY:{}", escape(&summary)));
    if shown != Shown::Busy {
        lines.push(format!("LOCATION:{}", escape(&location_words(appointment))));
    }
    let for_patient = matches!(shown, Shown::Appointment { .. });
    if for_patient {
        let words = format!("Reference {}. Phone {}.", appointment.reference, appointment.location_phone);
        lines.push(format!("DESCRIPTION:{}", escape(&words)));
    }
    lines.extend(["CLASS:PRIVATE".to_owned(), format!("STATUS:{status}")]);
    if for_patient && status != "CANCELLED" {
        lines.extend(alarm(&summary));
    }
    lines.push("END:VEVENT".to_owned());
    lines
}

/// Two hours before: time to leave. A message comes the day before.
fn alarm(words: &str) -> [String; 5] {
    [
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{}", escape(words)),
        "TRIGGER:-PT2H".to_owned(),
        "END:VALARM".to_owned(),
    ]
}

fn location_words(appointment: &Appointment) -> String {
    match appointment.mode {
        Mode::InPerson => format!("{}, {}", appointment.location_name, appointment.location_address),
        mode => mode.label().to_owned(),
    }
}

/// A name in quotes may hold neither quotes nor control characters (RFC 5545, 3.2).
fn organizer(mailbox: &Mailbox) -> String {
    let name: String =
        mailbox.name.iter().flat_map(|name| name.chars()).filter(|c| !c.is_control() && *c != '"').collect();
    let address = mailto(&mailbox.email);
    if name.is_empty() { format!("ORGANIZER:{address}") } else { format!("ORGANIZER;CN=\"{name}\":{address}") }
}

/// The address as a URI: characters other than letters, digits and harmless signs become %XX.
fn mailto(address: &Address) -> String {
    let mut uri = "mailto:".to_owned();
    for byte in AsRef::<str>::as_ref(address).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'@' | b'.' | b'-' | b'_' | b'~' | b'+' | b'[' | b']' | b':' => {
                uri.push(char::from(byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// Text values: backslash, semicolon, comma and line breaks are escaped; other control characters are left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A content line, cut between characters into pieces of at most 75 bytes that begin with a space, ended by CRLF.
fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut length = 0;
    for character in line.chars() {
        if length + character.len_utf8() > LINE_BYTES {
            folded.push_str("\r\n ");
            length = 1;
        }
        folded.push(character);
        length += character.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_fold_between_characters_and_unfold_to_themselves() {
        let line = format!("SUMMARY:{}", "Praxis für Kinder, ".repeat(20));
        let folded = fold(&line);
        assert!(folded.ends_with("\r\n"));
        assert!(folded.split("\r\n").all(|piece| piece.len() <= LINE_BYTES));
        assert_eq!(folded.trim_end_matches("\r\n").replace("\r\n ", ""), line);
    }

    #[test]
    fn text_cannot_add_a_line_of_its_own() {
        assert_eq!(escape("a,b;c\\d\r\nATTENDEE:x\u{0}"), "a\\,b\\;c\\\\d\\nATTENDEE:x");
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        let address = Address::new("a", "clinic.example").unwrap();
        let mailbox = Mailbox::new(Some("Praxis \"Süd\"\r\nATTENDEE:x; \u{0}".into()), address);
        assert_eq!(organizer(&mailbox), "ORGANIZER;CN=\"Praxis SüdATTENDEE:x; \":mailto:a@clinic.example");
    }

    #[test]
    fn an_address_cannot_leave_its_place() {
        let address = Address::new("a?cc=b%c", "clinic.example").unwrap();
        assert_eq!(mailto(&address), "mailto:a%3Fcc%3Db%25c@clinic.example");
    }
}
