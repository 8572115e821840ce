//! Who moves an appointment, and by which rules: the patient, or the clinic.

use super::{
    appointment::{Appointment, Author},
    availability::Availability,
    booker::Booker,
    clinic_time::{build_by_clinic, record_exception, start_of},
    requests, views,
};
use crate::{
    availability::{Reason, server::load_locations},
    booking::{
        ActorRole, Change, Status,
        front_desk::TimeForm,
        server::{
            access::{booker_of, find_for},
            build::build_appointment,
        },
    },
    config::ClinicDefaults,
    db::{Conn, Error, Tx},
    error::AppError,
    ids::AppointmentId,
    notifications::{
        model::Kind,
        server::{Message, enqueue_for},
    },
    time::Timestamp,
    web::request::Actor,
};

/// A move and a cancellation by the clinic can be corrected within this time, before patient and doctor get a message.
pub(super) const TELL_AFTER_MINUTES: i64 = 3;

/// From when on people are told what this role did: at once of what a patient did, a little later of what the clinic did.
pub(super) fn told_from(role: ActorRole, now: Timestamp) -> Timestamp {
    if role == ActorRole::Patient { now } else { now.plus_minutes(TELL_AFTER_MINUTES) }
}

/// Who moves an appointment to which time.
#[derive(Clone)]
pub(super) enum RescheduleActor {
    /// Its patient, until the cut-off, to a free time.
    Patient { booker: Booker, start: Timestamp },
    /// Its doctor, or staff: while it is requested or booked, and with a reason to any time.
    Clinic { actor: Actor, form: Box<TimeForm> },
}

impl RescheduleActor {
    /// The appointment, if it is this mover's.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
    pub async fn find(&self, conn: &mut Conn<'_>, id: AppointmentId, now: Timestamp) -> Result<Appointment, Error> {
        match self {
            RescheduleActor::Patient { booker, .. } => {
                let appointment = Appointment::find(conn, id).await?;
                booker_of(conn, booker, &appointment, now).await?;
                Ok(appointment)
            }
            RescheduleActor::Clinic { actor, .. } => find_for(conn, *actor, id, now).await,
        }
    }

    /// Where the appointment goes.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a time of the clinic that cannot be read.
    pub async fn start(&self, conn: &mut Conn<'_>, old: &Appointment, now: Timestamp) -> Result<Timestamp, Error> {
        match self {
            RescheduleActor::Patient { start, .. } => Ok(*start),
            RescheduleActor::Clinic { form, .. } => {
                let locations = load_locations(conn).await?;
                Ok(start_of(form, &locations, &views::zone(old)?, now)?)
            }
        }
    }

    /// Whether the appointment may still be moved; for the clinic the table of transitions says so.
    ///
    /// # Errors
    /// [`AppError::TooLate`] past the patient's cut-off, [`AppError::Conflict`] when it is over.
    pub fn check_open(&self, old: &Appointment, now: Timestamp) -> Result<(), AppError> {
        match (self, views::change_now(old, now)) {
            (RescheduleActor::Clinic { .. }, _) | (RescheduleActor::Patient { .. }, Change::Free) => Ok(()),
            (_, Change::LateCancelOnly | Change::CallClinic) => Err(AppError::TooLate),
            (_, Change::Finished) => Err(AppError::Conflict),
        }
    }

    pub fn is_patient(&self) -> bool {
        matches!(self, RescheduleActor::Patient { .. })
    }

    /// The person for whom the rules are asked.
    pub fn booker(&self, old: &Appointment) -> Booker {
        match self {
            RescheduleActor::Patient { booker, .. } => booker.clone().acting_for(old.patient_id),
            RescheduleActor::Clinic { .. } => Booker { patient: old.patient_id, carer: None, holder: None },
        }
    }

    pub fn by(&self) -> Author {
        match self {
            RescheduleActor::Patient { booker, .. } => booker.by(),
            RescheduleActor::Clinic { actor, .. } => Author::from(*actor),
        }
    }

    /// The new appointment, and the rules that the clinic sets aside for it. A move by the clinic needs no approval.
    ///
    /// # Errors
    /// [`AppError::TimeGone`] for a time that is not free, and for the clinic those of [`build_by_clinic`].
    pub async fn build_appointment(
        &self,
        conn: &mut Conn<'_>,
        availability: &Availability,
        start: Timestamp,
        settings: &ClinicDefaults,
        now: Timestamp,
    ) -> Result<(Appointment, Vec<Reason>), Error> {
        match self {
            RescheduleActor::Patient { .. } => {
                let slot = availability.slot_at(start).map_err(|reasons| availability.gone(start, reasons))?;
                let mut new = build_appointment(availability, &slot, now)?;
                if new.needs_approval {
                    new.status = Status::Requested;
                    new.answer_by = Some(requests::answer_by(conn, settings, start, now).await?);
                }
                Ok((new, Vec::new()))
            }
            RescheduleActor::Clinic { form, .. } => build_by_clinic(availability, form, start, now),
        }
    }

    /// Tells the patient, about a move by the clinic a little later, and writes down which rules were set aside for it.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell(
        &self,
        tx: &mut Tx<'_>,
        new: &Appointment,
        reasons: &[Reason],
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(patient) = new.patient_id else { return Ok(()) };
        let due = match self {
            RescheduleActor::Patient { .. } => now,
            RescheduleActor::Clinic { actor, .. } => {
                record_exception(tx, *actor, now, new, reasons).await?;
                told_from(actor.role.into(), now)
            }
        };
        let kind = if new.would_replace.is_some() { Kind::RequestReceived } else { Kind::AppointmentsMoved };
        let dedupe_key = &format!("{}:{}", kind.into_str(), new.id);
        let message = Message { kind, to: patient, appointments: &[new.id], dedupe_key };
        enqueue_for(tx, now, due, message).await
    }
}
