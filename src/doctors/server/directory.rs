//! The directory in memory: every visible doctor with the next free times, kept fresh by one reader at a time.
//!
//! A page costs no query. At most once a second, the first page that finds the memory old has the versions of all
//! doctors and the latest changes of appointments read, in two queries, and those doctors again that changed or whose
//! entry ran out. The other pages are served from memory meanwhile, unless it is so old that they must wait.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant as Moment},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::{
    directory_entry::{Entry, MAX_AGE},
    filter,
    load::{self, Change},
};
use crate::{
    availability::server::schedule_changes::ScheduleChanges,
    db::{self, Conn, Db},
    doctors::model::{DirectoryQuery, Facet, HomeData, VisitTypeChoice},
    error::AppError,
    ids::DoctorId,
    state::Clock,
    time::Timestamp,
};

/// Age from which the memory is compared with the database.
const FRESH: Duration = Duration::from_secs(1);
/// Age from which a page waits for that.
const TOO_OLD: Duration = Duration::from_secs(3);
/// A change bears the moment at which its unit began; within this many seconds it has been committed or given up.
const COMMIT_SECONDS: i64 = 30;
/// After a failure, pages are refused for this long instead of queueing before a database that is down.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The memory of one process.
pub struct Directory {
    db: Db,
    clock: Clock,
    /// Open pages with times learn of the changes that the directory finds.
    schedule_changes: Arc<ScheduleChanges>,
    current: RwLock<Option<Arc<Snapshot>>>,
    /// Doctors that this process changed and that `current` does not show as they are now.
    touched: Mutex<Touched>,
    /// Held while reading; remembers when reading last failed.
    reading: Arc<AsyncMutex<Option<Moment>>>,
}

/// The changes of this process, numbered in their order, so that a reading forgets only those that it saw.
#[derive(Default)]
struct Touched {
    /// Of the latest change.
    number: u64,
    /// The latest change of each doctor.
    doctors: HashMap<DoctorId, u64>,
}

/// What the directory knew at one moment.
pub(super) struct Snapshot {
    /// By name.
    pub entries: Vec<Arc<Entry>>,
    /// Where each of them stands in `entries`.
    positions: HashMap<DoctorId, usize>,
    /// The same by the name in the address.
    slugs: HashMap<String, usize>,
    /// Indices of `entries` by the next free time; doctors without one last, each group by name.
    pub soonest: Vec<usize>,
    pub languages: Vec<Facet>,
    pub home: HomeData,
    checked: Arc<Check>,
}

/// A comparison with the database.
pub(super) struct Check {
    /// When it began, by the program's clock.
    pub at: Timestamp,
    /// The same by a monotonic clock.
    pub seen: Moment,
    /// The changes of appointments that it saw, among the latest ones.
    pub changes: HashSet<Change>,
}

/// The doctors of a specialty whom patients see.
pub struct DoctorsOfSpecialty {
    /// The names of the specialty and the location; that of the location is empty when they may be anywhere.
    pub specialty: String,
    pub location: String,
    /// By their next free time; those without one last.
    pub doctors: Vec<DoctorId>,
}

/// How far a snapshot can be trusted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    Old,
    TooOld,
}

impl Directory {
    /// Without doctors yet.
    #[must_use]
    pub fn new(db: Db, clock: Clock, schedule_changes: Arc<ScheduleChanges>) -> Self {
        Directory {
            db,
            clock,
            schedule_changes,
            current: RwLock::default(),
            touched: Mutex::default(),
            reading: Arc::default(),
        }
    }

    /// Has the doctor read again before the next page is shown, and tells the open pages with the doctor's times. Call
    /// it after the commit of a change, so that the person who made it sees it at once.
    pub fn publish_change(&self, doctor: DoctorId) {
        let mut touched = self.touched();
        touched.number += 1;
        let number = touched.number;
        touched.doctors.insert(doctor, number);
        drop(touched);
        self.schedule_changes.changed(doctor);
    }

    /// What the directory knows, at most a second or so older than the database.
    pub(super) async fn current(self: &Arc<Self>) -> Result<Arc<Snapshot>, AppError> {
        if let Some(snapshot) = self.known()
            && !self.is_changed()
        {
            match snapshot.age(self.clock.now()) {
                Age::Fresh => return Ok(snapshot),
                Age::Old => {
                    self.refresh();
                    return Ok(snapshot);
                }
                Age::TooOld => {}
            }
        }
        self.wait().await
    }

    /// Starts a reading in a task of its own, unless one is under way. A server that does so as it starts spares its
    /// first visitor the wait.
    pub fn refresh(self: &Arc<Self>) {
        if let Ok(guard) = self.reading.clone().try_lock_owned() {
            let directory = self.clone();
            tokio::spawn(async move { directory.read(guard).await });
        }
    }

    /// Whether patients see this doctor. Also has the directory look for changes, when its last look is too long ago.
    ///
    /// # Errors
    /// The database cannot be reached and what is in memory is too old to show.
    pub async fn shows(self: &Arc<Self>, doctor: DoctorId) -> Result<bool, AppError> {
        Ok(self.current().await?.find(doctor).is_some())
    }

    /// The id of the doctor with this slug, if patients see them; as [`Self::shows`].
    ///
    /// # Errors
    /// As [`Self::shows`].
    pub async fn doctor_with_slug(self: &Arc<Self>, slug: &str) -> Result<Option<DoctorId>, AppError> {
        Ok(self.current().await?.find_slug(slug).map(|entry| entry.profile.card.id))
    }

    /// The doctors of a specialty, at a location or everywhere, whom patients see; none for an unknown specialty.
    ///
    /// # Errors
    /// As [`Self::shows`].
    pub async fn of_specialty(
        self: &Arc<Self>,
        specialty: &str,
        location: &str,
    ) -> Result<Option<DoctorsOfSpecialty>, AppError> {
        let snapshot = self.current().await?;
        let name = |facets: &[Facet], value: &str| {
            facets.iter().find(|facet| facet.value == value).map(|facet| facet.label.clone())
        };
        let Some(specialty_name) = name(&snapshot.home.specialties, specialty) else { return Ok(None) };
        let location_name = name(&snapshot.home.locations, location);
        if location_name.is_none() && !location.is_empty() {
            return Ok(None);
        }
        let query = DirectoryQuery {
            specialty: specialty.to_owned(),
            location: location.to_owned(),
            ..DirectoryQuery::default()
        };
        let doctors = filter::doctors(&snapshot, &query, self.clock.now());
        let location = location_name.unwrap_or_default();
        Ok(Some(DoctorsOfSpecialty { specialty: specialty_name, location, doctors }))
    }

    /// Every doctor whom patients see, by name: slug, and name with the first specialty.
    ///
    /// # Errors
    /// As [`Self::shows`].
    pub async fn names(self: &Arc<Self>) -> Result<Vec<(String, String)>, AppError> {
        let named = |entry: &Arc<Entry>| {
            let card = &entry.profile.card;
            let specialty = card.specialties.first().map(|name| [", ", name].concat()).unwrap_or_default();
            (card.slug.clone(), [&card.name, specialty.as_str()].concat())
        };
        Ok(self.current().await?.entries.iter().map(named).collect())
    }

    /// What a doctor offers, in the order in which patients see it; nothing of a doctor whom they do not see.
    ///
    /// # Errors
    /// As [`Self::shows`].
    pub async fn visit_types(self: &Arc<Self>, doctor: DoctorId) -> Result<Vec<VisitTypeChoice>, AppError> {
        let snapshot = self.current().await?;
        Ok(snapshot.find(doctor).map(|entry| entry.profile.visit_types.clone()).unwrap_or_default())
    }

    async fn wait(&self) -> Result<Arc<Snapshot>, AppError> {
        let guard = self.reading.clone().lock_owned().await;
        if let Some(snapshot) = self.known()
            && !self.is_changed()
            && snapshot.age(self.clock.now()) == Age::Fresh
        {
            return Ok(snapshot);
        }
        if guard.is_some_and(|failed| failed.elapsed() < AFTER_FAILURE) {
            return Err(AppError::Unavailable { unchanged: true });
        }
        self.read(guard).await
    }

    async fn read(&self, mut guard: OwnedMutexGuard<Option<Moment>>) -> Result<Arc<Snapshot>, AppError> {
        let touched = self.touched().doctors.clone();
        match self.read_changes(&touched.keys().copied().collect()).await {
            Ok(snapshot) => {
                *guard = None;
                let snapshot = Arc::new(snapshot);
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
                // not before the new snapshot stands, or a page would meanwhile be made from the old one
                self.touched().doctors.retain(|doctor, number| touched.get(doctor) != Some(number));
                Ok(snapshot)
            }
            Err(error) => {
                *guard = Some(Moment::now());
                Err(error.into())
            }
        }
    }

    async fn read_changes(&self, touched: &HashSet<DoctorId>) -> Result<Snapshot, db::Error> {
        let now = self.clock.now();
        let known = self.known();
        let last = known.as_ref().map(|snapshot| snapshot.checked.as_ref());
        let mut kept = by_id(known.as_deref());
        let mut reader = self.db.read().await?;
        let conn = &mut reader.conn();
        let (checked, changed) = match &known {
            // only this process's own changes are missing: no need to compare every doctor
            Some(snapshot) if snapshot.age(now) == Age::Fresh => (snapshot.checked.clone(), HashSet::new()),
            _ => compare(conn, last, &mut kept, now).await?,
        };
        let again: Vec<DoctorId> = changed.union(touched).copied().collect();
        again.iter().for_each(|id| drop(kept.remove(id)));
        if !again.is_empty() {
            let read = load::entries(conn, &again, now).await?;
            kept.extend(read.into_iter().map(|entry| (entry.profile.card.id, Arc::new(entry))));
        }
        // Most were told already; again does no harm, and what was lost on the way is found here. Not before they were
        // read: who is hidden in between is no longer kept, and would not be missed the next time.
        changed.iter().for_each(|doctor| self.schedule_changes.tell(*doctor));
        Ok(Snapshot::new(kept.into_values().collect(), checked))
    }

    fn known(&self) -> Option<Arc<Snapshot>> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_changed(&self) -> bool {
        !self.touched().doctors.is_empty()
    }

    fn touched(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the doctors to read again, and forgets those who are no longer visible.
async fn compare(
    conn: &mut Conn<'_>,
    last: Option<&Check>,
    kept: &mut HashMap<DoctorId, Arc<Entry>>,
    now: Timestamp,
) -> Result<(Arc<Check>, HashSet<DoctorId>), db::Error> {
    let seen = Moment::now();
    let versions: HashMap<DoctorId, i64> = load::versions(conn).await?.into_iter().collect();
    let hidden: Vec<DoctorId> = kept.keys().filter(|id| !versions.contains_key(id)).copied().collect();
    kept.retain(|id, _| versions.contains_key(id));
    // entries older than that have run out
    let since = last.map_or(now, |check| check.at).min(now).max(now.plus_seconds(-MAX_AGE));
    let changes = load::changes(conn, since.plus_seconds(-COMMIT_SECONDS)).await?;
    let is_new = |change: &Change| last.is_none_or(|check| !check.changes.contains(change));
    let booked = changes.iter().filter(|(change, doctor)| is_new(change) && versions.contains_key(doctor));
    let mut changed: HashSet<DoctorId> = booked.map(|(_, doctor)| *doctor).collect();
    let is_current = |id: &DoctorId, version: i64| {
        kept.get(id).is_some_and(|entry| entry.version == version && now < entry.valid_until)
    };
    changed.extend(versions.iter().filter(|(id, version)| !is_current(id, **version)).map(|(id, _)| *id));
    changed.extend(hidden);
    changed.extend(load::holds_run_out(conn, since, now).await?);
    let check = Check { at: now, seen, changes: changes.into_iter().map(|(change, _)| change).collect() };
    Ok((Arc::new(check), changed))
}

fn by_id(snapshot: Option<&Snapshot>) -> HashMap<DoctorId, Arc<Entry>> {
    let entries = snapshot.map(|snapshot| snapshot.entries.as_slice()).unwrap_or_default();
    entries.iter().map(|entry| (entry.profile.card.id, entry.clone())).collect()
}

impl Snapshot {
    /// Puts the entries in order and counts them.
    pub fn new(mut entries: Vec<Arc<Entry>>, checked: Arc<Check>) -> Self {
        entries.sort_by(|a, b| {
            (&a.profile.card.name, &a.profile.card.slug).cmp(&(&b.profile.card.name, &b.profile.card.slug))
        });
        let mut soonest: Vec<usize> = (0..entries.len()).collect();
        let first =
            |index: &usize| entries.get(*index).and_then(|entry| entry.first).map_or(i64::MAX, |free| free.start.0);
        soonest.sort_by_key(first);
        let specialties = filter::facets(entries.iter().flat_map(|entry| &entry.specialties));
        let languages = filter::facets(entries.iter().flat_map(|entry| &entry.languages));
        let locations: Vec<(String, String)> = entries
            .iter()
            .flat_map(|entry| {
                entry.profile.locations.iter().map(|location| (location.id.clone(), location.name.clone()))
            })
            .collect();
        let home = HomeData {
            specialties,
            locations: filter::facets(&locations),
            doctors: u32::try_from(entries.len()).unwrap_or(u32::MAX),
        };
        let position = |(position, entry): (usize, &Arc<Entry>)| (entry.profile.card.id, position);
        let positions = entries.iter().enumerate().map(position).collect();
        let slug = |(position, entry): (usize, &Arc<Entry>)| (entry.profile.card.slug.clone(), position);
        let slugs = entries.iter().enumerate().map(slug).collect();
        Snapshot { entries, positions, slugs, soonest, languages, home, checked }
    }

    /// The doctor with this id, if patients may see them.
    pub fn find(&self, doctor: DoctorId) -> Option<&Arc<Entry>> {
        self.entries.get(*self.positions.get(&doctor)?)
    }

    /// The doctor whose pages have this slug, if patients may see them.
    pub fn find_slug(&self, slug: &str) -> Option<&Arc<Entry>> {
        self.entries.get(*self.slugs.get(slug)?)
    }

    fn age(&self, now: Timestamp) -> Age {
        let seconds = now.0.abs_diff(self.checked.at.0).max(self.checked.seen.elapsed().as_secs());
        match Duration::from_secs(seconds) {
            age if age < FRESH => Age::Fresh,
            age if age < TOO_OLD => Age::Old,
            _ => Age::TooOld,
        }
    }
}
