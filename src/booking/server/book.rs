//! Confirming: a hold becomes an appointment. And both at once, for programs.

use std::sync::Arc;

use super::{
    appointment::{Appointment, expire_overlapping},
    appointment_list::AppointmentWithSpecialty,
    availability::{Availability, BookableDoctor},
    booker::Booker,
    details::Details,
    hold::{HoldOutcome, HoldParams, hold_refusal, place_hold, time_gone_error},
    requests,
};
use crate::{
    availability::Reason,
    booking::{
        Action, Status,
        server::read_window::{ReadWindow, Start},
    },
    clinic::DoctorStatus,
    config::Settings,
    db::{Conn, Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::{AppointmentId, DoctorId, UserId, VisitTypeId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    state::AppState,
    time::Timestamp,
};

/// Books a held time for the signed-in patient. The hold is the idempotency key: confirming twice books once, and both
/// answers are the same. A hold that ran out is booked all the same if no other booking took the time meanwhile.
///
/// # Errors
/// [`AppError::HoldExpired`] or [`AppError::TimeGone`] with the nearest free times, [`AppError::PatientBusy`],
/// [`AppError::TooManyAppointments`], [`AppError::NotFound`] for another person's hold.
pub async fn confirm(app: &AppState, booker: Booker, id: AppointmentId) -> Result<AppointmentId, AppError> {
    confirm_with(app, booker, id, None).await
}

/// As [`confirm`], with what the patient wants the doctor to know, when that was not kept with the hold before.
///
/// # Errors
/// Those of [`confirm`], and [`AppError::Invalid`] naming `reason` or `phone`.
pub async fn confirm_with(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    details: Option<Details>,
) -> Result<AppointmentId, AppError> {
    let patient = booker.signed_in()?;
    let details = details.map(Details::checked).transpose()?;
    let now = app.clock.now();
    let unit = ConfirmHold { booker: booker.clone(), patient, id, details, settings: app.settings.clone(), now };
    match app.db.write(unit).await {
        Ok(()) => Ok(id),
        Err(error) => match error.violation() {
            Some(Violation::DoctorOverlap) => Err(hold_lost(app, &booker, id, now).await?),
            Some(Violation::PatientOverlap) => Err(AppError::PatientBusy),
            _ => Err(error.into()),
        },
    }
}

/// Books a held time, if it is not booked already.
struct ConfirmHold {
    booker: Booker,
    patient: UserId,
    id: AppointmentId,
    /// In place of those that were kept with the hold.
    details: Option<Details>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for ConfirmHold {
    const NAME: &'static str = "confirm_hold";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (booker, patient, now) = (&self.booker, self.patient, self.now);
        let mut appointment = Appointment::find(tx, self.id).await?;
        if !booker.owns(&appointment) {
            return Err(AppError::NotFound.into());
        }
        if matches!(appointment.status, Status::Booked | Status::Requested) {
            return Ok(());
        }
        if !matches!(appointment.status, Status::Held | Status::Expired) || appointment.was_request() {
            return Err(AppError::Conflict.into());
        }
        let span = (appointment.starts_at, appointment.ends_at);
        expire_overlapping(tx, appointment.doctor_id, Some(patient), span, now, Some(self.id)).await?;
        let about = ReadWindow::day_of(now, Start::At(appointment.starts_at));
        let availability = Availability::around(tx, &appointment, booker, about).await?;
        if let Some(details) = &self.details {
            (appointment.reason, appointment.contact_phone) = (details.reason.clone(), details.phone.clone());
        }
        book_appointment(tx, booker, patient, appointment, &availability, &self.settings, now).await?;
        Ok(())
    }
}

/// A request for an appointment, as the API receives it.
#[derive(Clone, Debug)]
pub struct BookingRequest {
    /// The id of the hold or appointment. The same request sent again has the same id.
    pub id: AppointmentId,
    /// Whether the id was made for this request, so that it cannot have been carried out before.
    pub is_new: bool,
    pub doctor: DoctorId,
    /// The doctor's first visit type when none is given.
    pub visit_type: Option<VisitTypeId>,
    pub start: Start,
}

impl BookingRequest {
    /// # Errors
    /// [`AppError::NotFound`] for an unknown or hidden doctor.
    async fn read(&self, conn: &mut Conn<'_>) -> Result<(BookableDoctor, HoldParams), Error> {
        let doctor = BookableDoctor::by_id(conn, self.doctor).await?;
        if doctor.status != DoctorStatus::Active {
            return Err(AppError::NotFound.into());
        }
        Ok((doctor, HoldParams { id: self.id, visit_type: self.visit_type, start: self.start, previous: None }))
    }

    /// The appointment that this request has already led to.
    async fn done(&self, conn: &mut Conn<'_>, booker: &Booker) -> Result<Option<AppointmentWithSpecialty>, Error> {
        match Appointment::find(conn, self.id).await {
            Ok(appointment) if booker.owns(&appointment) => {
                let specialty = BookableDoctor::by_id(conn, appointment.doctor_id).await?.specialty;
                Ok(Some(AppointmentWithSpecialty::new(appointment, specialty)))
            }
            Ok(_) => Err(AppError::NotFound.into()),
            Err(Error::App(AppError::NotFound)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Holds a time for a signed-in patient; see [`super::hold`].
///
/// # Errors
/// Those of [`super::hold`].
pub async fn hold_for(
    app: &AppState,
    booker: Booker,
    request: BookingRequest,
) -> Result<AppointmentWithSpecialty, AppError> {
    booker.signed_in()?;
    hold_and_book(app, booker, request, None).await
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
) -> Result<AppointmentWithSpecialty, AppError> {
    let details = details.checked()?;
    hold_and_book(app, booker, request, Some(details)).await
}

/// Holds a time, and with details books it.
async fn hold_and_book(
    app: &AppState,
    booker: Booker,
    request: BookingRequest,
    details: Option<Details>,
) -> Result<AppointmentWithSpecialty, AppError> {
    let patient = booker.signed_in()?;
    let now = app.clock.now();
    let settings = app.settings.clone();
    let unit = HoldAndBook { booker: booker.clone(), patient, request: request.clone(), details, settings, now };
    match app.db.write(unit).await {
        Ok(record) => Ok(record),
        Err(error) => {
            // a repeated request may already be done, if this one took longer than its key is kept
            if let Ok(mut reader) = app.db.read().await
                && let Ok(Some(record)) = request.done(&mut reader.conn(), &booker).await
            {
                return Ok(record);
            }
            let reasons = hold_refusal(error)?;
            let mut reader = app.db.read().await?;
            let (doctor, params) = request.read(&mut reader.conn()).await?;
            Err(time_gone_error(&mut reader.conn(), &booker, doctor, &params, reasons, now).await?)
        }
    }
}

/// Holds a time, and with details books it, unless the same request has done so before.
struct HoldAndBook {
    booker: Booker,
    patient: UserId,
    request: BookingRequest,
    /// None: the time is only held.
    details: Option<Details>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for HoldAndBook {
    const NAME: &'static str = "hold_and_book";
    type Output = AppointmentWithSpecialty;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<AppointmentWithSpecialty, Error> {
        let (booker, settings, now) = (&self.booker, &self.settings, self.now);
        if !self.request.is_new
            && let Some(record) = self.request.done(tx, booker).await?
        {
            return Ok(record);
        }
        let (doctor, params) = self.request.read(tx).await?;
        let HoldOutcome { hold: mut appointment, availability } =
            place_hold(tx, booker, doctor, &params, &settings.booking, now).await?;
        if let Some(details) = &self.details {
            (appointment.reason, appointment.contact_phone) = (details.reason.clone(), details.phone.clone());
            appointment = book_appointment(tx, booker, self.patient, appointment, &availability, settings, now).await?;
        }
        Ok(AppointmentWithSpecialty::new(appointment, availability.doctor.specialty))
    }
}

/// A held appointment becomes an appointment, if `availability`, read in the same unit without it, still has its time.
/// It may be one that was read no further than [`ReadWindow::day_of`].
async fn book_appointment(
    tx: &mut Tx<'_>,
    booker: &Booker,
    patient: UserId,
    mut appointment: Appointment,
    availability: &Availability,
    settings: &Settings,
    now: Timestamp,
) -> Result<Appointment, Error> {
    let most = settings.booking.max_future_appointments;
    if has_appointments_ahead(tx, patient, most, now).await? {
        return Err(AppError::TooManyAppointments { most }.into());
    }
    let id = appointment.id;
    if let Err(reasons) = availability.held_slot_at(appointment.starts_at) {
        let availability = Availability::around(tx, &appointment, booker, ReadWindow::all_ahead(now)).await?;
        return Err(lost(&availability, appointment.starts_at, reasons).into());
    }
    appointment.patient_id = Some(patient);
    let action = if appointment.needs_approval { Action::Request } else { Action::Book };
    if appointment.needs_approval {
        appointment.answer_by = Some(requests::answer_by(tx, &settings.clinic, appointment.starts_at, now).await?);
    }
    appointment.change(tx, action, booker.by(), now).await?;
    let kind = if appointment.needs_approval { Kind::RequestReceived } else { Kind::AppointmentBooked };
    let dedupe_key = &format!("{}:{id}", kind.into_str());
    enqueue(tx, now, Message { kind, to: patient, appointments: &[id], dedupe_key }).await?;
    Ok(appointment)
}

/// The error that fits the reasons for which a held time cannot be booked any more.
fn lost(availability: &Availability, start: Timestamp, reasons: Vec<Reason>) -> AppError {
    if reasons.contains(&Reason::PatientBusy) {
        AppError::PatientBusy
    } else if reasons.contains(&Reason::Taken) || reasons.contains(&Reason::TooSoon) {
        AppError::HoldExpired { nearest: availability.nearest(start) }
    } else {
        availability.gone(start, reasons)
    }
}

async fn hold_lost(app: &AppState, booker: &Booker, id: AppointmentId, now: Timestamp) -> Result<AppError, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let hold = Appointment::find(conn, id).await?;
    let availability = Availability::around(conn, &hold, booker, ReadWindow::all_ahead(now)).await?;
    Ok(AppError::HoldExpired { nearest: availability.nearest(hold.starts_at) })
}

/// Whether as many appointments as `most` are still to come, requests that may yet be answered included.
async fn has_appointments_ahead(
    conn: &mut Conn<'_>,
    patient: UserId,
    most: i64,
    now: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from (
            select id from appointments
            where patient_id = $1 and starts_at > $2
                and (status = 'booked' or (status = 'requested' and answer_by > $2))
            order by starts_at limit $3
        ) as ahead";
    let ahead: i64 = conn.fetch_value(SQL, (patient, now, most)).await?;
    Ok(ahead >= most)
}
