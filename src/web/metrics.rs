//! What this process counts while it works: requests, bookings and refusals, sign-ins, messages, jobs.
//!
//! Every request passes here, so a count is an atomic, and its look-up takes no lock. Labels come from the program
//! alone (routes, codes, names of jobs), never from a request; [`super::scrape`] writes them out.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use http::{Method, StatusCode};
use serde_json::Value;
use tokio::sync::Mutex;

use super::scrape::figures::{Figures, millis};
use crate::{
    db::measure::{Histogram, Table},
    error::AppError,
};

/// The methods that have a name of their own.
pub const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"];
/// The statuses that have a number of their own; the last place is that of all others.
pub const STATUSES: [u16; 31] = [
    200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 415,
    416, 422, 428, 429, 431, 500, 501, 503,
];

/// The figures of one address and method.
#[derive(Debug)]
pub struct RouteFigures {
    pub seconds: Histogram,
    statuses: [AtomicU64; STATUSES.len() + 1],
}

impl Default for RouteFigures {
    fn default() -> Self {
        RouteFigures { seconds: Histogram::default(), statuses: [const { AtomicU64::new(0) }; STATUSES.len() + 1] }
    }
}

impl RouteFigures {
    /// How many were answered with each status; 0 is every status without a number of its own.
    pub fn statuses(&self) -> impl Iterator<Item = (u16, u64)> {
        STATUSES.into_iter().chain([0]).zip(self.statuses.iter().map(|count| count.load(Relaxed)))
    }
}

/// What a person or a program wanted of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Hold,
    Book,
    Move,
    Cancel,
}

/// The way by which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A patient on the website, with or without an account.
    Web,
    /// A doctor or a member of staff on the website.
    Desk,
    Api,
}

impl Act {
    pub const ALL: [(Act, &str); 4] =
        [(Act::Hold, "hold"), (Act::Book, "book"), (Act::Move, "move"), (Act::Cancel, "cancel")];
}

impl Door {
    pub const ALL: [(Door, &str); 3] = [(Door::Web, "web"), (Door::Desk, "desk"), (Door::Api, "api")];
}

/// What is counted where an act and a door meet.
#[must_use]
pub fn place(act: Act, door: Door) -> usize {
    act as usize * Door::ALL.len() + door as usize
}

const PLACES: usize = Act::ALL.len() * Door::ALL.len();

/// The runs of one job.
#[derive(Debug, Default)]
pub struct JobFigures {
    pub succeeded: AtomicU64,
    pub failed: AtomicU64,
    /// In milliseconds since 1970.
    pub last_run: AtomicU64,
    pub last_success: AtomicU64,
    /// In microseconds.
    pub last_took: AtomicU64,
}

/// The counts of this process.
#[derive(Debug)]
pub struct Metrics {
    pub started: SystemTime,
    pub routes: Table<RouteFigures>,
    done: [AtomicU64; PLACES],
    pub refusals: Table<AtomicU64>,
    pub signed_in: AtomicU64,
    pub sign_ins_failed: AtomicU64,
    /// Passwords that were typed before the wait was over.
    pub sign_ins_early: AtomicU64,
    /// Attempts to send a message, by what came of them and the error.
    pub mail: Table<AtomicU64>,
    pub jobs: Table<JobFigures>,
    /// What the database said the last time it was asked.
    pub(super) figures: Mutex<Option<Figures>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Metrics {
            started: SystemTime::now(),
            routes: Table::new(1024),
            done: [const { AtomicU64::new(0) }; PLACES],
            refusals: Table::new(512),
            signed_in: AtomicU64::new(0),
            sign_ins_failed: AtomicU64::new(0),
            sign_ins_early: AtomicU64::new(0),
            mail: Table::new(64),
            jobs: Table::new(32),
            figures: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Counts an answer. `route` is the pattern of the address, never the address.
    pub fn answered(&self, route: &str, method: &Method, status: StatusCode, took: Duration) {
        let figures = self.routes.get(route, place_of_method(method));
        let place = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len());
        if let Some(count) = figures.statuses.get(place) {
            count.fetch_add(1, Relaxed);
        }
        figures.seconds.observe(took.as_secs_f64());
    }

    /// Counts an act as done or as refused, and hands on what came of it.
    ///
    /// # Errors
    /// The one it was given.
    pub fn count<T>(&self, act: Act, door: Door, result: Result<T, AppError>) -> Result<T, AppError> {
        match &result {
            Ok(_) => self.done.get(place(act, door)).map(|count| count.fetch_add(1, Relaxed)),
            Err(error) => Some(self.refusals.get(&code(error), place(act, door)).fetch_add(1, Relaxed)),
        };
        result
    }

    /// How often this was done.
    #[must_use]
    pub fn done(&self, act: Act, door: Door) -> u64 {
        self.done.get(place(act, door)).map_or(0, |count| count.load(Relaxed))
    }

    /// Counts what came of a password that was typed.
    pub fn typed_password<T>(&self, result: &Result<T, AppError>) {
        let count = match result {
            Ok(_) => &self.signed_in,
            Err(AppError::WrongCredentials) => &self.sign_ins_failed,
            Err(AppError::TooManyAttempts { .. }) => &self.sign_ins_early,
            Err(_) => return,
        };
        count.fetch_add(1, Relaxed);
    }

    /// Counts what came of a sign-in by the clinic's directory. What its provider failed at is nobody's attempt.
    pub fn came_by_directory<T>(&self, result: &Result<T, AppError>) {
        let count = match result {
            Ok(_) => &self.signed_in,
            Err(error @ AppError::DirectoryRefused { .. }) if error.status() != 503 => &self.sign_ins_failed,
            Err(_) => return,
        };
        count.fetch_add(1, Relaxed);
    }

    /// Runs a job and notes when, for how long, and whether it succeeded.
    ///
    /// # Errors
    /// The job's.
    pub async fn job<T, E>(&self, name: &'static str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let begun = std::time::Instant::now();
        let result = work.await;
        let (figures, now) = (self.jobs.get(name, 0), millis(SystemTime::now()));
        figures.last_run.store(now, Relaxed);
        figures.last_took.store(u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
        if result.is_ok() {
            figures.last_success.store(now, Relaxed);
        }
        let count = if result.is_ok() { &figures.succeeded } else { &figures.failed };
        count.fetch_add(1, Relaxed);
        result
    }
}

fn place_of_method(method: &Method) -> usize {
    METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1)
}

/// The code of an error; of a time that cannot be booked, the first reason why.
fn code(error: &AppError) -> String {
    let code = match error {
        AppError::TimeGone { reasons, .. } if !reasons.is_empty() => serde_json::to_value(reasons.first()).ok(),
        _ => serde_json::to_value(error).ok().and_then(|error| error.get("code").cloned()),
    };
    code.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::availability::Reason;

    #[test]
    fn a_refusal_has_the_code_of_its_reason() {
        let gone = |reasons| AppError::TimeGone { wanted: "2:20pm".into(), reasons, nearest: Vec::new() };
        assert_eq!(code(&gone(vec![Reason::TooSoon, Reason::Taken])), "too_soon");
        assert_eq!(code(&gone(Vec::new())), "time_gone");
        assert_eq!(code(&AppError::HoldExpired { nearest: Vec::new() }), "hold_expired");
    }

    #[test]
    fn every_act_and_door_has_a_place_of_its_own() {
        let metrics = Metrics::default();
        for (act, _) in Act::ALL {
            for (door, _) in Door::ALL {
                metrics.count(act, door, Ok(())).unwrap();
                assert_eq!(metrics.done(act, door), 1, "{act:?} {door:?}");
            }
        }
    }

    #[test]
    fn odd_methods_and_statuses_share_a_series() {
        let metrics = Metrics::default();
        for n in 0..100 {
            let method = Method::from_bytes(format!("ODD{n}").as_bytes()).unwrap();
            let status = StatusCode::from_u16(600 + n).unwrap();
            metrics.answered("/", &method, status, Duration::from_millis(3));
        }
        let figures = metrics.routes.get("/", METHODS.len() - 1);
        assert_eq!(figures.statuses().filter(|(_, count)| *count > 0).collect::<Vec<_>>(), [(0, 100)]);
        assert_eq!(metrics.routes.all().count(), 2, "it, and the one for what there is no room for");
    }
}
