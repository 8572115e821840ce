//! Telling other processes on the same PostgreSQL database, and hearing from them.
//!
//! Not in the units themselves: every commit that notifies takes one lock of the whole database server until it is on
//! disk, so that commits wait for one another. Afterwards, many changes go in one notification.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};
use tokio::{sync::Notify, time::sleep};
use uuid::Uuid;

use super::ScheduleChanges;
use crate::{db::ids_json, ids::DoctorId};

const CHANNEL: &str = "docslot_times";
/// Changes of this time go together.
const TOGETHER: Duration = Duration::from_millis(20);
/// Pause after the database could not be reached.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub(super) struct Relay {
    /// Tells this process's own notifications from those of others.
    process: Uuid,
    unsent: Mutex<HashSet<DoctorId>>,
    has_unsent: Notify,
}

impl Default for Relay {
    fn default() -> Self {
        Relay { process: Uuid::new_v4(), unsent: Mutex::default(), has_unsent: Notify::new() }
    }
}

impl Relay {
    pub fn add(&self, doctor: DoctorId) {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner).insert(doctor);
        self.has_unsent.notify_one();
    }

    /// Sends this process's changes until it is stopped.
    pub async fn send(&self, pool: &PgPool) {
        loop {
            self.has_unsent.notified().await;
            let doctors = std::mem::take(&mut *self.unsent.lock().unwrap_or_else(PoisonError::into_inner));
            match self.notify(pool, &doctors).await {
                Ok(()) => sleep(TOGETHER).await,
                Err(error) => {
                    tracing::warn!(%error, "other processes do not hear of changes; trying again");
                    doctors.into_iter().for_each(|doctor| self.add(doctor));
                    sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn notify(&self, pool: &PgPool, doctors: &HashSet<DoctorId>) -> Result<(), sqlx::Error> {
        const SQL: &str = "select count(pg_notify($2, $3 || ' ' || value)) from json_array_elements_text($1::json)";
        let (ids, process) = (ids_json(doctors.iter().map(|doctor| doctor.0)), self.process.to_string());
        let told = sqlx::query_scalar::<_, i64>(SQL).bind(ids).bind(CHANNEL).bind(process);
        told.fetch_one(pool).await.map(|_| ())
    }

    /// Passes on what other processes changed, until it is stopped. After a connection broke, every listener looks
    /// again.
    pub async fn receive(&self, live: &ScheduleChanges, pool: &PgPool) {
        let mut first = true;
        loop {
            if let Err(error) = self.listen(live, pool, first).await {
                tracing::warn!(%error, "changes of other processes are not heard; trying again");
            }
            first = false;
            sleep(AFTER_FAILURE).await;
        }
    }

    /// Until the connection breaks. It is one of its own: the pool's are for requests.
    async fn listen(&self, live: &ScheduleChanges, pool: &PgPool, first: bool) -> Result<(), sqlx::Error> {
        let options = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let own = options.connect_with(pool.connect_options().as_ref().clone()).await?;
        let mut listener = PgListener::connect_with(&own).await?;
        listener.ignore_pool_close_event(true);
        listener.listen(CHANNEL).await?;
        if !first {
            live.tell_all();
        }
        while let Some(told) = listener.try_recv().await? {
            if let Some(doctor) = self.heard(told.payload()) {
                live.tell(doctor);
            }
        }
        live.tell_all();
        Ok(())
    }

    fn heard(&self, payload: &str) -> Option<DoctorId> {
        let (process, doctor) = payload.split_once(' ')?;
        if process == self.process.to_string() { None } else { doctor.parse().ok() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_does_not_listen_to_itself_or_to_nonsense() {
        let (here, there, doctor) = (Relay::default(), Relay::default(), DoctorId(Uuid::now_v7()));
        let payload = format!("{} {}", here.process, doctor.0.simple());
        assert_eq!(there.heard(&payload), Some(doctor));
        assert_eq!(here.heard(&payload), None);
        assert_eq!(there.heard("nonsense"), None);
        assert_eq!(there.heard("some nonsense"), None);
    }
}
