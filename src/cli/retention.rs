//! `docslot retention`

use crate::{
    cli::failure::Failure,
    own_data::server::{erase_closed, retention},
    state::AppState,
};

/// Closes the records whose time is over, or with `dry_run` says how many there are.
pub(super) async fn run(app: &AppState, dry_run: bool, years: Option<u32>) -> Result<(), Failure> {
    let failed = |error| Failure::new("cannot read or change the records", error);
    let years = years.unwrap_or(app.settings.data.retention_years);
    if years == 0 {
        println!("data.retention_years is 0: every record is kept.");
        return Ok(());
    }
    if dry_run {
        let counts = retention::count(app, years).await.map_err(failed)?;
        println!("If nothing has happened for {years} years:");
        println!(
            "{} accounts and {} records without an account would be closed and erased",
            counts.accounts, counts.records
        );
        println!("{} appointments would stay, without a name", counts.appointments);
        println!("{} files would be deleted", counts.papers);
        println!("Nothing was changed.");
        return Ok(());
    }
    let mut closed = 0;
    loop {
        match retention::work(app).await.map_err(failed)? {
            0 => break,
            some => closed += some,
        }
    }
    let mut erased = 0;
    loop {
        match erase_closed(app).await.map_err(failed)? {
            0 => break,
            some => erased += some,
        }
    }
    println!(
        "{closed} records were closed, and {erased} erased. Those with a last message are erased after it is sent."
    );
    Ok(())
}
