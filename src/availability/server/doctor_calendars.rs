//! Doctors' calendars in memory: of a doctor, everything that changes seldom.
//!
//! Hours, overrides, time off, closures, visit types and locations are the same from one booking to the next. So they
//! are read once and kept with the doctor's `schedule_version`, which every change of them raises. A reader asks for
//! the version along with the busy times, and reads the calendar again when it has changed. A booking does so in its
//! own transaction, so it never trusts a calendar that is out of date.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sqlx::FromRow;

use super::{
    load::{Location, VisitType, kinds_of, load_hours, load_locations, load_visit_types},
    resources::load_resources,
    schedule::Schedule,
};
use crate::{
    db::{Conn, Db, Error, ids_json, in_ids},
    ids::{DoctorId, LocationId, ResourceKindId, VisitTypeId},
};

/// Calendars that are kept; one takes two or three kilobytes.
const MAX_CALENDARS: usize = 4096;
/// Calendars that are read at once when the program starts: others want the connection too.
const READ_TOGETHER: usize = 100;

/// What a patient can choose with one doctor, and when the doctor works.
#[derive(Clone, Debug)]
pub struct DoctorCalendar {
    pub slug: String,
    pub name: String,
    /// The specialty named first.
    pub specialty: String,
    pub accepts_new_patients: bool,
    /// The doctor's `schedule_version` when this was read.
    pub version: i64,
    /// The active ones, in the order in which patients see them.
    pub visit_types: Vec<VisitType>,
    /// Every location of the clinic.
    pub locations: Arc<HashMap<LocationId, Location>>,
    /// Without busy times.
    pub schedule: Schedule,
}

#[derive(FromRow)]
struct DoctorRow {
    id: DoctorId,
    slug: String,
    name: String,
    specialty: String,
    accepts_new_patients: bool,
    schedule_version: i64,
}

impl DoctorCalendar {
    /// Reads the calendar; none for an unknown doctor or one without a specialty, whom patients do not find.
    ///
    /// # Errors
    /// The database's, or a stored value that means nothing.
    pub async fn read(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Option<DoctorCalendar>, Error> {
        Ok(Self::read_several(conn, &[doctor]).await?.remove(&doctor))
    }

    /// As [`Self::read`], with as many statements for several doctors as for one.
    async fn read_several(
        conn: &mut Conn<'_>,
        doctors: &[DoctorId],
    ) -> Result<HashMap<DoctorId, DoctorCalendar>, Error> {
        let sql = in_ids!(
            "select d.id, d.slug, d.name, s.name as specialty, d.accepts_new_patients, d.schedule_version
            from doctors d
            join doctor_specialties ds on ds.doctor_id = d.id
            join specialties s on s.id = ds.specialty_id
            where d.id",
            " order by ds.position"
        );
        // the version comes first: what changes while the rest is read has a higher one, and is read again
        let rows: Vec<DoctorRow> = conn.fetch_all(sql, (ids_json(doctors.iter().map(|id| id.0)),)).await?;
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        let locations = Arc::new(load_locations(conn).await?);
        let mut visit_types = load_visit_types(conn, doctors).await?;
        let mut schedules = load_hours(conn, &locations, doctors).await?;
        let resources = load_resources(conn, &kinds_of(visit_types.values().flatten())).await?;
        let mut calendars = HashMap::new();
        for row in rows {
            // a doctor comes once for each specialty; the schedule is there the first time
            if let Some(schedule) = schedules.remove(&row.id) {
                let visit_types = visit_types.remove(&row.id).unwrap_or_default();
                let kinds = kinds_of(&visit_types);
                let own = resources.iter().filter(|resource| kinds.contains(&resource.kind)).copied();
                let calendar = DoctorCalendar {
                    slug: row.slug,
                    name: row.name,
                    specialty: row.specialty,
                    accepts_new_patients: row.accepts_new_patients,
                    version: row.schedule_version,
                    visit_types,
                    locations: locations.clone(),
                    schedule: schedule.with_resources(own.collect()),
                };
                calendars.insert(row.id, calendar);
            }
        }
        Ok(calendars)
    }
}

/// The calendars that one process keeps.
#[derive(Debug, Default)]
pub struct DoctorCalendars(Mutex<HashMap<DoctorId, Arc<DoctorCalendar>>>);

impl DoctorCalendars {
    /// The calendar as it was read last; it may be out of date.
    #[must_use]
    pub fn known(&self, doctor: DoctorId) -> Option<Arc<DoctorCalendar>> {
        self.kept().get(&doctor).cloned()
    }

    /// Reads the calendar if it is not known, so that a write unit need not. It reads what is committed, so what a unit
    /// has written and may yet take back is never kept.
    ///
    /// # Errors
    /// The database's, or a stored value that means nothing.
    pub async fn prepare(&self, db: &Db, doctor: DoctorId) -> Result<(), Error> {
        if self.known(doctor).is_some() {
            return Ok(());
        }
        let read = DoctorCalendar::read(&mut db.read().await?.conn(), doctor).await?;
        if let Some(calendar) = read {
            self.keep(doctor, Arc::new(calendar));
        }
        Ok(())
    }

    /// The calendars of doctors whose `schedule_version` has just been read: those in memory that still hold, and the
    /// others, which are read together. `conn` sees what is committed and nothing else, because what is read is kept.
    /// Doctors whom patients do not find have none.
    ///
    /// # Errors
    /// The database's, or a stored value that means nothing.
    pub async fn current(
        &self,
        conn: &mut Conn<'_>,
        versions: &[(DoctorId, i64)],
    ) -> Result<HashMap<DoctorId, Arc<DoctorCalendar>>, Error> {
        let holds = |(doctor, version): &(DoctorId, i64)| {
            Some((*doctor, self.known(*doctor).filter(|calendar| calendar.version == *version)?))
        };
        let mut current: HashMap<_, _> = versions.iter().filter_map(holds).collect();
        let stale: Vec<DoctorId> =
            versions.iter().map(|(doctor, _)| *doctor).filter(|doctor| !current.contains_key(doctor)).collect();
        if !stale.is_empty() {
            for (doctor, calendar) in DoctorCalendar::read_several(conn, &stale).await? {
                let calendar = Arc::new(calendar);
                self.keep(doctor, calendar.clone());
                current.insert(doctor, calendar);
            }
        }
        Ok(current)
    }

    /// Reads the calendars of all doctors whom patients find, so that nobody's first booking has to.
    ///
    /// # Errors
    /// The database's, or a stored value that means nothing.
    pub async fn prepare_all(&self, db: &Db) -> Result<(), Error> {
        const SQL: &str = "select id from doctors where status = 'active' order by id limit $1";
        let limit = i64::try_from(MAX_CALENDARS).unwrap_or(i64::MAX);
        let doctors: Vec<DoctorId> = db.read().await?.conn().fetch_values(SQL, (limit,)).await?;
        for several in doctors.chunks(READ_TOGETHER) {
            let read = DoctorCalendar::read_several(&mut db.read().await?.conn(), several).await?;
            let mut kept = self.kept();
            for (doctor, calendar) in read {
                kept.entry(doctor).or_insert_with(|| Arc::new(calendar));
            }
        }
        Ok(())
    }

    /// What an appointment of this visit type needs, or of the doctor's first one, as far as the calendar is known: a kind
    /// of rooms or devices, or nothing.
    #[must_use]
    pub fn needs(&self, doctor: DoctorId, visit_type: Option<VisitTypeId>) -> Vec<ResourceKindId> {
        let Some(calendar) = self.known(doctor) else { return Vec::new() };
        let asked = calendar.visit_types.iter().find(|kind| visit_type.is_none_or(|id| id == kind.id));
        asked.and_then(|kind| kind.rules.needs).into_iter().collect()
    }

    /// Drops a calendar that turned out to be out of date.
    pub fn forget(&self, doctor: DoctorId) {
        self.kept().remove(&doctor);
    }

    fn keep(&self, doctor: DoctorId, calendar: Arc<DoctorCalendar>) {
        let mut kept = self.kept();
        if kept.len() >= MAX_CALENDARS {
            kept.clear();
        }
        kept.insert(doctor, calendar);
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<DoctorId, Arc<DoctorCalendar>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
