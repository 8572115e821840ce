//! Which booked appointments a change of hours would leave outside.
//!
//! A unit that changes hours, single dates, time off or closures looks at the calendars first, changes its rows, and
//! asks again. An appointment counts when it lay within the hours before and no longer does; one that staff put outside
//! them earlier does not. This module never changes an appointment: the doctor or staff member who changes the hours
//! reads the list and decides.
//!
//! ```text
//! let before = impact::look(conn, &[doctor], now).await?;
//! // … change rows …
//! impact::ask_first(conn, &before, now, keep_appointments).await?;
//! ```

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    load::{Location, load_locations, load_schedules},
    occupies,
    schedule::Schedule,
};
use crate::{
    db::{Conn, Error, ids_json, in_ids},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, VisitTypeId},
    time::Timestamp,
};

/// Appointments that are named in words; the others are counted.
const NAMED: usize = 10;
/// Busy times are not read: an appointment's own time does not decide whether it lies within the hours.
const NO_BUSY_TIMES_MINUTES: i64 = -48 * 60;

/// The hours of some doctors, as they stood at one moment.
pub struct Calendars {
    schedules: HashMap<DoctorId, Schedule>,
    locations: HashMap<LocationId, Location>,
}

/// A coming appointment: waiting for approval, booked, or arrived early.
#[derive(Clone, Debug, FromRow)]
pub struct ComingAppointment {
    pub id: AppointmentId,
    pub doctor_id: DoctorId,
    pub visit_type_id: VisitTypeId,
    pub location_id: LocationId,
    pub reference: String,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

/// The hours of these doctors as they are now.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn look(conn: &mut Conn<'_>, doctors: &[DoctorId], now: Timestamp) -> Result<Calendars, Error> {
    let locations = load_locations(conn).await?;
    let to = now.plus_minutes(NO_BUSY_TIMES_MINUTES);
    Ok(Calendars { schedules: load_schedules(conn, &locations, doctors, now, to).await?, locations })
}

/// The coming appointments that lay within the hours `before` and lie outside them now, earliest first.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn appointments_outside(
    conn: &mut Conn<'_>,
    before: &Calendars,
    now: Timestamp,
) -> Result<Vec<ComingAppointment>, Error> {
    let doctors: Vec<DoctorId> = before.schedules.keys().copied().collect();
    let after = look(conn, &doctors, now).await?;
    let mut appointments = coming_appointments(conn, &doctors, now).await?;
    appointments.retain(|appointment| before.hold(appointment) && !after.hold(appointment));
    Ok(appointments)
}

/// Refuses a change that leaves appointments outside, unless the person was told how many they are and says
/// `keep_appointments`.
///
/// # Errors
/// [`AppError::AppointmentsOutside`] with the first appointments in words; the database's.
pub async fn ask_first(
    conn: &mut Conn<'_>,
    before: &Calendars,
    now: Timestamp,
    keep_appointments: Option<u32>,
) -> Result<(), Error> {
    let appointments = appointments_outside(conn, before, now).await?;
    let all = u32::try_from(appointments.len()).unwrap_or(u32::MAX);
    if all == 0 || keep_appointments == Some(all) {
        return Ok(());
    }
    let appointments = appointments.iter().take(NAMED).map(|appointment| before.label(appointment, now)).collect();
    Err(AppError::AppointmentsOutside { appointments, all }.into())
}

impl Calendars {
    /// Whether the appointment lies within a working interval of its own date at its location.
    fn hold(&self, appointment: &ComingAppointment) -> bool {
        let Some(schedule) = self.schedules.get(&appointment.doctor_id) else { return false };
        let Some(location) = schedule.locations.iter().find(|location| location.id == appointment.location_id) else {
            return false;
        };
        let working_intervals = schedule.working_intervals(
            location,
            location.zone.local_date(appointment.starts_at),
            appointment.visit_type_id,
        );
        working_intervals.iter().any(|interval| interval.holds(appointment.starts_at, appointment.ends_at))
    }

    /// "Tuesday 6 January, 9am, K7F4-M2PQ", by the clocks of its location.
    fn label(&self, appointment: &ComingAppointment, now: Timestamp) -> String {
        let location = self.locations.get(&appointment.location_id);
        let when = |location: &Location| {
            location.zoned(location.zone.moment_words(appointment.starts_at, now), &self.locations)
        };
        let when = location.map(when).unwrap_or_default();
        format!("{when}, {}", appointment.reference)
    }
}

async fn coming_appointments(
    conn: &mut Conn<'_>,
    doctors: &[DoctorId],
    now: Timestamp,
) -> Result<Vec<ComingAppointment>, Error> {
    let sql = in_ids!(
        concat!(
            "select a.id, a.doctor_id, t.visit_type_id, t.location_id, a.reference, a.starts_at, a.ends_at
            from appointments a join appointment_terms t on t.id = a.terms_id
            where a.starts_at >= $2 and a.status <> 'held' and ",
            occupies!("a", "$2"),
            " and a.doctor_id"
        ),
        " order by a.starts_at, a.reference"
    );
    let ids = ids_json(doctors.iter().map(|id| id.0));
    conn.fetch_all(sql, (&ids, now)).await
}
