//! `docslot admin create`, `docslot admin password` and `docslot admin second-factor`

use std::{
    io::{self, BufRead, IsTerminal, Write},
    process::Command,
};

use crate::{
    accounts::{Role, server as accounts},
    cli::failure::{Failure, explain},
    error::AppError,
    state::AppState,
};

const VARIABLE: &str = "DOCSLOT_ADMIN_PASSWORD";

/// The new password: from the environment, or the first line of standard input. Never an argument, which others on the
/// machine could read.
pub(super) fn read_password() -> Result<String, Failure> {
    if let Ok(password) = std::env::var(VARIABLE) {
        return Ok(password);
    }
    let terminal = io::stdin().is_terminal();
    if terminal {
        eprint!("Password (12 to 128 characters, not shown): ");
        io::stderr().flush().map_err(|error| Failure::new("cannot ask", error))?;
        echo(false);
    }
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    if terminal {
        echo(true);
        eprintln!();
    }
    read.map_err(|error| Failure::new("cannot read the password", error))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Whether the terminal shows what is typed. One that cannot be told goes on showing it.
fn echo(on: bool) {
    let _ = Command::new("stty").arg(if on { "echo" } else { "-echo" }).status();
}

/// Whose account is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum StaffRole {
    #[default]
    Admin,
    Receptionist,
}

pub(super) async fn create(
    app: &AppState,
    role: StaffRole,
    email: &str,
    name: &str,
    password: &str,
) -> Result<(), Failure> {
    let role = match role {
        StaffRole::Admin => Role::Admin,
        StaffRole::Receptionist => Role::Receptionist,
    };
    let made = accounts::create_staff(app, role, email, name, password).await;
    made.map_err(|error| Failure::new("no account was made", explain(&error)))?;
    println!("The account was made. Sign in at {}/sign-in", app.settings.public_url());
    Ok(())
}

pub(super) async fn set_password(app: &AppState, email: &str, password: &str) -> Result<(), Failure> {
    let set = accounts::password_reset::set_by_hand(app, email, password).await;
    set.map_err(|error| Failure::new("no password was changed", explain(&error)))?;
    println!("The password is changed, and the account is signed out everywhere.");
    Ok(())
}

pub(super) async fn reset_second_factor(app: &AppState, email: &str) -> Result<(), Failure> {
    let reset = accounts::second_factor::reset::by_hand(app, email).await;
    reset.map_err(|error| {
        let words = match error {
            AppError::NotFound => "no account has this email address".to_owned(),
            AppError::Conflict => "the account has no second factor".to_owned(),
            other => explain(&other),
        };
        Failure::new("nothing was changed", words)
    })?;
    println!("The account asks for no codes any more, and is signed out everywhere.");
    Ok(())
}
