//! The waiting list: who waits for a time to come free, and to whom each is offered.
//!
//! A time is offered in a write unit of its own, after the commit that freed it, so bookings and cancellations know
//! nothing of the list. [`WaitingList`] hears of every calendar that changes; [`run`] looks at those for which somebody
//! waits, and at all of them every minute, which finds what got lost on the way. Several servers may do so: the
//! database's own rule against overlaps gives a time to one person, and a unique index gives an entry one open offer.

mod answer;
mod entry;
mod join;
mod list;
mod look;
mod offer;
mod wishes;

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until},
};

pub(super) use answer::leave_all;
pub use answer::{Answered, answer, answer_linked, leave};
pub use join::{join, join_page};
pub use list::{linked_offer, my_waiting_list, of_doctor, offer};

use self::{
    entry::end_passed,
    look::offer_times,
    offer::{EndOffer, run_out},
};
use crate::{
    availability::server::load_locations,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::DoctorId,
    state::AppState,
    time::{Timestamp, server::LocalDate},
};

/// Pause between two looks at every calendar for which somebody waits.
const EVERY: Duration = Duration::from_secs(60);

/// What one process knows of the waiting list: enough to leave bookings alone while nobody waits.
#[derive(Debug, Default)]
pub struct WaitingList {
    /// The doctors for whom somebody waits, as of the last look or the last joining here.
    awaited: Mutex<HashSet<DoctorId>>,
    /// Those of them whose calendar changed since.
    changed: Mutex<HashSet<DoctorId>>,
    news: Notify,
}

impl WaitingList {
    /// Notes that a doctor's free times changed. Call it after the commit; it asks the database nothing.
    pub fn changed(&self, doctor: DoctorId) {
        if lock(&self.awaited).contains(&doctor) {
            lock(&self.changed).insert(doctor);
            self.news.notify_one();
        }
    }

    /// Somebody waits for these doctors from now on.
    fn joined(&self, doctors: &[DoctorId]) {
        lock(&self.awaited).extend(doctors);
        doctors.iter().for_each(|doctor| self.changed(*doctor));
    }

    fn take_changed(&self) -> Vec<DoctorId> {
        lock(&self.changed).drain().collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes offers and ends them until `stop` becomes true. Several processes may do so on one database.
pub async fn run(app: AppState, mut stop: watch::Receiver<bool>) {
    loop {
        if let Err(error) = app.metrics.job("waiting_list", offer_all(&app)).await {
            tracing::warn!(%error, "times that came free could not be offered; trying again");
        }
        let next = Instant::now() + EVERY;
        loop {
            let changed = tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = sleep_until(next) => false,
                () = app.waiting.news.notified() => true,
            };
            if !changed {
                break;
            }
            if let Err(error) = offer_changed(&app).await {
                tracing::warn!(%error, "times that came free could not be offered; trying again");
                break;
            }
        }
    }
}

/// Offers what came free in the calendars that changed since the last call; how many offers were made.
///
/// # Errors
/// The database's.
pub async fn offer_changed(app: &AppState) -> Result<u64, AppError> {
    let mut made = 0;
    for doctor in app.waiting.take_changed() {
        made += offer_times(app, doctor).await?;
    }
    Ok(made)
}

/// Ends what ran out, and offers what is free in every calendar for which somebody waits; how many offers were made.
///
/// # Errors
/// The database's.
pub async fn offer_all(app: &AppState) -> Result<u64, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let over = run_out(&mut reader.conn(), now).await?;
    drop(reader);
    for id in over {
        match app.db.write(EndOffer { id, now }).await {
            // it was answered, or another server ended it
            Ok(_) | Err(Error::App(AppError::Conflict)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let mut reader = app.db.read().await?;
    let rows = awaited(&mut reader.conn()).await?;
    let today = if rows.is_empty() { None } else { earliest_today(&mut reader.conn(), now).await? };
    drop(reader);
    if let Some(today) = today {
        app.db.write(EndPassed { today, now }).await?;
    }
    let doctors: Vec<DoctorId> = rows.into_iter().flatten().collect();
    *lock(&app.waiting.awaited) = doctors.iter().copied().collect();
    let mut made = 0;
    for doctor in doctors {
        made += offer_times(app, doctor).await?;
    }
    Ok(made)
}

/// The doctors for whom somebody waits; none of them for a specialty that has no doctor. Empty while nobody waits.
async fn awaited(conn: &mut Conn<'_>) -> Result<Vec<Option<DoctorId>>, Error> {
    const SQL: &str = "select doctor_id from waiting_entries where ended_at is null and doctor_id is not null
        union
        select ds.doctor_id from waiting_entries e
        left join doctor_specialties ds on ds.specialty_id = e.specialty_id
        where e.ended_at is null and e.specialty_id is not null";
    conn.fetch_values(SQL, ()).await
}

/// The date at the location that is the last to begin a day.
async fn earliest_today(conn: &mut Conn<'_>, now: Timestamp) -> Result<Option<LocalDate>, Error> {
    let locations = load_locations(conn).await?;
    Ok(locations.values().map(|location| location.zone.local_date(now)).min())
}

/// Ends the entries whose latest date is over.
struct EndPassed {
    today: LocalDate,
    now: Timestamp,
}

impl WriteUnit for EndPassed {
    const NAME: &'static str = "end_passed_entries";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, Error> {
        end_passed(tx, self.today, self.now).await
    }
}
