//! `docslot backup` and `docslot restore`
//!
//! A backup is the whole database in one file: an SQLite database, or an archive of `pg_dump`. The keys that sign
//! sessions are in it; settings, and messages that the mail transport `file` wrote, are not.

pub mod checks;
mod kind;
mod partial;
mod postgres;
mod restored;
mod retention;
mod sqlite;
mod stop;
mod tools;

use std::path::Path;

use self::{kind::kind_of, partial::Partial, stop::unless_stopped};
use crate::{
    cli::failure::Failure,
    config::{SecretUrl, Settings},
    db::{Engine, engine_of, private},
    state::Clock,
};

/// Writes a backup to the file `path` or, when so many are kept, a dated one into the folder `path`.
pub(super) async fn run(settings: &Settings, path: &Path, keep: Option<u32>) -> Result<(), Failure> {
    let url = &settings.database.url;
    let engine = engine_of(url.expose()).unwrap_or(Engine::Sqlite);
    let Some(keep) = keep else {
        return write(url, engine, path).await;
    };
    private::make_folder(path).map_err(|error| unusable(path, error))?;
    write(url, engine, &path.join(retention::name(engine, Clock::system().now()))).await?;
    let deleted = retention::delete_older(path, engine, keep).map_err(|error| unusable(path, error))?;
    if deleted > 0 {
        println!("Older backups deleted: {deleted}.");
    }
    Ok(())
}

async fn write(url: &SecretUrl, engine: Engine, file: &Path) -> Result<(), Failure> {
    if file.symlink_metadata().is_ok() {
        return Err(Failure::Other(format!("{} exists already: name a new file", file.display())));
    }
    let failed = |error: String| Failure::new("no backup was written", error);
    let partial = Partial::beside(file).map_err(|error| failed(format!("{}: {error}", file.display())))?;
    unless_stopped(async {
        match engine {
            Engine::Sqlite => sqlite::write(url, partial.path()).await,
            Engine::Postgres => postgres::write(url, partial.path()).await,
        }
    })
    .await
    .map_err(failed)?;
    partial.name(file).map_err(|error| failed(format!("{}: {error}", file.display())))?;
    let size = file.metadata().map_or(0, |about| about.len());
    println!("The backup is {} ({} kB).", file.display(), size.div_ceil(1000));
    Ok(())
}

/// Makes the database from a backup.
pub(super) async fn restore(settings: &Settings, file: &Path, replace: bool, force: bool) -> Result<(), Failure> {
    let url = &settings.database.url;
    let failed = |error: String| Failure::new("nothing was restored", error);
    let engine = kind_of(file, url).map_err(failed)?;
    let restored = match engine {
        Engine::Sqlite => unless_stopped(sqlite::restore(url, file, replace, force)).await,
        Engine::Postgres => postgres::restore(url, file, replace, force).await,
    };
    let restored = restored.map_err(failed)?;
    println!("{}", restored.counts);
    if let Some(aside) = restored.aside {
        println!("The database that was there is now {}.", aside.display());
    }
    println!("{} is restored.", file.display());
    Ok(())
}

/// Says whether a backup is whole and its records agree.
pub(super) async fn check(settings: &Settings, file: &Path) -> Result<(), Failure> {
    let url = &settings.database.url;
    let failed = |error: String| Failure::new(&format!("{} did not pass the check", file.display()), error);
    let counts = match kind_of(file, url).map_err(failed)? {
        Engine::Sqlite => unless_stopped(sqlite::check(file)).await,
        Engine::Postgres => postgres::check(url, file).await,
    };
    println!("{}", counts.map_err(failed)?);
    println!("{} is whole, and its records agree.", file.display());
    Ok(())
}

fn unusable(path: &Path, error: std::io::Error) -> Failure {
    Failure::Other(format!("cannot use {}: {error}", path.display()))
}
