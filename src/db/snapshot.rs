//! The whole database as it was at one moment, for reading.

use sqlx::{Postgres, Sqlite, Transaction};

use super::{Conn, Db, Error, Pools};

/// A transaction that reads. Everything read through it is of one moment, whatever is written meanwhile. SQLite cannot
/// fold its write-ahead log into the file while it lasts, so the log grows by what is written.
pub enum Snapshot {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Snapshot {
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Snapshot::Sqlite(transaction) => Conn::Sqlite(transaction),
            Snapshot::Postgres(transaction) => Conn::Postgres(transaction),
        }
    }
}

impl Db {
    /// The database as it is when the first statement reads it. Only for commands: the future of a request is dropped
    /// when its browser goes away, and one that is dropped while it begins leaves a transaction open.
    ///
    /// # Errors
    /// The database cannot be reached, or every connection stayed busy.
    #[expect(clippy::disallowed_methods, reason = "only reads, and no request calls it")]
    pub async fn snapshot(&self) -> Result<Snapshot, Error> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Snapshot::Sqlite(readers.begin_with("begin").await?),
            Pools::Postgres(pool) => {
                Snapshot::Postgres(pool.begin_with("begin isolation level repeatable read, read only").await?)
            }
        })
    }
}
