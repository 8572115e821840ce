//! Cancelling.

use super::{
    appointment::{Appointment, Author},
    book::AlongAs,
    reschedule_actor::told_from,
    thread::open_request,
    views,
};
use crate::{
    accounts::Permission,
    booking::{
        Action, CancelReason, Change, Status,
        server::{access::find_to_change, doctor_news::add_news},
    },
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::AppointmentId,
    notifications::{model::Kind, server::Message},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Cancels an appointment, and the request to move it, if one is open. The time is free again in the same commit. A
/// second cancellation changes nothing. The patient gets a message, also when the doctor or staff cancel; then a little
/// later, because the clinic may take it back ([`super::undo()`]). Cancelling a request to move leaves the appointment as
/// it is.
///
/// `version` is the one the page showed: an appointment that changed meanwhile is not cancelled unseen.
///
/// # Errors
/// [`AppError::TooLate`] for a patient past a cut-off that does not allow it, [`AppError::Conflict`] for a stale
/// version or a finished appointment, [`AppError::Invalid`] for a reason that is not this role's to give,
/// [`AppError::NotFound`] for another person's appointment.
pub async fn cancel(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    reason: Option<CancelReason>,
) -> Result<(), AppError> {
    cancel_with(app, actor, id, version, reason, AlongAs::default()).await
}

/// As [`cancel`], with what is written in the same commit.
///
/// # Errors
/// Those of [`cancel`].
pub async fn cancel_with(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    reason: Option<CancelReason>,
    along: AlongAs,
) -> Result<(), AppError> {
    let unit = CancelAppointment { actor, id, version, reason, along, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Calls an appointment off.
struct CancelAppointment {
    actor: Actor,
    id: AppointmentId,
    version: i32,
    reason: Option<CancelReason>,
    along: AlongAs,
    now: Timestamp,
}

impl WriteUnit for CancelAppointment {
    const NAME: &'static str = "cancel_appointment";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let cancelled = cancel_appointment(tx, self.actor, self.id, self.version, self.reason, self.now).await?;
        self.along.write(tx, cancelled).await
    }
}

/// Cancels in the caller's unit, and returns the cancelled appointment.
pub(super) async fn cancel_appointment(
    tx: &mut Tx<'_>,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    reason: Option<CancelReason>,
    now: Timestamp,
) -> Result<Appointment, Error> {
    let mut appointment = find_to_change(tx, actor, id, now).await?;
    let by = Author { actor: Some(actor.user), role: actor.role.into() };
    if appointment.status == Status::Cancelled && appointment.cancelled_by == Some(by.role) {
        return Ok(appointment);
    }
    if appointment.version != version {
        return Err(AppError::Conflict.into());
    }
    prepare_cancel(&mut appointment, actor, reason, now)?;
    let change = appointment.take(Action::Cancel, by, now)?;
    let mut batch = tx.batch();
    add_news(&mut batch, Kind::DoctorCancelled, &appointment, None, by, now)?;
    if let Some(to) = appointment.patient_id {
        let dedupe_key = &format!("appointments_cancelled:{id}");
        let message = Message { kind: Kind::AppointmentsCancelled, to, appointments: &[id], dedupe_key };
        message.add_to(&mut batch, now, told_from(by.role, now))?;
    }
    appointment.write(tx, change, batch).await?;
    end_request(tx, &appointment, Action::Cancel, by, now).await?;
    Ok(appointment)
}

/// Writes into an appointment, in memory, that this actor cancels it.
///
/// # Errors
/// [`AppError::TooLate`] and [`AppError::Invalid`] as [`cancel`] has them, [`AppError::Conflict`] for a patient's
/// appointment that is over.
pub(super) fn prepare_cancel(
    appointment: &mut Appointment,
    actor: Actor,
    reason: Option<CancelReason>,
    now: Timestamp,
) -> Result<(), AppError> {
    let patients = actor.may(Permission::BookForOneself);
    if patients {
        match views::change_now(appointment, now) {
            Change::Free => {}
            // who withdraws a request to move keeps the appointment
            Change::LateCancelOnly => appointment.cancelled_late = appointment.would_replace.is_none(),
            Change::CallClinic => return Err(AppError::TooLate),
            Change::Finished => return Err(AppError::Conflict),
        }
    }
    let reasons = if patients { CancelReason::OF_PATIENTS } else { CancelReason::OF_CLINIC };
    if reason.is_some_and(|reason| !reasons.contains(&reason)) {
        return Err(AppError::field("reason", FieldCode::Unknown));
    }
    appointment.cancelled_by = Some(actor.role.into());
    appointment.cancel_reason = reason;
    Ok(())
}

/// Ends the request to move an appointment that was cancelled or handed over, or whose patient has come. The patient
/// learns of it with the news of the appointment.
pub(super) async fn end_request(
    tx: &mut Tx<'_>,
    appointment: &Appointment,
    action: Action,
    by: Author,
    now: Timestamp,
) -> Result<Option<Appointment>, Error> {
    let Some(mut request) = open_request(tx, appointment).await? else { return Ok(None) };
    if action == Action::Cancel {
        (request.cancelled_by, request.cancel_reason) = (appointment.cancelled_by, appointment.cancel_reason);
    }
    request.change(tx, action, by, now).await?;
    Ok(Some(request))
}
