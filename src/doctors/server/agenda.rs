//! A doctor's day.

use super::{
    agenda_load::{Agenda, Line},
    agenda_rows::{coming_counts, other_zone, requests},
};
use crate::{
    availability::server::{calendar_at_desk, note_calendar_read},
    booking::Status,
    db::Error,
    doctors::{AgendaAppointment, AgendaDay, AgendaEntry, FreeTime},
    error::{AppError, FieldCode},
    state::AppState,
    time::server::LocalDate,
    web::request::Actor,
};

/// Requests of other days above a day; a list has the others.
const MAX_REQUESTS: usize = 5;

/// One day of a doctor: `date` ("2026-12-03") by the clocks of the clinic, today when there is none. `slug` names the
/// doctor for staff; doctors see their own.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] when there is no such calendar for this person, an
/// invalid `date`, or the database's.
pub async fn agenda_day(app: &AppState, actor: &Actor, slug: &str, date: Option<&str>) -> Result<AgendaDay, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let calendar = calendar_at_desk(conn, *actor, slug).await?;
    let date = date_or_today(date, calendar.zone.local_date(now))?;
    let waiting = requests(conn, calendar.doctor, now).await?;
    let (_, all_waiting) = coming_counts(conn, calendar.doctor, now).await?;
    let agenda = Agenda::load(conn, calendar, date, 1, now).await?;
    drop(reader);
    note_calendar_read(app, *actor, agenda.calendar.doctor, &agenda.calendar.name).await;
    let lines = agenda.lines(date)?;
    // those of this day stand in it
    let here = |line: &&Line<'_>| matches!(line, Line::Appointment { row, .. } if row.status == Status::Requested);
    let here = i64::try_from(lines.iter().filter(here).count()).unwrap_or_default();
    let others = waiting.iter().filter(|row| row.date().is_ok_and(|other| other != date)).take(MAX_REQUESTS);
    let request = |row: &super::agenda_rows::AppointmentRow| row.in_words(false, &agenda.calendar.zone, now);
    Ok(AgendaDay {
        owner: agenda.owner(),
        title: date.day_words(agenda.today),
        date: date.to_string(),
        previous: date.plus_days(-1).to_string(),
        next: date.plus_days(1).to_string(),
        is_today: date == agenda.today,
        summary: agenda.summary(lines.iter()),
        other_requests: u32::try_from(all_waiting - here).unwrap_or_default(),
        requests: others.map(request).collect::<Result<Vec<AgendaAppointment>, Error>>()?,
        entries: lines.iter().map(|line| agenda.entry(line)).collect::<Result<_, Error>>()?,
    })
}

/// A date of an address; today when there is none.
///
/// # Errors
/// [`AppError::Invalid`] when it is not a date.
pub(crate) fn date_or_today(date: Option<&str>, today: LocalDate) -> Result<LocalDate, AppError> {
    let date = date.filter(|date| !date.is_empty()).map_or(Ok(today), str::parse);
    date.map_err(|_| AppError::field("date", FieldCode::NotADate))
}

impl Agenda {
    fn entry(&self, line: &Line<'_>) -> Result<AgendaEntry, Error> {
        Ok(match line {
            Line::Appointment { row, overlaps } => {
                AgendaEntry::Appointment(Box::new(row.in_words(*overlaps, &self.calendar.zone, self.now)?))
            }
            Line::Held(row) => {
                let zone = row.zone()?;
                let times = (zone.time_words(row.starts_at), zone.time_words(row.ends_at));
                AgendaEntry::Blocked { times: Some(times), words: HELD_WORDS.to_owned() }
            }
            Line::Free { start, end, location } => AgendaEntry::Free(FreeTime {
                time: location.zone.time_words(*start),
                until: location.zone.time_words(*end),
                other_zone: other_zone(&location.zone, &self.calendar.zone),
                minutes: end.minutes_since(*start),
                start: start.0,
                location: location.name.clone(),
            }),
            Line::Blocked { span, words } => {
                let words_at = |at| self.calendar.zone.time_words(at);
                let times = span.map(|(start, end)| (words_at(start), words_at(end)));
                AgendaEntry::Blocked { times, words: words.clone() }
            }
        })
    }
}

/// The words at a time that a booker holds while filling in the form.
pub(super) const HELD_WORDS: &str = "A patient is booking this time";
