//! What went wrong between us and a mail server, and what to say of it in plain words.

use std::{error::Error as _, io};

use lettre::transport::smtp;

use crate::notifications::{model::DeliveryError, server::send_error::SendError};

/// How far the conversation had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Connecting,
    Encrypting,
    SigningIn,
    Sender,
    Recipient,
    Message,
}

/// What broke, and where.
pub struct Problem {
    pub stage: Stage,
    pub cause: Cause,
}

pub enum Cause {
    Io(io::Error),
    Smtp(smtp::Error),
    /// The server lacks what is asked of it.
    Missing(&'static str),
}

impl Problem {
    pub fn new(stage: Stage, error: smtp::Error) -> Problem {
        Problem { stage, cause: Cause::Smtp(error) }
    }

    /// The code that the server said.
    fn code(&self) -> Option<u16> {
        match &self.cause {
            Cause::Smtp(error) => error.status().map(u16::from),
            Cause::Io(_) | Cause::Missing(_) => None,
        }
    }

    /// Whether the connection is of no more use.
    pub fn is_over(&self) -> bool {
        match self.code() {
            Some(code) => code == 421,
            None => !matches!(self.cause, Cause::Missing(_)),
        }
    }

    /// What the server said, or what happened to the connection.
    fn said(&self) -> String {
        match &self.cause {
            Cause::Io(error) => error.to_string(),
            Cause::Missing(what) => (*what).to_owned(),
            Cause::Smtp(error) => {
                let said = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                self.code().map_or_else(|| said.clone(), |code| format!("{code} {said}"))
            }
        }
    }
}

/// What the mail server, or the way to it, had against a message, in plain words.
pub fn explain(problem: Problem) -> SendError {
    let said = problem.said();
    let error =
        |delivery_error, away, words: &str| SendError { delivery_error, away, words: format!("{words} ({said})") };
    match (problem.stage, problem.code()) {
        // RFC 4954: about who we are, at any stage
        (Stage::SigningIn, _) | (_, Some(530 | 534 | 535 | 538)) => {
            let words = "The mail server refused the user name or the password. They are in mail.smtp_url.";
            error(DeliveryError::SignIn, true, words)
        }
        (Stage::Encrypting, _) => {
            let words = "No secure connection to the mail server. smtps:// encrypts from the first byte, usually on \
                port 465; smtp://HOST?tls=required does so a little later, usually on port 587.";
            error(DeliveryError::NotSecure, true, words)
        }
        (Stage::Recipient, None) if matches!(problem.cause, Cause::Missing(_)) => {
            error(DeliveryError::BadAddress, false, "The mail server cannot take this address.")
        }
        (stage, Some(code @ 400..=499)) => {
            let away = code == 421 || matches!(stage, Stage::Connecting | Stage::Sender);
            error(DeliveryError::TryLater, away, "The mail server asks to try again later.")
        }
        (Stage::Connecting, Some(_)) => {
            error(DeliveryError::TryLater, true, "The mail server does not want to talk to us.")
        }
        (Stage::Sender, Some(_)) => {
            let words = "The mail server does not accept the sender: set mail.from to an address that it may send for.";
            error(DeliveryError::Sender, true, words)
        }
        (_, Some(_)) => error(DeliveryError::Refused, false, refused_words(&said)),
        (_, None) => error(DeliveryError::Unreachable, true, network_words(&problem)),
    }
}

/// Many servers object to the sender only when they hear of the recipient.
fn refused_words(said: &str) -> &'static str {
    let said = said.to_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if about(&["5.1.7", "5.1.8", "sender", "from address", "not verified", "not owned"]) {
        "The mail server refused the message because of its sender: set mail.from to an address that it may send for."
    } else if about(&["5.1.1", "5.1.2", "5.1.3", "recipient", "mailbox", "user unknown", "no such user"]) {
        "The mail server does not know the address."
    } else {
        "The mail server refused the message."
    }
}

fn network_words(problem: &Problem) -> &'static str {
    let io = match &problem.cause {
        Cause::Io(error) => Some(error),
        Cause::Smtp(error) => io_cause(error),
        Cause::Missing(_) => None,
    };
    match io.map(|error| (error.kind(), error.to_string())) {
        Some((io::ErrorKind::ConnectionRefused, _)) => "Nothing listens at the address and port of mail.smtp_url.",
        Some((io::ErrorKind::TimedOut, _)) => "The mail server did not answer in time: is the port right, and open?",
        Some((io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable, _)) => {
            "There is no way to the mail server from here."
        }
        Some((_, words)) if words.contains("lookup address") => "The name of the mail server was not found.",
        _ => "The connection to the mail server broke.",
    }
}

fn io_cause(error: &smtp::Error) -> Option<&io::Error> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return Some(io);
        }
        cause = inner.source();
    }
    None
}

/// Whether no connection was made at all.
pub fn is_network(error: &smtp::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, TimedOut};
    io_cause(error).is_some_and(|error| {
        matches!(error.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable | TimedOut)
            || error.to_string().contains("lookup address")
    })
}
