//! The database: two engines behind one door.
//!
//! The engine follows `DATABASE_URL`: an embedded SQLite file, or PostgreSQL. A statement is one SQL text with `$1`
//! placeholders, run on either engine by the methods of [`Conn`]. Reads borrow a connection from [`Db::read`]; every
//! write is a [`WriteUnit`] given to [`Db::write`].

mod conn;
mod connect;
mod error;
mod group;
mod ids;
pub mod private;
mod query;
mod turns;
mod types;
mod unit;
mod write;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

pub use conn::{Conn, Statement};
pub use connect::{Engine, engine_of};
pub use error::{Error, Violation};
pub use group::GroupWriter;
pub use ids::ids_json;
pub(crate) use ids::in_ids;
pub use query::{Bind, Binds, Row};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, pool::PoolConnection};
pub use unit::{Tx, WriteUnit};

use crate::ids::DoctorId;

/// One database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub pools: Pools,
    schedule_hook: Option<ScheduleHook>,
    /// Counts the units that this process committed.
    commits: Arc<AtomicU64>,
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
    fn new(pools: Pools) -> Db {
        Db { pools, schedule_hook: None, commits: Arc::default() }
    }

    /// A connection for reading. On SQLite it cannot write.
    ///
    /// # Errors
    /// The database cannot be reached, or every connection stayed busy.
    pub async fn read(&self) -> Result<Reader, Error> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
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
