//! The command line.

mod admin;
mod check;
mod failure;
pub mod jobs;
mod mail;
mod seed;
pub mod serve;
pub mod telemetry;
pub mod tls;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::{failure::Failure, tls::TlsFiles};
use crate::{
    api::docs,
    config::{Settings, SettingsError},
    db::{self, Db},
    notifications::server::transport::MailTransport,
    state::AppState,
};

const EXIT_CODES: &str = "Exit codes: 0 done, 1 failed, 2 wrong settings or arguments.\n\
    Settings are read from Leptos.toml (or the file that DOCSLOT_CONFIG names) and the environment.";

#[derive(Parser)]
#[command(name = "docslot", version, about = "A doctor appointment booking system that cannot double-book.", after_help = EXIT_CODES)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the website until told to stop (the default)
    Serve,
    /// Bring the database up to date and stop
    Migrate,
    /// Fill the database with data to try things out on
    Seed {
        /// A small clinic with one sign-in per role, shown once; does nothing when there are doctors already
        #[arg(long, required = true)]
        demo: bool,
    },
    /// Accounts of the clinic's staff, and new passwords
    Admin {
        #[command(subcommand)]
        command: AdminCommand,
    },
    /// Messages to patients
    Mail {
        #[command(subcommand)]
        command: MailCommand,
    },
    /// Print the description of the API for programs (OpenAPI 3.1, JSON)
    Openapi,
    /// Show the settings in force, without secrets, and test what they name
    Check,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make a staff account; the password is asked for, read from standard input or from DOCSLOT_ADMIN_PASSWORD
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
    },
    /// Give any account a new password, when no link can be mailed; it is read in the same way as for `create`
    Password {
        #[arg(long)]
        email: String,
    },
}

#[derive(Subcommand)]
enum MailCommand {
    /// Send one message to this address and explain what goes wrong
    Test { address: String },
}

/// Carries out what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    let command = CommandLine::parse().command.unwrap_or(Command::Serve);
    match execute(command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("docslot: {failure}");
            ExitCode::from(if matches!(failure, Failure::Settings(_)) { 2 } else { 1 })
        }
    }
}

fn execute(command: Command) -> Result<(), Failure> {
    if matches!(command, Command::Openapi) {
        println!("{}", docs::json());
        return Ok(());
    }
    let settings = Settings::load()?;
    telemetry::start(&settings.telemetry).map_err(|error| SettingsError::new("telemetry.log", error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("cannot start", error))?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve_until_stopped(settings).await,
            Command::Migrate => migrate(&settings).await,
            Command::Seed { .. } => with_app(settings, async |app| seed::demo(app).await).await,
            Command::Admin { command: AdminCommand::Create { email, name } } => {
                let password = admin::read_password()?;
                with_app(settings, async |app| admin::create(app, &email, &name, &password).await).await
            }
            Command::Admin { command: AdminCommand::Password { email } } => {
                let password = admin::read_password()?;
                with_app(settings, async |app| admin::set_password(app, &email, &password).await).await
            }
            Command::Mail { command: MailCommand::Test { address } } => mail::test(&settings, &address).await,
            Command::Openapi => Ok(()),
            Command::Check => check::run(&settings).await,
        }
    })
}

async fn serve_until_stopped(settings: Settings) -> Result<(), Failure> {
    find_hashes(&settings)?;
    // wrong files are found before the database is opened
    let tls = match TlsFiles::of(&settings) {
        Some(files) => Some(files.open().await?),
        None => None,
    };
    Settings::unknown_variables()
        .iter()
        .chain(&check::address(&settings).err())
        .for_each(|words| tracing::warn!("{words}"));
    with_app(settings, async |app| {
        let address = app.settings.server.address;
        let mail = MailTransport::open(&app.settings).ok().flatten();
        let mail = mail.map(|mail| mail.exposed()).unwrap_or_default();
        let key = tls.as_ref().and_then(|tls| tls.files().exposed());
        let run_out = tls.as_ref().and_then(|tls| tls.standing(app.clock.now()).err());
        app.db.exposed().iter().chain(&mail).chain(&key).chain(&run_out).for_each(|words| tracing::warn!("{words}"));
        // the first visitor of a large clinic finds its calendars read
        app.directory.refresh();
        serve::run(app, tls).await.map_err(|error| Failure::new(&format!("cannot serve at {address}"), error))
    })
    .await
}

/// With hashed names, every page looks the names up in a file next to this program.
fn find_hashes(settings: &Settings) -> Result<(), SettingsError> {
    let names = std::env::current_exe().ok().and_then(|program| program.parent().map(|folder| folder.join("hash.txt")));
    if settings.leptos.hash_files && !names.is_some_and(|file| file.is_file()) {
        let words =
            "is true, but hash.txt is not in this program's folder; build with `make build`, or set it to false";
        return Err(SettingsError::new("leptos.hash_files", words));
    }
    Ok(())
}

async fn migrate(settings: &Settings) -> Result<(), Failure> {
    let db = open(settings).await?;
    db.close().await;
    println!("The database is up to date.");
    Ok(())
}

/// Opens the database, does the work and closes it.
async fn with_app(settings: Settings, work: impl AsyncFnOnce(&AppState) -> Result<(), Failure>) -> Result<(), Failure> {
    let db = open(&settings).await?;
    let app = AppState::build(settings, db).await.map_err(|error| Failure::new("cannot read the keys", error))?;
    let result = work(&app).await;
    app.db.close().await;
    result
}

/// The database, migrated.
async fn open(settings: &Settings) -> Result<Db, Failure> {
    let url = &settings.database.url;
    let failed = |what: &str, error: db::Error| Failure::new(&format!("cannot {what} the database {url}"), error);
    let db = Db::connect(url.expose(), settings.database.connections).await.map_err(|error| failed("open", error))?;
    db.migrate().await.map_err(|error| failed("migrate", error))?;
    Ok(db)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn without_a_command_the_site_is_served() {
        assert!(CommandLine::try_parse_from(["docslot"]).unwrap().command.is_none());
        assert!(CommandLine::try_parse_from(["docslot", "seed"]).is_err());
        assert!(CommandLine::try_parse_from(["docslot", "seed", "--demo", "--bench"]).is_err());
        assert!(CommandLine::try_parse_from(["docslot", "seed", "--demo"]).is_ok());
    }

    #[test]
    fn a_password_is_not_an_argument() {
        let arguments = ["docslot", "admin", "create", "--email", "a@b.co", "--name", "A", "--password", "x"];
        assert!(CommandLine::try_parse_from(arguments).is_err());
        assert!(CommandLine::try_parse_from(&arguments[..7]).is_ok());
    }
}
