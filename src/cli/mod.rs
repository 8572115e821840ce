//! The command line.

mod admin;
mod backup;
mod check;
mod export;
mod failure;
mod healthcheck;
pub mod import;
pub mod jobs;
mod keys;
mod mail;
mod records;
mod retention;
mod seed;
pub mod serve;
pub mod telemetry;
pub mod tls;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::{failure::Failure, tls::TlsFiles};
use crate::{
    api::docs,
    clinic::server::data_keys::LoadError,
    config::{Settings, SettingsError},
    db::{self, Db},
    notifications::server::transport::MailTransport,
    records::server::verify::Head,
    state::AppState,
    web::site::Site,
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
    /// Bring the database up to date and stop; `serve` does the same first, and of several that start one does it
    Migrate,
    /// Write the whole database into a new file, also while the server runs; with --keep, a dated one into a folder
    Backup {
        /// The file, or with --keep the folder
        path: PathBuf,
        /// Keep this many backups of this folder, the newest, and delete older ones
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        keep: Option<u32>,
    },
    /// Make the database from a backup; there must be none yet
    Restore {
        /// A file that `docslot backup` wrote
        file: PathBuf,
        /// SQLite: put the database that is there aside, under a dated name
        #[arg(long)]
        replace: bool,
        /// Restore even if the check finds that records contradict each other
        #[arg(long)]
        force: bool,
        /// Change nothing, and say whether the backup is whole and its records agree
        #[arg(long, conflicts_with_all = ["replace", "force"])]
        check: bool,
    },
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
    /// Bring patients, doctors, appointments and public holidays along from another system
    Import {
        #[command(subcommand)]
        command: import::ImportCommand,
    },
    /// Write everything that the clinic keeps into a new folder, for other programs; no passwords, no secrets
    Export {
        /// A folder that is empty or does not exist yet
        folder: std::path::PathBuf,
        #[arg(long, value_enum, default_value_t = export::Format::Csv)]
        format: export::Format,
    },
    /// Print the description of the API for programs (OpenAPI 3.1, JSON)
    Openapi,
    /// Show the settings in force, without secrets, and test what they name
    Check,
    /// Ask the server that runs with these settings whether it is ready
    Healthcheck,
    /// Check every record against its seals, its history and the rules; changes nothing, also while the server runs
    Verify {
        /// Show every difference, not only the first
        #[arg(long)]
        all: bool,
        /// A head that was printed before and kept elsewhere: the records must still hold it
        #[arg(long, value_name = "NUMBER:HASH")]
        head: Option<Head>,
    },
    /// Close the records of patients of whom nothing has happened for data.retention_years; the server does so by itself
    Retention {
        /// Change nothing, and say how many there are, in numbers alone
        #[arg(long)]
        dry_run: bool,
        /// With --dry-run: as if data.retention_years were this
        #[arg(long, requires = "dry_run", value_parser = clap::value_parser!(u32).range(1..=100))]
        years: Option<u32>,
    },
    /// The keys that sign and encrypt
    Keys {
        #[command(subcommand)]
        command: keys::KeysCommand,
    },
    /// Seal now what has no seal yet; the server does so every five minutes
    Seal,
}

#[derive(Subcommand)]
enum AdminCommand {
    /// Make a staff account; the password is asked for, read from standard input or from DOCSLOT_ADMIN_PASSWORD
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        /// `admin` runs the clinic; a `receptionist` works at the desk for all doctors
        #[arg(long, value_enum, default_value_t)]
        role: admin::StaffRole,
    },
    /// Take the second factor from any account whose telephone and recovery codes are lost; its owner is told by mail
    SecondFactor {
        #[arg(long)]
        email: String,
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
    if matches!(command, Command::Healthcheck) {
        return healthcheck::run(&settings);
    }
    telemetry::start(&settings.telemetry).map_err(|error| SettingsError::new("telemetry.log", error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new("cannot start", error))?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve_until_stopped(settings).await,
            Command::Migrate => migrate(&settings).await,
            Command::Backup { path, keep } => backup::run(&settings, &path, keep).await,
            Command::Restore { file, check: true, .. } => backup::check(&settings, &file).await,
            Command::Restore { file, replace, force, .. } => backup::restore(&settings, &file, replace, force).await,
            Command::Seed { .. } => with_app(settings, async |app| seed::demo(app).await).await,
            Command::Admin { command: AdminCommand::Create { email, name, role } } => {
                let password = admin::read_password()?;
                with_app(settings, async |app| admin::create(app, role, &email, &name, &password).await).await
            }
            Command::Admin { command: AdminCommand::SecondFactor { email } } => {
                with_app(settings, async |app| admin::reset_second_factor(app, &email).await).await
            }
            Command::Admin { command: AdminCommand::Password { email } } => {
                let password = admin::read_password()?;
                with_app(settings, async |app| admin::set_password(app, &email, &password).await).await
            }
            Command::Mail { command: MailCommand::Test { address } } => mail::test(&settings, &address).await,
            Command::Import { command } => with_app(settings, async |app| import::run(app, command).await).await,
            Command::Export { folder, format } => {
                with_app(settings, async |app| export::run(app, &folder, format).await).await
            }
            Command::Openapi | Command::Healthcheck => Ok(()),
            Command::Check => check::run(&settings).await,
            Command::Verify { all, head } => records::verify(&settings, all, head.as_ref()).await,
            Command::Retention { dry_run, years } => {
                with_app(settings, async |app| retention::run(app, dry_run, years).await).await
            }
            Command::Keys { command } => with_app(settings, async |app| keys::run(app, command).await).await,
            Command::Seal => records::seal(&settings).await,
        }
    })
}

async fn serve_until_stopped(settings: Settings) -> Result<(), Failure> {
    let site = Site::open(&settings).found();
    if let (true, Err(words)) = (settings.leptos.hash_files, &site) {
        return Err(SettingsError::new("leptos.site_root", words).into());
    }
    // wrong files are found before the database is opened
    let tls = match TlsFiles::of(&settings) {
        Some(files) => Some(files.open().await?),
        None => None,
    };
    Settings::unknown_variables()
        .iter()
        .chain(&site.err())
        .chain(&check::address(&settings).err())
        .chain(&check::metrics(&settings))
        .for_each(|words| tracing::warn!("{words}"));
    with_app(settings, async |app| {
        let address = app.settings.server.address;
        let mail = MailTransport::open(&app.settings).ok().flatten();
        let mail = mail.map(|mail| mail.exposed()).unwrap_or_default();
        let papers = app.papers.store.exposed();
        let key = tls.as_ref().and_then(|tls| tls.files().exposed());
        let run_out = tls.as_ref().and_then(|tls| tls.standing(app.clock.now()).err());
        app.db
            .exposed()
            .iter()
            .chain(&mail)
            .chain(&papers)
            .chain(&key)
            .chain(&run_out)
            .for_each(|words| tracing::warn!("{words}"));
        // the first visitor of a large clinic finds its calendars read
        app.directory.refresh();
        tokio::spawn(read_calendars(app.clone()));
        serve::run(app, tls).await.map_err(|error| Failure::new(&format!("cannot serve at {address}"), error))
    })
    .await
}

/// Has bookings with every doctor find the doctor's calendar in memory.
async fn read_calendars(app: AppState) {
    if let Err(error) = app.calendars.prepare_all(&app.db).await {
        tracing::warn!(%error, "not all calendars could be read; each is read when it is needed");
    }
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
    let app = AppState::build(settings, db).await.map_err(|error| match error {
        LoadError::Settings(error) => error.into(),
        LoadError::Db(error) => Failure::new("cannot read the keys", error),
    })?;
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
