//! Which booked visits a change of hours would leave outside.
//!
//! A unit that changes hours, single dates, time off or closures looks at the calendars first, changes its rows, and asks
//! again. A visit counts when it lay within the hours before and no longer does; one that staff put outside them earlier
//! does not. Nothing ever happens to a visit here: whoever changes the hours decides, after having read the list.
//!
//! ```text
//! let before = impact::look(conn, &[doctor], now).await?;
//! // … change rows …
//! impact::ask_first(conn, &before, now, keep_visits).await?;
//! ```

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    load::{Site, load_schedules, load_sites},
    schedule::Schedule,
};
use crate::{
    db::{Conn, Error, ids_json, in_ids, on},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, VisitTypeId},
    time::Instant,
};

/// Visits that are named in words; the others are counted.
const NAMED: usize = 10;
/// Busy times are not read: a visit's own time does not decide whether it lies within the hours.
const NO_BUSY_TIMES_MINUTES: i64 = -48 * 60;

/// The hours of some doctors, as they stood at one moment.
pub struct Calendars {
    schedules: HashMap<DoctorId, Schedule>,
    sites: HashMap<LocationId, Site>,
}

/// A coming visit: waiting for approval, booked, or arrived early.
#[derive(Clone, Debug, FromRow)]
pub struct ComingVisit {
    pub id: AppointmentId,
    pub doctor_id: DoctorId,
    pub visit_type_id: VisitTypeId,
    pub location_id: LocationId,
    pub reference: String,
    pub starts_at: Instant,
    pub ends_at: Instant,
}

/// The hours of these doctors as they stand now.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn look(conn: &mut Conn<'_>, doctors: &[DoctorId], now: Instant) -> Result<Calendars, Error> {
    let sites = load_sites(conn).await?;
    let to = now.plus_minutes(NO_BUSY_TIMES_MINUTES);
    Ok(Calendars { schedules: load_schedules(conn, &sites, doctors, now, to).await?, sites })
}

/// The coming visits that lay within the hours `before` and lie outside them now, earliest first.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn visits_outside(conn: &mut Conn<'_>, before: &Calendars, now: Instant) -> Result<Vec<ComingVisit>, Error> {
    let doctors: Vec<DoctorId> = before.schedules.keys().copied().collect();
    let after = look(conn, &doctors, now).await?;
    let mut visits = coming_visits(conn, &doctors, now).await?;
    visits.retain(|visit| before.hold(visit) && !after.hold(visit));
    Ok(visits)
}

/// Refuses a change that leaves visits outside, unless the person was told how many they are and says `keep_visits`.
///
/// # Errors
/// [`AppError::VisitsOutside`] with the first visits in words; the database's.
pub async fn ask_first(
    conn: &mut Conn<'_>,
    before: &Calendars,
    now: Instant,
    keep_visits: Option<u32>,
) -> Result<(), Error> {
    let visits = visits_outside(conn, before, now).await?;
    let all = u32::try_from(visits.len()).unwrap_or(u32::MAX);
    if all == 0 || keep_visits == Some(all) {
        return Ok(());
    }
    let visits = visits.iter().take(NAMED).map(|visit| before.words(visit, now)).collect();
    Err(AppError::VisitsOutside { visits, all }.into())
}

impl Calendars {
    /// Whether the visit lies within a session of its own date at its place.
    fn hold(&self, visit: &ComingVisit) -> bool {
        let Some(schedule) = self.schedules.get(&visit.doctor_id) else { return false };
        let Some(site) = schedule.sites.iter().find(|site| site.id == visit.location_id) else { return false };
        let sessions = schedule.sessions(site, site.zone.local_date(visit.starts_at), visit.visit_type_id);
        sessions.iter().any(|session| session.holds(visit.starts_at, visit.ends_at))
    }

    /// "Tuesday 6 January, 9am, K7F4-M2PQ", by the clocks of its place.
    fn words(&self, visit: &ComingVisit, now: Instant) -> String {
        let site = self.sites.get(&visit.location_id);
        let when = site.map(|site| site.zone.moment_words(visit.starts_at, now)).unwrap_or_default();
        format!("{when}, {}", visit.reference)
    }
}

async fn coming_visits(conn: &mut Conn<'_>, doctors: &[DoctorId], now: Instant) -> Result<Vec<ComingVisit>, Error> {
    let sql = conn.pick(in_ids!(
        "select id, doctor_id, visit_type_id, location_id, reference, starts_at, ends_at from appointments
        where starts_at >= $2 and status in ('requested', 'booked', 'arrived') and doctor_id",
        " order by starts_at, reference"
    ));
    let ids = ids_json(doctors.iter().map(|id| id.0));
    Ok(on!(conn, |c| sqlx::query_as(sql).bind(&ids).bind(now).fetch_all(c).await?))
}
