//! The calendar file of one appointment (RFC 5545).
//!
//! It says when and where, and nothing about health: no specialty, no kind of visit, no reason.

use super::{change::find_for, record::Appointment};
use crate::{
    booking::Status,
    error::AppError,
    ids::AppointmentId,
    server::{request::Actor, state::AppState},
    time::{Instant, server::utc_stamp},
};

/// Content lines are folded after this many bytes.
const LINE_BYTES: usize = 75;

/// The appointment as a `text/calendar` document.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for somebody else's alike.
pub async fn calendar_file(app: &AppState, actor: Actor, id: AppointmentId) -> Result<String, AppError> {
    let clinic = app.clinic.now(app).await;
    let mut reader = app.db.read().await?;
    let visit = find_for(&mut reader.conn(), actor, id).await?;
    Ok(document(&visit, &clinic.name, app.clock.now()))
}

fn document(visit: &Appointment, clinic: &str, now: Instant) -> String {
    let status = if visit.status.occupies() { "CONFIRMED" } else { "CANCELLED" };
    let status = if visit.status == Status::Requested { "TENTATIVE" } else { status };
    let place = format!("{}, {}", visit.location_name, visit.location_address);
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//docslot//docslot//EN".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@docslot", visit.id),
        format!("SEQUENCE:{}", visit.version - 1),
        format!("DTSTAMP:{}", utc_stamp(now)),
        format!("DTSTART:{}", utc_stamp(visit.starts_at)),
        format!("DTEND:{}", utc_stamp(visit.ends_at)),
        format!("SUMMARY:{}", escape(&format!("Appointment, {clinic}"))),
        format!("LOCATION:{}", escape(&place)),
        format!("DESCRIPTION:{}", escape(&format!("Reference {}. Phone {}.", visit.reference, visit.location_phone))),
        format!("STATUS:{status}"),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| fold(line)).collect()
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
}
