//! What a doctor is told at once of their appointments: what other people did, if the doctor chose to hear of it. Who
//! that is and what they chose was read with the appointment, so a doctor who wants nothing costs no statement.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    appointment::{Appointment, Author},
    reschedule_actor::told_from,
};
use crate::{
    db::{Batch, Error, Tx},
    ids::{AppointmentId, PersonId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    time::Timestamp,
};

/// The account that is to be told of a change by `by` of an appointment that starts, or started until then, at one of
/// `starts`; none for the doctor's own change, and for one that the doctor does not want to hear of.
fn listener(appointment: &Appointment, starts: &[Timestamp], by: Author, now: Timestamp) -> Option<PersonId> {
    let doctor = appointment.doctor_person_id.filter(|doctor| by.actor != Some(*doctor))?;
    appointment.doctor_booking_mail.wants(starts, now).then_some(doctor)
}

/// As [`add_news`], by itself.
///
/// # Errors
/// The database's.
pub(super) async fn tell_doctor(
    tx: &mut Tx<'_>,
    kind: Kind,
    appointment: &Appointment,
    before: Option<Timestamp>,
    by: Author,
    now: Timestamp,
) -> Result<(), Error> {
    let mut batch = tx.batch();
    add_news(&mut batch, kind, appointment, before, by, now)?;
    tx.execute_batch(batch).await
}

/// Tells the doctor what `by` did to an appointment, in the unit that does it; of a move, with the start that it had
/// `before`. As for the patient, a move and a cancellation by the clinic can be taken back first.
///
/// # Errors
/// A value cannot be encoded.
pub(super) fn add_news(
    batch: &mut Batch,
    kind: Kind,
    appointment: &Appointment,
    before: Option<Timestamp>,
    by: Author,
    now: Timestamp,
) -> Result<(), Error> {
    let starts = [appointment.starts_at, before.unwrap_or(appointment.starts_at)];
    let Some(to) = listener(appointment, &starts, by, now) else { return Ok(()) };
    let waits = before.is_some() || kind == Kind::DoctorCancelled;
    let due = if waits { told_from(by.role, now) } else { now };
    let dedupe_key = &format!("{}:{}", kind.into_str(), appointment.id);
    Message { kind, to, appointments: &[appointment.id], dedupe_key }.add_to(batch, now, due)
}

/// What one unit changes for several appointments, for the doctors concerned: one message each.
#[derive(Default)]
pub(super) struct DoctorNews(BTreeMap<PersonId, Vec<AppointmentId>>);

impl DoctorNews {
    /// Remembers that `by` changed `appointment` for its doctor: of one that was given away, the old row, and for the
    /// colleague the new one.
    pub fn add(&mut self, appointment: &Appointment, by: Author, now: Timestamp) {
        if let Some(doctor) = listener(appointment, &[appointment.starts_at], by, now) {
            self.0.entry(doctor).or_default().push(appointment.id);
        }
    }

    /// Tells each of them in the unit of the change, which `action` names.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell(&self, tx: &mut Tx<'_>, action: Uuid, now: Timestamp) -> Result<(), Error> {
        self.tell_as(tx, Kind::DoctorChanged, action, now).await
    }

    /// As [`Self::tell`], with a message of this kind.
    ///
    /// # Errors
    /// The database's.
    pub async fn tell_as(&self, tx: &mut Tx<'_>, kind: Kind, action: Uuid, now: Timestamp) -> Result<(), Error> {
        for (to, appointments) in &self.0 {
            let dedupe_key = &format!("{}:{action}:{to}", kind.into_str());
            enqueue(tx, now, Message { kind, to: *to, appointments, dedupe_key }).await?;
        }
        Ok(())
    }
}
