//! Backups of SQLite: a copy made by the engine itself, which is an SQLite database again.

use std::{
    fmt::Display,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    checks::{self, Counts},
    partial::{self, Partial},
    restored::{Restored, agree, of_backup},
    retention::moment,
};
use crate::{
    config::SecretUrl,
    db::{
        Conn,
        in_use::{self, beside},
        private,
        schema::{self, Standing},
    },
    state::Clock,
};

/// What SQLite keeps beside a database that was not closed.
const LOGS: [&str; 3] = ["-journal", "-wal", "-shm"];

const TABLES: &str = "select count(*) from sqlite_master";

/// Copies the database into an empty file, as it is at this moment. Others go on reading and writing it.
pub(super) async fn write(url: &SecretUrl, to: &Path) -> Result<(), String> {
    let options = options(url)?;
    let database = options.get_filename();
    if !database.is_file() {
        return Err(format!("there is no database at {url}"));
    }
    let _in_use = in_use::share(database).map_err(|error| error.to_string())?;
    let mut conn = connect(options.read_only(true)).await?;
    let applied = schema::applied(&mut Conn::Sqlite(&mut conn)).await.map_err(words)?;
    if applied.is_empty() {
        return Err(format!("docslot has written nothing into {url} yet"));
    }
    let name = to.to_str().ok_or("the file's name is not UTF-8")?;
    sqlx::query("vacuum into $1").bind(name).execute(&mut conn).await.map_err(words)?;
    conn.close().await.map_err(words)?;
    let mut copy = quiet(to).await?;
    match checks::damage(&mut Conn::Sqlite(&mut copy)).await.map_err(words)? {
        Some(damage) => Err(format!("the database is damaged: {damage}")),
        None => Ok(()),
    }
}

/// Puts a backup in the place of the database.
pub(super) async fn restore(url: &SecretUrl, file: &Path, replace: bool, force: bool) -> Result<Restored, String> {
    let options = options(url)?;
    let database = options.get_filename();
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private::make_folder(folder).map_err(words)?;
    }
    let _alone = in_use::alone(database).map_err(words)?.ok_or("docslot is running on this database: stop it first")?;
    let taken = is_taken(database).await;
    if taken && !replace {
        return Err(format!(
            "there is a database at {url} already: name a new one in DATABASE_URL, or put this one aside with --replace"
        ));
    }
    look(file).await?;
    let partial = Partial::beside(database).map_err(words)?;
    let counts = fill(&partial, file, force).await?;
    if !taken {
        // an empty one is in the way of the name
        each_file(database, |file, _| fs::remove_file(file))?;
        partial.name(database).map_err(words)?;
        return Ok(Restored { counts, aside: None });
    }
    let aside = put_aside(database).await?;
    if let Err(error) = partial.name(database) {
        rename(&aside, database)?;
        return Err(words(error));
    }
    Ok(Restored { counts, aside: Some(aside) })
}

/// Looks whether a backup is whole and its records agree, without changing it. One of an older docslot is looked at in
/// a copy that is brought up to date.
pub(super) async fn check(file: &Path) -> Result<Counts, String> {
    if look(file).await? == Standing::Older {
        let name = file.file_name().ok_or("that is no name of a file")?;
        let partial = Partial::beside(&std::env::temp_dir().join(name)).map_err(words)?;
        return fill(&partial, file, false).await;
    }
    agree(&mut Conn::Sqlite(&mut quiet(file).await?), false).await
}

/// Whether the file is a whole backup of a docslot that this program understands.
async fn look(file: &Path) -> Result<Standing, String> {
    if beside(file, "-wal").metadata().is_ok_and(|log| log.len() > 0) {
        let words = "has a log beside it, so it is a database in use and not a backup";
        return Err(format!("{} {words}", file.display()));
    }
    let damaged = |error: String| format!("{} is damaged or cut off: {error}", file.display());
    let mut conn = quiet(file).await.map_err(damaged)?;
    let damage = checks::damage(&mut Conn::Sqlite(&mut conn)).await.map_err(|error| damaged(words(error)))?;
    if let Some(damage) = damage {
        return Err(damaged(damage));
    }
    let applied = schema::applied(&mut Conn::Sqlite(&mut conn)).await;
    let applied = applied.map_err(|_| format!("{} is not a backup of docslot", file.display()))?;
    match schema::standing(&applied, false).map_err(of_backup)? {
        Standing::Empty => Err(format!("{} is not a backup of docslot", file.display())),
        standing => Ok(standing),
    }
}

/// Copies the backup, brings the copy up to date and looks whether its records agree.
async fn fill(partial: &Partial, file: &Path, force: bool) -> Result<Counts, String> {
    let (from, to) = (file.to_owned(), partial.path().to_owned());
    let copied = tokio::task::spawn_blocking(move || -> io::Result<u64> {
        io::copy(&mut File::open(from)?, &mut OpenOptions::new().write(true).open(to)?)
    });
    copied.await.map_err(words)?.map_err(words)?;
    let options = SqliteConnectOptions::new().filename(partial.path()).foreign_keys(true);
    // one file, without a log
    let options = options.journal_mode(SqliteJournalMode::Delete).synchronous(SqliteSynchronous::Full);
    let mut conn = connect(options).await?;
    schema::bring_up_to_date(&mut Conn::Sqlite(&mut conn)).await.map_err(words)?;
    let counts = agree(&mut Conn::Sqlite(&mut conn), force).await?;
    conn.close().await.map_err(words)?;
    Ok(counts)
}

/// Whether there is something in the place of the database: tables, what cannot be read, or the log of a database that
/// is gone, which SQLite would take for that of another.
async fn is_taken(database: &Path) -> bool {
    let is_there = |end: &str| beside(database, end).metadata().is_ok_and(|about| about.len() > 0);
    if is_there("-wal") || is_there("-journal") {
        return true;
    }
    if !is_there("") {
        return false;
    }
    let Ok(mut conn) = quiet(database).await else { return true };
    let tables = Conn::Sqlite(&mut conn).fetch_value::<i64>(TABLES, ()).await;
    !tables.is_ok_and(|tables| tables == 0)
}

/// Gives the database that is there a dated name, and its logs with it.
async fn put_aside(database: &Path) -> Result<PathBuf, String> {
    // takes what is in its log into the file; where that fails, the log goes with it
    if let Ok(mut conn) = connect(SqliteConnectOptions::new().filename(database)).await {
        let _ = sqlx::raw_sql("pragma wal_checkpoint(truncate)").execute(&mut conn).await;
        let _ = conn.close().await;
    }
    let aside = beside(database, &format!(".replaced-{}", moment(Clock::system().now())));
    if aside.symlink_metadata().is_ok() {
        return Err(format!("{} exists already: try again in a second", aside.display()));
    }
    rename(database, &aside)?;
    partial::sync_folder(database).map_err(words)?;
    Ok(aside)
}

/// Gives a database another name, and its logs with it.
fn rename(database: &Path, to: &Path) -> Result<(), String> {
    each_file(database, |file, end| fs::rename(file, beside(to, end)))
}

/// Does something to the logs of a database and to the database itself, as far as they are there.
fn each_file(database: &Path, act: impl Fn(PathBuf, &str) -> io::Result<()>) -> Result<(), String> {
    for end in LOGS.into_iter().chain([""]) {
        match act(beside(database, end), end) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(words(error)),
            _ => {}
        }
    }
    Ok(())
}

fn options(url: &SecretUrl) -> Result<SqliteConnectOptions, String> {
    let options = SqliteConnectOptions::from_str(url.expose()).map_err(words)?;
    Ok(options.create_if_missing(false).busy_timeout(Duration::from_secs(5)))
}

async fn connect(options: SqliteConnectOptions) -> Result<SqliteConnection, String> {
    SqliteConnection::connect_with(&options).await.map_err(words)
}

/// A connection to a file that nobody writes; it leaves nothing beside it.
async fn quiet(file: &Path) -> Result<SqliteConnection, String> {
    connect(SqliteConnectOptions::new().filename(file).read_only(true).immutable(true)).await
}

fn words(error: impl Display) -> String {
    error.to_string()
}
