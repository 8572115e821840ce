//! A doctor's own day.

use sqlx::FromRow;

use super::whose::{Calendar, calendar_of};
use crate::{
    booking::{Mode, Status},
    db::{Conn, Error, on},
    doctors::{AgendaDay, AgendaEntry, AgendaState},
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId},
    server::{request::Actor, state::AppState},
    time::{
        Instant,
        server::{LocalDate, Zone},
    },
};

/// The visits of the doctor who is asking, on `date` ("2026-12-03") by the clocks of the clinic; today when there is none.
///
/// # Errors
/// [`AppError::NotFound`] when the account has no doctor's profile, an invalid `date`, or the database's.
pub async fn agenda_day(app: &AppState, actor: &Actor, date: Option<&str>) -> Result<AgendaDay, AppError> {
    let date =
        date.map(str::parse::<LocalDate>).transpose().map_err(|_| AppError::field("date", FieldCode::NotADate))?;
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let Calendar { doctor, zone, .. } = calendar_of(conn, *actor, "").await?;
    let now = app.clock.now();
    let today = zone.local_date(now);
    let date = date.unwrap_or(today);
    let rows = visits(conn, doctor, date, zone.window_start(date, 0)).await?;
    Ok(AgendaDay {
        title: date.day_words(today),
        date: date.to_string(),
        previous: date.plus_days(-1).to_string(),
        next: date.plus_days(1).to_string(),
        is_today: date == today,
        summary: summary(&rows),
        entries: rows.into_iter().map(|row| row.into_entry(now)).collect::<Result<_, Error>>()?,
    })
}

#[derive(FromRow)]
struct VisitRow {
    id: AppointmentId,
    reference: String,
    patient: String,
    visit_name: String,
    mode: Mode,
    location_name: String,
    status: Status,
    starts_at: Instant,
    ends_at: Instant,
    time_zone: String,
}

/// Visits that take place on that date where they are. `day` is the start of the date somewhere: no clock on Earth is more
/// than two days away from it.
async fn visits(conn: &mut Conn<'_>, doctor: DoctorId, date: LocalDate, day: Instant) -> Result<Vec<VisitRow>, Error> {
    const SQL: &str = "
        select a.id, a.reference, u.display_name as patient, a.visit_name, a.mode, a.location_name, a.status, a.starts_at,
            a.ends_at, a.time_zone
        from appointments a join users u on u.id = a.patient_id
        where a.doctor_id = $1 and a.starts_at between $2 and $3 and substr(a.local_start, 1, 10) = $4
            and a.status in ('requested', 'booked', 'arrived', 'completed', 'no_show')
        order by a.starts_at, a.reference";
    let two_days = 2 * 24 * 60;
    let (from, to) = (day.plus_minutes(-two_days), day.plus_minutes(two_days));
    let date = date.to_string();
    Ok(on!(conn, |c| { sqlx::query_as(SQL).bind(doctor).bind(from).bind(to).bind(date).fetch_all(c).await? }))
}

impl VisitRow {
    fn into_entry(self, now: Instant) -> Result<AgendaEntry, Error> {
        let zone = Zone::parse(&self.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        let state = match self.status {
            Status::Requested => AgendaState::Waiting,
            Status::Booked | Status::Arrived if now < self.ends_at => AgendaState::Coming,
            _ => AgendaState::Done,
        };
        let minutes = self.ends_at.minutes_since(self.starts_at);
        Ok(AgendaEntry {
            id: self.id,
            time: zone.time_words(self.starts_at),
            until: zone.time_words(self.ends_at),
            visit: format!("{}, {minutes} minutes, {}", self.visit_name, self.mode.words().to_lowercase()),
            patient: self.patient,
            location: self.location_name,
            status: self.status.clinic_words().to_owned(),
            state,
            reference: self.reference,
        })
    }
}

fn summary(rows: &[VisitRow]) -> String {
    let waiting = rows.iter().filter(|row| row.status == Status::Requested).count();
    let booked = rows.len() - waiting;
    match (booked, waiting) {
        (0, 0) => "No visits".to_owned(),
        (_, 0) => format!("{booked} booked"),
        (0, _) => format!("{waiting} waiting for approval"),
        _ => format!("{booked} booked, {waiting} waiting for approval"),
    }
}
