//! A storm of bookings from outside, and a checker of what came of it.
//!
//! A program of its own that names nothing of the server: its clients speak HTTP, its checker reads the database by
//! its own statements. What it proves does not rest on the code that it tests.
#![forbid(unsafe_code)]

mod check;
mod client;
mod clinic;
mod history;
mod http;
mod ledger;
mod linear;
mod occupancy;
mod report;
mod rows;
mod storm;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

/// A storm of bookings against a running server, and a checker of what came of it
#[derive(Parser)]
#[command(name = "docslot-storm", after_help = "Exit codes: 0 done, 1 failed or violated, 2 wrong arguments.")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Have many clients book, move and cancel at once, and write down what they were told
    Run(storm::Options),
    /// Compare what they were told with the database
    Check(check::Options),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse().command).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("docslot-storm: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<bool, Box<dyn Error>> {
    match command {
        Command::Run(options) => storm::run(options).await.map(|()| true),
        Command::Check(options) => check::run(options).await,
    }
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
