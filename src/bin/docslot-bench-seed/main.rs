//! Fills a database for `make bench`: many doctors with many appointments each, and messages that wait for the mail server.
//!
//! A program of its own, so that the server does not carry it. It finds the database as the server does, in the settings.
#![forbid(unsafe_code)]

mod clinic;

use std::{error::Error, process::ExitCode};

use clap::Parser;
use docslot::{config::Settings, db::Db, state::Clock};

/// Fills a database with doctors, appointments and messages to measure on
#[derive(Parser)]
#[command(name = "docslot-bench-seed")]
struct CommandLine {
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
    match fill(&CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("docslot-bench-seed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn fill(wanted: &CommandLine) -> Result<(), Box<dyn Error>> {
    let database = Settings::load()?.database;
    let db = Db::connect(database.url.expose(), database.connections).await?;
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
