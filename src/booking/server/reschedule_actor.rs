//! Who moves an appointment, and by which rules: the patient, or the clinic.

use super::{
    change::find_for,
    desk::{draft_at, record_exception, start_of},
    hold::draft,
    offer::Offer,
    person::Person,
    record::{Appointment, By},
    requests, views,
};
use crate::{
    availability::{Reason, server::load_sites},
    booking::{Change, Status, desk::TimeForm},
    db::{Conn, Error},
    error::AppError,
    ids::AppointmentId,
    notifications::server::{Message, enqueue_for},
    server::{request::Actor, settings::ClinicSettings},
    time::Instant,
};

/// A slip is put right within this time before the patient hears of the move.
const TELL_AFTER_MINUTES: i64 = 3;

/// Who moves an appointment to which time.
#[derive(Clone)]
pub(super) enum Mover {
    /// Its patient, until the cut-off, to a time that is offered.
    Patient { person: Person, start: Instant },
    /// Its doctor, or staff: while it is requested or booked, and with a reason to any time.
    Clinic { actor: Actor, form: Box<TimeForm> },
}

impl Mover {
    /// The appointment, if it is this mover's.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for an unknown id and for somebody else's alike.
    pub async fn find(&self, conn: &mut Conn<'_>, id: AppointmentId) -> Result<Appointment, Error> {
        match self {
            Mover::Patient { person, .. } => {
                let visit = Appointment::find(conn, id).await?;
                if person.owns(&visit) { Ok(visit) } else { Err(AppError::NotFound.into()) }
            }
            Mover::Clinic { actor, .. } => find_for(conn, *actor, id).await,
        }
    }

    /// Where the appointment goes.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a time of the clinic that cannot be read.
    pub async fn start(&self, conn: &mut Conn<'_>, old: &Appointment, now: Instant) -> Result<Instant, Error> {
        match self {
            Mover::Patient { start, .. } => Ok(*start),
            Mover::Clinic { form, .. } => {
                let sites = load_sites(conn).await?;
                Ok(start_of(form, &sites, &views::zone(old)?, now)?)
            }
        }
    }

    /// Whether the appointment may still be moved; for the clinic the table of transitions says so.
    ///
    /// # Errors
    /// [`AppError::TooLate`] past the patient's cut-off, [`AppError::Conflict`] when it is over.
    pub fn check_open(&self, old: &Appointment, now: Instant) -> Result<(), AppError> {
        match (self, views::change_now(old, now)) {
            (Mover::Clinic { .. }, _) | (Mover::Patient { .. }, Change::Free) => Ok(()),
            (_, Change::LateCancelOnly | Change::CallClinic) => Err(AppError::TooLate),
            (_, Change::Finished) => Err(AppError::Conflict),
        }
    }

    /// The person for whom the rules are asked.
    pub fn person(&self, old: &Appointment) -> Person {
        match self {
            Mover::Patient { person, .. } => person.clone(),
            Mover::Clinic { .. } => Person { patient: old.patient_id, holder: None },
        }
    }

    pub fn by(&self) -> By {
        match self {
            Mover::Patient { person, .. } => person.by(),
            Mover::Clinic { actor, .. } => By::from(*actor),
        }
    }

    /// The new appointment, and the rules that the clinic sets aside for it. A move by the clinic needs no approval.
    ///
    /// # Errors
    /// [`AppError::TimeGone`] for a time that is not offered, and for the clinic those of [`draft_at`].
    pub async fn draft(
        &self,
        conn: &mut Conn<'_>,
        offer: &Offer,
        start: Instant,
        settings: &ClinicSettings,
        now: Instant,
    ) -> Result<(Appointment, Vec<Reason>), Error> {
        match self {
            Mover::Patient { .. } => {
                let slot = offer.slot_at(start).map_err(|reasons| offer.gone(start, reasons))?;
                let mut new = draft(offer, &slot, now)?;
                if new.needs_approval {
                    new.status = Status::Requested;
                    new.answer_by = Some(requests::answer_by(conn, settings, start, now).await?);
                }
                Ok((new, Vec::new()))
            }
            Mover::Clinic { form, .. } => draft_at(offer, form, start, now),
        }
    }

    /// Tells the patient, about a move by the clinic a little later, and writes down which rules were set aside for it.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell(
        &self,
        conn: &mut Conn<'_>,
        new: &Appointment,
        reasons: &[Reason],
        now: Instant,
    ) -> Result<(), Error> {
        let Some(patient) = new.patient_id else { return Ok(()) };
        let due = match self {
            Mover::Patient { .. } => now,
            Mover::Clinic { actor, .. } => {
                record_exception(conn, *actor, now, new, reasons).await?;
                now.plus_minutes(TELL_AFTER_MINUTES)
            }
        };
        let dedupe_key = &format!("visits_moved:{}", new.id);
        let message = Message { kind: "visits_moved", to: patient, visits: &[new.id], dedupe_key };
        enqueue_for(conn, now, due, message).await
    }
}
