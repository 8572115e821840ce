//! Opening a database and bringing it up to date.

use std::{
    fs::File,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{
    Conn, Db, Error, GroupWriter, Pools,
    group::ACQUIRE_TIMEOUT,
    in_use::{self, beside},
    lost,
    measure::Measures,
    private,
    schema::{self, Standing},
};

/// Versions 3.7.0 to 3.51.2 can corrupt a database when its write-ahead log is reset
/// (<https://sqlite.org/wal.html#walresetbug>).
const SQLITE_FLOOR: (u32, u32, u32) = (3, 51, 3);
/// How long closing may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Which database a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The engine of a database URL: `sqlite:…`, `postgres:…` or `postgresql:…`; nothing for any other.
#[must_use]
pub fn engine_of(url: &str) -> Option<Engine> {
    match url.split_once(':')?.0 {
        "sqlite" => Some(Engine::Sqlite),
        "postgres" | "postgresql" => Some(Engine::Postgres),
        _ => None,
    }
}

/// The file that an SQLite URL names, if it is not there.
#[must_use]
pub fn missing_file(url: &str) -> Option<PathBuf> {
    if engine_of(url)? != Engine::Sqlite {
        return None;
    }
    let options = SqliteConnectOptions::from_str(url).ok()?;
    let file = options.get_filename();
    (!file.exists()).then(|| file.to_path_buf())
}

impl Db {
    /// Opens the database at `url`. `connections` bounds the pool (on SQLite, the readers).
    ///
    /// # Errors
    /// The URL names no known engine, the database cannot be reached, or the SQLite library is too old to be safe.
    pub async fn connect(url: &str, connections: u32) -> Result<Db, Error> {
        match engine_of(url) {
            Some(Engine::Sqlite) => connect_sqlite(url, connections).await,
            Some(Engine::Postgres) => connect_postgres(url, connections).await,
            None => Err(sqlx::Error::Configuration("the URL must begin with sqlite: or postgres:".into()).into()),
        }
    }

    /// Applies the migrations that are missing. Processes that start together wait for one another.
    ///
    /// # Errors
    /// A migration failed, or the database was migrated by a newer version that ends this one.
    pub async fn migrate(&self) -> Result<(), Error> {
        let standing = match &self.pools {
            Pools::Sqlite { writer, .. } => {
                let file = writer.connect_options().get_filename().to_path_buf();
                let _guard = lock_beside(file).await?;
                schema::bring_up_to_date(&mut Conn::Sqlite(&mut *writer.acquire().await?)).await?
            }
            Pools::Postgres(pool) => {
                // a connection of its own, because the others give up after seconds
                let mut conn = PgConnection::connect_with(&pool.connect_options()).await?;
                schema::hold_off_others(&mut conn).await?;
                let standing = schema::bring_up_to_date(&mut Conn::Postgres(&mut conn)).await?;
                conn.close().await?;
                standing
            }
        };
        if let Standing::Newer(schema) = standing {
            tracing::warn!(schema, "the database was upgraded by a newer docslot, after which this one still works");
        }
        Ok(())
    }

    /// Answers a trivial query on every pool: the database is there.
    ///
    /// # Errors
    /// It is not.
    pub async fn ping(&self) -> Result<(), Error> {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                writer.acquire().await?.ping().await?;
                readers.acquire().await?.ping().await?;
            }
            Pools::Postgres(pool) => pool.acquire().await?.ping().await?,
        }
        Ok(())
    }

    /// The file of an SQLite database, from the root of the machine.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        let Pools::Sqlite { writer, .. } = &self.pools else {
            return None;
        };
        std::path::absolute(writer.connect_options().get_filename()).ok()
    }

    /// What of the database other accounts of this machine can read, each with what to do. Nothing on PostgreSQL, which
    /// minds its own files.
    #[must_use]
    pub fn exposed(&self) -> Vec<String> {
        let Pools::Sqlite { writer, .. } = &self.pools else {
            return Vec::new();
        };
        let options = writer.connect_options();
        let file = options.get_filename();
        let files = ["", "-wal", "-shm", ".lock", ".in-use"].map(|end| private::exposed_file(&beside(file, end)));
        let folder = file.parent().filter(|_| file.exists()).and_then(|folder| {
            private::exposed_folder(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })
        });
        folder.into_iter().chain(files.into_iter().flatten()).collect()
    }

    /// Closes every connection; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(&self) {
        let close = async {
            match &self.pools {
                Pools::Sqlite { writer, readers, .. } => {
                    readers.close().await;
                    writer.close().await;
                }
                Pools::Postgres(pool) => {
                    self.clean.close();
                    pool.close().await;
                }
            }
        };
        // A stop must not be held up by a connection that does not come back.
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, close).await;
    }
}

async fn connect_sqlite(url: &str, readers: u32) -> Result<Db, Error> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // a committed booking survives a power cut
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5));
    let in_use = make_private(url, options.get_filename()).map_err(sqlx::Error::Io)?;
    // SQLite does not wait for another process while it turns a new file into one with a write-ahead log
    let opening = match in_use {
        Some(_) => Some(lock_beside(options.get_filename().to_path_buf()).await?),
        None => None,
    };
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // After a full disk or a failing one, SQLite has rolled back by itself and refuses the rollback that sqlx 0.9.0
        // then asks for; the connection would count as inside a transaction for ever. A fresh one replaces it.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_with(options.clone())
        .await?;
    drop(opening);
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&writer).await?;
    if parse_version(&version).is_none_or(|version| version < SQLITE_FLOOR) {
        let message = format!("SQLite {version} is older than 3.51.3 and can corrupt its write-ahead log");
        return Err(sqlx::Error::Configuration(message.into()).into());
    }
    let readers = SqlitePoolOptions::new()
        .max_connections(readers)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // a file does not go away
        .test_before_acquire(false)
        .connect_with(options.read_only(true).pragma("query_only", "true"))
        .await?;
    let measures = Arc::new(Measures::default());
    let group = GroupWriter::start(writer.clone(), measures.clone()).map_err(sqlx::Error::Io)?;
    Ok(Db { _in_use: in_use.map(Arc::new), ..Db::new(Pools::Sqlite { writer, group, readers }, measures) })
}

/// Makes the file before SQLite would, which lets every account read it. SQLite gives its log the mode of the database.
/// The answer keeps the file from being replaced; there is none for a database in memory.
fn make_private(url: &str, file: &Path) -> std::io::Result<Option<File>> {
    if file.to_string_lossy().starts_with("file:") || url.contains("mode=memory") {
        return Ok(None);
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private::make_folder(folder)?;
    }
    let in_use = in_use::share(file)?;
    private::make_file(file)?;
    Ok(Some(in_use))
}

async fn connect_postgres(url: &str, connections: u32) -> Result<Db, Error> {
    let options = PgConnectOptions::from_str(url)?.application_name("docslot").options([
        ("statement_timeout", "10s"),
        ("lock_timeout", "2s"),
        ("idle_in_transaction_session_timeout", "30s"),
        // a page of an index costs little on today's disks, and a serializable transaction that reads a whole table
        // collides with all others (PostgreSQL manual, "Serializable Isolation Level")
        ("random_page_cost", "1.1"),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move { Ok(lost::is_trusted(known.idle_for) || lost::takes_writes(connection).await?) })
        })
        // a standby, or the old primary after a failover: the pool tries again until it reaches the primary
        .after_connect(|connection, _| {
            Box::pin(async move {
                let refused = || sqlx::Error::Configuration("the PostgreSQL server takes no writes: a standby?".into());
                if lost::takes_writes(connection).await? { Ok(()) } else { Err(refused()) }
            })
        })
        .connect_with(options)
        .await?;
    Ok(Db::new(Pools::Postgres(pool), Arc::default()))
}

/// An exclusive lock on a file next to the database, held until the guard is dropped.
async fn lock_beside(database: PathBuf) -> Result<File, Error> {
    let lock = tokio::task::spawn_blocking(move || {
        let file = private::create(&beside(&database, ".lock"))?;
        file.lock()?;
        Ok(file)
    });
    lock.await.map_err(|_| Error::Panicked)?.map_err(|e| Error::Sqlx(sqlx::Error::Io(e)))
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?))
}
