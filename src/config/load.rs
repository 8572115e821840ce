//! Reading the settings: defaults, file, environment, in this order.

use std::{fs, io::ErrorKind, path::Path};

use lettre::message::Mailbox;
use toml::{Table, Value};
use url::Url;

use super::{
    ClinicDefaults, MailSettings, MetricsSettings, PaperSettings, ServerSettings, Settings, TransportKind, is_loopback,
    names::{self, PREFIX},
};
use crate::{
    db::engine_of,
    text::{
        figures, line,
        server::{MAX_LINK, check_https, telephone::Country},
    },
};

/// The file that is read when `DOCSLOT_CONFIG` names no other.
const DEFAULT_FILE: &str = "Leptos.toml";
/// Characters of a token that nobody guesses.
const LEAST_TOKEN: usize = 16;
/// Variables of other tools, and the keys they set. They count less than `DOCSLOT_…`.
const FOREIGN: [(&str, &str, &str); 5] = [
    ("LEPTOS_SITE_ADDR", "server", "address"),
    ("LEPTOS_SITE_ROOT", "leptos", "site_root"),
    ("LEPTOS_HASH_FILES", "leptos", "hash_files"),
    ("DATABASE_URL", "database", "url"),
    ("DATABASE_URL_FILE", "database", "url_file"),
];

/// Why the settings cannot be used: one line that names the key.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SettingsError {
    place: String,
    problem: String,
}

impl SettingsError {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        SettingsError { place: place.into(), problem: problem.into() }
    }
}

impl Settings {
    /// The settings of this process.
    ///
    /// # Errors
    /// The file cannot be read, a key does not exist, or a value makes no sense.
    pub fn load() -> Result<Self, SettingsError> {
        let environment: Vec<_> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let named = environment.iter().find(|(name, _)| name == "DOCSLOT_CONFIG").map(|(_, path)| path.as_str());
        let path = Path::new(named.unwrap_or(DEFAULT_FILE));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => String::new(),
            Err(error) => return Err(SettingsError::new(path.display().to_string(), error.to_string())),
        };
        Self::from_sources(&text, &path.display().to_string(), &environment)
    }

    /// One sentence for each variable of this process that looks like a setting and is none.
    #[must_use]
    pub fn unknown_variables() -> Vec<String> {
        let variables: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        // the defaults make a table, or no settings could be loaded
        names::unknown(variables.iter().map(String::as_str), &defaults().unwrap_or_default())
    }

    /// The settings of a file's text and an environment.
    pub(super) fn from_sources(
        text: &str,
        file: &str,
        environment: &[(String, String)],
    ) -> Result<Self, SettingsError> {
        let mut table = defaults()?;
        overlay_file(&mut table, text, file)?;
        overlay_environment(&mut table, environment)?;
        let mut settings = from_table(table)?;
        let clinic = &mut settings.clinic;
        clinic.name = line(&clinic.name);
        clinic.phone = figures(&clinic.phone);
        clinic.emergency_line = figures(&clinic.emergency_line);
        check(&settings)?;
        Ok(settings)
    }
}

impl ClinicDefaults {
    /// The country of telephone numbers that are typed without one.
    #[must_use]
    pub fn phone_country(&self) -> Country {
        Country::named(&self.country).or_else(|| Country::of_number(&self.phone)).unwrap_or(Country::GB)
    }
}

fn defaults() -> Result<Table, SettingsError> {
    Table::try_from(Settings::default()).map_err(|error| SettingsError::new("defaults", one_line(&error.to_string())))
}

fn overlay_file(table: &mut Table, text: &str, file: &str) -> Result<(), SettingsError> {
    let given: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
        SettingsError::new(format!("{file} line {line}"), error.message())
    })?;
    for (section, keys) in given {
        let Value::Table(keys) = keys else {
            let problem = format!("stands outside any section{}", names::hint(&section, table));
            return Err(SettingsError::new(format!("{file}: {section}"), problem));
        };
        for (key, value) in keys {
            let place = format!("{file}: {section}.{key}");
            let Some(slot) = slot(table, &section, &key) else {
                let hint = names::hint(&format!("{section}.{key}"), table);
                return Err(SettingsError::new(place, format!("no such key{hint}")));
            };
            if slot.type_str() != value.type_str() {
                let problem = format!("should be of type {}, is {}", slot.type_str(), value.type_str());
                return Err(SettingsError::new(place, problem));
            }
            *slot = value;
        }
    }
    Ok(())
}

fn overlay_environment(table: &mut Table, environment: &[(String, String)]) -> Result<(), SettingsError> {
    let get = |wanted: &str| environment.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    for (name, section, key) in FOREIGN {
        if let Some(value) = get(name) {
            overlay_variable(table, name, section, key, value)?;
        }
    }
    for (name, value) in environment {
        let Some(rest) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let rest = rest.to_ascii_lowercase();
        let Some((section, key)) = rest.split_once('_') else {
            continue;
        };
        // the rest is no setting: see [`Settings::unknown_variables`]
        if table.contains_key(section) {
            overlay_variable(table, name, section, key, value)?;
        }
    }
    Ok(())
}

fn overlay_variable(table: &mut Table, name: &str, section: &str, key: &str, value: &str) -> Result<(), SettingsError> {
    if let Some(slot) = slot(table, section, key) {
        *slot = parse_as(slot, value).ok_or_else(|| SettingsError::new(name, "not a value of this key's type"))?;
        return Ok(());
    }
    let Some(slot) = key.strip_suffix("_file").and_then(|key| slot(table, section, key)) else {
        let place = format!("{section}.{key}");
        return Err(SettingsError::new(name, format!("no such key: {place}{}", names::hint(&place, table))));
    };
    let text = fs::read_to_string(value).map_err(|error| SettingsError::new(name, format!("{value}: {error}")))?;
    *slot = parse_as(slot, text.trim()).ok_or_else(|| SettingsError::new(name, "not a value of this key's type"))?;
    Ok(())
}

fn slot<'t>(table: &'t mut Table, section: &str, key: &str) -> Option<&'t mut Value> {
    table.get_mut(section)?.as_table_mut()?.get_mut(key)
}

/// Text from the environment as a value of the type that `sample` has. Lists are separated by commas.
fn parse_as(sample: &Value, text: &str) -> Option<Value> {
    Some(match sample {
        Value::Integer(_) => Value::Integer(text.parse().ok()?),
        Value::Boolean(_) => Value::Boolean(text.parse().ok()?),
        Value::Array(_) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            Value::Array(items.map(|item| Value::String(item.into())).collect())
        }
        _ => Value::String(text.into()),
    })
}

/// One section at a time and one key at a time, so that a bad value is named.
fn from_table(table: Table) -> Result<Settings, SettingsError> {
    for (section, keys) in &table {
        for (key, value) in keys.as_table().into_iter().flatten() {
            let mut alone = defaults()?;
            if let Some(slot) = slot(&mut alone, section, key) {
                *slot = value.clone();
            }
            if let Err(error) = alone.try_into::<Settings>() {
                return Err(SettingsError::new(format!("{section}.{key}"), one_line(error.message())));
            }
        }
    }
    table.try_into().map_err(|error| SettingsError::new("settings", one_line(&error.to_string())))
}

/// Bounds that types cannot express.
fn check(settings: &Settings) -> Result<(), SettingsError> {
    let bounded = |key: &str, value: i64, least: i64, most: i64| {
        let problem = || SettingsError::new(key, format!("{value} is not between {least} and {most}"));
        (least..=most).contains(&value).then_some(()).ok_or_else(problem)
    };
    bounded("database.connections", settings.database.connections.into(), 1, 1_000)?;
    bounded("session.access_minutes", settings.session.access_minutes.into(), 1, 10)?;
    bounded("session.days", settings.session.days.into(), 1, 365)?;
    bounded("data.key_days", settings.data.key_days.into(), 0, 3_650)?;
    bounded("data.retention_years", settings.data.retention_years.into(), 0, 100)?;
    bounded("session.idle_days", settings.session.idle_days.into(), 1, 365)?;
    bounded("session.staff_idle_minutes", settings.session.staff_idle_minutes.into(), 5, 1_440)?;
    bounded("session.staff_hours", settings.session.staff_hours.into(), 1, 720)?;
    bounded("mail.connections", settings.mail.connections.into(), 1, 32)?;
    bounded("mail.reminder_hour", settings.mail.reminder_hour.into(), 0, 23)?;
    bounded("booking.hold_minutes", settings.booking.hold_minutes, 1, 60)?;
    bounded("booking.hold_extension_minutes", settings.booking.hold_extension_minutes, 1, 60)?;
    bounded("booking.max_hold_extensions", settings.booking.max_hold_extensions, 0, 10)?;
    bounded("booking.max_future_appointments", settings.booking.max_future_appointments, 1, 1_000)?;
    if engine_of(settings.database.url.expose()).is_none() {
        return Err(SettingsError::new("database.url", "must begin with sqlite: or postgres:"));
    }
    check_country(&settings.clinic.country)?;
    check_public_url(&settings.server.public_url)?;
    check_tls(&settings.server)?;
    check_contact(&settings.server.security_contact)?;
    check_origins("server.embed_origins", &settings.server.embed_origins)?;
    check_origins("api.cors_origins", &settings.api.cors_origins)?;
    check_video(&settings.booking.video_url_template)?;
    check_metrics(&settings.metrics)?;
    check_papers(&settings.papers)?;
    let wrong = |(key, words): (&str, String)| SettingsError::new(key, words);
    super::oidc::check(&settings.oidc, settings.is_reachable()).map_err(wrong)?;
    check_mail(&settings.mail)
}

fn check_country(country: &str) -> Result<(), SettingsError> {
    if country.is_empty() || Country::named(country).is_some() {
        return Ok(());
    }
    Err(SettingsError::new("clinic.country", "must be two letters of a country whose numbers are known, such as GB"))
}

fn check_video(template: &str) -> Result<(), SettingsError> {
    let rooms = template.matches("{room}").count();
    let is_link = check_https(&template.replace("{room}", "room"), MAX_LINK).is_none();
    if template.is_empty() || (rooms == 1 && is_link) {
        return Ok(());
    }
    let words = "must begin with https:// and contain {room} once: https://meet.example/{room}";
    Err(SettingsError::new("booking.video_url_template", words))
}

fn check_metrics(metrics: &MetricsSettings) -> Result<(), SettingsError> {
    if !metrics.address.is_empty() && metrics.own_address().is_none() {
        return Err(SettingsError::new("metrics.address", "must be an address and a port: 127.0.0.1:9464"));
    }
    let token = metrics.token.expose();
    if !token.is_empty() && (token.len() < LEAST_TOKEN || !token.bytes().all(|byte| byte.is_ascii_graphic())) {
        let words = format!("must have {LEAST_TOKEN} characters or more, without spaces: openssl rand -hex 32");
        return Err(SettingsError::new("metrics.token", words));
    }
    Ok(())
}

fn check_papers(papers: &PaperSettings) -> Result<(), SettingsError> {
    if papers.s3_bucket.is_empty() && papers.folder.is_empty() {
        return Err(SettingsError::new("papers.folder", "must name a folder, or papers.s3_bucket a bucket"));
    }
    if !papers.s3_bucket.is_empty() {
        let needed = [
            ("papers.s3_region", papers.s3_region.is_empty()),
            ("papers.s3_access_key", papers.s3_access_key.is_empty()),
            ("papers.s3_secret_key", papers.s3_secret_key.is_empty()),
        ];
        if let Some((key, _)) = needed.iter().find(|(_, is_empty)| *is_empty) {
            return Err(SettingsError::new(*key, "is empty: a bucket needs it"));
        }
        if !papers.s3_endpoint.is_empty() && !is_origin(&papers.s3_endpoint) {
            let words = "must be http:// or https:// and a host in lower case, without a path";
            return Err(SettingsError::new("papers.s3_endpoint", words));
        }
    }
    let clamd = &papers.clamd;
    let has_port = clamd.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !clamd.is_empty() && !clamd.starts_with('/') && !has_port {
        let words = "must be a host and a port, or the path of a socket: 127.0.0.1:3310, /run/clamav/clamd.ctl";
        return Err(SettingsError::new("papers.clamd", words));
    }
    if papers.quota_megabytes == 0 {
        return Err(SettingsError::new("papers.quota_megabytes", "must be 1 or more"));
    }
    Ok(())
}

fn check_mail(mail: &MailSettings) -> Result<(), SettingsError> {
    if !mail.from.is_empty() && mail.from.parse::<Mailbox>().is_err() {
        let words = "must be an address, or a name and an address: Clinic <appointments@clinic.example>";
        return Err(SettingsError::new("mail.from", words));
    }
    if mail.transport == TransportKind::File && mail.folder.is_empty() {
        return Err(SettingsError::new("mail.folder", "must name a folder"));
    }
    if mail.transport != TransportKind::Smtp {
        return Ok(());
    }
    let url = Url::parse(mail.smtp_url.expose()).ok();
    let Some(url) = url.filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host()) else {
        return Err(SettingsError::new("mail.smtp_url", "must begin with smtp:// or smtps:// and a host"));
    };
    if shows_password(&url) {
        let words = "would send its password unencrypted: begin with smtps://, or end with ?tls=required";
        return Err(SettingsError::new("mail.smtp_url", words));
    }
    Ok(())
}

/// Whether a password would travel in the clear to another machine.
fn shows_password(url: &Url) -> bool {
    let encrypted = url.scheme() == "smtps" || url.query() == Some("tls=required");
    url.password().is_some() && !encrypted && !is_loopback(url)
}

/// Each as a browser writes it into `Origin`.
fn check_origins(key: &str, origins: &[String]) -> Result<(), SettingsError> {
    match origins.iter().find(|origin| !is_origin(origin)) {
        Some(origin) => {
            let words = format!("{origin}: must be http:// or https:// and a host in lower case, without a path");
            Err(SettingsError::new(key, words))
        }
        None => Ok(()),
    }
}

/// Whether the text is scheme and host exactly as browsers write them: lower case, no default port, nothing after the
/// host. No browser means a wildcard by `*`, and what separates the values of a header is in no host's name.
fn is_origin(text: &str) -> bool {
    let written = |url: Url| url.scheme().starts_with("http") && url.origin().ascii_serialization() == text;
    Url::parse(text).is_ok_and(written) && !text.contains(['*', ';', ','])
}

fn check_contact(contact: &str) -> Result<(), SettingsError> {
    let known = ["mailto:", "https://", "tel:"].iter().any(|scheme| contact.starts_with(scheme));
    if contact.is_empty() || known && contact.bytes().all(|byte| byte.is_ascii_graphic()) && Url::parse(contact).is_ok()
    {
        return Ok(());
    }
    Err(SettingsError::new("server.security_contact", "must begin with mailto:, https:// or tel:, and have no spaces"))
}

fn check_public_url(url: &str) -> Result<(), SettingsError> {
    let path = Url::parse(url).map_or_else(|_| String::new(), |url| url.path().trim_end_matches('/').to_owned());
    if url.is_empty() || url.strip_suffix(path.as_str()).is_some_and(is_origin) && is_base_path(&path) {
        return Ok(());
    }
    Err(SettingsError::new(
        "server.public_url",
        "must be http:// or https:// and a host in lower case, maybe with a path of letters, digits, - and _, and \
         without a trailing slash",
    ))
}

fn check_tls(server: &ServerSettings) -> Result<(), SettingsError> {
    let files = [("server.tls_certificate", &server.tls_certificate), ("server.tls_key", &server.tls_key)];
    if let Some((key, _)) = files.iter().find(|(_, value)| value.contains("-----BEGIN")) {
        return Err(SettingsError::new(*key, "must be the name of a file, not its content"));
    }
    let given = files.iter().filter(|(_, value)| !value.is_empty()).count();
    if let Some((key, _)) = files.iter().find(|(_, value)| value.is_empty() && given == 1) {
        return Err(SettingsError::new(*key, "is empty: server.tls_certificate and server.tls_key go together"));
    }
    if !server.tls_key.is_empty() && server.public_url.starts_with("http:") {
        return Err(SettingsError::new("server.public_url", "must begin with https:// where server.tls_key is set"));
    }
    Ok(())
}

/// Whether docslot may stand below this path: nothing in it has to be escaped in an address, a cookie or a page.
fn is_base_path(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    path.is_empty() || path.split('/').skip(1).all(|part| !part.is_empty() && part.bytes().all(is_plain))
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
