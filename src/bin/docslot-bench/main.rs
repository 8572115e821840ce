//! What `make bench` needs beside the server: a clinic to measure on, a plain server to compare with, and the disk's
//! own figures.
//!
//! A program of its own, so that the server does not carry it. It finds the database as the server does, in the
//! settings.
#![forbid(unsafe_code)]

mod clinic;
mod disk;
mod targets;
mod twin;
mod wal;

use std::{error::Error, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use docslot::{config::Settings, db::Db, state::Clock};

/// A clinic to measure on, and figures to compare docslot's with
#[derive(Parser)]
#[command(name = "docslot-bench")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill the database with doctors, appointments and messages
    Seed(ClinicSize),
    /// Write lists of doctors, days and patients for bookings, one name a line, into files of a folder
    Targets {
        /// The folder, which must exist
        folder: PathBuf,
    },
    /// Serve the bookings of an app that promises nothing, on a new SQLite file
    Twin {
        /// Where to listen
        #[arg(long)]
        address: SocketAddr,
        /// The file to make
        #[arg(long)]
        file: PathBuf,
        /// The SQLite file of a seeded clinic, whose appointments are copied
        #[arg(long)]
        clinic: PathBuf,
    },
    /// Print how often a second the disk takes a small write for good
    Disk {
        /// A folder on that disk
        folder: PathBuf,
        #[arg(long, default_value_t = 2)]
        seconds: u64,
    },
    /// Run a command, and write down the commits and pages that a SQLite file's write-ahead log received meanwhile
    Commits {
        /// The log
        log: PathBuf,
        /// Where to write the two numbers; nothing when some went by unseen
        #[arg(long)]
        output: PathBuf,
        /// The command with its arguments
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Fold the write-ahead log of the SQLite database into its file, and print the file's size in bytes
    Size,
}

#[derive(Args)]
struct ClinicSize {
    /// Doctors to write; a database that has a doctor already gets none
    #[arg(long, default_value_t = 2_000)]
    doctors: u32,
    /// Appointments of each doctor
    #[arg(long, default_value_t = 500)]
    appointments: u32,
    /// Messages to put into the outbox, whether or not there were doctors already
    #[arg(long, default_value_t = 0)]
    messages: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("docslot-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Seed(size) => fill(&size).await,
        Command::Targets { folder } => {
            let db = open().await?;
            targets::write(&db, Clock::system().now(), &folder).await?;
            db.close().await;
            Ok(())
        }
        Command::Twin { address, file, clinic } => twin::serve(address, &file, &clinic).await,
        Command::Disk { folder, seconds } => {
            println!("{:.0}", disk::writes_a_second(&folder, seconds)?);
            Ok(())
        }
        Command::Commits { log, output, command } => Ok(wal::count_around(&log, &output, &command)?),
        Command::Size => {
            println!("{}", disk::database_size(&open().await?).await?);
            Ok(())
        }
    }
}

/// The database of the settings.
async fn open() -> Result<Db, Box<dyn Error>> {
    let database = Settings::load()?.database;
    Ok(Db::connect(database.url.expose(), database.connections).await?)
}

async fn fill(wanted: &ClinicSize) -> Result<(), Box<dyn Error>> {
    let db = open().await?;
    db.migrate().await?;
    let now = Clock::system().now();
    if clinic::write(&db, now, wanted.doctors, wanted.appointments).await? {
        println!("{} doctors with {} appointments each were written.", wanted.doctors, wanted.appointments);
    } else {
        println!("There are doctors already: none were written.");
    }
    if wanted.messages > 0 {
        println!("{} messages wait.", clinic::write_messages(&db, now, wanted.messages).await?);
    }
    db.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
