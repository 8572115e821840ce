//! The log: lines of text for people or of JSON for machines, on standard error.

use std::{
    io::{self, IsTerminal},
    panic,
};

use tracing_subscriber::{EnvFilter, filter::ParseError};

use crate::config::{LogFormat, TelemetrySettings};

/// PostgreSQL sends every notice to its client; notices below an error are not useful here.
const QUIET: &str = "sqlx::postgres::notice=error";

/// Starts the log of this process.
///
/// # Errors
/// The filter cannot be understood.
pub fn start(settings: &TelemetrySettings) -> Result<(), ParseError> {
    let filter = EnvFilter::try_new(format!("{QUIET},{}", settings.log))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let log = log.with_ansi(io::stderr().is_terminal());
    match settings.format {
        LogFormat::Text => log.compact().init(),
        LogFormat::Json => log.json().init(),
    }
    // a panic's message may quote typed text; its place in the code is enough to find it
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    Ok(())
}
