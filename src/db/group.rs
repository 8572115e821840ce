//! Group commit on SQLite: units that wait at the same time share one transaction.
//!
//! A commit waits for the disk, and SQLite has one writer. So one thread takes the units in turn. It opens a
//! transaction for the first that waits, runs every other unit that arrives meanwhile in the same transaction, commits
//! once, and only then answers them all. A unit that is alone waits for no other. A savepoint before each further unit
//! lets it fail without its neighbours. When the whole transaction is lost, on a full disk for example, each unit runs
//! again in a transaction of its own, so that no unit fails for the fault of another. So do those that refused: what they
//! found in their way may have been a neighbour's writes, which are lost.
//!
//! When the disk fails a commit, what is on it is unknown: Linux reports a failed `fdatasync` once, and a second one succeeds
//! though the pages are gone. Then nothing is written again, and the process has to end ([`GroupWriter::lost`]); the next one
//! reads what the disk has.
//!
//! The thread has a runtime of its own, so that the writer does not wait for its turn among the requests.

use std::{
    io,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, pool::PoolConnection};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{Instrument, Span};

use super::{
    Conn, Error, Tx,
    measure::{Measures, WaitingGuard},
    stored::StoredRows,
    unit::{AnyOutput, AnyUnit, Declared},
};

/// How long a request waits for a free connection before it is told to come back.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Units of one commit. More would keep the first of them waiting for longer than a commit takes.
const MAX_UNITS: usize = 32;

/// The units that wait for the writer.
#[derive(Clone)]
pub struct GroupWriter {
    waiting: mpsc::UnboundedSender<Submitted>,
    measures: Arc<Measures>,
    /// Whether the disk failed a commit. The sender is gone with the thread.
    lost: watch::Receiver<bool>,
}

/// What a unit returned, and what it says of its writes.
pub(super) type Written = Result<(AnyOutput, Declared), Error>;

impl GroupWriter {
    /// Starts the thread that writes on the only connection of `writer`. It ends with the last clone of this value.
    pub(super) fn start(writer: SqlitePool, measures: Arc<Measures>) -> io::Result<Self> {
        let (waiting, jobs) = mpsc::unbounded_channel();
        let (losing, lost) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let of_writer = measures.clone();
        std::thread::Builder::new().name("docslot-writer".to_owned()).spawn(move || {
            if runtime.block_on(write_groups(&writer, jobs, &of_writer)).is_err() {
                losing.send_replace(true);
            }
        })?;
        Ok(GroupWriter { waiting, measures, lost })
    }

    /// Waits until the disk fails a commit; nothing is written after that.
    pub(super) async fn lost(&self) {
        if self.lost.clone().wait_for(|lost| *lost).await.is_err() {
            // the writer has ended with the program
            std::future::pending::<()>().await;
        }
    }

    /// Runs `unit` once, and returns after the commit that it was part of.
    pub(super) async fn write(&self, unit: Arc<dyn AnyUnit>, stored: Arc<StoredRows>) -> Written {
        let (answer, answered) = oneshot::channel();
        let waiting = Some(self.measures.waiting_to_write.enter());
        let (span, since) = (Span::current(), Instant::now());
        let submitted = Submitted { unit, stored, span, since, waiting, result: None, answer };
        if self.waiting.send(submitted).is_err() {
            return Err(Error::Sqlx(sqlx::Error::PoolClosed));
        }
        answered.await.unwrap_or(Err(Error::Panicked))
    }
}

/// A unit that waits for its answer.
struct Submitted {
    unit: Arc<dyn AnyUnit>,
    stored: Arc<StoredRows>,
    /// Of the request, for what the unit writes into the log.
    span: Span,
    since: Instant,
    /// Until it is its turn.
    waiting: Option<WaitingGuard>,
    result: Option<Written>,
    answer: oneshot::Sender<Written>,
}

impl Submitted {
    /// Runs the unit, keeps what it returned, and says whether its writes are to stay.
    async fn run(&mut self, conn: &mut SqliteConnection) -> bool {
        self.waiting = None;
        let mut tx = Tx::new(Conn::Sqlite(conn), self.stored.clone());
        let run = AssertUnwindSafe(self.unit.run(&mut tx)).catch_unwind().instrument(self.span.clone()).await;
        let result = run.unwrap_or(Err(Error::Panicked));
        let result = result.map(|value| (value, tx.into_declared()));
        self.result.insert(result).is_ok()
    }

    /// Whether it has waited so long that its sender must be told to come back.
    fn is_late(&self) -> bool {
        self.since.elapsed() >= ACQUIRE_TIMEOUT
    }

    /// Whether its writes were to stay.
    fn succeeded(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }

    /// Sends what the unit returned.
    fn answer(self) {
        // the sender may have gone away; the unit is written all the same
        let _ = self.answer.send(self.result.unwrap_or(Err(Error::Panicked)));
    }

    /// Sends an error instead.
    fn fail(self, error: Error) {
        let _ = self.answer.send(Err(error));
    }
}

/// The disk failed a commit.
struct DiskFailed;

/// Takes the units that wait, a group at a time, until no sender is left or the disk fails.
async fn write_groups(
    writer: &SqlitePool,
    mut jobs: mpsc::UnboundedReceiver<Submitted>,
    measures: &Measures,
) -> Result<(), DiskFailed> {
    while let Some(first) = jobs.recv().await {
        if first.is_late() {
            first.fail(Error::Sqlx(sqlx::Error::PoolTimedOut));
            continue;
        }
        if let Err(failed) = write_first(writer, measures, first, &mut jobs).await {
            // those that wait were not begun
            jobs.close();
            while let Ok(job) = jobs.try_recv() {
                job.fail(Error::Sqlx(sqlx::Error::PoolClosed));
            }
            return Err(failed);
        }
    }
    Ok(())
}

/// Writes the group of this unit, and those that were lost with it alone, so that each is lost through no fault but its own.
async fn write_first(
    writer: &SqlitePool,
    measures: &Measures,
    first: Submitted,
    jobs: &mut mpsc::UnboundedReceiver<Submitted>,
) -> Result<(), DiskFailed> {
    for lost in write_group(writer, measures, first, || jobs.try_recv().ok()).await? {
        write_group(writer, measures, lost, || None).await?;
    }
    Ok(())
}

/// Runs `first`, and the units that `more` has, in one transaction. When that is lost, returns those that have to run
/// again; of a unit that was alone, none.
///
/// # Errors
/// The disk failed the commit. Every unit of the group was told that its outcome is unknown.
async fn write_group(
    writer: &SqlitePool,
    measures: &Measures,
    mut first: Submitted,
    mut more: impl FnMut() -> Option<Submitted>,
) -> Result<Vec<Submitted>, DiskFailed> {
    let mut conn = match begin(writer).await {
        Ok(conn) => conn,
        Err(error) => {
            first.fail(error);
            return Ok(Vec::new());
        }
    };
    if !first.run(&mut conn).await {
        // there is nothing but its own writes yet
        give_up(conn).await;
        first.answer();
        return Ok(Vec::new());
    }
    let mut group = vec![first];
    while group.len() < MAX_UNITS
        && let Some(mut job) = more()
    {
        let stands = run_in_group(&mut conn, &mut job).await;
        group.push(job);
        if stands.is_err() {
            give_up(conn).await;
            return Ok(group);
        }
    }
    match execute(&mut conn, "commit").await {
        Ok(()) => {
            // those that failed behind their savepoints waited for this commit as well
            measures.group_sizes.observe(f64::from(u32::try_from(group.len()).unwrap_or(u32::MAX)));
            group.into_iter().for_each(|job| job.answer());
            Ok(Vec::new())
        }
        Err(error) if Error::is_disk_failure(&error) => {
            tracing::error!(%error, "the disk failed a commit; nothing is written any more");
            for job in group {
                let closed = sqlx::Error::PoolClosed;
                let succeeded = job.succeeded();
                job.fail(if succeeded { Error::CommitUnknown(closed) } else { Error::Sqlx(closed) });
            }
            Err(DiskFailed)
        }
        Err(error) => {
            give_up(conn).await;
            match group.pop() {
                // the only unit of the transaction: the error is its own
                Some(only) if group.is_empty() => only.fail(Error::at_commit(error)),
                last => group.extend(last),
            }
            Ok(group)
        }
    }
}

/// Runs one unit behind a savepoint, and takes it back if it failed.
///
/// # Errors
/// The transaction is lost, with the writes of every unit before.
async fn run_in_group(conn: &mut SqliteConnection, job: &mut Submitted) -> Result<(), sqlx::Error> {
    // Savepoints of one name nest, and the commit releases them all.
    execute(conn, "savepoint unit").await?;
    if job.run(conn).await { Ok(()) } else { execute(conn, "rollback to unit").await }
}

/// A transaction that has the write lock before its first read: one that reads first and then writes fails at once when
/// another process committed in between, and no busy timeout helps it.
async fn begin(writer: &SqlitePool) -> Result<PoolConnection<Sqlite>, Error> {
    let mut conn = writer.acquire().await?;
    execute(&mut conn, "begin immediate").await?;
    Ok(conn)
}

/// Takes the transaction back. Where SQLite has done so by itself, or cannot, a fresh connection takes the place of
/// this one.
async fn give_up(mut conn: PoolConnection<Sqlite>) {
    if execute(&mut conn, "rollback").await.is_err()
        && let Err(error) = conn.close().await
    {
        tracing::warn!(%error, "a connection without a transaction could not be closed");
    }
}

async fn execute(conn: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::query(sql).execute(conn).await?;
    Ok(())
}
