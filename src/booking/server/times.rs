//! The days and times to choose from.

use super::{
    access::{booker_of, others},
    appointment::Appointment,
    availability::Availability,
    booker::Booker,
    month::with_month,
    views,
};
use crate::{
    accounts::server::care::acted_for,
    availability::{DayOption, DayPart, TimeOption, packed, parts_words, server::Slot},
    booking::{BookingSubject, DayTimes, DaysPage, KindOption, Moving, server::read_window::ReadWindow},
    db::Conn,
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId, VisitTypeId},
    state::AppState,
    time::{Timestamp, server::LocalDate},
};

/// Days on one page: with fewer, a quarter of the users of a national booking service had to look for more.
const DAYS: usize = 10;
/// Times of days that are not shown yet, at most, that come with a page. The browser asks for more.
const LISTED: usize = 600;

/// Which days and times a page asks for.
#[derive(Clone, Debug)]
pub struct TimesQuery {
    pub doctor_slug: String,
    pub visit_type: VisitTypeId,
    /// The first date to list; today when none is given.
    pub from: Option<LocalDate>,
    /// The first day of the month to show in place of a list.
    pub month: Option<LocalDate>,
    /// The day whose times to list.
    pub day: Option<LocalDate>,
    /// Who is to be seen, when that is not the booker.
    pub person: Option<PersonId>,
    /// The appointment that a move would give up: its own time does not count as busy.
    pub moving: Option<AppointmentId>,
}

/// The next ten days with free times, or a whole month, and the times of the chosen one.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown or hidden doctor, a visit type they do not have, or a move of another person's
/// appointment.
pub async fn days(app: &AppState, booker: &Booker, query: TimesQuery) -> Result<DaysPage, AppError> {
    let now = app.clock.now();
    let doctor = app.directory.doctor_with_slug(&query.doctor_slug).await?.ok_or(AppError::NotFound)?;
    let changes = app.schedule_changes.address(doctor);
    if booker.is_visitor() && query.moving.is_none() {
        // what every visitor finds is in memory
        let availability = app.free_slots.availability(doctor, query.visit_type).await?;
        let kinds = kinds(app, doctor).await?;
        return Ok(DaysPage { kinds, ..page(&availability, None, query.from, query.month, query.day, changes, now)? });
    }
    let booker = &booker.clone().acting_for(query.person);
    app.calendars.prepare(&app.db, doctor).await?;
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (moving, booker) = match query.moving {
        Some(id) => {
            let (appointment, booker) = own_appointment(conn, booker, id, now).await?;
            (Some(appointment), booker)
        }
        None => (None, booker.clone()),
    };
    let booker = &booker;
    booker.check(conn, now).await?;
    // for whom it is comes first, when there is a choice and none was made
    let persons = match (booker.account(), query.moving) {
        (Some(account), None) => others(acted_for(conn, account, now).await?),
        _ => Vec::new(),
    };
    let except = match &moving {
        Some(visit_type) => Some(visit_type.id),
        None => booker.live_hold(conn, now).await?,
    };
    let window = ReadWindow::all_ahead(now).except_for(except);
    let availability = Availability::load(conn, &app.calendars, doctor, Some(query.visit_type), booker, window).await?;
    let shown = page(&availability, moving.as_ref(), query.from, query.month, query.day, changes, now)?;
    let kinds = if moving.is_none() { kinds(app, doctor).await? } else { Vec::new() };
    Ok(DaysPage { kinds, persons, person: query.person, ..shown })
}

/// What a patient may choose with this doctor.
async fn kinds(app: &AppState, doctor: DoctorId) -> Result<Vec<KindOption>, AppError> {
    let kinds = app.directory.visit_types(doctor).await?.into_iter().map(|kind| {
        let detail = if kind.note.is_empty() { kind.meta } else { [&kind.meta, ". ", &kind.note].concat() };
        KindOption { id: kind.id.to_string(), name: kind.name, detail }
    });
    Ok(kinds.collect())
}

/// The days of an availability from `from` on, or the month that begins with `month`, and the times of `day`, or of the
/// first of them. `changes` is where the page learns of changes, taken before the availability was read.
pub(super) fn page(
    availability: &Availability,
    moving: Option<&Appointment>,
    from: Option<LocalDate>,
    month: Option<LocalDate>,
    day: Option<LocalDate>,
    changes: String,
    now: Timestamp,
) -> Result<DaysPage, AppError> {
    let from = month.or(from).map_or(now, |date| beginning_of(availability, date).max(now));
    let (found, later_from) = next_days(availability, from);
    let earliest = if found.is_empty() && from > now { first_day(availability, now, now) } else { None };
    let day = day.or(found.first().map(|(date, _)| *date)).map(|date| day_times(availability, date, now));
    let day_is_full = day.as_ref().is_some_and(|day| day.times.is_empty());
    let subject = subject(availability, moving, changes, now)?;
    let refused = availability.refusal();
    let page = DaysPage {
        subject,
        kinds: Vec::new(),
        // a month has no list whose other days the browser shows by itself
        listed: if month.is_none() { listed(availability, &found) } else { Vec::new() },
        days: found.iter().map(|(date, slots)| day_in_words(availability, *date, slots, now)).collect(),
        later_from,
        earliest,
        month: None,
        day: day.filter(|_| !day_is_full),
        day_is_full,
        refused,
        persons: Vec::new(),
        person: None,
    };
    Ok(match month {
        Some(first) => with_month(page, availability, first, now),
        None => page,
    })
}

/// The appointment that moves, and its booker.
async fn own_appointment(
    conn: &mut Conn<'_>,
    booker: &Booker,
    id: AppointmentId,
    now: Timestamp,
) -> Result<(Appointment, Booker), AppError> {
    let appointment = Appointment::find(conn, id).await?;
    let booker = booker_of(conn, booker, &appointment, now).await?;
    if booker.patient.is_some() { Ok((appointment, booker)) } else { Err(AppError::NotFound) }
}

fn subject(
    availability: &Availability,
    moving: Option<&Appointment>,
    changes: String,
    now: Timestamp,
) -> Result<BookingSubject, AppError> {
    let moving = match moving {
        Some(visit_type) => {
            Some(Moving { id: visit_type.id, version: visit_type.version, when: views::moment(visit_type, now)? })
        }
        None => None,
    };
    Ok(BookingSubject {
        doctor_slug: availability.doctor.slug.clone(),
        doctor_name: availability.doctor.name.clone(),
        specialty: availability.doctor.specialty.clone(),
        visit_type: availability.visit_type.id.to_string(),
        visit_type_name: availability.visit_type.name.clone(),
        minutes: availability.visit_type.rules.minutes.into(),
        mode: availability.visit_type.mode,
        needs_approval: availability.visit_type.needs_approval,
        most_at_once: availability.visit_type.most_at_once,
        phone: availability.phone().to_owned(),
        moving,
        changes,
    })
}

/// The first moment of a date at whichever location reaches it first.
pub(super) fn beginning_of(availability: &Availability, date: LocalDate) -> Timestamp {
    let starts = availability.locations.values().map(|location| location.zone.window_start(date, 0));
    starts.min().unwrap_or(Timestamp(i64::MAX))
}

pub(super) fn local_date(availability: &Availability, slot: &Slot) -> Option<LocalDate> {
    availability.locations.get(&slot.location).map(|location| location.zone.local_date(slot.start))
}

/// The first day from `date` on that has a free time.
pub(super) fn next_free_day(availability: &Availability, date: LocalDate, now: Timestamp) -> Option<DayOption> {
    first_day(availability, beginning_of(availability, date).max(now), now)
}

fn first_day(availability: &Availability, from: Timestamp, now: Timestamp) -> Option<DayOption> {
    let (date, slots) = next_days(availability, from).0.into_iter().next()?;
    Some(day_in_words(availability, date, &slots, now))
}

/// A date with its free times, in order.
type Day = (LocalDate, Vec<Slot>);

/// Ten days from `from`, and the date on which an eleventh begins.
fn next_days(availability: &Availability, from: Timestamp) -> (Vec<Day>, Option<String>) {
    let mut days: Vec<Day> = Vec::with_capacity(DAYS);
    for slot in availability.slots(from) {
        let Some(date) = local_date(availability, &slot) else { continue };
        let full = days.len() == DAYS;
        match days.iter_mut().find(|(day, _)| *day == date) {
            Some((_, slots)) => slots.push(slot),
            None if full => return (days, Some(date.to_string())),
            None => days.push((date, vec![slot])),
        }
    }
    (days, None)
}

/// The times of these days, each day as one text. Days are left out from the one on with which they become too many.
fn listed(availability: &Availability, days: &[Day]) -> Vec<String> {
    let mut sum = 0;
    let fits = |(_, slots): &&Day| {
        sum += slots.len();
        sum <= LISTED
    };
    let in_words = |(_, slots): &Day| {
        packed(&slots.iter().filter_map(|slot| availability.in_words(slot)).collect::<Vec<TimeOption>>())
    };
    days.iter().take_while(fits).map(in_words).collect()
}

fn day_in_words(availability: &Availability, date: LocalDate, slots: &[Slot], now: Timestamp) -> DayOption {
    let mut parts = Vec::new();
    let mut locations: Vec<&str> = Vec::new();
    let mut today = date;
    for slot in slots {
        let Some(location) = availability.locations.get(&slot.location) else {
            continue;
        };
        parts.push(DayPart::of_minute(location.zone.minute_of_day(slot.start)));
        today = location.zone.local_date(now);
        if !locations.contains(&location.name.as_str()) {
            locations.push(&location.name);
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
pub(super) fn slots_of_day(
    availability: &Availability,
    date: LocalDate,
    from: Timestamp,
) -> impl Iterator<Item = Slot> + '_ {
    // every location has begun the day after next by then, so the search ends
    let end = beginning_of(availability, date.plus_days(3));
    let slots = availability.slots(beginning_of(availability, date).max(from)).take_while(move |slot| slot.start < end);
    slots.filter(move |slot| local_date(availability, slot) == Some(date))
}

/// The earliest free time of a day, if it has one.
pub(super) fn first_of_day(availability: &Availability, date: LocalDate, now: Timestamp) -> Option<Slot> {
    slots_of_day(availability, date, now).next()
}

pub(super) fn day_times(availability: &Availability, date: LocalDate, now: Timestamp) -> DayTimes {
    let slots: Vec<Slot> = slots_of_day(availability, date, Timestamp(i64::MIN)).collect();
    let today = availability.locations.values().next().map_or(date, |location| location.zone.local_date(now));
    DayTimes {
        date: date.to_string(),
        label: date.day_words(today),
        times: slots.iter().filter_map(|slot| availability.in_words(slot)).collect(),
    }
}
