//! A visitor's question about free times, kept in memory until its answer may change.
//!
//! A visitor's free times depend only on the doctor's calendar and the moment. The directory notices when a calendar
//! changes, and its number then rises (see [`crate::availability::server::schedule_changes`]). A hold ends without a
//! write, so its end is kept as well. The answer cannot change within one second, so it is made once a second.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::{
    availability::Availability,
    booker::Booker,
    free_times::{FreeTimes, FreeTimesQuery, answer, load},
};
use crate::{
    availability::server::{DoctorCalendars, schedule_changes::ScheduleChanges},
    db::{Conn, Db, Error, ids_json, in_ids},
    error::AppError,
    ids::{DoctorId, ResourceId, VisitTypeId},
    state::Clock,
    time::{Timestamp, server::LocalDate},
};

/// What is kept is read again after this many seconds in any case.
const MAX_AGE: i64 = 300;
/// Different spans of days that are answered from memory within one second.
const MAX_SPANS: usize = 64;

type CalendarKey = (DoctorId, Option<VisitTypeId>);
type Span = (Option<LocalDate>, Option<LocalDate>);

/// The memory of one process.
pub struct FreeSlotCache {
    db: Db,
    clock: Clock,
    calendars: Arc<DoctorCalendars>,
    /// Numbers the changes of each doctor's calendar.
    schedule_changes: Arc<ScheduleChanges>,
    cached: Mutex<HashMap<CalendarKey, Arc<CachedCalendar>>>,
}

/// A doctor's calendar for one visit type, as any visitor finds it.
struct CachedCalendar {
    /// The doctor's number when this was read, or a lower one.
    version: u64,
    /// The first query fills it; the others wait for it.
    calendar: OnceCell<CalendarSnapshot>,
    answers: Mutex<Answers>,
}

struct CalendarSnapshot {
    availability: Availability,
    read_at: Timestamp,
    /// When a hold runs out, or [`MAX_AGE`] is reached.
    valid_until: Timestamp,
}

/// Those of one second.
struct Answers {
    at: Timestamp,
    by_span: HashMap<Span, Arc<FreeTimes>>,
}

impl FreeSlotCache {
    /// Without calendars yet.
    #[must_use]
    pub fn new(db: Db, clock: Clock, calendars: Arc<DoctorCalendars>, schedule_changes: Arc<ScheduleChanges>) -> Self {
        FreeSlotCache { db, clock, calendars, schedule_changes, cached: Mutex::default() }
    }

    /// The times that a visitor could book with a doctor whom patients see. The directory must have looked for changes
    /// before, which raise the number of the doctor's calendar.
    pub(super) async fn free_times(&self, query: &FreeTimesQuery) -> Result<Arc<FreeTimes>, AppError> {
        self.ask(query, |cached, calendar, now| cached.answer(calendar, query, now)).await
    }

    /// A doctor's availability for any visitor, as [`Self::free_times`] knows it.
    pub(super) async fn availability(
        &self,
        doctor: DoctorId,
        visit_type: VisitTypeId,
    ) -> Result<Availability, AppError> {
        let query = FreeTimesQuery { doctor, visit_type: Some(visit_type), from: None, to: None };
        self.ask(&query, |_, calendar, now| Ok(calendar.availability.at(now))).await
    }

    /// Has the calendar of this doctor and visit type answer, after reading it if it is not in memory.
    async fn ask<T>(
        &self,
        query: &FreeTimesQuery,
        answer: impl FnOnce(&CachedCalendar, &CalendarSnapshot, Timestamp) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let now = self.clock.now();
        let cached = self.cached(query, self.schedule_changes.version(query.doctor), now);
        match cached.calendar.get_or_try_init(|| self.read(query, now)).await {
            Ok(calendar) => answer(&cached, calendar, now),
            Err(error) => {
                self.forget(query, &cached);
                Err(error)
            }
        }
    }

    fn cached(&self, query: &FreeTimesQuery, version: u64, now: Timestamp) -> Arc<CachedCalendar> {
        let mut kept = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (query.doctor, query.visit_type);
        if let Some(cached) = kept.get(&key).filter(|cached| cached.version == version && cached.is_good(now)) {
            return cached.clone();
        }
        let answers = Mutex::new(Answers { at: now, by_span: HashMap::new() });
        let cached = Arc::new(CachedCalendar { version, calendar: OnceCell::new(), answers });
        kept.insert(key, cached.clone());
        cached
    }

    /// Removes an entry that could not be filled, so that made-up ids do not use memory.
    fn forget(&self, query: &FreeTimesQuery, cached: &Arc<CachedCalendar>) {
        let mut kept = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (query.doctor, query.visit_type);
        if kept.get(&key).is_some_and(|one| Arc::ptr_eq(one, cached)) {
            kept.remove(&key);
        }
    }

    /// The rooms and devices on which the answer depends.
    fn needed(&self, query: &FreeTimesQuery) -> Vec<ResourceId> {
        let Some(calendar) = self.calendars.known(query.doctor) else { return Vec::new() };
        let asked = calendar.visit_types.iter().find(|kind| query.visit_type.is_none_or(|id| id == kind.id));
        let needs = asked.and_then(|kind| kind.rules.needs);
        needs.map(|kind| calendar.schedule.resources_of(kind).collect()).unwrap_or_default()
    }

    async fn read(&self, query: &FreeTimesQuery, now: Timestamp) -> Result<CalendarSnapshot, AppError> {
        let visitor = Booker { patient: None, carer: None, holder: None };
        self.calendars.prepare(&self.db, query.doctor).await?;
        let mut reader = self.db.read().await?;
        let conn = &mut reader.conn();
        // first of all: a hold made between the two readings raises the doctor's number
        let needed = self.needed(query);
        let end = next_end(conn, query.doctor, &needed, now).await?;
        let availability = load(conn, &self.calendars, &visitor, query, now).await?;
        let latest = now.plus_seconds(MAX_AGE);
        Ok(CalendarSnapshot { availability, read_at: now, valid_until: end.map_or(latest, |end| end.min(latest)) })
    }
}

impl CachedCalendar {
    fn is_good(&self, now: Timestamp) -> bool {
        self.calendar.get().is_none_or(|calendar| (calendar.read_at..calendar.valid_until).contains(&now))
    }

    fn answer(
        &self,
        calendar: &CalendarSnapshot,
        query: &FreeTimesQuery,
        now: Timestamp,
    ) -> Result<Arc<FreeTimes>, AppError> {
        let span = (query.from, query.to);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.at != now {
            *answers = Answers { at: now, by_span: HashMap::new() };
        }
        if let Some(free) = answers.by_span.get(&span) {
            return Ok(free.clone());
        }
        let free = Arc::new(answer(&calendar.availability.at(now), query, now)?);
        if answers.by_span.len() < MAX_SPANS {
            answers.by_span.insert(span, free.clone());
        }
        Ok(free)
    }
}

/// When the next hold or request of this doctor, or on one of these rooms and devices, runs out.
async fn next_end(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    resources: &[ResourceId],
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    const SQL: &str = "select min(expires_at) from (
            select held_until as expires_at from appointments where doctor_id = $1 and status = 'held' and held_until > $2
            union all
            select answer_by from appointments where doctor_id = $1 and status = 'requested' and answer_by > $2
        ) as open";
    let own: Option<Timestamp> = conn.fetch_value(SQL, (doctor, now)).await?;
    if resources.is_empty() {
        return Ok(own);
    }
    let on_resources = in_ids!(
        "select min(case when status = 'held' then held_until else answer_by end) from appointments
        where ((status = 'held' and held_until > $2) or (status = 'requested' and answer_by > $2)) and resource_id",
        ""
    );
    let ids = ids_json(resources.iter().map(|id| id.0));
    let theirs: Option<Timestamp> = conn.fetch_value(on_resources, (ids, now)).await?;
    Ok(own.into_iter().chain(theirs).min())
}
