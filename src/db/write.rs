//! Write units: the only way to change the database.
//!
//! A unit is a function from an owned transaction to that transaction and a value. It may run more than once, so it only
//! touches rows: no mail, no network. It runs in a task of its own, because a request's future is dropped when its
//! browser goes away, and sqlx 0.9.0 can then return a PostgreSQL connection to the pool inside a transaction
//! (transact-rs/sqlx#4385).

use std::time::{Duration, Instant};

use rand::Rng;
use tokio::{sync::Mutex, time::timeout};

use super::{Db, Error, Tx};

/// Tries of one unit, the first included.
const MAX_TRIES: u32 = 12;
/// Time after which a unit is not tried again: whoever books rather waits than starts anew.
const RETRY_TIMEOUT: Duration = Duration::from_secs(3);

/// The turn of a unit that is tried again. Units that collided once would mostly collide again; one after the other, each
/// meets only those that have just begun.
static AGAIN: Mutex<()> = Mutex::const_new(());

impl Db {
    /// Runs `unit` in a serializable transaction and commits it; on a serialization failure, the whole unit again.
    ///
    /// # Errors
    /// What the unit returned, or the database's error; after the last try [`Error::Busy`].
    pub async fn write<T, F, Fut>(&self, unit: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: Fn(Tx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(Tx, T), Error>> + Send + 'static,
    {
        let db = self.clone();
        tokio::spawn(async move { db.run(unit).await }).await.unwrap_or(Err(Error::Panicked))
    }

    async fn run<T, F, Fut>(&self, unit: F) -> Result<T, Error>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<(Tx, T), Error>>,
    {
        let begun = Instant::now();
        let mut looked_again = false;
        for attempt in 1.. {
            let turn = if attempt > 1 {
                // whoever has the turn may itself be waiting for a row: then this unit goes ahead without one
                timeout(RETRY_TIMEOUT.saturating_sub(begun.elapsed()), AGAIN.lock()).await.ok()
            } else {
                None
            };
            let error = match self.try_once(&unit).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            drop(turn);
            // PostgreSQL may report a lost race as a broken constraint: the second look sees the winner's rows.
            let second_look = !looked_again && matches!(self, Db::Postgres(_)) && error.violation().is_some();
            looked_again |= second_look;
            let out_of_time = attempt >= MAX_TRIES || begun.elapsed() >= RETRY_TIMEOUT;
            if !error.is_retryable() && (!second_look || out_of_time) {
                return Err(error);
            }
            if out_of_time {
                tracing::warn!(attempt, "a write unit gave up after serialization failures");
                return Err(Error::Busy);
            }
            tokio::time::sleep(full_jitter(attempt)).await;
        }
        Err(Error::Busy)
    }

    async fn try_once<T, F, Fut>(&self, unit: &F) -> Result<T, Error>
    where
        F: Fn(Tx) -> Fut,
        Fut: Future<Output = Result<(Tx, T), Error>>,
    {
        let (tx, value) = unit(self.begin().await?).await?;
        match tx {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx) => tx.commit().await,
        }
        .map_err(Error::at_commit)?;
        Ok(value)
    }

    #[expect(clippy::disallowed_methods, reason = "runs in the unit's own task, which nobody drops")]
    async fn begin(&self) -> Result<Tx, Error> {
        Ok(match self {
            // IMMEDIATE takes the write lock before the first read; a deferred transaction that reads and then writes
            // fails at once when another one committed in between, and no busy timeout helps it.
            Db::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("begin immediate").await?),
            Db::Postgres(pool) => Tx::Postgres(pool.begin_with("begin isolation level serializable").await?),
        })
    }
}

/// A random pause up to a bound that doubles from 4 ms: equals that collided once do not collide again.
fn full_jitter(attempt: u32) -> Duration {
    let most = 4_u64 << attempt.min(6);
    Duration::from_millis(rand::rng().random_range(0..=most))
}
