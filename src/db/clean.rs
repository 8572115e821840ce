//! Connections to PostgreSQL that can be used again without a question.
//!
//! The pool of sqlx asks every connection that comes back whether its server still answers, since it cannot know what its
//! user left on it. Of one that has just answered a commit or a query to its end we do know. It is kept here for a
//! moment, and the next user has it: two exchanges with the server fewer for each booking.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use sqlx::{PgPool, Postgres, pool::PoolConnection};
use tokio::time::sleep;

use super::lost;

/// The connections that rest between two users.
#[derive(Default)]
pub(super) struct CleanConnections(Mutex<Resting>);

#[derive(Default)]
struct Resting {
    connections: Vec<(PoolConnection<Postgres>, Instant)>,
    /// As many as may rest here.
    most: usize,
    /// Users who wait for a connection of the pool, where every connection then goes.
    waiting: usize,
    /// Whether a task returns those that have rested too long.
    watched: bool,
}

impl CleanConnections {
    /// For a pool of so many connections. Half of them may rest here, because some users ask the pool itself.
    pub fn of_pool(connections: u32) -> Self {
        let most = usize::try_from(connections / 2).unwrap_or_default();
        CleanConnections(Mutex::new(Resting { most, ..Resting::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, Resting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that rests here, or one of the pool.
    ///
    /// # Errors
    /// The database cannot be reached, or every connection stayed busy.
    pub async fn take(&self, pool: &PgPool) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let _waiting = match self.take_resting() {
            Ok(connection) => return Ok(connection),
            Err(waiting) => waiting,
        };
        pool.acquire().await
    }

    fn take_resting(&self) -> Result<PoolConnection<Postgres>, Waiting<'_>> {
        let mut resting = self.lock();
        while let Some((connection, since)) = resting.connections.pop() {
            if lost::is_trusted(since.elapsed()) {
                return Ok(connection);
            }
            // the pool asks it before it gives it out
            drop(connection);
        }
        resting.waiting += 1;
        Err(Waiting(self))
    }

    /// Keeps a connection whose last exchange with the server was answered to its end, outside of a transaction.
    pub fn give_back(self: &Arc<Self>, connection: PoolConnection<Postgres>) {
        let mut resting = self.lock();
        if resting.waiting > 0 || resting.connections.len() >= resting.most {
            return;
        }
        resting.connections.push((connection, Instant::now()));
        if !resting.watched {
            resting.watched = true;
            tokio::spawn(self.clone().watch());
        }
    }

    /// Returns those that have rested too long to the pool, until none is left.
    async fn watch(self: Arc<Self>) {
        loop {
            sleep(lost::RESTED).await;
            let mut resting = self.lock();
            resting.connections.retain(|(_, since)| since.elapsed() < lost::RESTED);
            if resting.connections.is_empty() {
                resting.watched = false;
                return;
            }
        }
    }

    /// How many rest here.
    pub fn count(&self) -> usize {
        self.lock().connections.len()
    }

    /// Gives all back to the pool, now and from now on.
    pub fn close(&self) {
        let mut resting = self.lock();
        resting.most = 0;
        resting.connections.clear();
    }
}

/// A user who waits for a connection of the pool.
struct Waiting<'a>(&'a CleanConnections);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.lock().waiting -= 1;
    }
}
