//! Write units: the only way to change the database.
//!
//! A unit is a value that says what to write: its fields hold its input, and [`WriteUnit::run`] writes it. It may run
//! more than once, so it only touches rows: no mail, no network. It runs in a task of its own, because a request's
//! future is dropped when its browser goes away, and sqlx 0.9.0 can then return a PostgreSQL connection to the pool
//! inside a transaction (transact-rs/sqlx#4385).
//!
//! A unit borrows its transaction and never commits it. On SQLite, several units share one commit (see [`super::group`]).

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use rand::Rng;
use sqlx::{Connection, PgConnection};
use tokio::{sync::Mutex, time::timeout};
use tracing::Instrument;

use super::{
    Conn, Db, Error, Pools, Tx, Violation, WriteUnit, measure::UnitOutcome, stored::StoredRows, turns, unit::Declared,
};

/// Tries of one unit, the first included.
const MAX_TRIES: u32 = 12;
/// Time after which a unit is not tried again: a booking that waits is better than one that the patient starts again.
const RETRY_TIMEOUT: Duration = Duration::from_secs(3);
/// Pause, and up to a quarter of a second more, before a unit whose connection was lost is tried on another one.
const AFTER_LOSS: Duration = Duration::from_millis(100);
/// Time for the first answer of a connection.
const BEGIN_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for a commit: longer than a cluster should take to do without a standby that commits wait for.
const COMMIT_TIMEOUT: Duration = Duration::from_secs(15);

/// The turn of a unit that is tried again. Units that collided once would mostly collide again; in turn, each meets
/// only units that have just begun.
static RETRY_TURN: Mutex<()> = Mutex::const_new(());

impl Db {
    /// Runs `unit` in a serializable transaction, commits it, and publishes the schedules that it changed. After a
    /// serialization failure, or when the connection was lost before the commit, the whole unit runs again. A commit
    /// without an answer is never repeated: it may have happened.
    ///
    /// # Errors
    /// What the unit returned, or the database's error; after the last try [`Error::Busy`].
    pub async fn write<U: WriteUnit>(&self, unit: U) -> Result<U::Output, Error> {
        let (db, unit) = (self.clone(), Arc::new(unit));
        let begun = Instant::now();
        let task = async move {
            let mut tries = 0;
            let result = db.run(unit, &mut tries).await;
            db.measures.units.get(U::NAME, 0).ended(outcome(&result), tries, begun.elapsed());
            result
        };
        // the span of the request as well: at the usual level of the log there is no other
        let task = task.instrument(tracing::debug_span!("write", unit = U::NAME)).in_current_span();
        tokio::spawn(task).await.unwrap_or_else(|_| {
            self.measures.units.get(U::NAME, 0).ended(UnitOutcome::Failed, 1, begun.elapsed());
            Err(Error::Panicked)
        })
    }

    async fn run<U: WriteUnit>(&self, unit: Arc<U>, tries: &mut u32) -> Result<U::Output, Error> {
        let _turns = match &self.pools {
            Pools::Postgres(_) => turns::of_doctors(&unit.doctors(), &unit.resource_kinds(), RETRY_TIMEOUT).await,
            Pools::Sqlite { .. } => Vec::new(),
        };
        let begun = Instant::now();
        let (mut looked_again, mut lost) = (false, false);
        for attempt in 1.. {
            *tries = attempt;
            let turn = if attempt > 1 && !lost {
                // the unit that has the turn may itself be waiting for a row: then this unit goes ahead without a turn
                timeout(RETRY_TIMEOUT.saturating_sub(begun.elapsed()), RETRY_TURN.lock()).await.ok()
            } else {
                None
            };
            let error = match self.try_once(&unit).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            drop(turn);
            lost = matches!(self.pools, Pools::Postgres(_)) && error.is_lost();
            // what was written long ago may be gone with a server that was lost: then the unit writes it again
            let forgot = error.is_missing_reference() && self.stored.forget();
            // PostgreSQL may report a lost race as a broken constraint: the second look sees the winner's rows.
            let second_look = !looked_again && matches!(self.pools, Pools::Postgres(_)) && error.violation().is_some();
            looked_again |= second_look;
            let second_look = forgot || second_look;
            let out_of_time = attempt >= MAX_TRIES || begun.elapsed() >= RETRY_TIMEOUT;
            if lost && out_of_time || !lost && !error.is_retryable() && (!second_look || out_of_time) {
                return Err(error);
            }
            if out_of_time {
                tracing::warn!(unit = U::NAME, attempt, "a write unit gave up after serialization failures");
                return Err(Error::Busy);
            }
            let pause = if lost { full_jitter(attempt) + AFTER_LOSS } else { full_jitter(attempt) };
            tokio::time::sleep(pause).await;
        }
        Err(Error::Busy)
    }

    async fn try_once<U: WriteUnit>(&self, unit: &Arc<U>) -> Result<U::Output, Error> {
        let (value, declared) = match &self.pools {
            Pools::Sqlite { group, .. } => group.write(unit.clone(), self.stored.clone()).await?,
            Pools::Postgres(pool) => {
                let waiting = self.measures.waiting.enter();
                let connection = pool.acquire().await;
                let mut connection = connection.map_err(|error| self.noted(error))?;
                drop(waiting);
                let done = run_and_commit(&mut connection, unit.as_ref(), self.stored.clone()).await;
                if done.as_ref().is_err_and(|error| error.is_lost() || matches!(error, Error::CommitUnknown(_))) {
                    connection.close_on_drop();
                }
                done?
            }
        };
        self.stored.remember(declared.stored);
        declared.changed_schedules.into_iter().for_each(|doctor| self.publish_schedule(doctor));
        // last: what was read from memory before the news had spread must not look current
        self.commits.fetch_add(1, Ordering::SeqCst);
        Ok(value)
    }
}

fn outcome<T>(result: &Result<T, Error>) -> UnitOutcome {
    match result {
        Ok(_) => UnitOutcome::Committed,
        Err(Error::App(_)) => UnitOutcome::Refused,
        Err(Error::Busy) => UnitOutcome::Busy,
        Err(Error::CommitUnknown(_)) => UnitOutcome::Unknown,
        Err(error) if error.violation().is_some_and(|rule| rule != Violation::Other) => UnitOutcome::Refused,
        Err(_) => UnitOutcome::Failed,
    }
}

/// Runs a unit in a transaction of this connection. A connection that does not answer when the transaction begins or is
/// committed counts as lost: its server may have vanished without a word.
#[expect(clippy::disallowed_methods, reason = "runs in the unit's own task, which is never dropped")]
async fn run_and_commit<U: WriteUnit>(
    connection: &mut PgConnection,
    unit: &U,
    stored: Arc<StoredRows>,
) -> Result<(U::Output, Declared), Error> {
    let begin = connection.begin_with("begin isolation level serializable");
    let mut transaction = timeout(BEGIN_TIMEOUT, begin).await.unwrap_or_else(|_| Err(silent()))?;
    let mut tx = Tx::new(Conn::Postgres(&mut transaction), stored);
    let value = unit.run(&mut tx).await?;
    let declared = tx.into_declared();
    timeout(COMMIT_TIMEOUT, transaction.commit()).await.unwrap_or_else(|_| Err(silent())).map_err(Error::at_commit)?;
    Ok((value, declared))
}

fn silent() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}

/// A random pause up to a bound that doubles from 4 ms: equals that collided once do not collide again.
fn full_jitter(attempt: u32) -> Duration {
    let bound = 4_u64 << attempt.min(6);
    Duration::from_millis(rand::rng().random_range(0..=bound))
}
