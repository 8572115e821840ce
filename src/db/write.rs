//! Write units: the only way to change the database.
//!
//! A unit is a value that says what to write: its fields hold its input, and [`WriteUnit::run`] writes it. It may run
//! more than once, so it only touches rows: no mail, no network. It runs in a task of its own, because a request's
//! future is dropped when its browser goes away, and a transaction must not end with it.
//!
//! A unit borrows its transaction and never commits it. On SQLite, several units share one commit (see [`super::group`]).

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use rand::Rng;
use sqlx::PgPool;
use tokio::{sync::Mutex, time::timeout};
use tracing::Instrument;

use super::{
    Db, Error, Pools, Tx, Violation, WriteUnit,
    measure::UnitOutcome,
    transaction::OpenTransaction,
    turns::{Places, Turns},
    unit::{AnyOutput, AnyUnit, Declared},
};

/// Tries of one unit, the first included.
const MAX_TRIES: u32 = 12;
/// Time after which a unit is not tried again: a booking that waits is better than one that the patient starts again.
const RETRY_TIMEOUT: Duration = Duration::from_secs(3);
/// Pause, and up to a quarter of a second more, before a unit whose connection was lost is tried on another one.
const AFTER_LOSS: Duration = Duration::from_millis(100);
/// Time for which the unit that is next keeps a transaction open for its turn. Then it gives the connection back, of which
/// there are few.
const READY_TIMEOUT: Duration = Duration::from_millis(100);

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
        let output = self.write_any(Arc::new(unit)).await?;
        output.downcast().map(|output| *output).map_err(|_| Error::Panicked)
    }

    async fn write_any(&self, unit: Arc<dyn AnyUnit>) -> Result<AnyOutput, Error> {
        let (db, name) = (self.clone(), unit.name());
        let begun = Instant::now();
        let task = async move {
            let mut tries = 0;
            let result = db.run(unit, &mut tries).await;
            db.measures.units.get(name, 0).ended(outcome(&result), tries, begun.elapsed());
            result
        };
        // the span of the request as well: at the usual level of the log there is no other
        let task = task.instrument(tracing::debug_span!("write", unit = name)).in_current_span();
        tokio::spawn(task).await.unwrap_or_else(|_| {
            self.measures.units.get(name, 0).ended(UnitOutcome::Failed, 1, begun.elapsed());
            Err(Error::Panicked)
        })
    }

    async fn run(&self, unit: Arc<dyn AnyUnit>, tries: &mut u32) -> Result<AnyOutput, Error> {
        let (_turns, mut ready) = match &self.pools {
            Pools::Postgres(pool) => {
                let places = Places::of(&unit.doctors(), &unit.resource_kinds(), RETRY_TIMEOUT);
                self.take_turns(pool, &places).await
            }
            Pools::Sqlite { .. } => (Turns::new(), None),
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
            let error = match self.try_once(&unit, ready.take()).await {
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
                tracing::warn!(unit = unit.name(), attempt, "a write unit gave up after serialization failures");
                return Err(Error::Busy);
            }
            let pause = if lost { full_jitter(attempt) + AFTER_LOSS } else { full_jitter(attempt) };
            tokio::time::sleep(pause).await;
        }
        Err(Error::Busy)
    }

    /// Waits for the turns of a unit, and has a transaction ready for it where they come soon.
    async fn take_turns(&self, pool: &PgPool, places: &Places) -> (Turns, Option<OpenTransaction>) {
        if places.is_empty() {
            return (Turns::new(), None);
        }
        let _next = places.next().await;
        let Ok(ready) = self.begin(pool).await else { return (places.now().await, None) };
        match timeout(READY_TIMEOUT, places.now()).await {
            Ok(turns) => (turns, Some(ready)),
            Err(_) => {
                ready.roll_back().await;
                (places.now().await, None)
            }
        }
    }

    async fn begin(&self, pool: &PgPool) -> Result<OpenTransaction, Error> {
        let waiting = self.measures.waiting.enter();
        let connection = self.clean.take(pool).await.map_err(|error| self.noted(error))?;
        drop(waiting);
        OpenTransaction::begin(connection, self.clean.clone()).await
    }

    async fn try_once(&self, unit: &Arc<dyn AnyUnit>, ready: Option<OpenTransaction>) -> Result<AnyOutput, Error> {
        let (value, declared) = match &self.pools {
            Pools::Sqlite { group, .. } => group.write(unit.clone(), self.stored.clone()).await?,
            Pools::Postgres(pool) => {
                let mut transaction = match ready {
                    Some(ready) => ready,
                    None => self.begin(pool).await?,
                };
                match self.run_in(&mut transaction, unit.as_ref()).await {
                    Ok(done) => {
                        transaction.commit().await?;
                        done
                    }
                    Err(error) if error.is_lost() => return Err(error),
                    Err(error) => {
                        transaction.roll_back().await;
                        return Err(error);
                    }
                }
            }
        };
        self.stored.remember(declared.stored);
        declared.changed_schedules.into_iter().for_each(|doctor| self.publish_schedule(doctor));
        // last: what was read from memory before the news had spread must not look current
        self.commits.fetch_add(1, Ordering::SeqCst);
        Ok(value)
    }

    async fn run_in(
        &self,
        transaction: &mut OpenTransaction,
        unit: &dyn AnyUnit,
    ) -> Result<(AnyOutput, Declared), Error> {
        let mut tx = Tx::new(transaction.conn()?, self.stored.clone());
        let value = unit.run(&mut tx).await?;
        Ok((value, tx.into_declared()))
    }
}

fn outcome(result: &Result<AnyOutput, Error>) -> UnitOutcome {
    match result {
        Ok(_) => UnitOutcome::Committed,
        Err(Error::App(_)) => UnitOutcome::Refused,
        Err(Error::Busy) => UnitOutcome::Busy,
        Err(Error::CommitUnknown(_)) => UnitOutcome::Unknown,
        Err(error) if error.violation().is_some_and(|rule| rule != Violation::Other) => UnitOutcome::Refused,
        Err(_) => UnitOutcome::Failed,
    }
}

/// A random pause up to a bound that doubles from 4 ms: equals that collided once do not collide again.
fn full_jitter(attempt: u32) -> Duration {
    let bound = 4_u64 << attempt.min(6);
    Duration::from_millis(rand::rng().random_range(0..=bound))
}
