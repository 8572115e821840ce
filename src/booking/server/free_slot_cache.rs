//! A visitor's question about free times, kept in memory until its answer may change.
//!
//! What a visitor may book follows from the doctor's calendar and from the moment alone. The directory notices when a
//! calendar changes, and its number then rises (see [`crate::availability::server::live`]). Only the end of a hold is
//! nobody's doing, so its moment is kept as well. Within one second the answer cannot differ: it is made once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::{
    free::{Free, FreeQuery, answer, load},
    offer::Offer,
    person::Person,
};
use crate::{
    db::{Conn, Error, on},
    doctors::server as doctors,
    error::AppError,
    ids::{DoctorId, VisitTypeId},
    server::state::AppState,
    time::{Instant, server::LocalDate},
};

/// What is kept is read again after this many seconds, whatever happened.
const MOST_AGE: i64 = 300;
/// Different spans of days that are answered from memory within one second.
const MOST_SPANS: usize = 64;

type Question = (DoctorId, Option<VisitTypeId>);
type Span = (Option<LocalDate>, Option<LocalDate>);

/// The memory of one process.
#[derive(Default)]
pub struct Shelf(Mutex<HashMap<Question, Arc<Kept>>>);

/// A doctor's calendar for one kind of visit, as any visitor finds it.
struct Kept {
    /// The doctor's number when this was read, or a lower one.
    version: u64,
    /// Filled by whoever asks first; the others wait for it.
    calendar: OnceCell<Calendar>,
    answers: Mutex<Answers>,
}

struct Calendar {
    offer: Offer,
    read_at: Instant,
    /// When a hold runs out, or [`MOST_AGE`] is reached.
    valid_until: Instant,
}

/// Those of one second.
struct Answers {
    at: Instant,
    by_span: HashMap<Span, Arc<Free>>,
}

impl Shelf {
    /// The times that a visitor could book.
    pub(super) async fn free_times(&self, app: &AppState, query: &FreeQuery) -> Result<Arc<Free>, AppError> {
        // also has the directory look for changes, which raise the number
        if !doctors::is_visible(app, query.doctor).await? {
            return Err(AppError::NotFound);
        }
        let now = app.clock.now();
        let kept = self.kept(query, app.live.version(query.doctor), now);
        let calendar = kept.calendar.get_or_try_init(|| read(app, query, now)).await;
        match calendar {
            Ok(calendar) => kept.answer(calendar, query, now),
            Err(error) => {
                self.forget(query, &kept);
                Err(error)
            }
        }
    }

    fn kept(&self, query: &FreeQuery, version: u64, now: Instant) -> Arc<Kept> {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let question = (query.doctor, query.visit_type);
        if let Some(kept) = shelf.get(&question).filter(|kept| kept.version == version && kept.is_good(now)) {
            return kept.clone();
        }
        let answers = Mutex::new(Answers { at: now, by_span: HashMap::new() });
        let kept = Arc::new(Kept { version, calendar: OnceCell::new(), answers });
        shelf.insert(question, kept.clone());
        kept
    }

    /// So that questions about nothing leave nothing behind.
    fn forget(&self, query: &FreeQuery, kept: &Arc<Kept>) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let question = (query.doctor, query.visit_type);
        if shelf.get(&question).is_some_and(|one| Arc::ptr_eq(one, kept)) {
            shelf.remove(&question);
        }
    }
}

impl Kept {
    fn is_good(&self, now: Instant) -> bool {
        self.calendar.get().is_none_or(|calendar| (calendar.read_at..calendar.valid_until).contains(&now))
    }

    fn answer(&self, calendar: &Calendar, query: &FreeQuery, now: Instant) -> Result<Arc<Free>, AppError> {
        let span = (query.from, query.to);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.at != now {
            *answers = Answers { at: now, by_span: HashMap::new() };
        }
        if let Some(free) = answers.by_span.get(&span) {
            return Ok(free.clone());
        }
        let free = Arc::new(answer(&calendar.offer.at(now), query, now)?);
        if answers.by_span.len() < MOST_SPANS {
            answers.by_span.insert(span, free.clone());
        }
        Ok(free)
    }
}

async fn read(app: &AppState, query: &FreeQuery, now: Instant) -> Result<Calendar, AppError> {
    let visitor = Person { patient: None, holder: None };
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    // first of all: a hold made between the two readings raises the doctor's number
    let end = next_end(conn, query.doctor, now).await?;
    let offer = load(conn, &visitor, query, now).await?;
    let latest = now.plus_seconds(MOST_AGE);
    Ok(Calendar { offer, read_at: now, valid_until: end.map_or(latest, |end| end.min(latest)) })
}

/// When the next hold or request of this doctor runs out.
async fn next_end(conn: &mut Conn<'_>, doctor: DoctorId, now: Instant) -> Result<Option<Instant>, Error> {
    const SQL: &str = "select min(ends) from (
            select held_until as ends from appointments where doctor_id = $1 and status = 'held' and held_until > $2
            union all
            select coalesce(answer_by, starts_at) from appointments
            where doctor_id = $1 and status = 'requested' and coalesce(answer_by, starts_at) > $2
        ) as open";
    Ok(on!(conn, |c| sqlx::query_scalar(SQL).bind(doctor).bind(now).fetch_one(c).await?))
}
