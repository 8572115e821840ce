//! Confirming: a hold becomes an appointment. And both at once, for programs.

use std::sync::Arc;

use super::{
    access::booker_of,
    answers,
    appointment::{Appointment, Author, expire_overlapping},
    appointment_list::AppointmentWithSpecialty,
    availability::{Availability, BookableDoctor},
    booker::Booker,
    busy::{hold_lost, hold_refused, holder_busy},
    details::Details,
    hold::{HoldParams, build_hold, hold_refusal, time_gone_error},
    requests,
};
use crate::{
    availability::server::DoctorCalendars,
    booking::{
        Action, Status,
        server::{
            build::build_appointment,
            doctor_news::add_news,
            hold::{FreeTime, take_time},
            read_window::{ReadWindow, Start},
        },
    },
    config::Settings,
    db::{Batch, Conn, Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId, ResourceKindId, VisitTypeId},
    notifications::{model::Kind, server::Message},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Books a held time for the signed-in patient, who has answered what must be answered before. The hold is the idempotency key: confirming twice books once, and both
/// answers are the same. A hold that ran out is booked all the same if no other booking took the time meanwhile.
///
/// # Errors
/// [`AppError::HoldExpired`] or [`AppError::TimeGone`] with the nearest free times, [`AppError::PatientBusy`],
/// [`AppError::TooManyAppointments`], [`AppError::NotFound`] for another person's hold, [`AppError::Invalid`] naming
/// [`answers::ANSWERS`].
pub async fn confirm(app: &AppState, booker: Booker, id: AppointmentId) -> Result<AppointmentId, AppError> {
    confirm_hold(app, booker, id, true, (None, None)).await?;
    Ok(id)
}

/// As [`confirm`] for programs, with what the patient wants the doctor to know, when that was not kept with the hold
/// before. The doctor's questions may be answered afterwards.
///
/// # Errors
/// Those of [`confirm`], and [`AppError::Invalid`] naming `reason` or `phone`.
pub async fn confirm_with(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    details: Option<Details>,
    along: Along,
) -> Result<AppointmentWithSpecialty, AppError> {
    confirm_hold(app, booker, id, false, (details, along)).await
}

/// As [`confirm`], with details that are checked here and written with the booking, in place of those that were kept with
/// the hold.
///
/// # Errors
/// Those of [`confirm`], and [`AppError::Invalid`] naming `reason` or `phone`.
pub(super) async fn confirm_typed(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    details: Details,
) -> Result<AppointmentId, AppError> {
    confirm_hold(app, booker, id, true, (Some(details), None)).await?;
    Ok(id)
}

async fn confirm_hold(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    with_answers: bool,
    (details, along): (Option<Details>, Along),
) -> Result<AppointmentWithSpecialty, AppError> {
    booker.signed_in()?;
    let details = details.map(Details::checked).transpose()?;
    let now = app.clock.now();
    let (calendars, settings) = (app.calendars.clone(), app.settings.clone());
    let unit = ConfirmHold { booker: booker.clone(), id, with_answers, details, along, calendars, settings, now };
    match app.db.write(unit).await {
        Ok(made) => Ok(made),
        Err(error) => match error.violation() {
            Some(Violation::DoctorOverlap | Violation::ResourceOverlap) => Err(hold_lost(app, &booker, id, now).await?),
            Some(Violation::PatientOverlap) => Err(holder_busy(app, &booker, id).await?),
            _ => Err(error.into()),
        },
    }
}

/// Books a held time, if it is not booked already.
pub(super) struct ConfirmHold {
    pub booker: Booker,
    pub id: AppointmentId,
    /// Whether what must be answered before such an appointment has to be answered.
    pub with_answers: bool,
    /// In place of those that were kept with the hold.
    pub details: Option<Details>,
    pub along: Along,
    pub calendars: Arc<DoctorCalendars>,
    pub settings: Arc<Settings>,
    pub now: Timestamp,
}

impl WriteUnit for ConfirmHold {
    const NAME: &'static str = "confirm_hold";
    type Output = AppointmentWithSpecialty;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<AppointmentWithSpecialty, Error> {
        let appointment = Appointment::find(tx, self.id).await?;
        let booker = booker_of(tx, &self.booker, &appointment, self.now).await?;
        if !matches!(appointment.status, Status::Booked | Status::Requested) {
            return self.book(tx, appointment, &booker).await;
        }
        let doctor = BookableDoctor::by_id(tx, appointment.doctor_id).await?;
        let made = AppointmentWithSpecialty::new(appointment, doctor.specialty);
        let mut batch = tx.batch();
        add_along(&mut batch, &self.along, &made)?;
        tx.execute_batch(batch).await?;
        Ok(made)
    }
}

impl ConfirmHold {
    /// Books the hold.
    async fn book(
        &self,
        tx: &mut Tx<'_>,
        mut appointment: Appointment,
        booker: &Booker,
    ) -> Result<AppointmentWithSpecialty, Error> {
        let (patient, now) = (booker.signed_in()?, self.now);
        if !matches!(appointment.status, Status::Held | Status::Expired) || appointment.was_request() {
            return Err(AppError::Conflict.into());
        }
        let (starts_at, ends_at) = (appointment.starts_at, appointment.ends_at);
        let window = ReadWindow::day_of(now, Start::At(starts_at));
        let availability = Availability::around(tx, &self.calendars, &appointment, booker, window).await?;
        check_upcoming(&availability, &self.settings)?;
        appointment.resource_id = match availability.held_resource(&appointment) {
            Ok(resource) => resource,
            Err(reasons) => {
                return Err(hold_refused(tx, &self.calendars, &appointment, booker, reasons, now).await?.into());
            }
        };
        if self.with_answers {
            answers::require(tx, &appointment, availability.visit_type.asking).await?;
        }
        if availability.found.has_run_out((starts_at, ends_at)) {
            let (resource, span) = (appointment.resource_id, (starts_at, ends_at));
            expire_overlapping(tx, appointment.doctor_id, Some(patient), resource, span, now, Some(self.id)).await?;
        }
        if let Some(details) = &self.details {
            (appointment.reason, appointment.contact_phone) = (details.reason.clone(), details.phone.clone());
        }
        let action = agree(tx, &mut appointment, patient, &self.settings, now).await?;
        let change = appointment.take(action, booker.by(), now)?;
        let made = AppointmentWithSpecialty::new(appointment, availability.doctor.specialty);
        let mut batch = tx.batch();
        add_confirmation(&mut batch, &made.row, patient, booker.by(), now)?;
        add_along(&mut batch, &self.along, &made)?;
        made.row.write(tx, change, batch).await?;
        Ok(made)
    }
}

/// A request for an appointment, as the API receives it.
#[derive(Clone, Debug)]
pub struct BookingRequest {
    /// The id of the hold or appointment.
    pub id: AppointmentId,
    pub doctor: DoctorId,
    /// The doctor's first visit type when none is given.
    pub visit_type: Option<VisitTypeId>,
    pub start: Start,
}

impl BookingRequest {
    fn params(&self) -> HoldParams {
        let BookingRequest { id, doctor, visit_type, start } = *self;
        HoldParams { id, doctor, visit_type, start, previous: None }
    }
}

/// What a caller writes in the same commit as a hold, a booking or a change of it: the API its answer to an Idempotency-Key, so that
/// there is the one if and only if there is the other.
pub trait InSameCommit: Send + Sync {
    /// Adds it to the unit's writes.
    ///
    /// # Errors
    /// The error that fails the whole unit.
    fn add_to(&self, batch: &mut Batch, made: &AppointmentWithSpecialty) -> Result<(), Error>;
}

/// None for a caller who writes nothing more.
pub type Along = Option<Arc<dyn InSameCommit>>;

/// What a caller writes in the same commit as a change of an appointment, and who sees the appointment in it.
#[derive(Clone, Default)]
pub struct AlongAs(pub Option<(Actor, Arc<dyn InSameCommit>)>);

impl AlongAs {
    /// Writes it, in the unit that changed the appointment.
    ///
    /// # Errors
    /// The database's, and the error that fails the whole unit.
    pub(super) async fn write(&self, tx: &mut Tx<'_>, changed: Appointment) -> Result<(), Error> {
        let Some((actor, along)) = &self.0 else { return Ok(()) };
        let seen = AppointmentWithSpecialty::as_seen_by(tx, *actor, changed).await?;
        let mut batch = tx.batch();
        along.add_to(&mut batch, &seen)?;
        tx.execute_batch(batch).await
    }
}

fn add_along(batch: &mut Batch, along: &Along, made: &AppointmentWithSpecialty) -> Result<(), Error> {
    along.as_ref().map_or(Ok(()), |along| along.add_to(batch, made))
}

/// Holds a time for a signed-in patient; see [`super::hold`].
///
/// # Errors
/// Those of [`super::hold`].
pub async fn hold_for(
    app: &AppState,
    booker: Booker,
    request: BookingRequest,
    along: Along,
) -> Result<AppointmentWithSpecialty, AppError> {
    hold_or_book(app, booker, request, None, along).await
}

/// Holds a time and books it in one unit, by the rules of both: nothing is held when it cannot be booked.
///
/// # Errors
/// Those of [`super::hold`] and [`confirm`], and [`AppError::Invalid`] naming `reason` or `phone`.
pub async fn book(
    app: &AppState,
    booker: Booker,
    request: BookingRequest,
    details: Details,
    along: Along,
) -> Result<AppointmentWithSpecialty, AppError> {
    let details = details.checked()?;
    hold_or_book(app, booker, request, Some(details), along).await
}

/// Holds a time, or with details books it.
async fn hold_or_book(
    app: &AppState,
    booker: Booker,
    request: BookingRequest,
    details: Option<Details>,
    along: Along,
) -> Result<AppointmentWithSpecialty, AppError> {
    let patient = booker.signed_in()?;
    let now = app.clock.now();
    app.calendars.prepare(&app.db, request.doctor).await?;
    let unit = HoldOrBook {
        booker: booker.clone(),
        patient,
        request: request.clone(),
        details,
        along,
        calendars: app.calendars.clone(),
        settings: app.settings.clone(),
        now,
    };
    match app.db.write(unit).await {
        Ok(record) => Ok(record),
        Err(error) => {
            let reasons = hold_refusal(error)?;
            let mut reader = app.db.read().await?;
            let conn = &mut reader.conn();
            Err(time_gone_error(conn, &app.calendars, &booker, &request.params(), reasons, now).await?)
        }
    }
}

/// Holds a time, or with details books it.
struct HoldOrBook {
    booker: Booker,
    patient: PersonId,
    request: BookingRequest,
    /// None: the time is only held.
    details: Option<Details>,
    along: Along,
    calendars: Arc<DoctorCalendars>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for HoldOrBook {
    const NAME: &'static str = "hold_or_book";
    type Output = AppointmentWithSpecialty;

    fn doctor(&self) -> Option<DoctorId> {
        Some(self.request.doctor)
    }

    fn resource_kinds(&self) -> Vec<ResourceKindId> {
        self.calendars.needs(self.request.doctor, self.request.visit_type)
    }

    async fn run(&self, tx: &mut Tx<'_>) -> Result<AppointmentWithSpecialty, Error> {
        self.booker.check(tx, self.now).await?;
        let Some(details) = &self.details else { return self.hold(tx).await };
        self.book(tx, details).await
    }
}

impl HoldOrBook {
    /// Holds the time.
    async fn hold(&self, tx: &mut Tx<'_>) -> Result<AppointmentWithSpecialty, Error> {
        let (params, rules) = (self.request.params(), &self.settings.booking);
        let (hold, availability) = build_hold(tx, &self.calendars, &self.booker, &params, rules, self.now).await?;
        let made = AppointmentWithSpecialty::new(hold, availability.doctor.specialty);
        let mut batch = tx.batch();
        add_along(&mut batch, &self.along, &made)?;
        made.row.insert_with(tx, Action::Hold, self.booker.by(), batch).await?;
        Ok(made)
    }

    /// Books the time without holding it first: by the rules of both, and with one row written once.
    async fn book(&self, tx: &mut Tx<'_>, details: &Details) -> Result<AppointmentWithSpecialty, Error> {
        let (patient, now) = (self.patient, self.now);
        let FreeTime { availability, slot, .. } =
            take_time(tx, &self.calendars, &self.booker, &self.request.params(), now).await?;
        check_upcoming(&availability, &self.settings)?;
        let mut appointment = build_appointment(&availability, &slot, now)?;
        appointment.id = self.request.id;
        (appointment.reason, appointment.contact_phone) = (details.reason.clone(), details.phone.clone());
        let action = agree(tx, &mut appointment, patient, &self.settings, now).await?;
        appointment.status = if action == Action::Request { Status::Requested } else { Status::Booked };
        let made = AppointmentWithSpecialty::new(appointment, availability.doctor.specialty);
        let mut batch = tx.batch();
        add_confirmation(&mut batch, &made.row, patient, self.booker.by(), now)?;
        add_along(&mut batch, &self.along, &made)?;
        made.row.insert_with(tx, action, self.booker.by(), batch).await?;
        Ok(made)
    }
}

/// Whether the patient may have one more appointment.
///
/// # Errors
/// [`AppError::TooManyAppointments`]
pub(super) fn check_upcoming(availability: &Availability, settings: &Settings) -> Result<(), AppError> {
    let most = settings.booking.max_future_appointments;
    if availability.found.upcoming >= most { Err(AppError::TooManyAppointments { most }) } else { Ok(()) }
}

/// Gives the appointment to the patient, and says what happens to it: it is booked, or requested of a doctor who
/// confirms each request.
pub(super) async fn agree(
    conn: &mut Conn<'_>,
    appointment: &mut Appointment,
    patient: PersonId,
    settings: &Settings,
    now: Timestamp,
) -> Result<Action, Error> {
    appointment.patient_id = Some(patient);
    if !appointment.needs_approval {
        return Ok(Action::Book);
    }
    appointment.answer_by = Some(requests::answer_by(conn, &settings.clinic, appointment.starts_at, now).await?);
    Ok(Action::Request)
}

/// Adds the message that confirms a booking or a request, and the one to a doctor who wants to hear of it.
fn add_confirmation(
    batch: &mut Batch,
    appointment: &Appointment,
    patient: PersonId,
    by: Author,
    now: Timestamp,
) -> Result<(), Error> {
    let (kind, to_doctor) = if appointment.needs_approval {
        (Kind::RequestReceived, Kind::DoctorRequested)
    } else {
        (Kind::AppointmentBooked, Kind::DoctorBooked)
    };
    let dedupe_key = format!("{}:{}", kind.into_str(), appointment.id);
    let message = Message { kind, to: patient, appointments: &[appointment.id], dedupe_key: &dedupe_key };
    message.add_to(batch, now, now)?;
    add_news(batch, to_doctor, appointment, None, by, now)
}
