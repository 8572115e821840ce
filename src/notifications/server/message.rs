//! A row of the outbox as a message (RFC 5322), with its calendar files.
//!
//! Headers are made by lettre's typed builders, which encode whatever is not plain; names are on one line before that.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, SystemTime},
};

use lettre::{
    Address,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{
    calendar::{Event, Method, document},
    news::{News, Unreadable, Visit, read},
    outbox::Claimed,
    texts::{self, Words, one_line},
};
use crate::{
    admin::server::settings::ClinicNow,
    booking::Status,
    db::{Conn, Error},
    notifications::model::Kind,
    server::settings::Settings,
    time::Instant,
};

/// Whom messages come from: the setting, or the clinic with an address at the public host that nobody reads.
///
/// # Errors
/// Never, unless not even `localhost` makes an address.
pub fn sender(settings: &Settings, clinic: &str) -> Result<Mailbox, Error> {
    if let Ok(mailbox) = settings.mail.from.parse() {
        return Ok(mailbox);
    }
    let address = address(&format!("no-reply@{}", settings.public_host())).or_else(|| address("no-reply@localhost"));
    let name = Some(one_line(clinic)).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, address.ok_or(Error::Corrupt("sender"))?))
}

/// The address, if it is one that a header can hold too: a host that is a number is none.
fn address(text: &str) -> Option<Address> {
    let address: Address = text.parse().ok()?;
    let header: Mailbox = text.parse().ok()?;
    (header.email == address && header.name.is_none()).then_some(address)
}

/// What a claimed row turned out to be.
pub(super) enum Composed {
    Message(Box<lettre::Message>),
    /// No longer true, or nobody can be told.
    NotNeeded,
    /// The person's address is none.
    BadAddress,
}

/// The message of a claimed row, as it has to be said now.
///
/// # Errors
/// [`Unreadable`]
pub(super) async fn compose(
    conn: &mut Conn<'_>,
    settings: &Settings,
    clinic: &ClinicNow,
    claimed: &Claimed,
    now: Instant,
) -> Result<Composed, Unreadable> {
    let Some(news) = read(conn, claimed, now).await? else {
        return Ok(Composed::NotNeeded);
    };
    let Some(to) = address(&news.email) else {
        return Ok(Composed::BadAddress);
    };
    let site = settings.public_url();
    let voice = texts::Sender { clinic: &clinic.name, phone: &clinic.phone, site: &site };
    let host = settings.public_host();
    let from = sender(settings, &clinic.name)?;
    // a defect that only this message meets must not take the worker with it
    let built = catch_unwind(AssertUnwindSafe(|| {
        let words = texts::words(&news, &voice, now)?;
        let files = calendars(&news, &clinic.name, &from, &to, now);
        build(Envelope { id: claimed.id, host: &host, from: &from, to: &to, now }, words, files)
    }));
    let message = built.map_err(|_| Unreadable::Broken("panic"))??;
    Ok(Composed::Message(Box::new(message)))
}

/// The message of `docslot mail test`.
///
/// # Errors
/// The sender's address or the message cannot be made.
pub fn test_message(settings: &Settings, to: &Address, now: Instant) -> Result<lettre::Message, Error> {
    let clinic = &settings.clinic;
    let site = settings.public_url();
    let words = texts::test_words(&texts::Sender { clinic: &clinic.name, phone: &clinic.phone, site: &site });
    let from = sender(settings, &clinic.name)?;
    let host = settings.public_host();
    build(Envelope { id: Uuid::now_v7(), host: &host, from: &from, to, now }, words, Vec::new())
}

/// Everything outside the text.
struct Envelope<'a> {
    /// Of the outbox's row: sent again, it is the same message.
    id: Uuid,
    host: &'a str,
    from: &'a Mailbox,
    to: &'a Address,
    now: Instant,
}

/// One file per visit: a file may hold one event only (RFC 5546, 3.2).
fn calendars(news: &News, clinic: &str, from: &Mailbox, to: &Address, now: Instant) -> Vec<(Method, String)> {
    let file = |visit: &Visit| {
        let method = method(news.kind, visit)?;
        let row = &visit.row;
        let event =
            Event { method, visit: row, thread: visit.thread, clinic, organizer: from, attendee: Some(to), now };
        Some((method, document(&event)))
    };
    news.visits.iter().filter_map(file).collect()
}

/// A request is no event yet; one that was moved there from a booked time is, and has to go when it comes to nothing.
fn method(kind: Kind, visit: &Visit) -> Option<Method> {
    match (kind, visit.row.status) {
        (_, Status::Cancelled) => Some(Method::Cancel),
        (Kind::RequestReceived, _) => None,
        (Kind::RequestDeclined | Kind::RequestExpired, _) => visit.before.is_some().then_some(Method::Cancel),
        _ => Some(Method::Request),
    }
}

fn build(envelope: Envelope<'_>, words: Words, files: Vec<(Method, String)>) -> Result<lettre::Message, Error> {
    let Envelope { id, host, from, to, now } = envelope;
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(now.0.unsigned_abs());
    let builder = lettre::Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .date(sent)
        .message_id(Some(format!("<{id}@{host}>")))
        .subject(words.subject)
        // no answers from machines that are away (RFC 3834)
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    let mut texts = MultiPart::alternative_plain_html(words.plain, words.html);
    // mail programs look for news of one event here; of several, they take the files
    if let [(method, file)] = files.as_slice() {
        texts = texts.singlepart(SinglePart::builder().header(calendar_type(*method)?).body(file.clone()));
    }
    let built = if files.is_empty() {
        builder.multipart(texts)
    } else {
        let mut parts = MultiPart::mixed().multipart(texts);
        for (number, (method, file)) in files.into_iter().enumerate() {
            let name = if number == 0 { "invite.ics".to_owned() } else { format!("invite-{}.ics", number + 1) };
            parts = parts.singlepart(Attachment::new(name).body(file, calendar_type(method)?));
        }
        builder.multipart(parts)
    };
    built.map_err(|_| Error::Corrupt("message"))
}

fn calendar_type(method: Method) -> Result<ContentType, Error> {
    let text = format!("text/calendar; charset=utf-8; method={}", method.word());
    ContentType::parse(&text).map_err(|_| Error::Corrupt("content type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_the_setting_or_the_clinic_at_the_public_host() {
        let mut settings = Settings::default();
        let shown = |settings: &Settings| sender(settings, "Praxis \"Süd\"\r\nBcc: x").unwrap();
        assert_eq!(shown(&settings).email.to_string(), "no-reply@localhost");
        settings.server.public_url = "https://clinic.example".into();
        assert_eq!(shown(&settings).email.to_string(), "no-reply@clinic.example");
        assert_eq!(shown(&settings).name.as_deref(), Some("Praxis \"Süd\", Bcc: x"));
        settings.mail.from = "Visits <visits@clinic.example>".into();
        assert_eq!(shown(&settings).to_string(), "Visits <visits@clinic.example>");
    }

    #[test]
    fn what_no_header_can_hold_is_no_address() {
        assert!(address("ana@example.org").is_some());
        for bad in [
            "",
            "ana",
            "ana@[127.0.0.1]",
            "Ana <ana@example.org>",
            "ana@example.org\r\nBcc: x@y.z",
            "a@b, c@d",
            "a\u{0}@b.c",
        ] {
            assert_eq!(address(bad), None, "{bad:?}");
        }
    }
}
