//! The ways for messages to leave, and what is said when one is closed.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, time::Duration};

use docslot::{
    config::{SecretUrl, Settings, TransportKind},
    notifications::{
        model::DeliveryError,
        server::{message::test_message, send_error::SendError, transport::MailTransport, worker},
    },
};
use mail_parser::MessageParser;
use tokio::sync::watch;

use super::{in_state, send_all};
use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9},
    folder::Folder,
    smtp_sink::{Answer, Sink},
};

impl Folder {
    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0)
            .map_or_else(|_| Vec::new(), |files| files.map(|file| file.expect("a file").path()).collect())
    }
}

both_databases! {
    async fn messages_can_go_into_a_private_folder(clinic: TestClinic) {
        let folder = Folder::to_be_made();
        let mut app = clinic.app.clone();
        let mut settings = (*app.settings).clone();
        settings.mail.transport = TransportKind::File;
        settings.mail.folder = folder.0.display().to_string();
        app = app.with_settings(settings);
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("a booking");
        assert_eq!(send_all(&app).await.sent, 2);
        // sent again after a crash, a message takes its own place
        clinic.execute("update outbox set state = 'queued'").await.expect("again");
        assert_eq!(send_all(&app).await.sent, 2);
        let files = folder.files();
        assert_eq!(files.len(), 2);
        for file in files {
            assert_eq!(file.extension().and_then(|e| e.to_str()), Some("eml"));
            assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
            let raw = fs::read(&file).expect("a message");
            let message = MessageParser::default().parse(&raw).expect("a message");
            assert_eq!(message.subject(), Some("Your appointment on Tuesday 6 January at 9am"));
        }
    }

    async fn a_folder_that_cannot_be_written_loses_nothing(clinic: TestClinic) {
        let mut app = clinic.app.clone();
        let mut settings = (*app.settings).clone();
        settings.mail.transport = TransportKind::File;
        settings.mail.folder = "/proc/nothing/here".into();
        app = app.with_settings(settings);
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        assert_eq!(send_all(&app).await.later, 1);
        assert_eq!(clinic.count("select count(*) from outbox where last_error = 'unwritable' and state = 'queued'").await, 1);
    }

    async fn without_a_way_to_send_messages_wait(clinic: TestClinic) {
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let (_keep, stop) = watch::channel(false);
        let ended = tokio::time::timeout(Duration::from_secs(5), worker::run(clinic.app.clone(), stop)).await;
        assert!(ended.is_ok(), "there is nothing to do");
        assert_eq!(in_state(&clinic, "queued").await, 1);
        assert_eq!(clinic.count("select count(*) from outbox where attempts = 0").await, 1);
    }
}

async fn error(url: &str) -> SendError {
    let mut settings = Settings::default();
    settings.mail.transport = TransportKind::Smtp;
    settings.mail.smtp_url = SecretUrl::from(url);
    let to = "ana@example.org".parse().expect("an address");
    let message = test_message(&settings, &to, NOW).expect("a message");
    let mut transport = MailTransport::open(&settings).expect("a way").expect("one");
    let error = transport.send(&message).await.expect_err(url);
    println!("{url}: {}", error.words);
    error
}

#[tokio::test]
async fn what_is_wrong_with_the_mail_server_is_said_in_plain_words() {
    let accepting = Sink::accepting().await;
    // the port was free a moment ago
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let picky = Sink::start(|_, _| Answer::RefuseRecipient("550 5.7.1 Sender address not verified")).await;
    let strict = Sink::start(|_, _| Answer::RefuseSender("553 5.7.1 not yours")).await;
    let unknown = Sink::start(|_, _| Answer::RefuseRecipient("550 5.1.1 No such user here")).await;
    let busy = Sink::start(|_, _| Answer::Refuse("421 4.3.2 shutting down")).await;
    let port = accepting.address.port();
    for (url, delivery_error, away, words) in [
        (format!("smtp://{closed}"), DeliveryError::Unreachable, true, "Nothing listens"),
        ("smtp://no-such-host.invalid:25".to_owned(), DeliveryError::Unreachable, true, "was not found"),
        (format!("smtps://127.0.0.1:{port}"), DeliveryError::NotSecure, true, "smtps:// encrypts from the first byte"),
        (format!("smtp://127.0.0.1:{port}?tls=required"), DeliveryError::NotSecure, true, "No secure connection"),
        (format!("smtp://user:wrong@127.0.0.1:{port}"), DeliveryError::SignIn, true, "user name or the password"),
        (picky.url(), DeliveryError::Refused, false, "set mail.from"),
        (strict.url(), DeliveryError::Sender, true, "set mail.from"),
        (unknown.url(), DeliveryError::Refused, false, "does not know the address"),
        (busy.url(), DeliveryError::TryLater, true, "try again later"),
    ] {
        let error = error(&url).await;
        assert_eq!((error.delivery_error, error.away), (delivery_error, away), "{url}: {}", error.words);
        assert!(error.words.contains(words), "{url}: {}", error.words);
        assert!(!error.words.contains("wrong@"), "a password is shown");
    }
}
