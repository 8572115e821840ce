//! The docslot server. `docslot help` lists what it can do.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    docslot::cli::run()
}
