//! The days and times to choose from.

use super::{
    offer::{Extent, Offer, OfferedDoctor},
    person::Person,
    record::Appointment,
    views,
};
use crate::{
    availability::{DayOption, DayPart, parts_words, server::Slot},
    booking::{BookingSubject, DayTimes, DaysPage, Moving},
    db::Conn,
    error::AppError,
    ids::{AppointmentId, VisitTypeId},
    server::state::AppState,
    time::{Instant, server::LocalDate},
};

/// Days on one page: with fewer, a quarter of the users of a national booking service had to look for more.
const DAYS: usize = 10;

/// Which days and times a page asks for.
#[derive(Clone, Debug)]
pub struct TimesQuery {
    pub doctor_slug: String,
    pub visit_type: VisitTypeId,
    /// The first date to list; today when none is given.
    pub from: Option<LocalDate>,
    /// The day whose times to list.
    pub day: Option<LocalDate>,
    /// The visit that a move would give up: its own time does not stand in the way.
    pub moving: Option<AppointmentId>,
}

/// The next ten days with free times, and the times of the chosen one.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown or hidden doctor, a visit type they do not offer, or a move of somebody else's
/// visit.
pub async fn days(app: &AppState, person: &Person, query: TimesQuery) -> Result<DaysPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let moving = match query.moving {
        Some(id) => Some(own_visit(conn, person, id).await?),
        None => None,
    };
    let except = match &moving {
        Some(visit) => Some(visit.id),
        None => person.live_hold(conn, now).await?,
    };
    let doctor = OfferedDoctor::by_slug(conn, &query.doctor_slug).await?;
    let changes = app.live.address(doctor.id);
    let offer = Offer::load(conn, doctor, Some(query.visit_type), person, Extent::whole(now).without(except)).await?;
    page(&offer, moving.as_ref(), query.from, query.day, changes, now)
}

/// The days of an offer from `from` on, and the times of `day`. `changes` is where the page hears of changes, from before
/// the offer was read.
pub(super) fn page(
    offer: &Offer,
    moving: Option<&Appointment>,
    from: Option<LocalDate>,
    day: Option<LocalDate>,
    changes: String,
    now: Instant,
) -> Result<DaysPage, AppError> {
    let from = from.map_or(now, |date| beginning_of(offer, date).max(now));
    let (days, later_from) = next_days(offer, from, now);
    let earliest = if days.is_empty() && from > now { next_days(offer, now, now).0.into_iter().next() } else { None };
    let day = day.map(|date| day_times(offer, date, now));
    let day_is_full = day.as_ref().is_some_and(|day| day.times.is_empty());
    let subject = subject(offer, moving, changes, now)?;
    Ok(DaysPage { subject, days, later_from, earliest, day: day.filter(|_| !day_is_full), day_is_full })
}

async fn own_visit(conn: &mut Conn<'_>, person: &Person, id: AppointmentId) -> Result<Appointment, AppError> {
    let visit = Appointment::find(conn, id).await?;
    if person.patient.is_some() && person.owns(&visit) { Ok(visit) } else { Err(AppError::NotFound) }
}

fn subject(
    offer: &Offer,
    moving: Option<&Appointment>,
    changes: String,
    now: Instant,
) -> Result<BookingSubject, AppError> {
    let moving = match moving {
        Some(visit) => Some(Moving { id: visit.id, version: visit.version, when: views::moment(visit, now)? }),
        None => None,
    };
    Ok(BookingSubject {
        doctor_slug: offer.doctor.slug.clone(),
        doctor_name: offer.doctor.name.clone(),
        specialty: offer.doctor.specialty.clone(),
        visit_type: offer.visit.id.to_string(),
        visit_name: offer.visit.name.clone(),
        minutes: offer.visit.rules.minutes.into(),
        mode: offer.visit.mode,
        needs_approval: offer.visit.needs_approval,
        phone: offer.phone().to_owned(),
        moving,
        changes,
    })
}

/// The first moment of a date at whichever location reaches it first.
pub(super) fn beginning_of(offer: &Offer, date: LocalDate) -> Instant {
    let starts = offer.sites.values().map(|site| site.zone.window_start(date, 0));
    starts.min().unwrap_or(Instant(i64::MAX))
}

pub(super) fn local_date(offer: &Offer, slot: &Slot) -> Option<LocalDate> {
    offer.sites.get(&slot.location).map(|site| site.zone.local_date(slot.start))
}

/// The first day from `date` on that has a free time.
pub(super) fn next_free_day(offer: &Offer, date: LocalDate, now: Instant) -> Option<DayOption> {
    next_days(offer, beginning_of(offer, date).max(now), now).0.into_iter().next()
}

/// Ten days from `from`, and the date on which an eleventh begins.
fn next_days(offer: &Offer, from: Instant, now: Instant) -> (Vec<DayOption>, Option<String>) {
    let mut days: Vec<(LocalDate, Vec<Slot>)> = Vec::with_capacity(DAYS);
    for slot in offer.slots(from) {
        let Some(date) = local_date(offer, &slot) else { continue };
        let full = days.len() == DAYS;
        match days.iter_mut().find(|(day, _)| *day == date) {
            Some((_, slots)) => slots.push(slot),
            None if full => {
                return (days_in_words(offer, days, now), Some(date.to_string()));
            }
            None => days.push((date, vec![slot])),
        }
    }
    (days_in_words(offer, days, now), None)
}

fn days_in_words(offer: &Offer, days: Vec<(LocalDate, Vec<Slot>)>, now: Instant) -> Vec<DayOption> {
    days.into_iter().map(|(date, slots)| day_in_words(offer, date, &slots, now)).collect()
}

fn day_in_words(offer: &Offer, date: LocalDate, slots: &[Slot], now: Instant) -> DayOption {
    let mut parts = Vec::new();
    let mut locations: Vec<&str> = Vec::new();
    let mut today = date;
    for slot in slots {
        let Some(site) = offer.sites.get(&slot.location) else {
            continue;
        };
        parts.push(DayPart::of_minute(site.zone.minute_of_day(slot.start)));
        today = site.zone.local_date(now);
        if !locations.contains(&site.name.as_str()) {
            locations.push(&site.name);
        }
    }
    DayOption {
        date: date.to_string(),
        label: date.day_words(today),
        parts: parts_words(&parts),
        count: u32::try_from(slots.len()).unwrap_or(u32::MAX),
        location: locations.join(" and "),
    }
}

/// The free times of a day from `from` on, earliest first.
fn slots_of_day(offer: &Offer, date: LocalDate, from: Instant) -> impl Iterator<Item = Slot> + '_ {
    // every location has begun the day after next by then, so the search ends
    let end = beginning_of(offer, date.plus_days(3));
    let slots = offer.slots(beginning_of(offer, date).max(from)).take_while(move |slot| slot.start < end);
    slots.filter(move |slot| local_date(offer, slot) == Some(date))
}

/// The earliest free time of a day, if it has one.
pub(super) fn first_of_day(offer: &Offer, date: LocalDate, now: Instant) -> Option<Slot> {
    slots_of_day(offer, date, now).next()
}

pub(super) fn day_times(offer: &Offer, date: LocalDate, now: Instant) -> DayTimes {
    let slots: Vec<Slot> = slots_of_day(offer, date, Instant(i64::MIN)).collect();
    let today = offer.sites.values().next().map_or(date, |site| site.zone.local_date(now));
    DayTimes {
        date: date.to_string(),
        label: date.day_words(today),
        times: slots.iter().filter_map(|slot| offer.in_words(slot)).collect(),
    }
}
