//! The database: two engines behind one door.
//!
//! The engine follows `DATABASE_URL`: an embedded SQLite file, or PostgreSQL. A statement is one SQL text with `$1`
//! placeholders, run on either engine by the methods of [`Conn`]. Reads borrow a connection from [`Db::read`]; every
//! write is a [`WriteUnit`] given to [`Db::write`].

mod batch;
mod clean;
mod conn;
mod connect;
mod error;
mod group;
mod ids;
pub mod in_use;
mod lost;
pub mod measure;
pub mod private;
mod query;
pub mod schema;
mod snapshot;
mod stored;
mod transaction;
mod turns;
mod types;
mod unit;
mod write;

use std::{
    fs::File,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub use batch::Batch;
use clean::CleanConnections;
pub use conn::{Conn, Statement};
pub use connect::{Engine, engine_of, missing_file};
pub use error::{Error, Violation};
pub use group::GroupWriter;
pub use ids::ids_json;
pub(crate) use ids::in_ids;
use measure::{Measures, Waiting};
pub use query::{Bind, Binds, Row};
pub use snapshot::Snapshot;
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, pool::PoolConnection};
use stored::StoredRows;
pub use unit::{Tx, WriteUnit};

use crate::ids::DoctorId;

/// One database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub pools: Pools,
    schedule_hook: Option<ScheduleHook>,
    /// Counts the units that this process committed.
    commits: Arc<AtomicU64>,
    /// Held for as long as the SQLite file is open, so that it is not replaced meanwhile.
    _in_use: Option<Arc<File>>,
    measures: Arc<Measures>,
    stored: Arc<StoredRows>,
    /// Of PostgreSQL.
    clean: Arc<CleanConnections>,
}

type ScheduleHook = Arc<dyn Fn(DoctorId) + Send + Sync>;

/// The connections of one database.
#[derive(Clone)]
pub enum Pools {
    /// One writer connection, so that writers queue here instead of colliding in the file; readers see only commits.
    Sqlite {
        writer: SqlitePool,
        /// The queue before the writer.
        group: GroupWriter,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// The connections of one pool.
#[derive(Clone, Copy, Debug)]
pub struct PoolFigures {
    pub name: &'static str,
    pub size: u32,
    pub idle: u32,
    /// As many as there can be.
    pub most: u32,
    /// Who waits for one.
    pub waiting: i64,
}

/// A connection for reading.
pub enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl Reader {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Reader::Sqlite(c) => Conn::Sqlite(&mut *c),
            Reader::Postgres(c) => Conn::Postgres(&mut *c),
        }
    }
}

impl Db {
    fn new(pools: Pools, measures: Arc<Measures>) -> Db {
        let connections = match &pools {
            Pools::Sqlite { .. } => 0,
            Pools::Postgres(pool) => pool.options().get_max_connections(),
        };
        Db {
            pools,
            schedule_hook: None,
            commits: Arc::default(),
            measures,
            stored: Arc::default(),
            clean: Arc::new(CleanConnections::of_pool(connections)),
            _in_use: None,
        }
    }

    /// The figures of this database.
    #[must_use]
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// A connection for reading. On SQLite it cannot write.
    ///
    /// # Errors
    /// The database cannot be reached, or every connection stayed busy.
    pub async fn read(&self) -> Result<Reader, Error> {
        let _waiting = self.measures.waiting.enter();
        let reader = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.acquire().await.map(Reader::Sqlite),
            Pools::Postgres(pool) => self.clean.take(pool).await.map(Reader::Postgres),
        };
        reader.map_err(|error| self.noted(error))
    }

    /// The first row of one statement, if there is one: for what is read at almost every request.
    ///
    /// # Errors
    /// Those of [`Self::read`] and of the statement.
    pub async fn fetch_optional<R: Row>(
        &self,
        sql: impl Into<Statement>,
        binds: impl Binds,
    ) -> Result<Option<R>, Error> {
        let mut reader = self.read().await?;
        let found = reader.conn().fetch_optional(sql, binds).await?;
        if let Reader::Postgres(connection) = reader {
            self.clean.give_back(connection);
        }
        Ok(found)
    }

    /// A connection for reading that nobody else waits for; none while all are in use.
    pub async fn read_if_idle(&self) -> Option<Reader> {
        let in_use = |pool: &PoolFigures| pool.idle == 0 && pool.size >= pool.most;
        if self.pool_figures().first().is_none_or(in_use) { None } else { self.read().await.ok() }
    }

    /// Counts a wait that took too long.
    fn noted(&self, error: sqlx::Error) -> Error {
        if matches!(error, sqlx::Error::PoolTimedOut) {
            self.measures.timeouts.fetch_add(1, Ordering::Relaxed);
        }
        error.into()
    }

    /// The connections of each pool now; first the one for reading.
    #[must_use]
    pub fn pool_figures(&self) -> Vec<PoolFigures> {
        let figures = |name, size, idle, most, waiting: &Waiting| {
            let waiting = waiting.now();
            PoolFigures { name, size, idle: u32::try_from(idle).unwrap_or(u32::MAX), most, waiting }
        };
        let waiting = &self.measures.waiting;
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => vec![
                figures("read", readers.size(), readers.num_idle(), readers.options().get_max_connections(), waiting),
                figures("write", writer.size(), writer.num_idle(), 1, &self.measures.waiting_to_write),
            ],
            Pools::Postgres(pool) => {
                let idle = pool.num_idle() + self.clean.count();
                vec![figures("all", pool.size(), idle, pool.options().get_max_connections(), waiting)]
            }
        }
    }

    /// The same database, with `hook` called for each doctor whose schedule a committed unit changed, before the unit's
    /// caller goes on.
    #[must_use]
    pub fn with_schedule_hook(self, hook: impl Fn(DoctorId) + Send + Sync + 'static) -> Db {
        Db { schedule_hook: Some(Arc::new(hook)), ..self }
    }

    /// How many units this process has committed and published. As long as it stays the same, this
    /// process has changed nothing.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Waits until the disk fails a commit of SQLite: this process writes nothing any more and has to end. On PostgreSQL,
    /// which ends by itself then, it waits for ever.
    pub async fn disk_failed(&self) {
        match &self.pools {
            Pools::Sqlite { group, .. } => group.lost().await,
            Pools::Postgres(_) => std::future::pending().await,
        }
    }

    fn publish_schedule(&self, doctor: DoctorId) {
        if let Some(hook) = &self.schedule_hook {
            hook(doctor);
        }
    }
}

/// Runs a query on the engine of a [`Conn`]: the body is compiled once per engine, with `$c` as its connection. The
/// methods of [`Conn`] are shorter; this is for what they do not offer, such as a statement made at run time.
///
/// Return rows, counts or values from the body, never a driver's `QueryResult`: both arms must have one type.
#[macro_export]
macro_rules! on {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn.reborrow() {
            $crate::db::Conn::Sqlite($c) => $body,
            $crate::db::Conn::Postgres($c) => $body,
        }
    };
}
pub use on;
