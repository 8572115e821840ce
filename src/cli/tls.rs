//! Encryption by this server itself: the files of the certificate and of its key, read again when they change.

use std::{fs, path::PathBuf, time::Duration};

use axum_server::tls_rustls::RustlsConfig;
use tokio::{signal::unix::Signal, sync::watch, time::sleep};
use x509_parser::pem::parse_x509_pem;

use crate::{
    config::{Settings, SettingsError},
    db::private::exposed_file,
    state::Clock,
    time::{Timestamp, server::rfc3339},
};

/// How often the files are looked at. SIGHUP asks for it at once.
const EVERY: Duration = Duration::from_secs(60);
/// Days before its end from which a certificate is said to need another.
const SOON: i64 = 14;
const DAY: i64 = 86_400;

const CERTIFICATE: &str = "server.tls_certificate";
const KEY: &str = "server.tls_key";

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
}

/// What the files contain.
#[derive(Clone, PartialEq, Eq)]
struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// A certificate that is served, and how it is replaced.
pub struct Tls {
    files: TlsFiles,
    served: RustlsConfig,
    until: Timestamp,
    /// What was looked at last, or why it could not be read.
    seen: Result<Content, String>,
}

impl TlsFiles {
    /// The files that the settings name; none where docslot does not encrypt.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        let server = &settings.server;
        let files = || TlsFiles { certificate: (&server.tls_certificate).into(), key: (&server.tls_key).into() };
        settings.has_tls().then(files)
    }

    /// Reads the files and puts them to use. A certificate that has run out is served all the same until it is renewed.
    ///
    /// # Errors
    /// A file is missing or cannot be read, holds something else, or the two do not belong together.
    pub async fn open(self) -> Result<Tls, SettingsError> {
        let content = self.read()?;
        let until = self.until(&content)?;
        let served = RustlsConfig::from_pem(content.certificate.clone(), content.key.clone()).await;
        let served = served.map_err(|error| self.unusable(&error.to_string()))?;
        Ok(Tls { files: self, served, until, seen: Ok(content) })
    }

    /// What to do if other accounts can read the key, in one sentence.
    #[must_use]
    pub fn exposed(&self) -> Option<String> {
        exposed_file(&self.key)
    }

    fn read(&self) -> Result<Content, SettingsError> {
        let read = |key: &str, path: &PathBuf| {
            fs::read(path).map_err(|error| SettingsError::new(key, format!("{}: {error}", path.display())))
        };
        Ok(Content { certificate: read(CERTIFICATE, &self.certificate)?, key: read(KEY, &self.key)? })
    }

    /// Until when the certificate is good.
    fn until(&self, content: &Content) -> Result<Timestamp, SettingsError> {
        let until = parse_x509_pem(&content.certificate).ok().and_then(|(_, pem)| {
            // the first one is the server's
            pem.parse_x509().ok().map(|certificate| Timestamp(certificate.validity().not_after.timestamp()))
        });
        let problem = || format!("{}: no certificate (PEM) is in it", self.certificate.display());
        until.ok_or_else(|| SettingsError::new(CERTIFICATE, problem()))
    }

    fn unusable(&self, error: &str) -> SettingsError {
        let (key, certificate) = (self.key.display(), self.certificate.display());
        // rustls says KeyMismatch inside a longer sentence
        let words = if error.contains("KeyMismatch") {
            format!("{key}: is not the key of the certificate in {certificate}")
        } else {
            format!("{key}: cannot be used with the certificate in {certificate}: {error}")
        };
        SettingsError::new(KEY, words)
    }
}

impl Tls {
    #[must_use]
    pub fn files(&self) -> &TlsFiles {
        &self.files
    }

    /// What connections are encrypted with. It changes with the files while [`Self::follow`] runs.
    #[must_use]
    pub fn served(&self) -> RustlsConfig {
        self.served.clone()
    }

    /// Until when the certificate is good, in a sentence.
    ///
    /// # Errors
    /// It has run out.
    pub fn standing(&self, now: Timestamp) -> Result<String, String> {
        let (file, until) = (self.files.certificate.display(), rfc3339(self.until, 0));
        if self.until <= now {
            return Err(format!("the certificate in {file} ran out at {until}: renew it"));
        }
        let renew = if self.until <= now.plus_seconds(SOON * DAY) { ": renew it" } else { "" };
        Ok(format!("the certificate in {file} is good until {until}{renew}"))
    }

    /// Serves what the files hold whenever they change, until the server stops.
    pub async fn follow(mut self, mut hangup: Signal, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = sleep(EVERY) => {}
                _ = hangup.recv() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            match self.look(Clock::system().now()).await {
                Ok(true) => tracing::info!("another certificate is served"),
                Ok(false) => {}
                Err(problem) => tracing::error!(%problem, "the certificate before is still served"),
            }
        }
    }

    /// Serves what the files hold if that has changed. What cannot be used is said once, and changes nothing.
    async fn look(&mut self, now: Timestamp) -> Result<bool, String> {
        let found = self.files.read().map_err(|error| error.to_string());
        if found == self.seen {
            return Ok(false);
        }
        self.seen.clone_from(&found);
        let content = found?;
        let until = self.files.until(&content).map_err(|error| error.to_string())?;
        if until <= now {
            return Err(format!("the new certificate in {} has run out", self.files.certificate.display()));
        }
        let changed = self.served.reload_from_pem(content.certificate, content.key).await;
        changed.map_err(|error| self.files.unusable(&error.to_string()).to_string())?;
        self.until = until;
        Ok(true)
    }
}
