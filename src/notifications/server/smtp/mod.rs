//! One connection to a mail server, kept open between messages.
//!
//! Runs the SMTP conversation with lettre command by command, so that an error is known to be about this server, the
//! recipient or the message.

mod problem;

use std::{io, time::Duration};

use lettre::{
    Message,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailParameter},
    },
};
use percent_encoding::percent_decode_str;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};
use url::{Host, Url};

use self::problem::{Cause, Problem, Stage, explain};
use crate::notifications::{model::DeliveryError, server::send_error::SendError};

/// How long the mail server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// A connection that was idle for longer is not used again: the server may have closed it.
const IDLE: Duration = Duration::from_secs(20);

/// How a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    None,
    /// Encrypted when the server offers it.
    IfOffered,
    StartTls,
    /// From the first byte.
    Tls,
}

/// A mail server, as `mail.smtp_url` names it.
struct Server {
    host: String,
    port: u16,
    security: Security,
    credentials: Option<Credentials>,
    hello: ClientId,
}

impl Server {
    /// `smtp[s]://[USER:PASSWORD@]HOST[:PORT][/NAME][?tls=required]`; the name is the one to say hello with.
    fn parse(url: &str, host_name: &str) -> Option<Server> {
        let url = Url::parse(url).ok()?;
        let (security, usual_port) = match (url.scheme(), url.query().unwrap_or_default()) {
            ("smtps", _) => (Security::Tls, 465),
            ("smtp", "") => (Security::None, 25),
            ("smtp", "tls=required") => (Security::StartTls, 587),
            ("smtp", "tls=opportunistic") => (Security::IfOffered, 587),
            _ => return None,
        };
        let decode = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, password) => Some(Credentials::new(decode(user)?, decode(password?)?)),
        };
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(number) => number.to_string(),
            Host::Ipv6(number) => number.to_string(),
        };
        let name = url.path().trim_start_matches('/');
        let hello = ClientId::Domain(if name.is_empty() { host_name } else { name }.to_owned());
        Some(Server { host, port: url.port().unwrap_or(usual_port), security, credentials, hello })
    }
}

/// A connection to a mail server, made when it is needed.
pub struct SmtpConnection {
    server: Server,
    open: Option<(AsyncSmtpConnection, Instant)>,
}

impl SmtpConnection {
    /// A connection to the server of this URL, not opened yet.
    ///
    /// # Errors
    /// The URL makes no sense.
    pub fn new(url: &str, host_name: &str) -> Result<SmtpConnection, SendError> {
        let server = Server::parse(url, host_name).ok_or_else(|| SendError {
            delivery_error: DeliveryError::Unreachable,
            away: true,
            words: "mail.smtp_url is not understood: write smtps://USER:PASSWORD@HOST or smtp://HOST:587?tls=required"
                .to_owned(),
        })?;
        Ok(SmtpConnection { server, open: None })
    }

    /// Hands a message over. Dropped in the middle, it leaves no connection behind.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn send(&mut self, message: &Message) -> Result<(), SendError> {
        let bytes = message.formatted();
        let kept = self.open.take().filter(|(_, used)| used.elapsed() < IDLE);
        if let Some((connection, _)) = kept {
            match self.use_for(connection, message, &bytes).await {
                // nothing was said yet on a connection that had ended meanwhile
                Err(problem) if problem.stage == Stage::Sender && problem.is_over() => {}
                result => return result.map_err(explain),
            }
        }
        let connection = self.server.connect().await.map_err(explain)?;
        self.use_for(connection, message, &bytes).await.map_err(explain)
    }

    async fn use_for(
        &mut self,
        mut connection: AsyncSmtpConnection,
        message: &Message,
        bytes: &[u8],
    ) -> Result<(), Problem> {
        let result = hand_over(&mut connection, message, bytes).await;
        let usable = match &result {
            Ok(()) => true,
            Err(problem) => !problem.is_over() && connection.command(Rset).await.is_ok(),
        };
        if usable {
            self.open = Some((connection, Instant::now()));
        }
        result
    }

    /// Connects and signs in, and sends nothing.
    ///
    /// # Errors
    /// [`SendError`]
    pub async fn test(&mut self) -> Result<(), SendError> {
        let connection = self.server.connect().await.map_err(explain)?;
        self.open = Some((connection, Instant::now()));
        Ok(())
    }

    /// Says goodbye.
    pub async fn close(&mut self) {
        if let Some((mut connection, _)) = self.open.take() {
            let _ = timeout(Duration::from_secs(1), connection.quit()).await;
        }
    }
}

impl Server {
    async fn connect(&self) -> Result<AsyncSmtpConnection, Problem> {
        let encrypting = |error| Problem::new(Stage::Encrypting, error);
        let security = TlsParameters::new(self.host.clone()).map_err(encrypting)?;
        let mut connection = if self.security == Security::Tls {
            let address = (self.host.as_str(), self.port);
            let connecting = AsyncSmtpConnection::connect_tokio1(
                address,
                Some(CONNECT_TIMEOUT),
                &self.hello,
                Some(security.clone()),
                None,
            );
            connecting.await.map_err(|error| {
                let stage = if problem::is_network(&error) { Stage::Connecting } else { Stage::Encrypting };
                Problem::new(stage, error)
            })?
        } else {
            let connecting = |error| Problem { stage: Stage::Connecting, cause: Cause::Io(error) };
            let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect((self.host.as_str(), self.port))).await;
            let stream = stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(connecting)?;
            // a message ends with a small packet, which must not wait for the answer to the large ones before it
            stream.set_nodelay(true).map_err(connecting)?;
            let hello = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.hello).await;
            hello.map_err(|error| Problem::new(Stage::Connecting, error))?
        };
        let offered = connection.can_starttls();
        match self.security {
            Security::StartTls if !offered => {
                let cause = Cause::Missing("the server does not offer STARTTLS");
                return Err(Problem { stage: Stage::Encrypting, cause });
            }
            Security::StartTls => connection.starttls(security, &self.hello).await.map_err(encrypting)?,
            Security::IfOffered if offered => connection.starttls(security, &self.hello).await.map_err(encrypting)?,
            Security::None | Security::IfOffered | Security::Tls => {}
        }
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|error| Problem::new(Stage::SigningIn, error))?;
        }
        Ok(connection)
    }
}

async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message, bytes: &[u8]) -> Result<(), Problem> {
    let envelope = message.envelope();
    let mut options = Vec::new();
    if envelope.to().iter().any(|to| !AsRef::<str>::as_ref(to).is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let cause = Cause::Missing("the server takes plain addresses only");
            return Err(Problem { stage: Stage::Recipient, cause });
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    let at = |stage| move |error| Problem::new(stage, error);
    connection.command(Mail::new(envelope.from().cloned(), options)).await.map_err(at(Stage::Sender))?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(at(Stage::Recipient))?;
    }
    connection.command(Data).await.map_err(at(Stage::Message))?;
    connection.message(bytes).await.map_err(at(Stage::Message))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_how_and_as_whom() {
        for (url, host, port, security, signs_in) in [
            ("smtp://mail.example", "mail.example", 25, Security::None, false),
            ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, Security::None, false),
            ("smtp://[::1]:2525", "::1", 2525, Security::None, false),
            ("smtp://[::1]", "::1", 25, Security::None, false),
            ("smtp://u:p%40s@mail.example?tls=required", "mail.example", 587, Security::StartTls, true),
            ("smtp://mail.example:26?tls=opportunistic", "mail.example", 26, Security::IfOffered, false),
            ("smtps://u:p@mail.example", "mail.example", 465, Security::Tls, true),
            ("smtps://u:p@mail.example:2465/clinic.example", "mail.example", 2465, Security::Tls, true),
        ] {
            let server = Server::parse(url, "here.example").unwrap_or_else(|| panic!("{url}"));
            assert_eq!((server.host.as_str(), server.port, server.security), (host, port, security), "{url}");
            assert_eq!(server.credentials.is_some(), signs_in, "{url}");
        }
        let with_password = Server::parse("smtp://u:p%40s@mail.example", "here.example").unwrap();
        assert_eq!(with_password.credentials, Some(Credentials::new("u".into(), "p@s".into())));
        let named = Server::parse("smtp://mail.example/clinic.example", "here.example").unwrap();
        assert_eq!(named.hello.to_string(), "clinic.example");
        for bad in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://u@mail.example",
            "smtp://m?tls=never",
            "smtp://m:x",
        ] {
            assert!(Server::parse(bad, "here.example").is_none(), "{bad}");
        }
    }
}
