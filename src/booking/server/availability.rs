//! One doctor's availability for one booker: the doctor, the visit type, the schedule and the one predicate over them.

use std::{collections::HashMap, sync::Arc};

use sqlx::FromRow;

use super::{
    appointment::Appointment,
    booker::Booker,
    facts::{Facts, Found},
    resource_use,
};
use crate::{
    availability::{
        Reason, TimeOption,
        server::{
            Busy, DoctorCalendar, DoctorCalendars, Location, PatientContext, ResourceUse, Schedule, Slot, VisitType,
            evaluate_start, nearest, slot_at, slots, time_option,
        },
    },
    booking::server::read_window::{FAR_AHEAD_MINUTES, ReadWindow, Start, within_buffers},
    clinic::DoctorStatus,
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, PersonId, ResourceId, VisitTypeId},
    notifications::model::BookingMail,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// Free times suggested when the requested one is gone.
const NEAREST: usize = 3;
const DAY_MINUTES: i64 = 24 * 60;

/// The doctor of an availability.
#[derive(Clone, Debug, FromRow)]
pub(super) struct BookableDoctor {
    pub id: DoctorId,
    pub slug: String,
    pub name: String,
    pub specialty: String,
    pub status: DoctorStatus,
    /// The doctor's account.
    pub person_id: Option<PersonId>,
    pub booking_mail: BookingMail,
}

/// Whether and when a booker can see a doctor, as far as one reading shows it.
#[derive(Clone)]
pub(super) struct Availability {
    pub doctor: BookableDoctor,
    pub visit_type: VisitType,
    pub locations: Arc<HashMap<LocationId, Location>>,
    pub(super) schedule: Arc<Schedule>,
    patient_context: PatientContext,
    now: Timestamp,
    /// When the busy times were read.
    span: (Timestamp, Timestamp),
    /// What was read along with the busy times.
    pub found: Found,
}

/// The id of the doctor with this slug.
///
/// # Errors
/// [`AppError::NotFound`] when there is none, or none that patients may see.
pub(super) async fn doctor_with_slug(conn: &mut Conn<'_>, slug: &str) -> Result<DoctorId, Error> {
    const SQL: &str = "select id from doctors where slug = $1 and status = 'active'";
    let found = conn.fetch_optional_value(SQL, (slug,)).await?;
    found.ok_or(Error::App(AppError::NotFound))
}

impl BookableDoctor {
    /// The doctor with this id, in any status.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none.
    pub async fn by_id(conn: &mut Conn<'_>, id: DoctorId) -> Result<Self, Error> {
        const SQL: &str = "select d.id, d.slug, d.name, s.name as specialty, d.status, d.person_id, d.booking_mail
            from doctors d
            join doctor_specialties ds on ds.doctor_id = d.id
            join specialties s on s.id = ds.specialty_id
            where d.id = $1
            order by ds.position limit 1";
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }
}

impl Availability {
    /// Reads everything the predicate needs, for the doctor's first visit type when none is given. What changes seldom
    /// comes from `calendars`, after the same statement that reads the busy times has shown that it still holds.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown doctor, or one who does not have this visit type.
    pub async fn load(
        conn: &mut Conn<'_>,
        calendars: &DoctorCalendars,
        doctor: DoctorId,
        visit_type: Option<VisitTypeId>,
        booker: &Booker,
        window: ReadWindow,
    ) -> Result<Availability, Error> {
        if let Some(calendar) = calendars.known(doctor) {
            match Self::read(conn, &calendar, doctor, visit_type, booker, window).await {
                Ok((availability, version)) if version == calendar.version => return Ok(availability),
                // it may be the calendar that does not know the visit type yet
                Ok(_) | Err(Error::App(AppError::NotFound)) => calendars.forget(doctor),
                Err(error) => return Err(error),
            }
        }
        let calendar = DoctorCalendar::read(conn, doctor).await?.ok_or(AppError::NotFound)?;
        let (availability, _) = Self::read(conn, &calendar, doctor, visit_type, booker, window).await?;
        Ok(availability)
    }

    /// The availability by this calendar, and the version that the doctor's calendar has now.
    async fn read(
        conn: &mut Conn<'_>,
        calendar: &DoctorCalendar,
        doctor: DoctorId,
        visit_type: Option<VisitTypeId>,
        booker: &Booker,
        window: ReadWindow,
    ) -> Result<(Availability, i64), Error> {
        let offered = calendar.visit_types.iter().find(|offered| visit_type.is_none_or(|id| id == offered.id));
        let mut visit_type = offered.cloned().ok_or(AppError::NotFound)?;
        visit_type.rules.audience = visit_type.rules.audience.with(calendar.accepts_new_patients);
        let span = window.span(&visit_type, &calendar.schedule, &calendar.locations);
        let mut facts = Facts::read(conn, doctor, booker, window, span).await?.ok_or(AppError::NotFound)?;
        let needed: Vec<ResourceId> =
            visit_type.rules.needs.map(|kind| calendar.schedule.resources_of(kind).collect()).unwrap_or_default();
        let used = resource_use::read(conn, &needed, window, span, &mut facts.found).await?;
        let patient_context = PatientContext {
            is_new_patient: booker.is_new_patient(conn, doctor, &visit_type.rules, window.now).await?,
            busy: facts.patient_busy,
        };
        let doctor = BookableDoctor {
            id: doctor,
            slug: calendar.slug.clone(),
            name: calendar.name.clone(),
            specialty: calendar.specialty.clone(),
            status: facts.status,
            person_id: facts.person_id,
            booking_mail: facts.booking_mail,
        };
        let availability = Availability {
            doctor,
            visit_type,
            locations: calendar.locations.clone(),
            schedule: Arc::new(calendar.schedule.with_busy(facts.busy).with_used(ResourceUse::new(used))),
            patient_context,
            now: window.now,
            span,
            found: facts.found,
        };
        Ok((availability, facts.version))
    }

    /// The availability from which the free times nearest to `start` are known: of the days around it or, where those
    /// hold too few, of all that is ahead. `except` does not count as busy.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn near(
        conn: &mut Conn<'_>,
        calendars: &DoctorCalendars,
        (doctor, visit_type): (DoctorId, Option<VisitTypeId>),
        booker: &Booker,
        (start, except): (Start, Option<AppointmentId>),
        now: Timestamp,
    ) -> Result<Availability, Error> {
        let near = ReadWindow::near(now, start).except_for(except);
        let availability = Availability::load(conn, calendars, doctor, visit_type, booker, near).await?;
        if availability.knows_nearest(availability.moment_of(start)) {
            return Ok(availability);
        }
        let all = ReadWindow::all_ahead(now).except_for(except);
        Availability::load(conn, calendars, doctor, visit_type, booker, all).await
    }

    /// As [`Self::near`], for moving or confirming an appointment.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub async fn near_for(
        conn: &mut Conn<'_>,
        calendars: &DoctorCalendars,
        appointment: &Appointment,
        booker: &Booker,
        start: Timestamp,
        now: Timestamp,
    ) -> Result<Availability, Error> {
        let of = (appointment.doctor_id, Some(appointment.visit_type_id));
        Availability::near(conn, calendars, of, booker, (Start::At(start), Some(appointment.id)), now).await
    }

    /// The availability of an appointment's doctor for its visit type. The appointment itself does not count as busy.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the doctor no longer has this visit type.
    pub async fn around(
        conn: &mut Conn<'_>,
        calendars: &DoctorCalendars,
        appointment: &Appointment,
        booker: &Booker,
        window: ReadWindow,
    ) -> Result<Availability, Error> {
        let window = window.except_for(Some(appointment.id));
        let (doctor, visit_type) = (appointment.doctor_id, Some(appointment.visit_type_id));
        Availability::load(conn, calendars, doctor, visit_type, booker, window).await
    }

    /// The same availability at a later moment, while nothing in it has changed.
    pub fn at(&self, now: Timestamp) -> Availability {
        Availability { now, ..self.clone() }
    }

    /// The same for a patient of whom nothing is known yet: nothing is refused for being new, or for not being new.
    pub fn for_any_patient(mut self) -> Availability {
        self.patient_context.is_new_patient = None;
        self
    }

    /// Why this booker can book no time of this visit type at all, if there is such a reason.
    pub fn refusal(&self) -> Option<Reason> {
        self.visit_type.rules.refusal(&self.patient_context)
    }

    /// The slot that starts at `start`, or every reason why it cannot be booked.
    pub fn slot_at(&self, start: Timestamp) -> Result<Slot, Vec<Reason>> {
        if self.doctor.status != DoctorStatus::Active {
            return Err(vec![Reason::DoctorUnavailable]);
        }
        slot_at(&self.schedule, &self.visit_type.rules, self.now, &self.patient_context, start)
    }

    /// Whether the read window covers everything that may conflict with this slot.
    pub fn knows_all_about(&self, slot: &Slot) -> bool {
        let (first, last) = within_buffers(slot.start, slot.end);
        self.span.0 <= first.max(Timestamp(0)) && last <= self.span.1
    }

    /// Counts a slot as taken by this booker: what was chosen before, while several are chosen together.
    pub fn take(&mut self, slot: &Slot) {
        let rules = &self.visit_type.rules;
        let (before_minutes, after_minutes) = (rules.buffer_before, rules.buffer_after);
        let busy = Busy { start: slot.start, end: slot.end, before_minutes, after_minutes };
        let schedule = Arc::make_mut(&mut self.schedule);
        schedule.take(busy);
        if let Some(resource) = slot.resource {
            schedule.take_resource(resource, busy);
        }
        self.patient_context.busy.push((slot.start, slot.end));
    }

    /// The present date where the doctor works; the earliest one where that is in several zones.
    pub fn today(&self, now: Timestamp) -> Option<LocalDate> {
        self.locations.values().map(|location| location.zone.local_date(now)).min()
    }

    /// How many appointments of the doctor start on a date, as far as they were read.
    pub fn appointments_on(&self, date: LocalDate) -> usize {
        let zone = self.locations.values().min_by_key(|location| location.id).map(|location| &location.zone);
        let span = |zone: &Zone| (zone.window_start(date, 0), zone.window_start(date.plus_days(1), 0));
        zone.map_or(0, |zone| self.schedule.busy_between(span(zone)))
    }

    /// A start as the clocks show it where the doctor works, with its day: "Tuesday 6 January, 9am".
    pub fn moment_at(&self, start: Timestamp) -> String {
        let location = self.location_near(start);
        location.map_or_else(String::new, |location| {
            location.zoned(location.zone.moment_words(start, self.now), &self.locations)
        })
    }

    /// Where the doctor works at `start`, or at the free time next to it.
    pub fn location_near(&self, start: Timestamp) -> Option<&Location> {
        let working = self.evaluate(start).0.and_then(|id| self.locations.get(&id));
        let near = || nearest(&self.schedule, &self.visit_type.rules, self.now, &self.patient_context, start, 1);
        working
            .or_else(|| near().first().and_then(|slot| self.locations.get(&slot.location)))
            .or_else(|| self.locations.values().min_by_key(|location| location.id))
    }

    /// Whether the read window holds the nearest free times: what lies outside of it is farther away, and whether that is
    /// free is not known.
    fn knows_nearest(&self, wanted: Timestamp) -> bool {
        if self.refusal().is_some() || self.doctor.status != DoctorStatus::Active {
            return true;
        }
        // daily caps count whole days
        let (first, last) = (self.span.0.plus_minutes(DAY_MINUTES), self.span.1.plus_minutes(-DAY_MINUTES));
        let known = |slot: &Slot| (first <= slot.start || self.span.0 <= self.now) && slot.end <= last;
        let found = self.nearest_slots(wanted, NEAREST);
        found.len() == NEAREST && found.iter().all(known)
    }

    /// The moment from which the nearest times are counted.
    fn moment_of(&self, start: Start) -> Timestamp {
        match start {
            Start::At(start) => start,
            Start::On(date) => {
                let zone = self.locations.values().next().map(|location| &location.zone);
                zone.map_or(self.now, |zone| zone.window_start(date, 0))
            }
        }
    }

    /// Every reason why `start` cannot be booked; none when it can.
    pub fn reasons_against(&self, start: Timestamp) -> Vec<Reason> {
        self.evaluate(start).1
    }

    /// Everything that speaks against an appointment at `start`, and the location in whose hours it would be, if it is
    /// in any.
    pub fn evaluate(&self, start: Timestamp) -> (Option<LocationId>, Vec<Reason>) {
        let (location, mut reasons) =
            evaluate_start(&self.schedule, &self.visit_type.rules, self.now, &self.patient_context, start);
        if self.doctor.status != DoctorStatus::Active {
            reasons.insert(0, Reason::DoctorUnavailable);
        }
        (location, reasons)
    }

    /// As [`Self::slot_at`] for a time that this person already holds: the notice was kept when the hold was made.
    pub fn held_slot_at(&self, start: Timestamp) -> Result<(), Vec<Reason>> {
        match self.slot_at(start) {
            Ok(_) => Ok(()),
            Err(reasons) if reasons.iter().all(|reason| *reason == Reason::TooSoon) && start > self.now => Ok(()),
            Err(reasons) => Err(reasons),
        }
    }

    /// The bookable times from `from`, earliest first.
    pub fn slots(&self, from: Timestamp) -> impl Iterator<Item = Slot> + '_ {
        let to = self.now.plus_minutes(FAR_AHEAD_MINUTES);
        let active = self.doctor.status == DoctorStatus::Active;
        slots(&self.schedule, &self.visit_type.rules, self.now, &self.patient_context, from, to).filter(move |_| active)
    }

    /// The three free times nearest to a wanted one, in words.
    pub fn nearest(&self, wanted: Timestamp) -> Vec<TimeOption> {
        self.named(self.nearest_slots(wanted, NEAREST))
    }

    /// Slots in words and in their order; none of a doctor who takes no bookings.
    fn named(&self, mut slots: Vec<Slot>) -> Vec<TimeOption> {
        if self.doctor.status != DoctorStatus::Active {
            return Vec::new();
        }
        slots.sort_by_key(|slot| slot.start);
        slots.iter().filter_map(|slot| self.in_words(slot)).collect()
    }

    /// The free times nearest to a wanted one, the nearest first.
    fn nearest_slots(&self, wanted: Timestamp, n: usize) -> Vec<Slot> {
        nearest(&self.schedule, &self.visit_type.rules, self.now, &self.patient_context, wanted, n)
    }

    /// The error for a time that cannot be booked, with the nearest free ones.
    pub fn gone(&self, start: Timestamp, reasons: Vec<Reason>) -> AppError {
        let near = self.nearest_slots(start, NEAREST);
        AppError::TimeGone { wanted: self.clock_at(start, near.first()), reasons, nearest: self.named(near) }
    }

    /// The error for a day without a time that can be booked.
    pub fn day_gone(&self, date: LocalDate, reasons: Vec<Reason>) -> AppError {
        let zone = self.locations.values().next().map(|location| &location.zone);
        let wanted = zone.map(|zone| date.day_words(zone.local_date(self.now))).unwrap_or_default();
        AppError::TimeGone { wanted, reasons, nearest: self.nearest(self.moment_of(Start::On(date))) }
    }

    /// A start that is not free, as the clocks show it where the doctor works.
    fn clock_at(&self, start: Timestamp, nearest: Option<&Slot>) -> String {
        let location =
            nearest.and_then(|slot| self.locations.get(&slot.location)).or_else(|| self.locations.values().next());
        location.map(|location| location.zoned(location.zone.time_words(start), &self.locations)).unwrap_or_default()
    }

    /// The telephone number of the location where this doctor is next, or of any.
    pub fn phone(&self) -> &str {
        let next = self.slots(self.now).next();
        let location =
            next.and_then(|slot| self.locations.get(&slot.location)).or_else(|| self.locations.values().next());
        location.map_or("", |location| &location.phone)
    }

    pub fn in_words(&self, slot: &Slot) -> Option<TimeOption> {
        self.locations.get(&slot.location).map(|location| time_option(slot, location, self.now))
    }
}
