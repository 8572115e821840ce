//! The settings of the server: `Leptos.toml`, then the environment.
//!
//! Every key is documented in `Leptos.toml` with its default. `DOCSLOT_<SECTION>_<KEY>` overrides a key, and so does
//! `DOCSLOT_<SECTION>_<KEY>_FILE`, which names a file that holds the value. `DATABASE_URL` (and `DATABASE_URL_FILE`) is
//! short for `DOCSLOT_DATABASE_URL`; `LEPTOS_SITE_ADDR`, `LEPTOS_SITE_ROOT` and `LEPTOS_HASH_FILES`, which cargo-leptos
//! sets, count before the file. A key that does not exist or a value that makes no sense stops the server;
//! a variable that begins with `DOCSLOT_` and names no setting is said when it starts.

mod entrusted;
mod load;
mod names;
mod oidc;
mod secret;
mod session;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};

use leptos::config::LeptosOptions;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

pub use entrusted::{DataSettings, PaperSettings};
pub use load::SettingsError;
pub use oidc::OidcSettings;
pub use secret::{SecretText, SecretUrl};
pub use session::SessionSettings;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Settings {
    pub server: ServerSettings,
    pub database: DatabaseSettings,
    pub data: DataSettings,
    pub papers: PaperSettings,
    pub clinic: ClinicDefaults,
    pub session: SessionSettings,
    pub oidc: OidcSettings,
    pub booking: BookingSettings,
    pub limits: LimitSettings,
    pub api: ApiSettings,
    pub mail: MailSettings,
    pub telemetry: TelemetrySettings,
    pub metrics: MetricsSettings,
    pub leptos: SiteSettings,
}

/// Where the server listens and how the outside reaches it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServerSettings {
    pub address: SocketAddr,
    /// Scheme, host and path that people type, without a trailing slash. Empty: the address, which others than this
    /// machine may not reach: see [`Settings::is_reachable`].
    pub public_url: String,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// The file of the certificate, with those that lead to a known authority behind it (PEM). Empty: plain http, or a
    /// proxy that encrypts.
    pub tls_certificate: String,
    /// The file of its private key (PEM).
    pub tls_key: String,
    /// Whether browsers are told to use https for every host below ours, too.
    pub hsts_subdomains: bool,
    /// Whom to tell about weaknesses: an address that begins with `mailto:`, `https://` or `tel:`. Empty: nobody.
    pub security_contact: String,
    /// Scheme and host of other websites that may show the public pages in a frame. Empty: none.
    pub embed_origins: Vec<String>,
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DatabaseSettings {
    pub url: SecretUrl,
    /// Connections of the pool; on SQLite, of the readers.
    pub connections: u32,
}

/// The clinic, as pages name it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClinicDefaults {
    pub name: String,
    pub phone: String,
    /// The number to call in an emergency.
    pub emergency_line: String,
    /// The country in which a telephone number without one is dialled, such as "GB". Empty: that of `phone`, or Britain.
    pub country: String,
}

/// Booking rules of the whole clinic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BookingSettings {
    /// Minutes for which a chosen time is held.
    pub hold_minutes: i64,
    /// Minutes that one extension adds.
    pub hold_extension_minutes: i64,
    /// Extensions of one hold.
    pub max_hold_extensions: i64,
    /// Appointments that one patient may have ahead.
    pub max_future_appointments: i64,
    /// The address of a video call whose doctor has none, with `{room}` for its random part. Empty: none is made.
    pub video_url_template: String,
}

/// What one network address may do in an hour without an account. 0: no limit. The limits of wrong passwords are fixed;
/// `Leptos.toml` names them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LimitSettings {
    /// Times held.
    pub holds: u32,
    /// Accounts made.
    pub registrations: u32,
    /// Links for a new password asked for.
    pub password_resets: u32,
}

/// The API for programs.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ApiSettings {
    /// Scheme and host of other websites whose scripts may call the API. Empty: none.
    pub cors_origins: Vec<String>,
}

/// Outgoing mail.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MailSettings {
    pub transport: TransportKind,
    /// `smtp://` or `smtps://`, with user and password where needed. Only read when the transport is `smtp`.
    pub smtp_url: SecretUrl,
    /// The sender of messages: "Name <address>" or an address. Empty: the clinic, `no-reply@` and the public host.
    pub from: String,
    /// Where the transport `file` writes messages, relative to the working directory.
    pub folder: String,
    /// Messages on their way to the mail server at a time.
    pub connections: u32,
    /// How long before an appointment its patient is reminded of it. Empty: never.
    pub reminder_days: Vec<DaysBefore>,
    /// The full hour of that day, 0 to 23, by the clock of the appointment's location.
    pub reminder_hour: u16,
}

/// Whole days before an appointment, 1 to 60. Text in settings, because lists in the environment are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DaysBefore(pub i64);

impl TryFrom<String> for DaysBefore {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let days = text.trim().parse().ok().filter(|days| (1..=60).contains(days));
        days.map(DaysBefore).ok_or("not a number of days between 1 and 60")
    }
}

impl From<DaysBefore> for String {
    fn from(days: DaysBefore) -> Self {
        days.0.to_string()
    }
}

/// How mail leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// Not at all: messages wait.
    None,
    /// Into a folder, one file each.
    File,
    Smtp,
}

/// The log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TelemetrySettings {
    /// Filter directives, such as `info` or `info,docslot=debug`.
    pub log: String,
    pub format: LogFormat,
}

/// Figures for Prometheus, at `/metrics`. Nowhere unless the token or the address is set.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MetricsSettings {
    /// Who asks for the figures has to send this as a bearer token. Empty: no token is asked for.
    pub token: SecretText,
    /// An address and a port of their own, such as `127.0.0.1:9464`. Empty: the website's.
    pub address: String,
    /// The folder whose newest file is the last backup. Empty: nothing is said of backups.
    pub backup_folder: String,
}

impl MetricsSettings {
    /// The address of their own, if there is one.
    #[must_use]
    pub fn own_address(&self) -> Option<SocketAddr> {
        self.address.parse().ok()
    }

    /// Whether another machine could read the figures without a token.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.token.is_empty() && self.own_address().is_some_and(|address| !address.ip().is_loopback())
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

/// The files for the browser, as cargo-leptos built them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SiteSettings {
    /// Folder of the built website, relative to the working directory.
    pub site_root: String,
    /// Whether the built files carry a hash in their names.
    pub hash_files: bool,
}

impl Default for ServerSettings {
    fn default() -> Self {
        ServerSettings {
            address: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: String::new(),
            trusted_proxies: Vec::new(),
            tls_certificate: String::new(),
            tls_key: String::new(),
            hsts_subdomains: false,
            security_contact: String::new(),
            embed_origins: Vec::new(),
        }
    }
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        DatabaseSettings { url: SecretUrl::from("sqlite://data/docslot.db"), connections: 8 }
    }
}

impl Default for ClinicDefaults {
    fn default() -> Self {
        ClinicDefaults {
            name: "Docslot Clinic".into(),
            phone: "020 7946 0100".into(),
            emergency_line: "112".into(),
            country: String::new(),
        }
    }
}

impl Default for BookingSettings {
    fn default() -> Self {
        BookingSettings {
            hold_minutes: 10,
            hold_extension_minutes: 5,
            max_hold_extensions: 10,
            max_future_appointments: 10,
            video_url_template: String::new(),
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        LimitSettings { holds: 60, registrations: 30, password_resets: 30 }
    }
}

impl Default for MailSettings {
    fn default() -> Self {
        MailSettings {
            transport: TransportKind::None,
            smtp_url: SecretUrl::default(),
            from: String::new(),
            folder: "data/mail".into(),
            connections: 4,
            reminder_days: vec![DaysBefore(7), DaysBefore(1)],
            reminder_hour: 14,
        }
    }
}

impl Default for TelemetrySettings {
    fn default() -> Self {
        TelemetrySettings { log: "info".into(), format: LogFormat::Text }
    }
}

impl Default for SiteSettings {
    fn default() -> Self {
        SiteSettings { site_root: "target/site".into(), hash_files: true }
    }
}

impl Settings {
    /// The public address of the website, without a trailing slash.
    #[must_use]
    pub fn public_url(&self) -> String {
        if !self.server.public_url.is_empty() {
            return self.server.public_url.clone();
        }
        let scheme = if self.has_tls() { "https" } else { "http" };
        let url = format!("{scheme}://{}", self.server.address);
        // as browsers write it: they leave out ports 80 and 443
        Url::parse(&url).map_or(url, |url| url.origin().ascii_serialization())
    }

    /// Scheme and host of [`Self::public_url`], as browsers write them into `Origin`.
    #[must_use]
    pub fn public_origin(&self) -> String {
        let url = self.public_url();
        Url::parse(&url).map_or(url, |url| url.origin().ascii_serialization())
    }

    /// The path of [`Self::public_url`] below which everything is, such as `/booking`. Empty: docslot has the whole host.
    #[must_use]
    pub fn base_path(&self) -> String {
        Url::parse(&self.server.public_url)
            .map_or_else(|_| String::new(), |url| url.path().trim_end_matches('/').into())
    }

    /// Whether the website can be reached at [`Self::public_url`]: it is set, or is an address of this machine, good
    /// enough for trying things out. Where it listens for others, what they have to type is not known.
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        !self.server.public_url.is_empty() || self.server.address.ip().is_loopback()
    }

    /// The host in [`Self::public_url`], as written behind the @ of an address: a number is in brackets.
    #[must_use]
    pub fn public_host(&self) -> String {
        // RFC 5321: "[127.0.0.1]", "[IPv6:::1]"
        match Url::parse(&self.public_url()).ok().as_ref().and_then(Url::host) {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => format!("[{address}]"),
            Some(Host::Ipv6(address)) => format!("[IPv6:{address}]"),
            None => "localhost".to_owned(),
        }
    }

    /// Whether the public address uses https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// Whether this server encrypts by itself.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        !self.server.tls_certificate.is_empty()
    }

    /// Whether messages leave at all.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.mail.transport != TransportKind::None
    }

    /// Leptos's settings for the built website.
    #[must_use]
    pub fn leptos_options(&self) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name(env!("CARGO_PKG_NAME"))
            .site_root(self.leptos.site_root.as_str())
            .site_addr(self.server.address)
            .hash_files(self.leptos.hash_files)
            .build()
    }
}

/// Whether the host of this address is the machine itself.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse().is_ok_and(|number: IpAddr| number.is_loopback())
        }
        Some(Host::Ipv4(number)) => number.is_loopback(),
        Some(Host::Ipv6(number)) => number.is_loopback(),
        None => false,
    }
}
