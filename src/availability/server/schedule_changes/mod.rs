//! Open pages learn when a doctor's times change.
//!
//! A change is told after its commit: to the listeners of this process at once, and through PostgreSQL to those of
//! other processes. What gets lost on the way (a process that dies between its commit and the telling, a connection
//! that broke) is found by a look at the database every few seconds. A listener learns only that it must look again, by
//! a number that rises, so one notice for many changes, or two for one, does no harm.

mod listeners;
mod relay;
mod stream;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub use listeners::Admission;
use listeners::Listeners;
use relay::Relay;
pub use stream::{listen, listen_to_all};
use tokio::{sync::watch, time::sleep};

use crate::{
    db::{Db, Pools},
    error::AppError,
    ids::DoctorId,
    state::AppState,
};

/// Pause between two looks at the database while there are listeners.
const LOOK: Duration = Duration::from_secs(3);

/// Who listens to which doctor in this process.
pub struct ScheduleChanges {
    versions: Mutex<Versions>,
    /// The highest number given away, for whoever listens to every doctor.
    latest: watch::Sender<u64>,
    listeners: Listeners,
    /// Other processes on the same database. An SQLite file has none worth the telling.
    relay: Option<Relay>,
}

struct Versions {
    /// The highest number given away.
    last: u64,
    /// The number of a doctor without any reported change.
    floor: u64,
    doctors: HashMap<DoctorId, watch::Sender<u64>>,
}

impl Versions {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl ScheduleChanges {
    /// Without listeners.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        // numbers of one process never come up in another one that starts at another moment
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let start = u64::try_from(since.as_micros()).unwrap_or_default();
        ScheduleChanges {
            versions: Mutex::new(Versions { last: start, floor: start, doctors: HashMap::new() }),
            latest: watch::Sender::new(start),
            listeners: Listeners::default(),
            relay: matches!(db.pools, Pools::Postgres(_)).then(Relay::default),
        }
    }

    /// Tells all listeners, here and in other processes, that this doctor's times changed. Call it after the commit.
    pub fn changed(&self, doctor: DoctorId) {
        self.tell(doctor);
        if let Some(relay) = &self.relay {
            relay.add(doctor);
        }
    }

    /// Tells the listeners of this process.
    pub fn tell(&self, doctor: DoctorId) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let next = versions.next();
        versions.doctors.entry(doctor).or_insert_with(|| watch::Sender::new(next)).send_replace(next);
        self.latest.send_replace(next);
    }

    /// Tells the listeners of this process about every doctor: changes may have been missed.
    fn tell_all(&self) {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let next = versions.next();
        versions.floor = next;
        for sender in versions.doctors.values() {
            sender.send_replace(next);
        }
        self.latest.send_replace(next);
    }

    /// The number that this doctor's times have now. Read it before the times themselves.
    #[must_use]
    pub fn version(&self, doctor: DoctorId) -> u64 {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        versions.doctors.get(&doctor).map_or(versions.floor, |sender| *sender.borrow())
    }

    /// Where a page that shows this doctor's times, read after this call, learns of changes.
    #[must_use]
    pub fn address(&self, doctor: DoctorId) -> String {
        format!("/api/v1/doctors/{doctor}/slots/events?since={}", self.version(doctor))
    }

    /// Follows the number of a doctor who exists. It holds the latest one, so that no listener can lag behind.
    #[must_use]
    pub fn follow(&self, doctor: DoctorId) -> watch::Receiver<u64> {
        let mut versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let floor = versions.floor;
        versions.doctors.entry(doctor).or_insert_with(|| watch::Sender::new(floor)).subscribe()
    }

    /// The highest number of any doctor. Read it before the times themselves.
    #[must_use]
    pub fn latest(&self) -> u64 {
        *self.latest.borrow()
    }

    /// Follows the highest number.
    #[must_use]
    pub fn follow_all(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    /// The doctors whose times changed after this number was given away, and the highest number; none in place
    /// of the doctors when it may have been any.
    #[must_use]
    pub fn since(&self, known: u64) -> (u64, Option<Vec<DoctorId>>) {
        let versions = self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        let later = |(doctor, sender): (&DoctorId, &watch::Sender<u64>)| (*sender.borrow() > known).then_some(*doctor);
        let doctors = || versions.doctors.iter().filter_map(later).collect();
        // a number of another process, or one from before changes may have been missed
        let all = versions.floor > known || known > versions.last;
        (versions.last, (!all).then(doctors))
    }

    /// How many listen in this process.
    #[must_use]
    pub fn listener_count(&self) -> usize {
        self.listeners.count()
    }

    /// Registers a listener; dropping it frees its share of the limits.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`] when this network address has its share, [`AppError::Unavailable`] when the
    /// process has as many listeners as it takes.
    pub fn admit(&self, address: IpAddr) -> Result<Admission, AppError> {
        self.listeners.admit(address)
    }
}

/// Passes changes on between processes, and looks for those that got lost, until `stop` becomes true.
pub async fn run(app: AppState, mut stop: watch::Receiver<bool>) {
    let relaying = async {
        if let (Some(relay), Pools::Postgres(pool)) = (&app.schedule_changes.relay, &app.db.pools) {
            tokio::join!(relay.send(pool), relay.receive(&app.schedule_changes, pool));
        }
    };
    tokio::select! {
        ((), ()) = async { tokio::join!(relaying, look(&app)) } => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

/// The directory finds out who changed; see [`crate::doctors::server::Directory`].
async fn look(app: &AppState) {
    loop {
        sleep(LOOK).await;
        if app.schedule_changes.listeners.any() {
            app.directory.refresh();
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn live() -> ScheduleChanges {
        ScheduleChanges {
            versions: Mutex::new(Versions { last: 100, floor: 100, doctors: HashMap::new() }),
            latest: watch::Sender::new(100),
            listeners: Listeners::default(),
            relay: None,
        }
    }

    #[test]
    fn a_number_rises_with_every_change_of_its_doctor_and_of_no_other() {
        let (live, ana, bo) = (live(), DoctorId(Uuid::now_v7()), DoctorId(Uuid::now_v7()));
        let follows = live.follow(bo);
        live.changed(ana);
        let first = live.version(ana);
        live.changed(ana);
        assert!(first > 100 && live.version(ana) > first);
        assert_eq!(live.version(bo), 100);
        assert!(!follows.has_changed().unwrap());
    }

    #[test]
    fn who_listens_to_all_learns_who_changed() {
        let (live, ana, bo) = (live(), DoctorId(Uuid::now_v7()), DoctorId(Uuid::now_v7()));
        assert_eq!(live.since(100), (100, Some(vec![])));
        live.changed(ana);
        let known = live.latest();
        assert_eq!(live.since(100), (known, Some(vec![ana])));
        live.changed(bo);
        assert_eq!(live.since(known), (known + 1, Some(vec![bo])));
        assert_eq!(live.since(known + 9), (known + 1, None), "a number of another process");
        live.tell_all();
        assert_eq!(live.since(known), (known + 2, None), "it may have been any");
    }

    #[test]
    fn a_listener_that_may_have_missed_a_change_looks_again() {
        let (live, ana, bo) = (live(), DoctorId(Uuid::now_v7()), DoctorId(Uuid::now_v7()));
        let (unheard, follows) = (live.version(ana), live.follow(bo));
        live.tell_all();
        assert!(live.version(ana) > unheard);
        assert!(follows.has_changed().unwrap());
    }

    #[test]
    fn a_listener_who_was_busy_finds_the_latest_number() {
        let (live, ana) = (live(), DoctorId(Uuid::now_v7()));
        let mut follows = live.follow(ana);
        (0..1_000).for_each(|_| live.changed(ana));
        assert!(follows.has_changed().unwrap());
        assert_eq!(*follows.borrow_and_update(), live.version(ana));
    }
}
