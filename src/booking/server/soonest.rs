//! The soonest free time of any doctor of a specialty: the doctor is chosen in the unit that holds the time.
//!
//! Which doctors come into question, and on which days each is free, is read before. The unit then looks at the days in
//! their order, so it reads no more calendars than it needs, and takes the soonest time that is free at that moment.
//! Among doctors who are free at the same time, the one with the fewest appointments that day comes first; among those
//! with as many, the order is another one for each start, so that none is always the first.

use std::{collections::HashMap, sync::Arc};

use super::{
    availability::Availability,
    booker::Booker,
    front_desk::page_to_add,
    hold::{HoldParams, build_hold, give_back},
    read_window::{ReadWindow, Start},
    times::{local_date, slots_of_day},
    who::{booker_for, named},
};
use crate::{
    availability::{
        Reason,
        server::{DoctorCalendars, Slot},
    },
    booking::{Action, Mode, soonest::SoonestPage},
    config::BookingSettings,
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, ResourceKindId, VisitTypeId},
    random,
    state::AppState,
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// Doctors who come into question at once: those whose next free times are the soonest.
const MOST_DOCTORS: usize = 8;
/// Days with free times that are known of each of them.
const MOST_DAYS: usize = 10;
/// Visit types of one doctor among which one is looked for.
const MOST_TYPES: usize = 6;
/// Days of calendars that one unit reads.
const MOST_READ: usize = 60;
/// Units, after each of which the doctors are looked for anew.
const MOST_ROUNDS: usize = 4;

/// Which doctors.
#[derive(Clone, Debug)]
pub struct SoonestQuery {
    /// A specialty's slug.
    pub specialty: String,
    /// A location's id; empty for every location.
    pub location: String,
    /// Who is to be seen, when that is not the booker; else empty.
    pub person: String,
}

/// A doctor who comes into question.
struct Candidate {
    doctor: DoctorId,
    slug: String,
    visit_type: VisitTypeId,
    /// The first free time of each day that has one, in order.
    days: Vec<Timestamp>,
    /// The first of them in words.
    words: String,
}

/// Holds the soonest free time of any active doctor of the specialty, with the doctor's first visit type that takes
/// place in person, needs no approval and is for this booker. A time that another booker takes meanwhile is passed over.
///
/// # Errors
/// [`AppError::TimeGone`] when no doctor has a free time; [`AppError::NotFound`] for an unknown specialty;
/// [`AppError::NotActing`] for a person for whom the booker may not book.
pub async fn hold_soonest(app: &AppState, booker: Booker, query: SoonestQuery) -> Result<AppointmentId, AppError> {
    let booker = booker.acting_for(named(&query.person)?);
    let none = || AppError::TimeGone { wanted: String::new(), reasons: vec![Reason::Taken], nearest: Vec::new() };
    for _ in 0..MOST_ROUNDS {
        let now = app.clock.now();
        let (_, candidates) = candidates(app, &booker, &query, now).await?;
        if candidates.is_empty() {
            return Err(none());
        }
        let id = AppointmentId(random::id());
        let unit = HoldSoonest {
            id,
            booker: booker.clone(),
            candidates,
            location: query.location.parse().ok(),
            calendars: app.calendars.clone(),
            rules: app.settings.booking.clone(),
            now,
        };
        match app.db.write(unit).await {
            Ok(()) => return Ok(id),
            Err(Error::App(AppError::TimeGone { .. })) => {}
            Err(error) if error.violation().is_some_and(Violation::is_overlap) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(none())
}

/// What the page before says.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown specialty; [`AppError::NotActing`] as [`hold_soonest`].
pub async fn soonest(app: &AppState, booker: &Booker, query: SoonestQuery) -> Result<SoonestPage, AppError> {
    let now = app.clock.now();
    let (booker, whom) = booker_for(&mut app.db.read().await?.conn(), booker, &query.person, now).await?;
    let ((specialty, location), candidates) = candidates(app, &booker, &query, now).await?;
    let first = candidates.into_iter().min_by_key(|candidate| candidate.days.first().copied());
    Ok(SoonestPage { specialty, location, when: first.map(|candidate| candidate.words), whom })
}

/// The page on which staff add an appointment at the soonest free time of any doctor.
///
/// # Errors
/// As [`hold_soonest`]; [`AppError::OtherCalendar`] for a doctor and a time of another one.
pub async fn page_to_add_soonest(app: &AppState, actor: Actor, query: SoonestQuery) -> Result<String, AppError> {
    let visitor = Booker { patient: None, carer: None, holder: None };
    let (_, candidates) = candidates(app, &visitor, &query, app.clock.now()).await?;
    let first = candidates.iter().filter_map(|candidate| Some((*candidate.days.first()?, candidate)));
    let first = first.min_by_key(|(start, candidate)| (*start, turn(*start, candidate.doctor)));
    let none = || AppError::TimeGone { wanted: String::new(), reasons: vec![Reason::Taken], nearest: Vec::new() };
    let (start, Candidate { slug, visit_type, .. }) = first.ok_or_else(none)?;
    page_to_add(app, actor, slug, *visit_type, start).await
}

/// The names of specialty and location, and the doctors who come into question.
async fn candidates(
    app: &AppState,
    booker: &Booker,
    query: &SoonestQuery,
    now: Timestamp,
) -> Result<((String, String), Vec<Candidate>), AppError> {
    let found = app.directory.of_specialty(&query.specialty, &query.location).await?.ok_or(AppError::NotFound)?;
    let location = query.location.parse().ok();
    let mut candidates = Vec::new();
    for doctor in found.doctors.into_iter().take(MOST_DOCTORS) {
        app.calendars.prepare(&app.db, doctor).await?;
        let mut reader = app.db.read().await?;
        let conn = &mut reader.conn();
        candidates.extend(candidate(conn, &app.calendars, doctor, location, booker, now).await?);
    }
    Ok(((found.specialty, found.location), candidates))
}

async fn candidate(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    doctor: DoctorId,
    location: Option<LocationId>,
    booker: &Booker,
    now: Timestamp,
) -> Result<Option<Candidate>, Error> {
    let Some(availability) = fitting(conn, calendars, doctor, booker, now).await? else { return Ok(None) };
    let days = first_of_days(&availability, location, now);
    let words = days.first().map(|start| availability.moment_at(*start));
    let (slug, visit_type) = (availability.doctor.slug.clone(), availability.visit_type.id);
    Ok(words.map(|words| Candidate { doctor, slug, visit_type, days, words }))
}

/// The availability of a doctor whose calendar is known, for their first visit type that takes place in person, needs
/// no approval and is for this booker; none when there is no such visit type.
///
/// # Errors
/// The database's.
pub(super) async fn fitting(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    doctor: DoctorId,
    booker: &Booker,
    now: Timestamp,
) -> Result<Option<Availability>, Error> {
    let Some(calendar) = calendars.known(doctor) else { return Ok(None) };
    // the booker's own live hold is given back
    let window = ReadWindow::all_ahead(now).except_for(booker.live_hold(conn, now).await?);
    let fitting =
        calendar.visit_types.iter().filter(|offered| offered.mode == Mode::InPerson && !offered.needs_approval);
    for offered in fitting.take(MOST_TYPES) {
        match Availability::load(conn, calendars, doctor, Some(offered.id), booker, window).await {
            Ok(availability) if availability.refusal().is_none() => return Ok(Some(availability)),
            Ok(_) | Err(Error::App(AppError::NotFound)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Whether a slot is where it is wanted.
fn is_there(slot: &Slot, location: Option<LocationId>) -> bool {
    location.is_none_or(|location| location == slot.location)
}

fn first_of_days(availability: &Availability, location: Option<LocationId>, now: Timestamp) -> Vec<Timestamp> {
    let mut days: Vec<(Option<LocalDate>, Timestamp)> = Vec::new();
    for slot in availability.slots(now).filter(|slot| is_there(slot, location)) {
        let date = local_date(availability, &slot);
        if days.last().is_some_and(|(last, _)| *last == date) {
            continue;
        }
        if days.len() == MOST_DAYS {
            break;
        }
        days.push((date, slot.start));
    }
    days.into_iter().map(|(_, start)| start).collect()
}

/// A doctor's turn among those who are free at this start with as many appointments that day: another order for each
/// start.
fn turn(start: Timestamp, doctor: DoctorId) -> u128 {
    const MIXED: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
    doctor.0.as_u128().wrapping_mul(MIXED) ^ u128::from(start.0.unsigned_abs()).wrapping_mul(MIXED)
}

/// Holds the soonest time of any of these doctors.
struct HoldSoonest {
    id: AppointmentId,
    booker: Booker,
    candidates: Vec<Candidate>,
    location: Option<LocationId>,
    calendars: Arc<DoctorCalendars>,
    rules: BookingSettings,
    now: Timestamp,
}

/// How far the search has come with one candidate.
struct Reached {
    candidate: usize,
    /// Which of the candidate's days.
    day: usize,
    /// No time of the doctor before this one is free.
    start: Timestamp,
    /// Of this day as the unit reads it: how many appointments the doctor has. None before it was read.
    appointments: Option<usize>,
}

impl WriteUnit for HoldSoonest {
    const NAME: &'static str = "hold_soonest";
    type Output = ();

    fn doctors(&self) -> Vec<DoctorId> {
        self.candidates.iter().map(|candidate| candidate.doctor).collect()
    }

    fn resource_kinds(&self) -> Vec<ResourceKindId> {
        let needs = |candidate: &Candidate| self.calendars.needs(candidate.doctor, Some(candidate.visit_type));
        self.candidates.iter().flat_map(needs).collect()
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        self.booker.check(tx, self.now).await?;
        let typed = give_back(tx, &self.booker, self.now, None).await?;
        let (candidate, start) = self.find(tx).await?;
        let Candidate { doctor, visit_type, .. } = *candidate;
        let (visit_type, start) = (Some(visit_type), Start::At(start));
        let params = HoldParams { id: self.id, doctor, visit_type, start, previous: None };
        let (mut hold, _) = build_hold(tx, &self.calendars, &self.booker, &params, &self.rules, self.now).await?;
        (hold.reason, hold.contact_phone) = typed;
        hold.insert(tx, Action::Hold, self.booker.by()).await
    }
}

impl HoldSoonest {
    /// The soonest time that is free in this unit, and whose it is.
    ///
    /// # Errors
    /// [`AppError::TimeGone`] when none of the known days has one any more.
    async fn find(&self, tx: &mut Tx<'_>) -> Result<(&Candidate, Timestamp), Error> {
        let gone = || AppError::TimeGone { wanted: String::new(), reasons: vec![Reason::Taken], nearest: Vec::new() };
        let mut reached: HashMap<usize, Reached> = (0..self.candidates.len())
            .filter_map(|candidate| {
                let start = *self.candidates.get(candidate)?.days.first()?;
                Some((candidate, Reached { candidate, day: 0, start, appointments: None }))
            })
            .collect();
        for _ in 0..MOST_READ {
            let soonest = reached.values().map(|reached| reached.start).min().ok_or_else(gone)?;
            let at_once = || reached.values().filter(|reached| reached.start == soonest);
            let unread =
                at_once().filter(|reached| reached.appointments.is_none()).map(|reached| reached.candidate).min();
            let Some(unread) = unread else {
                let first = at_once().filter_map(|reached| {
                    let candidate = self.candidates.get(reached.candidate)?;
                    Some((reached.appointments, turn(soonest, candidate.doctor), candidate))
                });
                let (.., first) =
                    first.min_by_key(|(appointments, turn, _)| (*appointments, *turn)).ok_or_else(gone)?;
                return Ok((first, soonest));
            };
            if let Some(before) = reached.remove(&unread)
                && let Some(after) = self.read(tx, before).await?
            {
                reached.insert(unread, after);
            }
        }
        Err(gone().into())
    }

    /// Reads the day that the search has come to with one candidate; none when the candidate has no more days.
    async fn read(&self, tx: &mut Tx<'_>, reached: Reached) -> Result<Option<Reached>, Error> {
        let Some(candidate) = self.candidates.get(reached.candidate) else { return Ok(None) };
        let window = ReadWindow::day_of(self.now, Start::At(reached.start)).with_buffers();
        let (doctor, visit_type) = (candidate.doctor, Some(candidate.visit_type));
        let availability = match Availability::load(tx, &self.calendars, doctor, visit_type, &self.booker, window).await
        {
            Err(Error::App(AppError::NotFound)) => return Ok(None),
            other => other?,
        };
        let date = availability.location_near(reached.start).map(|location| location.zone.local_date(reached.start));
        let free = date.and_then(|date| {
            let slots = slots_of_day(&availability, date, self.now);
            slots.filter(|slot| is_there(slot, self.location)).map(|slot| slot.start).next()
        });
        Ok(match free {
            Some(start) => {
                let appointments = date.map_or(0, |date| availability.appointments_on(date));
                Some(Reached { start, appointments: Some(appointments), ..reached })
            }
            None => {
                let day = reached.day + 1;
                let start = candidate.days.get(day).copied();
                start.map(|start| Reached { day, start, appointments: None, ..reached })
            }
        })
    }
}
