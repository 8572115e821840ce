//! Arrived, completed, did not attend; and taking it back.

use strum::VariantArray;

use super::{
    appointment::{Appointment, expire_overlapping},
    busy::other_appointment,
    cancel::end_request,
};
use crate::{
    accounts::Permission,
    availability::Reason,
    booking::{Action, ActorRole, Attendance, Status, next_status, server::access::find_for},
    db::{Error, Tx, Violation, WriteUnit},
    error::AppError,
    ids::AppointmentId,
    state::AppState,
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

/// Who comes early is noted as arrived from this long before the start.
const EARLY_MINUTES: i64 = 12 * 60;
/// A slip can be taken back for this long.
const UNDO_MINUTES: i64 = 72 * 60;

/// What may be noted about an appointment at this moment, in the order of the buttons. `changed_at` is when the
/// appointment changed last.
#[must_use]
pub fn open_marks(status: Status, starts_at: Timestamp, changed_at: Timestamp, now: Timestamp) -> Vec<Attendance> {
    let in_time = |mark| match mark {
        Attendance::Arrived => now >= starts_at.plus_minutes(-EARLY_MINUTES),
        Attendance::Completed | Attendance::NoShow => now >= starts_at,
        Attendance::Undo => now <= changed_at.plus_minutes(UNDO_MINUTES),
    };
    let allowed = |mark: Attendance| next_status(Some(status), mark.action(), ActorRole::Doctor).is_some();
    Attendance::VARIANTS.iter().copied().filter(|mark| allowed(*mark) && in_time(*mark)).collect()
}

/// Notes whether the patient came, or takes that back. The same note twice is one note. `version` is the one the page
/// showed: an appointment that changed meanwhile is not changed unseen.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another person's appointment,
/// [`AppError::Conflict`] for a stale version, or when the appointment's state or the hour does not allow it; when an
/// appointment is set back to booked, [`AppError::TimeGone`] if the doctor has another appointment at that time by now
/// and [`AppError::PatientBusy`] if the patient has.
pub async fn note_attendance(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    mark: Attendance,
) -> Result<(), AppError> {
    actor.needs(Permission::WorkAtDesk)?;
    let unit = NoteAttendance { actor, id, version, mark, now: app.clock.now() };
    match app.db.write(unit).await {
        Ok(()) => Ok(()),
        Err(error) => match error.violation() {
            Some(Violation::DoctorOverlap) => Err(taken(app, id, Reason::Taken).await?),
            Some(Violation::ResourceOverlap) => Err(taken(app, id, Reason::NoResource).await?),
            Some(Violation::PatientOverlap) => Err(elsewhere(app, actor, id).await?),
            _ => Err(error.into()),
        },
    }
}

/// Notes whether the patient came, or takes that back.
struct NoteAttendance {
    actor: Actor,
    id: AppointmentId,
    version: i32,
    mark: Attendance,
    now: Timestamp,
}

impl WriteUnit for NoteAttendance {
    const NAME: &'static str = "note_attendance";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (mark, now) = (self.mark, self.now);
        let mut appointment = find_for(tx, self.actor, self.id, self.now).await?;
        if appointment.status == mark.status() {
            return Ok(());
        }
        let open = open_marks(appointment.status, appointment.starts_at, appointment.updated_at, now);
        if appointment.version != self.version || !open.contains(&mark) {
            return Err(AppError::Conflict.into());
        }
        if mark == Attendance::Undo {
            // the time is taken again: holds and requests that ran out must not block it
            let span = (appointment.starts_at, appointment.ends_at);
            let (doctor, patient) = (appointment.doctor_id, appointment.patient_id);
            expire_overlapping(tx, doctor, patient, appointment.resource_id, span, now, Some(self.id)).await?;
        }
        appointment.change(tx, mark.action(), self.actor.into(), now).await?;
        if mark != Attendance::Undo {
            // who is there, or should have been, no longer needs another time
            end_request(tx, &appointment, Action::Decline, self.actor.into(), now).await?;
        }
        Ok(())
    }
}

/// The error for an appointment whose time another appointment has.
async fn taken(app: &AppState, id: AppointmentId, reason: Reason) -> Result<AppError, AppError> {
    let mut reader = app.db.read().await?;
    let appointment = Appointment::find(&mut reader.conn(), id).await?;
    let wanted =
        Zone::parse(&appointment.time_zone).map(|zone| zone.time_words(appointment.starts_at)).unwrap_or_default();
    Ok(AppError::TimeGone { wanted, reasons: vec![reason], nearest: Vec::new() })
}

/// The error for an appointment whose patient has another one at that time. Staff may see which.
async fn elsewhere(app: &AppState, actor: Actor, id: AppointmentId) -> Result<AppError, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let appointment = Appointment::find(conn, id).await?;
    let span = (appointment.starts_at, appointment.ends_at);
    let with = match appointment.patient_id.filter(|_| actor.may(Permission::KnowOtherAppointments)) {
        Some(patient) => other_appointment(conn, patient, span, Some(id), app.clock.now()).await?,
        None => String::new(),
    };
    Ok(AppError::PatientBusy { own: false, with, nearest: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(1_000_000);

    fn open(status: Status, changed_at: Timestamp, now: Timestamp) -> Vec<Attendance> {
        open_marks(status, START, changed_at, now)
    }

    #[test]
    fn each_note_has_its_time() {
        use Attendance::{Arrived, Completed, NoShow, Undo};
        let booked = |now| open(Status::Booked, Timestamp(0), now);
        assert_eq!(booked(START.plus_minutes(-EARLY_MINUTES).plus_seconds(-1)), []);
        assert_eq!(booked(START.plus_minutes(-EARLY_MINUTES)), [Arrived]);
        assert_eq!(booked(START.plus_seconds(-1)), [Arrived]);
        assert_eq!(booked(START), [Arrived, Completed, NoShow]);
        assert_eq!(open(Status::Arrived, START.plus_seconds(-60), START.plus_seconds(-1)), [Undo]);
        assert_eq!(open(Status::Arrived, START.plus_seconds(-60), START), [Completed, Undo]);
        let done = START.plus_minutes(30);
        for status in [Status::Completed, Status::NoShow] {
            assert_eq!(open(status, done, done.plus_minutes(UNDO_MINUTES)), [Undo]);
            assert_eq!(open(status, done, done.plus_minutes(UNDO_MINUTES).plus_seconds(1)), []);
        }
        for status in [Status::Requested, Status::Cancelled, Status::Rescheduled, Status::Declined, Status::Expired] {
            assert_eq!(open(status, done, done), [], "{status:?}");
        }
    }
}
