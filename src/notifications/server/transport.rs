//! Handing a message over: to an SMTP server, or into a folder.

use std::{
    error::Error as _,
    fs, io,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{self, PoolConfig, extension::ClientId},
};
use uuid::Uuid;

use crate::{
    notifications::model::Trouble,
    server::settings::{MailTransport, Settings},
};

/// How long handing over one message may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// How long the mail server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Why a message was not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub trouble: Trouble,
    /// Whether the next message would meet the same: it is not about this message.
    pub away: bool,
    /// For whoever runs the server, in plain words. May name addresses, so it does not belong in the log.
    pub words: String,
}

/// A way for messages to leave, with one connection kept open.
pub enum Post {
    Smtp {
        settings: Box<Settings>,
        transport: Smtp,
    },
    /// The folder.
    File(PathBuf),
}

impl Post {
    /// The way that the settings name; nothing when there is none.
    ///
    /// # Errors
    /// The address of the mail server makes no sense.
    pub fn open(settings: &Settings) -> Result<Option<Post>, Refusal> {
        Ok(match settings.mail.transport {
            MailTransport::None => None,
            MailTransport::File => Some(Post::File(PathBuf::from(&settings.mail.folder))),
            MailTransport::Smtp => {
                Some(Post::Smtp { transport: connect(settings)?, settings: Box::new(settings.clone()) })
            }
        })
    }

    /// Hands a message over.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn send(&mut self, message: &Message) -> Result<(), Refusal> {
        match self {
            Post::File(folder) => write_file(folder, message).await.map_err(|error| Refusal {
                trouble: Trouble::Unwritable,
                away: true,
                words: format!("The folder {} cannot be written: {error}", folder.display()),
            }),
            Post::Smtp { transport, settings } => {
                match tokio::time::timeout(PATIENCE, transport.send(message.clone())).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(explain(&error)),
                    Err(_) => {
                        // a connection left in the middle of a message must not carry the next one
                        let stuck = std::mem::replace(transport, connect(settings)?);
                        stuck.shutdown().await;
                        Err(Refusal {
                            trouble: Trouble::Unreachable,
                            away: true,
                            words: "The mail server did not answer within a minute.".to_owned(),
                        })
                    }
                }
            }
        }
    }

    /// Looks whether the way is open, without sending anything.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn test(&mut self) -> Result<(), Refusal> {
        match self {
            Post::File(folder) => make_folder(folder).map_err(|error| Refusal {
                trouble: Trouble::Unwritable,
                away: true,
                words: format!("The folder {} cannot be made: {error}", folder.display()),
            }),
            Post::Smtp { transport, .. } => match tokio::time::timeout(PATIENCE, transport.test_connection()).await {
                Ok(Ok(true)) => Ok(()),
                Ok(Ok(false)) => Err(unreachable("The mail server closed the connection.")),
                Ok(Err(error)) => Err(explain(&error)),
                Err(_) => Err(unreachable("The mail server did not answer within a minute.")),
            },
        }
    }

    /// Says goodbye to the mail server.
    pub async fn close(self) {
        if let Post::Smtp { transport, .. } = self {
            transport.shutdown().await;
        }
    }
}

fn connect(settings: &Settings) -> Result<Smtp, Refusal> {
    let url = settings.mail.smtp_url.expose();
    let mut builder = Smtp::from_url(url).map_err(|error| explain(&error))?;
    // a path in the URL is the name to say hello with; without one, ours
    if url.split_once("://").is_none_or(|(_, rest)| !rest.contains('/')) {
        builder = builder.hello_name(ClientId::Domain(settings.public_host()));
    }
    Ok(builder.timeout(Some(CONNECT_TIMEOUT)).pool_config(PoolConfig::new().max_size(1)).build())
}

fn unreachable(words: &str) -> Refusal {
    Refusal { trouble: Trouble::Unreachable, away: true, words: words.to_owned() }
}

/// What the mail server, or the way to it, had against a message.
fn explain(error: &smtp::Error) -> Refusal {
    let refusal = |trouble, away, words: String| Refusal { trouble, away, words };
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(code) = error.status().map(u16::from) {
        return match code {
            // RFC 4954: about who we are, not about the message
            432 | 454 | 530 | 534 | 535 | 538 => refusal(
                Trouble::SignIn,
                true,
                format!(
                    "The mail server refused the user name or the password ({code} {said}). They stand in mail.smtp_url."
                ),
            ),
            421 => {
                refusal(Trouble::TryLater, true, format!("The mail server asks to try again later ({code} {said})."))
            }
            400..=499 => {
                refusal(Trouble::TryLater, false, format!("The mail server asks to try again later ({code} {said})."))
            }
            _ => refusal(Trouble::Refused, false, refused_words(code, &said)),
        };
    }
    if error.is_tls() || said.contains("certificate") || said.contains("TLS") {
        let words = format!(
            "No secure connection to the mail server: {said}. smtps:// speaks TLS at once (port 465); smtp://…?tls=required begins in the clear (port 587)."
        );
        return refusal(Trouble::NotSecure, true, words);
    }
    if error.is_client() {
        return refusal(Trouble::BadAddress, false, format!("The mail server cannot take this address: {said}"));
    }
    refusal(Trouble::Unreachable, true, network_words(error, &said))
}

fn refused_words(code: u16, said: &str) -> String {
    let lower = said.to_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let advice = if about(&["5.1.7", "5.1.8", "sender", "from address", "not verified", "not owned"]) {
        " It does not accept the sender: set mail.from to an address of a domain that this server may send for."
    } else if about(&["5.1.1", "5.1.2", "5.1.3", "recipient", "mailbox", "user unknown", "no such user"]) {
        " It does not know the address."
    } else {
        ""
    };
    format!("The mail server refused the message ({code} {said}).{advice}")
}

fn network_words(error: &smtp::Error, said: &str) -> String {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            let words = match io.kind() {
                io::ErrorKind::ConnectionRefused => "Nothing listens at the address and port of mail.smtp_url.",
                io::ErrorKind::TimedOut => "The mail server did not answer in time: is the port right, and open?",
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                    "There is no way to the mail server from here."
                }
                _ if io.to_string().contains("lookup address") => "The name of the mail server was not found.",
                _ => "The connection to the mail server broke.",
            };
            return format!("{words} ({said})");
        }
        cause = inner.source();
    }
    format!("The connection to the mail server broke. ({said})")
}

/// Written beside and renamed: whoever looks sees whole messages. Sent again, a message takes its own place.
async fn write_file(folder: &Path, message: &Message) -> io::Result<()> {
    let id = message.headers().get::<lettre::message::header::MessageId>().map(|id| id.as_ref().to_owned());
    let id = id.and_then(|id| id.trim_start_matches('<').split('@').next()?.parse::<Uuid>().ok());
    let path = folder.join(format!("{}.eml", id.unwrap_or_else(Uuid::now_v7)));
    let (folder, bytes) = (folder.to_owned(), message.formatted());
    let written = tokio::task::spawn_blocking(move || {
        make_folder(&folder)?;
        let unfinished = path.with_extension("part");
        // messages are about people: nobody else on this machine reads them
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(&bytes)?;
        fs::rename(&unfinished, &path)
    });
    written.await.map_err(io::Error::other)?
}

fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
