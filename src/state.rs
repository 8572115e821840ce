//! What every request shares.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use tokio::sync::watch;

use crate::{
    accounts::server::{Hasher, staff_directory::StaffDirectory},
    availability::server::{DoctorCalendars, schedule_changes::ScheduleChanges},
    booking::server::{FreeSlotCache, waiting::WaitingList},
    clinic::server::{ClinicSettingsCache, data_keys::DataKeys},
    config::Settings,
    db::Db,
    doctors::server::Directory,
    papers::server::PaperParts,
    time::Timestamp,
    web::{
        keys::Keys, machine_key::LoadError, metrics::Metrics, page_cache::PageCache, rate_limits::Limits, site::Site,
    },
};

/// The running application. Cheap to clone: every layer of every request does.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// The parts of a running application.
#[derive(Clone)]
pub struct Parts {
    pub db: Db,
    pub settings: Arc<Settings>,
    pub clock: Clock,
    pub keys: Arc<Keys>,
    /// The keys of what patients entrust to the clinic.
    pub data_keys: Arc<DataKeys>,
    pub hasher: Hasher,
    /// The clinic's own directory of the people who work for it.
    pub staff_directory: Arc<StaffDirectory>,
    pub leptos: LeptosOptions,
    /// The browser's files.
    pub site: Arc<Site>,
    pub directory: Arc<Directory>,
    /// The subscribers to changes of doctors' times.
    pub schedule_changes: Arc<ScheduleChanges>,
    /// Doctors' calendars without appointments.
    pub calendars: Arc<DoctorCalendars>,
    /// Free times as visitors find them.
    pub free_slots: Arc<FreeSlotCache>,
    /// What is known of the waiting list.
    pub waiting: Arc<WaitingList>,
    /// The clinic's own settings.
    pub clinic: Arc<ClinicSettingsCache>,
    /// The store of files, and what looks at them.
    pub papers: Arc<PaperParts>,
    pub readiness: Readiness,
    pub limits: Arc<Limits>,
    /// What is counted, for whoever watches the server.
    pub metrics: Arc<Metrics>,
    /// Pages as visitors see them.
    pub page_cache: Arc<PageCache>,
}

impl AppState {
    /// The application on a migrated database; the first start makes its keys.
    ///
    /// # Errors
    /// The database cannot be read or written, or the machine's key is missing or wrong.
    pub async fn build(settings: Settings, db: Db) -> Result<Self, LoadError> {
        Self::with_clock(settings, db, Clock::system()).await
    }

    /// Like [`AppState::build`], with a clock that a test can set.
    ///
    /// # Errors
    /// The database cannot be read or written, or the machine's key is missing or wrong.
    pub async fn with_clock(settings: Settings, db: Db, clock: Clock) -> Result<Self, LoadError> {
        let keys = Keys::load_or_create(&db, &settings, clock.now()).await?;
        let data_keys = DataKeys::load(&db, &settings, clock.now()).await?;
        let schedule_changes = Arc::new(ScheduleChanges::new(&db));
        let directory = Arc::new(Directory::new(db.clone(), clock.clone(), schedule_changes.clone()));
        let waiting = Arc::new(WaitingList::default());
        let db = db.with_schedule_hook({
            let (directory, waiting) = (directory.clone(), waiting.clone());
            move |doctor| {
                directory.publish_change(doctor);
                waiting.changed(doctor);
            }
        });
        let calendars = Arc::new(DoctorCalendars::default());
        let free_slots = FreeSlotCache::new(db.clone(), clock.clone(), calendars.clone(), schedule_changes.clone());
        let clinic_settings = Arc::new(ClinicSettingsCache::new(db.clone(), settings.clinic.clone()));
        let limits = Arc::new(Limits::new(&db));
        Ok(AppState(Arc::new(Parts {
            db,
            leptos: settings.leptos_options(),
            site: Arc::new(Site::open(&settings)),
            papers: Arc::new(PaperParts::new(&settings)),
            staff_directory: Arc::new(StaffDirectory::new(&settings)),
            settings: Arc::new(settings),
            clock,
            keys: Arc::new(keys),
            data_keys: Arc::new(data_keys),
            hasher: Hasher::new(),
            directory,
            schedule_changes,
            calendars,
            free_slots: Arc::new(free_slots),
            waiting,
            clinic: clinic_settings,
            readiness: Readiness::default(),
            limits,
            metrics: Arc::default(),
            page_cache: Arc::default(),
        })))
    }

    /// The same application with other settings.
    #[must_use]
    pub fn with_settings(&self, settings: Settings) -> Self {
        self.with(|parts| {
            parts.leptos = settings.leptos_options();
            parts.site = Arc::new(Site::open(&settings));
            parts.papers = Arc::new(PaperParts::new(&settings));
            parts.staff_directory = Arc::new(StaffDirectory::new(&settings));
            parts.settings = Arc::new(settings);
        })
    }

    /// The same application with some parts changed.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut Parts)) -> Self {
        // what was made with the parts before is not theirs
        let mut parts = Parts { page_cache: Arc::default(), ..Parts::clone(self) };
        change(&mut parts);
        AppState(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(app: &AppState) -> Self {
        app.leptos.clone()
    }
}

/// What time it is. The only clock of the server; a test may hold it still.
#[derive(Clone, Debug)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Clock(None)
    }

    /// A clock that shows `now` until it is moved. Clones move together.
    #[must_use]
    pub fn fixed(now: Timestamp) -> Self {
        Clock(Some(Arc::new(AtomicI64::new(now.0))))
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(fixed) => Timestamp(fixed.load(Ordering::SeqCst)),
            None => Timestamp(jiff::Timestamp::now().as_second()),
        }
    }

    /// Moves a fixed clock. The machine's clock is left alone.
    pub fn set(&self, now: Timestamp) {
        if let Some(fixed) = &self.0 {
            fixed.store(now.0, Ordering::SeqCst);
        }
    }

    /// Moves a fixed clock forward. The machine's clock is left alone.
    pub fn advance_seconds(&self, seconds: i64) {
        if let Some(fixed) = &self.0 {
            fixed.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}

/// Whether this process accepts new requests. It does until it is told to stop.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    stopping: Arc<watch::Sender<bool>>,
}

impl Readiness {
    /// From now on `/readyz` tells the load balancer to use another process.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Becomes true when the process is told to stop, and ends endless tasks.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(Timestamp(100));
        let clone = clock.clone();
        clock.advance_seconds(20);
        assert_eq!(clone.now(), Timestamp(120));
        clone.set(Timestamp(5));
        assert_eq!(clock.now(), Timestamp(5));
    }
}
