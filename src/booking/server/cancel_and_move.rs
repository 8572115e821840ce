//! Cancelling and moving.

use std::sync::Arc;

use super::{
    appointment::{Appointment, Author, expire_overlapping},
    availability::Availability,
    booker::Booker,
    reschedule_actor::RescheduleActor,
    views,
};
use crate::{
    accounts::Role,
    availability::{Reason, server::DoctorCalendars},
    booking::{
        Action, CancelReason, Change, Status,
        server::{
            access::find_for,
            doctor_news::tell_doctor,
            read_window::{ReadWindow, Start},
        },
    },
    config::Settings,
    db::{Error, Tx, Violation, WriteUnit},
    error::{AppError, FieldCode},
    ids::AppointmentId,
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Cancels an appointment. The time is free again in the same commit. A second cancellation changes nothing. The
/// patient gets a message, also when the doctor or staff cancel.
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
    let unit = CancelAppointment { actor, id, version, reason, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Calls an appointment off.
struct CancelAppointment {
    actor: Actor,
    id: AppointmentId,
    version: i32,
    reason: Option<CancelReason>,
    now: Timestamp,
}

impl WriteUnit for CancelAppointment {
    const NAME: &'static str = "cancel_appointment";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        cancel_appointment(tx, self.actor, self.id, self.version, self.reason, self.now).await
    }
}

/// Cancels in the caller's unit.
pub(super) async fn cancel_appointment(
    tx: &mut Tx<'_>,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    reason: Option<CancelReason>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut appointment = find_for(tx, actor, id).await?;
    let by = Author { actor: Some(actor.user), role: actor.role.into() };
    if appointment.status == Status::Cancelled && appointment.cancelled_by == Some(by.role) {
        return Ok(());
    }
    if appointment.version != version {
        return Err(AppError::Conflict.into());
    }
    if actor.role == Role::Patient {
        match views::change_now(&appointment, now) {
            Change::Free => {}
            Change::LateCancelOnly => appointment.cancelled_late = true,
            Change::CallClinic => return Err(AppError::TooLate.into()),
            Change::Finished => return Err(AppError::Conflict.into()),
        }
    }
    let patients = actor.role == Role::Patient;
    let reasons = if patients { CancelReason::OF_PATIENTS } else { CancelReason::OF_CLINIC };
    if reason.is_some_and(|reason| !reasons.contains(&reason)) {
        return Err(AppError::field("reason", FieldCode::Unknown).into());
    }
    appointment.cancelled_by = Some(by.role);
    appointment.cancel_reason = reason;
    appointment.change(tx, Action::Cancel, by, now).await?;
    tell_doctor(tx, Kind::DoctorCancelled, &appointment, None, by, now).await?;
    if let Some(to) = appointment.patient_id {
        let dedupe_key = &format!("appointments_cancelled:{id}");
        enqueue(tx, now, Message { kind: Kind::AppointmentsCancelled, to, appointments: &[id], dedupe_key }).await?;
    }
    Ok(())
}

/// Moves an appointment to another free time of the same doctor and visit type: the old row gives its time up and the
/// new row takes its own in one unit. When the new time is gone, the old appointment is untouched. A second move to the
/// same time changes nothing. A move needs no hold, so an appointment may also shift within its own length.
///
/// # Errors
/// [`AppError::TimeGone`] with the nearest free times, [`AppError::TooLate`], [`AppError::Conflict`] for a stale
/// version or a finished appointment, [`AppError::PatientBusy`], [`AppError::NotFound`] for another person's
/// appointment.
pub async fn reschedule(
    app: &AppState,
    booker: Booker,
    id: AppointmentId,
    version: i32,
    start: Timestamp,
) -> Result<AppointmentId, AppError> {
    booker.signed_in()?;
    let reschedule_actor = RescheduleActor::Patient { booker: booker.clone(), start };
    match move_by(app, reschedule_actor, id, version).await {
        Ok(moved) => Ok(moved.id),
        Err(error) => match error.violation() {
            Some(Violation::DoctorOverlap) => Err(time_gone(app, &booker, id, start, app.clock.now()).await?),
            Some(Violation::PatientOverlap) => Err(AppError::PatientBusy),
            _ => Err(error.into()),
        },
    }
}

/// Moves an appointment as `reschedule_actor` may: the one write unit of pages and API.
///
/// # Errors
/// Those of [`reschedule`] and of the mover's rules; a lost race as the [`Violation`] that it was.
pub(super) async fn move_by(
    app: &AppState,
    reschedule_actor: RescheduleActor,
    id: AppointmentId,
    version: i32,
) -> Result<Appointment, Error> {
    let (calendars, settings) = (app.calendars.clone(), app.settings.clone());
    let unit = MoveAppointment { reschedule_actor, id, version, calendars, settings, now: app.clock.now() };
    app.db.write(unit).await
}

/// Moves an appointment to the time that its mover names.
struct MoveAppointment {
    reschedule_actor: RescheduleActor,
    id: AppointmentId,
    version: i32,
    calendars: Arc<DoctorCalendars>,
    settings: Arc<Settings>,
    now: Timestamp,
}

impl WriteUnit for MoveAppointment {
    const NAME: &'static str = "move_appointment";
    type Output = Appointment;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Appointment, Error> {
        let MoveAppointment { reschedule_actor, id, version, settings, now, .. } = self;
        let (version, now) = (*version, *now);
        let mut old = reschedule_actor.find(tx, *id).await?;
        let start = reschedule_actor.start(tx, &old, now).await?;
        if let Some(next) = old.rescheduled_to {
            let next = Appointment::find(tx, next).await?;
            return if next.starts_at == start { Ok(next) } else { Err(AppError::Conflict.into()) };
        }
        if old.version != version || old.starts_at == start {
            return Err(AppError::Conflict.into());
        }
        reschedule_actor.check_open(&old, now)?;
        // a request that ran out gives no right to the time, whether or not it has been ended
        if old.ran_out(now) {
            return Err(AppError::Conflict.into());
        }
        let (booker, about) = (reschedule_actor.booker(&old), ReadWindow::day_of(now, Start::At(start)));
        let availability = Availability::around(tx, &self.calendars, &old, &booker, about).await?;
        let (mut new, reasons) =
            match reschedule_actor.build_appointment(tx, &availability, start, &settings.clinic, now).await {
                // to say which times are free instead
                Err(Error::App(AppError::TimeGone { .. })) => {
                    let availability =
                        Availability::around(tx, &self.calendars, &old, &booker, ReadWindow::all_ahead(now)).await?;
                    reschedule_actor.build_appointment(tx, &availability, start, &settings.clinic, now).await?
                }
                other => other?,
            };
        let span = (new.starts_at, new.ends_at);
        if availability.found.has_run_out(span) {
            expire_overlapping(tx, old.doctor_id, old.patient_id, span, now, None).await?;
        }
        old.change(tx, Action::Reschedule, reschedule_actor.by(), now).await?;
        succeed(tx, &old, &mut new, reschedule_actor.by()).await?;
        reschedule_actor.tell(tx, &new, &reasons, now).await?;
        tell_doctor(tx, Kind::DoctorMoved, &new, Some(old.starts_at), reschedule_actor.by(), now).await?;
        Ok(new)
    }
}

/// Writes the new row of a move, requested or booked as its status says. Who comes and why is taken over from the old
/// row, which has given its time up already, and each of the two points to the other.
pub(super) async fn succeed(
    tx: &mut Tx<'_>,
    old: &Appointment,
    new: &mut Appointment,
    by: Author,
) -> Result<(), Error> {
    new.patient_id = old.patient_id;
    new.reason.clone_from(&old.reason);
    new.contact_phone.clone_from(&old.contact_phone);
    if new.doctor_id == old.doctor_id {
        new.video_url.clone_from(&old.video_url);
    }
    new.rescheduled_from = Some(old.id);
    let action = if new.status == Status::Requested { Action::Request } else { Action::Book };
    new.insert(tx, action, by).await?;
    link(tx, old.id, new.id).await
}

/// The old row points to the new one, which exists only now.
async fn link(tx: &mut Tx<'_>, old: AppointmentId, new: AppointmentId) -> Result<(), Error> {
    const SQL: &str = "update appointments set rescheduled_to = $2 where id = $1";
    tx.execute(SQL, (old, new)).await?;
    Ok(())
}

async fn time_gone(
    app: &AppState,
    booker: &Booker,
    id: AppointmentId,
    start: Timestamp,
    now: Timestamp,
) -> Result<AppError, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let appointment = Appointment::find(conn, id).await?;
    let availability =
        Availability::around(conn, &app.calendars, &appointment, booker, ReadWindow::all_ahead(now)).await?;
    Ok(availability.gone(start, vec![Reason::Taken]))
}
