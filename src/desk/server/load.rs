//! What is known of a location's day: who works there, and what the doctors have. Hours come from the calendars in
//! memory; the rest is read in as many statements for one doctor as for forty.

use std::{collections::HashMap, sync::Arc};

use super::rows::{self, AppointmentRow, DoctorRow, TimeOffRow};
use crate::{
    availability::server::{DoctorCalendar, Location, load_locations},
    db::{Conn, Error, ids_json},
    desk::model::{DeskQuery, MAX_COLUMNS},
    doctors::server::{ClosureRow, closures, date_or_today},
    error::AppError,
    ids::{DoctorId, LocationId, VisitTypeId},
    state::AppState,
    time::{Timestamp, server::LocalDate},
};

/// A location's day.
pub struct Day {
    pub location: Location,
    pub locations: HashMap<LocationId, Location>,
    pub date: LocalDate,
    pub today: LocalDate,
    pub now: Timestamp,
    /// From midnight to midnight.
    pub span: (Timestamp, Timestamp),
    /// Every doctor of the location, by name, with whether the address asks for this one.
    pub doctors: Vec<(DoctorRow, bool)>,
    /// Those who are shown.
    pub shown: Vec<Shown>,
    /// How many more would be.
    pub left_out: usize,
    pub closures: Vec<ClosureRow>,
}

/// A doctor who is shown, with what the day has.
pub struct Shown {
    pub id: DoctorId,
    pub slug: String,
    pub name: String,
    /// None for a doctor whom patients do not find.
    pub calendar: Option<Arc<DoctorCalendar>>,
    /// By start, at every location.
    pub appointments: Vec<AppointmentRow>,
    pub time_off: Vec<TimeOffRow>,
}

impl Shown {
    /// The visit types for which there are hours.
    pub fn kinds(&self) -> Vec<VisitTypeId> {
        let visit_types = self.calendar.iter().flat_map(|calendar| &calendar.visit_types);
        visit_types.map(|visit_type| visit_type.id).collect()
    }

    /// Whether there is something of that date at the location.
    fn is_there(&self, location: LocationId, date: LocalDate) -> bool {
        let kinds = self.kinds();
        self.appointments.iter().any(|row| row.location_id == location)
            || self.calendar.as_ref().is_some_and(|calendar| {
                let schedule = &calendar.schedule;
                schedule.intervals_on(date, &kinds).iter().any(|interval| interval.location == location)
                    || schedule.closed_on(date, &kinds).iter().any(|(closed, _)| *closed == location)
            })
    }
}

impl Day {
    /// # Errors
    /// [`AppError::NotFound`] for an unknown location; an invalid date; the database's.
    pub async fn load(app: &AppState, conn: &mut Conn<'_>, query: &DeskQuery) -> Result<Day, AppError> {
        let now = app.clock.now();
        let locations = load_locations(conn).await?;
        let location = chosen(&locations, &query.location).ok_or(AppError::NotFound)?;
        let today = location.zone.local_date(now);
        let date = date_or_today(Some(&query.date), today)?;
        let span = (location.zone.window_start(date, 0), location.zone.window_start(date.plus_days(1), 0));
        let asked: Vec<&str> = query.doctors.split(',').map(str::trim).filter(|slug| !slug.is_empty()).collect();
        let doctors = rows::doctors(conn, location.id, date, span).await?;
        let doctors: Vec<(DoctorRow, bool)> =
            doctors.into_iter().map(|row| (row.clone(), asked.contains(&row.slug.as_str()))).collect();
        let wanted = doctors.iter().filter(|(_, chosen)| asked.is_empty() || *chosen).map(|(row, _)| row);
        let wanted: Vec<DoctorRow> = wanted.cloned().collect();
        let closures = closures(conn, (date, date)).await?;
        let mut shown = read(app, conn, wanted, span, now).await?;
        // whom the address names stays, also on a free day
        shown.retain(|doctor| !asked.is_empty() || doctor.is_there(location.id, date));
        let left_out = shown.len().saturating_sub(MAX_COLUMNS);
        shown.truncate(MAX_COLUMNS);
        Ok(Day { location, locations, date, today, now, span, doctors, shown, left_out, closures })
    }
}

/// The location of the address; without one, that which was made first.
fn chosen(locations: &HashMap<LocationId, Location>, id: &str) -> Option<Location> {
    if id.is_empty() {
        return locations.values().min_by_key(|location| location.id).cloned();
    }
    locations.get(&id.parse().ok()?).cloned()
}

async fn read(
    app: &AppState,
    conn: &mut Conn<'_>,
    doctors: Vec<DoctorRow>,
    span: (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Vec<Shown>, Error> {
    let versions: Vec<(DoctorId, i64)> = doctors.iter().map(|row| (row.id, row.schedule_version)).collect();
    let mut calendars = app.calendars.current(conn, &versions).await?;
    let ids = ids_json(doctors.iter().map(|row| row.id.0));
    let mut appointments: HashMap<DoctorId, Vec<AppointmentRow>> = HashMap::new();
    for row in rows::appointments(conn, &ids, span, now).await? {
        appointments.entry(row.doctor_id).or_default().push(row);
    }
    let mut time_off: HashMap<DoctorId, Vec<TimeOffRow>> = HashMap::new();
    for row in rows::time_off(conn, &ids, span).await? {
        time_off.entry(row.doctor_id).or_default().push(row);
    }
    let shown = |DoctorRow { id, slug, name, .. }| Shown {
        id,
        slug,
        name,
        calendar: calendars.remove(&id),
        appointments: appointments.remove(&id).unwrap_or_default(),
        time_off: time_off.remove(&id).unwrap_or_default(),
    };
    Ok(doctors.into_iter().map(shown).collect())
}
