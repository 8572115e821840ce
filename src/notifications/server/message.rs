//! A row of the outbox as a message (RFC 5322), with its calendar files.
//!
//! Headers are made by lettre's typed builders, which encode everything that is not plain; names are on one line before
//! that.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt;
use lettre::{
    Address,
    message::{
        Attachment, Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{
    calendar::Method,
    email::{Email, RenderContext},
    layout::Words,
    outbox::Claimed,
    texts,
};
use crate::{
    clinic::server::ClinicSettings,
    config::Settings,
    db::{Conn, Error},
    notifications::{
        model::Kind,
        server::{
            account_mail, appointment_mail,
            compose_error::ComposeError,
            daily_agenda, doctor_mail, offer_mail, registration_mail,
            sender::{address, sender},
        },
    },
    time::Timestamp,
};

/// What a claimed row turned out to be.
pub(super) enum Composed {
    /// With the address it goes to, as stored.
    Message(Box<lettre::Message>, String),
    /// No longer true, or without a recipient.
    NotNeeded,
    /// The person's address, this one, is not valid.
    BadAddress(String),
}

/// The message of a claimed row, as it has to be said now.
///
/// # Errors
/// [`ComposeError`]
pub(super) async fn compose(
    conn: &mut Conn<'_>,
    settings: &Settings,
    clinic: &ClinicSettings,
    claimed: &Claimed,
    now: Timestamp,
) -> Result<Composed, ComposeError> {
    let site = settings.public_url();
    let render = RenderContext { settings, clinic, site: &site, claimed, now };
    let Some(email) = written(conn, &render).await? else {
        return Ok(Composed::NotNeeded);
    };
    let Some(to) = address(&email.to) else {
        return Ok(Composed::BadAddress(email.to));
    };
    let stored = email.to.clone();
    let (host, from) = (settings.public_host(), sender(settings, &clinic.name)?);
    let envelope = Envelope { id: claimed.id, host: &host, clinic: &clinic.name, from: &from, to: &to, now };
    Ok(Composed::Message(Box::new(build(envelope, email)?), stored))
}

/// The content of the message now: every kind finds its writer here; none when nothing of it is true any more, or it has no recipient.
async fn write(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    let kind = render.claimed.kind.parse::<Kind>().map_err(|_| ComposeError::Broken("unknown kind"))?;
    let email = match kind {
        Kind::AppointmentBooked
        | Kind::AppointmentAdded
        | Kind::RequestReceived
        | Kind::RequestAccepted
        | Kind::RequestDeclined
        | Kind::RequestExpired
        | Kind::AppointmentsMoved
        | Kind::AppointmentsCancelled
        | Kind::AppointmentsChanged
        | Kind::Reminder
        | Kind::VideoLink => appointment_mail::email(conn, render).await?,
        Kind::Registration => registration_mail::email(conn, render).await?,
        Kind::VerifyAddress
        | Kind::ResetPassword
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::WrongPasswords
        | Kind::SecondFactorChanged
        | Kind::ResetSecondFactor
        | Kind::WrongCodes
        | Kind::NewDevice
        | Kind::CareAsked
        | Kind::OwnAccount
        | Kind::OwnDataReady
        | Kind::AccountClosed
        | Kind::Invitation => account_mail::email(conn, kind, render).await?,
        Kind::DailyAgenda => daily_agenda::email(conn, render).await?,
        Kind::TimeOffered => offer_mail::email(conn, render).await?,
        Kind::DoctorBooked
        | Kind::DoctorRequested
        | Kind::DoctorMoved
        | Kind::DoctorCancelled
        | Kind::DoctorChanged => doctor_mail::email(conn, kind, render).await?,
    };
    // nothing is sent to a person without an address
    Ok(email.filter(|email| !email.to.is_empty()))
}

/// The message of a row. A defect that only this message meets must not end the caller.
pub(super) async fn written(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    let written = AssertUnwindSafe(write(conn, render)).catch_unwind().await;
    written.map_err(|_| ComposeError::Broken("panic"))?
}

/// The message of `docslot mail test`.
///
/// # Errors
/// The sender's address or the message cannot be made.
pub fn test_message(settings: &Settings, to: &Address, now: Timestamp) -> Result<lettre::Message, Error> {
    let clinic = &settings.clinic;
    let site = settings.public_url();
    let words = texts::test_words(&texts::Sender { clinic: &clinic.name, phone: &clinic.phone, site: &site })?;
    let from = sender(settings, &clinic.name)?;
    let host = settings.public_host();
    let envelope = Envelope { id: Uuid::now_v7(), host: &host, clinic: &clinic.name, from: &from, to, now };
    build(envelope, Email::plain(to.to_string(), words))
}

/// Everything outside the text.
struct Envelope<'a> {
    /// Of the outbox's row: sent again, it is the same message.
    id: Uuid,
    host: &'a str,
    clinic: &'a str,
    from: &'a Mailbox,
    to: &'a Address,
    now: Timestamp,
}

fn build(envelope: Envelope<'_>, email: Email) -> Result<lettre::Message, Error> {
    let Envelope { id, host, clinic, from, to, now } = envelope;
    let Email { words, files, unsubscribe, .. } = email;
    let html = words.document(clinic)?;
    let Words { subject, plain, .. } = words;
    let sent = SystemTime::UNIX_EPOCH + Duration::from_secs(now.0.unsigned_abs());
    // named here, because lettre would read it out of the headers, and cannot read an address in quotation marks
    let route = lettre::address::Envelope::new(Some(from.email.clone()), vec![to.clone()]);
    let mut builder = lettre::Message::builder()
        .envelope(route.map_err(|_| Error::Corrupt("envelope"))?)
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .date(sent)
        .message_id(Some(format!("<{id}@{host}>")))
        .subject(subject)
        // no answers from machines that are away (RFC 3834)
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    if let Some(address) = unsubscribe {
        // one click (RFC 8058): the mail program posts this value to this address
        builder = builder
            .raw_header(header("List-Unsubscribe", ["<", &address, ">"].concat()))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let mut texts = MultiPart::alternative_plain_html(plain, html);
    // mail programs look for updates of one event here; of several, they take the files
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

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn calendar_type(method: Method) -> Result<ContentType, Error> {
    let text = format!("text/calendar; charset=utf-8; method={}", method.word());
    ContentType::parse(&text).map_err(|_| Error::Corrupt("content type"))
}
