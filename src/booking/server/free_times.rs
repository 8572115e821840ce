//! A doctor's free times over some days, for programs.

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;

use super::{
    offer::{Extent, Offer, OfferedDoctor},
    person::Person,
    times::{beginning_of, local_date},
};
use crate::{
    availability::server::{Site, Slot},
    db::{Conn, Error},
    error::{AppError, FieldCode},
    ids::{DoctorId, VisitTypeId},
    server::state::AppState,
    time::{Instant, server::LocalDate},
};

/// Days that one question may cover.
const MOST_DAYS: i64 = 31;
/// Days that a question without an end covers.
const DAYS: i64 = 7;

/// Which times a program asks for.
#[derive(Clone, Debug)]
pub struct FreeQuery {
    pub doctor: DoctorId,
    /// The kind that the doctor offers first when none is given.
    pub visit_type: Option<VisitTypeId>,
    /// Today when none is given.
    pub from: Option<LocalDate>,
    /// The last day, itself included; a week from `from` when none is given.
    pub to: Option<LocalDate>,
}

/// The answer.
pub struct Free {
    pub visit_type: VisitTypeId,
    /// The earliest first, each with its site.
    pub times: Vec<(Slot, Site)>,
    /// The moment for which this holds.
    pub now: Instant,
    /// The same as whoever asked sends it on, made once.
    pub sent: OnceLock<Bytes>,
}

/// The times that this person could book.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown or hidden doctor, or a visit type that they do not offer; [`AppError::Invalid`]
/// naming `to`.
pub async fn free_times(app: &AppState, person: &Person, query: FreeQuery) -> Result<Arc<Free>, AppError> {
    if person.patient.is_none() && person.holder.is_none() {
        return app.shelf.free_times(app, &query).await;
    }
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let offer = load(&mut reader.conn(), person, &query, now).await?;
    Ok(Arc::new(answer(&offer, &query, now)?))
}

/// The free times of an offer.
///
/// # Errors
/// [`AppError::Invalid`] naming `to`.
pub(super) fn answer(offer: &Offer, query: &FreeQuery, now: Instant) -> Result<Free, AppError> {
    let (from, to) = days(offer, query, now)?;
    let first = beginning_of(offer, from).max(now);
    // wherever the clock is most behind, the last day is over by then
    let end = beginning_of(offer, to.plus_days(3));
    let slots = offer.slots(first).take_while(|slot| slot.start < end);
    let within = slots.filter(|slot| local_date(offer, slot).is_some_and(|date| (from..=to).contains(&date)));
    let times = within.filter_map(|slot| Some((slot, offer.sites.get(&slot.location)?.clone()))).collect();
    Ok(Free { visit_type: offer.visit.id, times, now, sent: OnceLock::new() })
}

/// What this person is offered.
pub(super) async fn load(
    conn: &mut Conn<'_>,
    person: &Person,
    query: &FreeQuery,
    now: Instant,
) -> Result<Offer, Error> {
    let doctor = OfferedDoctor::by_id(conn, query.doctor).await?;
    if doctor.status != "active" {
        return Err(AppError::NotFound.into());
    }
    let except = person.live_hold(conn, now).await?;
    Offer::load(conn, doctor, query.visit_type, person, Extent::whole(now).without(except)).await
}

/// First and last day.
fn days(offer: &Offer, query: &FreeQuery, now: Instant) -> Result<(LocalDate, LocalDate), AppError> {
    let today = offer.sites.values().map(|site| site.zone.local_date(now)).min();
    let from = query.from.or(today).ok_or(AppError::NotFound)?;
    let to = query.to.unwrap_or(from.plus_days(DAYS - 1));
    match to.days_since(from) {
        ..0 => Err(AppError::field("to", FieldCode::EndsBeforeStart)),
        0..MOST_DAYS => Ok((from, to)),
        _ => Err(AppError::field("to", FieldCode::TooFarAhead)),
    }
}
