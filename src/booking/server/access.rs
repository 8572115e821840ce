//! Finding an appointment for a person who may see it, how much of it they may read, and the page on which they see it.

use sqlx::FromRow;

use super::{appointment::Appointment, booker::Booker};
use crate::{
    accounts::Role,
    booking::{PatientReason, front_desk::day_path},
    clinic::server::audit::{Entry, note_reading},
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId},
    state::AppState,
    web::request::Actor,
};

/// The appointment, when it is this actor's to see: the patient's own, the doctor's own, or any for staff. Holds, live
/// or run out, are for [`super::held`]; a request that ran out is an appointment.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub(super) async fn find_for(conn: &mut Conn<'_>, actor: Actor, id: AppointmentId) -> Result<Appointment, Error> {
    let appointment = Appointment::find(conn, id).await?;
    let theirs = match actor.role {
        Role::Patient => appointment.patient_id == Some(actor.user),
        Role::Doctor => ReasonRule::of(conn, appointment.doctor_id).await?.person_id == Some(actor.user),
        Role::Admin => true,
    };
    if theirs && !appointment.is_hold() { Ok(appointment) } else { Err(AppError::NotFound.into()) }
}

/// The appointment, and whether this actor may read what its patient entrusts to its doctor beside it, such as files: the
/// rule is that of reasons.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub async fn entrusted(conn: &mut Conn<'_>, actor: Actor, id: AppointmentId) -> Result<(Appointment, bool), Error> {
    let appointment = find_for(conn, actor, id).await?;
    let may_read = ReasonRule::of(conn, appointment.doctor_id).await?.may_read(actor, &appointment);
    Ok((appointment, may_read))
}

/// The hold or appointment, when it is this booker's. A visitor who does not hold it learns nothing of it.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's alike; [`AppError::Unauthenticated`] for a visitor.
pub(super) async fn own(conn: &mut Conn<'_>, booker: &Booker, id: AppointmentId) -> Result<Appointment, Error> {
    match Appointment::find(conn, id).await {
        Ok(appointment) if booker.owns(&appointment) => Ok(appointment),
        Ok(_) | Err(Error::App(AppError::NotFound)) if booker.patient.is_none() => {
            Err(AppError::Unauthenticated.into())
        }
        Ok(_) => Err(AppError::NotFound.into()),
        Err(error) => Err(error),
    }
}

/// Whether this actor acts for a person: a patient for themselves.
///
/// # Errors
/// The database's.
pub(super) async fn acts_for(_: &mut Conn<'_>, actor: Actor, person: PersonId) -> Result<bool, Error> {
    Ok(actor.role == Role::Patient && actor.user == person)
}

/// Who may read the reasons that patients of one doctor write.
#[derive(FromRow)]
pub(super) struct ReasonRule {
    /// The doctor's account.
    person_id: Option<PersonId>,
    /// Whether the doctor lets staff read them.
    staff_read_reasons: bool,
}

impl ReasonRule {
    /// The rule of this doctor.
    pub async fn of(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Self, Error> {
        const SQL: &str = "select person_id, staff_read_reasons from doctors where id = $1";
        let rule = conn.fetch_optional(SQL, (doctor,)).await?;
        // without such a doctor, nobody reads anything
        Ok(rule.unwrap_or(ReasonRule { person_id: None, staff_read_reasons: false }))
    }

    /// The reason of one of the doctor's appointments for this reader: its patient, its doctor, and staff whom the
    /// doctor allows. Other staff learn whether there is one. The one rule for pages, answers and files.
    pub fn reason_for(&self, actor: Actor, appointment: &Appointment) -> PatientReason {
        match own_reason(appointment) {
            PatientReason::Given(_) if !self.may_read(actor, appointment) => PatientReason::Withheld,
            reason => reason,
        }
    }

    /// Whether this reader may read what the patient of one of the doctor's appointments wrote: the reason, and the
    /// answers to the doctor's questions.
    pub fn may_read(&self, actor: Actor, appointment: &Appointment) -> bool {
        match actor.role {
            Role::Patient => appointment.patient_id == Some(actor.user),
            Role::Doctor => self.person_id == Some(actor.user),
            Role::Admin => self.staff_read_reasons,
        }
    }
}

/// The reason for the person who wrote it.
pub(super) fn own_reason(appointment: &Appointment) -> PatientReason {
    match appointment.reason.as_str() {
        "" => PatientReason::NotGiven,
        text => PatientReason::Given(text.to_owned()),
    }
}

/// Notes in the audit log that staff read an appointment. Its doctor and its patient read their own.
pub(super) async fn note_read(app: &AppState, actor: Actor, appointment: &Appointment) {
    if actor.role == Role::Admin {
        let (subject_id, details) = (Some(appointment.id.0), appointment.reference.as_str());
        let entry = Entry { action: "appointment.read", subject: "appointment", subject_id, details };
        note_reading(app, actor.into(), entry).await;
    }
}

/// The address of the doctor's day on which an appointment is, as `actor` opens it.
#[must_use]
pub fn day_page(actor: Actor, appointment: &Appointment) -> String {
    let date = appointment.local_start.get(..10).unwrap_or_default();
    day_path(if actor.role == Role::Admin { &appointment.doctor_slug } else { "" }, date)
}
