//! The docslot server. `docslot help` lists what it can do.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    docslot::cli::run()
}
