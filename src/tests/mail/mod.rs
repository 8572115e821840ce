//! Messages: each arrives once, says what is true, and nothing else. Against a mail server that does its worst.

mod calendars;
mod crawler;
mod day;
mod doctor_news;
mod feeds;
mod figures;
mod links;
mod mailbox;
mod pages;
mod real_server;
mod reminders;
mod texts;
mod transports;
mod worker;

use std::collections::BTreeSet;

use docslot::{
    config::{SecretUrl, TransportKind},
    ids::{AppointmentId, PersonId},
    notifications::{
        model::Kind,
        server::{
            Message, enqueue,
            worker::{Round, Worker},
        },
    },
    state::AppState,
};
use mail_parser::MessageParser;
use tokio::sync::watch;

use crate::{
    clinic::{NOW, TestClinic},
    smtp_sink::{Email, Sink},
};

/// The app of this clinic with another way to send.
pub fn with_mail(clinic: &TestClinic, url: &str, connections: u32) -> AppState {
    let mut settings = (*clinic.app.settings).clone();
    settings.mail.transport = TransportKind::Smtp;
    settings.mail.smtp_url = SecretUrl::from(url);
    settings.mail.connections = connections;
    settings.server.public_url = "https://clinic.example".into();
    clinic.app.with_settings(settings)
}

pub fn sending_to(clinic: &TestClinic, sink: &Sink) -> AppState {
    with_mail(clinic, &sink.url(), 1)
}

/// Sends what is due now, with one lane, until nothing is left or the way is closed.
pub async fn send_all(app: &AppState) -> Round {
    let (_keep, stop) = watch::channel(false);
    let mut worker = Worker::open(app).expect("a worker").expect("a way to send");
    let mut total = Round::default();
    loop {
        let round = worker.round(&stop).await.expect("a round");
        total.claimed += round.claimed;
        total.sent += round.sent;
        total.suppressed += round.suppressed;
        total.failed += round.failed;
        total.later += round.later;
        total.away |= round.away;
        if round.claimed == 0 || round.away {
            return total;
        }
    }
}

/// Puts `number` messages about one appointment into the outbox.
async fn fill(clinic: &TestClinic, to: PersonId, appointment: AppointmentId, number: usize) {
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                for n in 0..number {
                    let dedupe_key = &format!("fill:{n}");
                    let message =
                        Message { kind: Kind::AppointmentBooked, to, appointments: &[appointment], dedupe_key };
                    enqueue(&mut tx, NOW, message).await?;
                }
                Ok(())
            })
        })
        .await;
}

pub async fn in_state(clinic: &TestClinic, state: &str) -> i64 {
    clinic
        .count(match state {
            "queued" => "select count(*) from outbox where state = 'queued'",
            "sending" => "select count(*) from outbox where state = 'sending'",
            "sent" => "select count(*) from outbox where state = 'sent'",
            "suppressed" => "select count(*) from outbox where state = 'suppressed'",
            "failed" => "select count(*) from outbox where state = 'failed'",
            other => panic!("no such state: {other}"),
        })
        .await
}

fn message_id(email: &Email) -> String {
    parsed(email).message_id().expect("a Message-ID").to_owned()
}

fn message_ids(emails: &[Email]) -> BTreeSet<String> {
    emails.iter().map(message_id).collect()
}

pub fn parsed(email: &Email) -> mail_parser::Message<'_> {
    MessageParser::default().parse(&email.raw).expect("a message")
}

/// The subject and every part, decoded.
pub fn everything(email: &Email) -> String {
    let message = parsed(email);
    let parts = message.parts.iter().filter_map(|part| part.text_contents());
    [message.subject().unwrap_or_default()].into_iter().chain(parts).collect::<Vec<_>>().join("\n")
}

/// The plain text, with line feeds only.
pub fn plain(email: &Email) -> String {
    parsed(email).body_text(0).expect("a text").replace("\r\n", "\n")
}

/// The path of the message's link that begins so, such as `/appointment/`.
pub fn link(email: &Email, start: &str) -> String {
    let text = plain(email);
    let place = text.find(&format!("https://clinic.example{start}")).unwrap_or_else(|| panic!("no {start}: {text}"));
    let link = text[place..].lines().next().expect("a line");
    link.trim_start_matches("https://clinic.example").to_owned()
}

/// The newest message to this person.
fn newest_to(sink: &Sink, person: PersonId) -> Email {
    let to = format!("{person}@example.org");
    sink.emails().into_iter().rfind(|email| email.to == to).expect("a message")
}

/// Puts a message into the outbox that another part of the program would write.
async fn tell(clinic: &TestClinic, kind: Kind, to: PersonId, appointments: Vec<AppointmentId>) {
    let now = clinic.clock.now();
    clinic
        .write(move |mut tx| {
            let appointments = appointments.clone();
            Box::pin(async move {
                let message = Message {
                    kind,
                    to,
                    appointments: &appointments,
                    dedupe_key: &format!("{}:{}", kind.into_str(), appointments[0]),
                };
                enqueue(&mut tx, now, message).await?;
                Ok(())
            })
        })
        .await;
}
