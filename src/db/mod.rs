//! The database: two engines behind one door.
//!
//! The engine follows `DATABASE_URL`: an embedded SQLite file, or PostgreSQL. A statement is one SQL text with `$1`
//! placeholders, run on either engine by [`on!`](crate::db::on). Reads borrow a connection from [`Db::read`]; every
//! write is a unit given to [`Db::write`].

mod connect;
mod error;
mod ids;
mod types;
mod write;

pub use connect::{Engine, engine_of};
pub use error::{Error, Violation};
pub(crate) use ids::in_ids;
pub use ids::{PerEngine, ids_json};
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction, pool::PoolConnection};

/// The pools of one database. Cheap to clone.
#[derive(Clone)]
pub enum Db {
    /// One writer connection, so that writers queue here instead of colliding in the file; readers see only commits.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// An open write transaction, owned by the unit that runs in it.
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A connection for reading.
pub enum Reader {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// What a query runs on: the connection of a [`Tx`] or of a [`Reader`].
pub enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Tx {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Tx::Sqlite(tx) => Conn::Sqlite(&mut *tx),
            Tx::Postgres(tx) => Conn::Postgres(&mut *tx),
        }
    }
}

impl Reader {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Reader::Sqlite(c) => Conn::Sqlite(&mut *c),
            Reader::Postgres(c) => Conn::Postgres(&mut *c),
        }
    }
}

impl Conn<'_> {
    /// The same connection for a shorter while.
    pub fn reborrow(&mut self) -> Conn<'_> {
        match self {
            Conn::Sqlite(c) => Conn::Sqlite(c),
            Conn::Postgres(c) => Conn::Postgres(c),
        }
    }

    /// The text of a statement for this engine.
    #[must_use]
    pub fn pick(&self, statement: PerEngine) -> &'static str {
        match self {
            Conn::Sqlite(_) => statement.sqlite,
            Conn::Postgres(_) => statement.postgres,
        }
    }
}

impl Db {
    /// A connection for reading. On SQLite it cannot write.
    ///
    /// # Errors
    /// The database cannot be reached, or every connection stayed busy.
    pub async fn read(&self) -> Result<Reader, Error> {
        Ok(match self {
            Db::Sqlite { readers, .. } => Reader::Sqlite(readers.acquire().await?),
            Db::Postgres(pool) => Reader::Postgres(pool.acquire().await?),
        })
    }
}

/// Runs a query on the engine of a [`Conn`]: the body is compiled once per engine, with `$c` as its connection.
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
