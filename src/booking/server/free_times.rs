//! A doctor's free times over some days, for programs.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;

use super::{
    availability::Availability,
    booker::Booker,
    times::{beginning_of, local_date},
};
use crate::{
    availability::server::{DoctorCalendars, Location, Slot},
    booking::server::read_window::ReadWindow,
    clinic::DoctorStatus,
    db::{Conn, Error},
    error::{AppError, FieldCode},
    ids::{DoctorId, VisitTypeId},
    state::AppState,
    time::{Timestamp, server::LocalDate},
};

/// Days that one question may cover.
const MAX_DAYS: i64 = 31;
/// Days that a question without an end covers.
const DAYS: i64 = 7;

/// Which times a program asks for.
#[derive(Clone, Debug)]
pub struct FreeTimesQuery {
    pub doctor: DoctorId,
    /// The doctor's first visit type when none is given.
    pub visit_type: Option<VisitTypeId>,
    /// Today when none is given.
    pub from: Option<LocalDate>,
    /// The last day, itself included; a week from `from` when none is given.
    pub to: Option<LocalDate>,
}

/// The answer.
pub struct FreeTimes {
    pub visit_type: VisitTypeId,
    /// The earliest first, each with its location.
    pub times: Vec<(Slot, Location)>,
    /// The moment for which the times are free.
    pub now: Timestamp,
    /// The same as the response body, encoded once.
    pub sent: OnceLock<Bytes>,
}

/// The times that this booker can book.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown or hidden doctor, or a visit type that they do not have; [`AppError::Invalid`]
/// naming `to`.
pub async fn free_times(app: &AppState, booker: &Booker, query: FreeTimesQuery) -> Result<Arc<FreeTimes>, AppError> {
    if booker.is_visitor() {
        if !app.directory.shows(query.doctor).await? {
            return Err(AppError::NotFound);
        }
        return app.free_slots.free_times(&query).await;
    }
    let now = app.clock.now();
    app.calendars.prepare(&app.db, query.doctor).await?;
    let mut reader = app.db.read().await?;
    let availability = load(&mut reader.conn(), &app.calendars, booker, &query, now).await?;
    Ok(Arc::new(answer(&availability, &query, now)?))
}

/// The free times of an availability.
///
/// # Errors
/// [`AppError::Invalid`] naming `to`.
pub(super) fn answer(
    availability: &Availability,
    query: &FreeTimesQuery,
    now: Timestamp,
) -> Result<FreeTimes, AppError> {
    let (from, to) = days(availability, query, now)?;
    let first = beginning_of(availability, from).max(now);
    // wherever the clock is most behind, the last day is over by then
    let end = beginning_of(availability, to.plus_days(3));
    let slots = availability.slots(first).take_while(|slot| slot.start < end);
    let within = slots.filter(|slot| local_date(availability, slot).is_some_and(|date| (from..=to).contains(&date)));
    let times = within.filter_map(|slot| Some((slot, availability.locations.get(&slot.location)?.clone()))).collect();
    Ok(FreeTimes { visit_type: availability.visit_type.id, times, now, sent: OnceLock::new() })
}

/// The availability for this booker.
pub(super) async fn load(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    booker: &Booker,
    query: &FreeTimesQuery,
    now: Timestamp,
) -> Result<Availability, Error> {
    let except = booker.live_hold(conn, now).await?;
    let window = ReadWindow::all_ahead(now).except_for(except);
    let availability = Availability::load(conn, calendars, query.doctor, query.visit_type, booker, window).await?;
    if availability.doctor.status == DoctorStatus::Active { Ok(availability) } else { Err(AppError::NotFound.into()) }
}

/// First and last day.
fn days(
    availability: &Availability,
    query: &FreeTimesQuery,
    now: Timestamp,
) -> Result<(LocalDate, LocalDate), AppError> {
    let from = query.from.or(availability.today(now)).ok_or(AppError::NotFound)?;
    let to = query.to.unwrap_or(from.plus_days(DAYS - 1));
    match to.days_since(from) {
        ..0 => Err(AppError::field("to", FieldCode::EndsBeforeStart)),
        0..MAX_DAYS => Ok((from, to)),
        _ => Err(AppError::field("to", FieldCode::TooFarAhead)),
    }
}
