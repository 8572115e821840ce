//! The transaction of a write unit on PostgreSQL.

use std::{sync::Arc, time::Duration};

use sqlx::{Executor, Postgres, pool::PoolConnection};
use tokio::time::timeout;

use super::{Conn, Error, clean::CleanConnections};

/// Time for the first answer of a connection.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a commit: longer than a cluster should take to do without a standby that commits wait for.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(15);

/// A connection inside a serializable transaction. When it is dropped without [`Self::commit`] or [`Self::roll_back`], or
/// does not answer these, nobody knows what state it is in, and it is closed.
pub(super) struct OpenTransaction {
    connection: Option<PoolConnection<Postgres>>,
    clean: Arc<CleanConnections>,
}

impl OpenTransaction {
    /// Begins a transaction. A connection that does not answer counts as lost: its server may have vanished without a
    /// word.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(connection: PoolConnection<Postgres>, clean: Arc<CleanConnections>) -> Result<Self, Error> {
        let mut begun = OpenTransaction { connection: Some(connection), clean };
        begun.execute("begin isolation level serializable", BEGIN_TIMEOUT).await?;
        Ok(begun)
    }

    /// What the unit's statements run on.
    ///
    /// # Errors
    /// The transaction has ended.
    pub fn conn(&mut self) -> Result<Conn<'_>, Error> {
        self.connection.as_deref_mut().map(Conn::Postgres).ok_or(Error::Corrupt("a transaction that has ended"))
    }

    /// Commits.
    ///
    /// # Errors
    /// As [`Error::at_commit`].
    pub async fn commit(mut self) -> Result<(), Error> {
        let done = self.execute("commit", COMMIT_TIMEOUT).await.map_err(Error::at_commit);
        // a commit that the server refused has ended its transaction as well
        if !matches!(done, Err(Error::CommitUnknown(_))) {
            self.give_back();
        }
        done
    }

    /// Takes back everything that the unit wrote.
    pub async fn roll_back(mut self) {
        if self.execute("rollback", BEGIN_TIMEOUT).await.is_ok() {
            self.give_back();
        }
    }

    async fn execute(&mut self, sql: &'static str, patience: Duration) -> Result<(), sqlx::Error> {
        let silent = || sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
        let connection = self.connection.as_deref_mut().ok_or(sqlx::Error::PoolClosed)?;
        timeout(patience, connection.execute(sql)).await.unwrap_or_else(|_| Err(silent())).map(|_| ())
    }

    fn give_back(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.clean.give_back(connection);
        }
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}
