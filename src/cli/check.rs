//! `docslot check`

use std::fmt::Display;

use toml::{Table, Value};

use crate::{
    accounts::server::staff_directory::StaffDirectory,
    cli::{failure::Failure, tls::TlsFiles},
    config::Settings,
    db::Db,
    notifications::server::transport::MailTransport,
    state::Clock,
    time::{Timestamp, server::Zone},
    web::{machine_key::check_key_file, site::Site},
};

/// 2025-01-01: a clock before it was never set.
const EARLIEST: Timestamp = Timestamp(1_735_689_600);

/// Prints the settings in force and tests what they name, to the end even when something fails.
pub(super) async fn run(settings: &Settings) -> Result<(), Failure> {
    print!("{}", without_secrets(settings)?);
    println!();
    Settings::unknown_variables().iter().for_each(|words| warn("settings", words));
    metrics(settings).iter().for_each(|words| warn("metrics", words));
    let results = [
        report("address", address(settings)),
        report("tls", tls(settings).await),
        report("database", database(settings).await),
        report("keys", check_key_file(settings)),
        report("clock", clock()),
        report("mail", mail(settings).await),
        report("oidc", StaffDirectory::new(settings).test().await),
        report("site", Site::open(settings).found()),
    ];
    if results.iter().all(|good| *good) { Ok(()) } else { Err(Failure::Other("something does not work".into())) }
}

fn warn(what: &str, words: &str) {
    println!("{what:9} WARNING {words}");
}

/// Whether what people have to type is known.
pub(super) fn address(settings: &Settings) -> Result<String, String> {
    if settings.is_reachable() {
        return Ok(format!("people open {}", settings.public_url()));
    }
    Err(format!(
        "server.public_url is not set, and {} is not what people type: messages wait, because their links would lead \
         nowhere, and forms may be refused. Set it to what people type, such as https://clinic.example",
        settings.server.address
    ))
}

/// Figures that should not be where they are.
pub(super) fn metrics(settings: &Settings) -> Option<String> {
    settings.metrics.is_open().then(|| {
        format!(
            "metrics.address is {}, where other machines can read the clinic's figures: set metrics.token, or listen at \
             127.0.0.1",
            settings.metrics.address
        )
    })
}

async fn tls(settings: &Settings) -> Result<String, String> {
    let Some(files) = TlsFiles::of(settings) else {
        let whose = if settings.is_https() { "a proxy encrypts" } else { "nothing is encrypted" };
        return Ok(format!("switched off: {whose}"));
    };
    let tls = files.open().await.map_err(|error| error.to_string())?;
    tls.files().exposed().iter().for_each(|words| warn("files", words));
    tls.standing(Clock::system().now())
}

fn report(what: &str, result: Result<String, String>) -> bool {
    match &result {
        Ok(good) => println!("{what:9} ok      {good}"),
        Err(bad) => println!("{what:9} FAILED  {bad}"),
    }
    result.is_ok()
}

fn without_secrets(settings: &Settings) -> Result<String, Failure> {
    let shown = |error: &dyn Display| Failure::new("cannot show the settings", error);
    let mut table = Table::try_from(settings).map_err(|error| shown(&error))?;
    let secrets = [
        ("data", "key", settings.data.key.to_string()),
        ("database", "url", settings.database.url.to_string()),
        ("mail", "smtp_url", settings.mail.smtp_url.to_string()),
        ("metrics", "token", settings.metrics.token.to_string()),
        ("oidc", "client_secret", settings.oidc.client_secret.to_string()),
        ("papers", "s3_secret_key", settings.papers.s3_secret_key.to_string()),
    ];
    for (section, key, secret) in secrets {
        if let Some(keys) = table.get_mut(section).and_then(Value::as_table_mut) {
            keys.insert(key.into(), Value::String(secret));
        }
    }
    toml::to_string(&table).map_err(|error| shown(&error))
}

async fn database(settings: &Settings) -> Result<String, String> {
    let url = &settings.database.url;
    let db = Db::connect(url.expose(), settings.database.connections).await.map_err(|error| error.to_string())?;
    let answered = db.ping().await;
    db.exposed().iter().for_each(|words| warn("files", words));
    db.close().await;
    answered.map_err(|error| error.to_string())?;
    Ok(format!("{url} answers"))
}

fn clock() -> Result<String, String> {
    let now = Clock::system().now();
    if now < EARLIEST {
        return Err("the machine's clock is years behind".into());
    }
    let zone = Zone::parse("Europe/London").ok_or("no time zone data can be found")?;
    Ok(format!("it is {} in London, if the machine's clock is right", zone.local_start_text(now)))
}

async fn mail(settings: &Settings) -> Result<String, String> {
    let Some(mut transport) = MailTransport::open(settings).map_err(|error| error.words)? else {
        // nobody is asked to prove an address, and registering says which ones have an account
        return Ok("switched off: messages wait, and registering tells which addresses have an account".into());
    };
    transport.test().await.map_err(|error| error.words)?;
    transport.exposed().iter().for_each(|words| warn("files", words));
    Ok(match transport {
        MailTransport::Smtp { .. } => format!("{} answers", settings.mail.smtp_url),
        MailTransport::File(folder) => format!("messages are written into {}", folder.display()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_for_all_networks_is_not_what_people_type() {
        let mut settings = Settings::default();
        assert_eq!(address(&settings).as_deref(), Ok("people open http://127.0.0.1:3000"));
        settings.server.address = "0.0.0.0:3000".parse().unwrap();
        assert!(address(&settings).unwrap_err().starts_with("server.public_url is not set, and 0.0.0.0:3000 is not"));
        settings.server.public_url = "https://clinic.example".into();
        assert_eq!(address(&settings).as_deref(), Ok("people open https://clinic.example"));
    }

    #[test]
    fn figures_for_other_machines_need_a_token() {
        let mut settings = Settings::default();
        assert_eq!(metrics(&settings), None);
        settings.metrics.address = "0.0.0.0:9464".into();
        assert!(metrics(&settings).unwrap().starts_with("metrics.address is 0.0.0.0:9464, where other machines"));
        settings.metrics.token = "0123456789abcdef".into();
        assert_eq!(metrics(&settings), None);
    }

    #[test]
    fn what_is_shown_holds_no_password() {
        let mut settings = Settings::default();
        settings.database.url = "postgres://docslot:s3cret@db.example/docslot".into();
        settings.mail.smtp_url = "smtps://docslot:s3cret@mail.example".into();
        settings.metrics.token = "s3cret-and-16-characters".into();
        settings.papers.s3_secret_key = "s3cret".into();
        settings.oidc.client_secret = "s3cret".into();
        let shown = without_secrets(&settings).unwrap();
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("postgres://db.example/docslot"), "{shown}");
    }
}
