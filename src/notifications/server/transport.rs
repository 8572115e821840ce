//! Handing a message over: to an SMTP server, or into a folder.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::{Message, message::header::MessageId};
use tokio::time::timeout;
use uuid::Uuid;

use super::smtp::SmtpConnection;
use crate::{
    config::{Settings, TransportKind},
    db::private::{create, exposed_file, exposed_folder, make_folder},
    notifications::{model::DeliveryError, server::send_error::SendError},
};

/// How long handing over one message may take.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(60);

/// Files of the folder that are named because others can read them.
const MOST_NAMED: usize = 3;

/// A way for messages to leave.
pub enum MailTransport {
    Smtp(Box<SmtpConnection>),
    /// The folder.
    File(PathBuf),
}

impl MailTransport {
    /// The transport that the settings name; none when there is none.
    ///
    /// # Errors
    /// The address of the mail server makes no sense.
    pub fn open(settings: &Settings) -> Result<Option<MailTransport>, SendError> {
        let mail = &settings.mail;
        Ok(match mail.transport {
            TransportKind::None => None,
            TransportKind::File => Some(MailTransport::File(PathBuf::from(&mail.folder))),
            TransportKind::Smtp => Some(MailTransport::Smtp(Box::new(SmtpConnection::new(
                mail.smtp_url.expose(),
                &settings.public_host(),
            )?))),
        })
    }

    /// Hands a message over.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn send(&mut self, message: &Message) -> Result<(), SendError> {
        match self {
            MailTransport::File(folder) => {
                write_file(folder, message).await.map_err(|error| unwritable(folder, &error))
            }
            MailTransport::Smtp(connection) => {
                timeout(SEND_TIMEOUT, connection.send(message)).await.unwrap_or_else(|_| Err(too_slow()))
            }
        }
    }

    /// Checks that the transport works, without sending anything.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn test(&mut self) -> Result<(), SendError> {
        match self {
            MailTransport::File(folder) => make_folder(folder).map_err(|error| unwritable(folder, &error)),
            MailTransport::Smtp(connection) => {
                timeout(SEND_TIMEOUT, connection.test()).await.unwrap_or_else(|_| Err(too_slow()))
            }
        }
    }

    /// What of the folder other accounts of this machine can read, each with what to do.
    #[must_use]
    pub fn exposed(&self) -> Vec<String> {
        let MailTransport::File(folder) = self else {
            return Vec::new();
        };
        let files = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| exposed_file(&entry.ok()?.path()));
        exposed_folder(folder).into_iter().chain(files.take(MOST_NAMED)).collect()
    }

    /// Says goodbye to the mail server.
    pub async fn close(&mut self) {
        if let MailTransport::Smtp(connection) = self {
            connection.close().await;
        }
    }
}

fn unwritable(folder: &Path, error: &io::Error) -> SendError {
    let words = format!("The folder {} cannot be written. ({error})", folder.display());
    SendError { delivery_error: DeliveryError::Unwritable, away: true, words }
}

fn too_slow() -> SendError {
    let words = "The mail server did not answer within a minute.".to_owned();
    SendError { delivery_error: DeliveryError::Unreachable, away: true, words }
}

/// Writes a temporary file and renames it, so that a reader sees whole messages. A message sent again replaces its
/// earlier file.
async fn write_file(folder: &Path, message: &Message) -> io::Result<()> {
    let id = message.headers().get::<MessageId>().map(|id| id.as_ref().to_owned());
    let id = id.and_then(|id| id.trim_start_matches('<').split('@').next()?.parse::<Uuid>().ok());
    let path = folder.join(format!("{}.eml", id.unwrap_or_else(Uuid::now_v7)));
    let (folder, bytes) = (folder.to_owned(), message.formatted());
    let written = tokio::task::spawn_blocking(move || {
        make_folder(&folder)?;
        let unfinished = path.with_extension("part");
        // messages are about people: other users of this machine must not read them
        let mut file = create(&unfinished)?;
        file.write_all(&bytes)?;
        fs::rename(&unfinished, &path)
    });
    written.await.map_err(io::Error::other)?
}
