//! Finding an appointment for a person who may see it, how much of it they may read, and the page on which they see it.

use sqlx::FromRow;

use super::{appointment::Appointment, booker::Booker};
use crate::{
    accounts::{
        Permission,
        model::care::{ActedFor, CareScope},
        server::care::{has_ended, may_act, scope_of},
    },
    availability::server::{hand_on, is_own},
    booking::{PatientReason, front_desk::day_path},
    clinic::server::audit::{Entry, note_reading},
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// The appointment, when it is this actor's to see: a patient's own or of a person for whom they act, the doctor's own,
/// or any for staff. Holds, live or run out, are for [`super::held`]; a request that ran out is an appointment.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub(super) async fn find_for(
    conn: &mut Conn<'_>,
    actor: Actor,
    id: AppointmentId,
    now: Timestamp,
) -> Result<Appointment, Error> {
    Ok(find_with_scope(conn, actor, id, now).await?.0)
}

/// As [`find_for`], for a change: who may only see the appointments of a person changes none of them.
///
/// # Errors
/// As [`find_for`].
pub(super) async fn find_to_change(
    conn: &mut Conn<'_>,
    actor: Actor,
    id: AppointmentId,
    now: Timestamp,
) -> Result<Appointment, Error> {
    match find_with_scope(conn, actor, id, now).await? {
        (appointment, CareScope::Book) => Ok(appointment),
        (_, CareScope::See) => Err(AppError::NotActing.into()),
    }
}

/// As [`find_for`], with what the actor may do.
///
/// # Errors
/// As [`find_for`].
pub(super) async fn find_with_scope(
    conn: &mut Conn<'_>,
    actor: Actor,
    id: AppointmentId,
    now: Timestamp,
) -> Result<(Appointment, CareScope), Error> {
    let appointment = Appointment::find(conn, id).await?;
    let scope = match appointment.patient_id {
        _ if actor.may(Permission::WorkAtDesk) => {
            hand_on(conn, actor, appointment.doctor_id).await?.map(|_| CareScope::Book)
        }
        Some(person) => scope_of(conn, actor.user, person, now).await?,
        None => None,
    };
    match scope.filter(|_| !appointment.is_hold()) {
        Some(scope) => Ok((appointment, scope)),
        None => Err(AppError::NotFound.into()),
    }
}

/// The booker of an appointment or a hold: for the person whose it is, who is the booker or one they act for; for a hold
/// without a patient, who holds it. Only for another person does it ask.
///
/// # Errors
/// [`AppError::NotFound`] for another person's; [`AppError::NotActing`] for one that the booker may only see, and for a hold
/// of a person for whom they could act until a moment ago.
pub(super) async fn booker_of(
    conn: &mut Conn<'_>,
    booker: &Booker,
    appointment: &Appointment,
    now: Timestamp,
) -> Result<Booker, Error> {
    if booker.owns(appointment) {
        return Ok(booker.clone());
    }
    let (Some(account), Some(person)) = (booker.account(), appointment.patient_id) else {
        return Err(AppError::NotFound.into());
    };
    match scope_of(conn, account, person, now).await? {
        Some(CareScope::Book) => Ok(booker.clone().acting_for(Some(person))),
        Some(CareScope::See) => Err(AppError::NotActing.into()),
        None if appointment.is_hold() && has_ended(conn, account, person).await? => Err(AppError::NotActing.into()),
        None => Err(AppError::NotFound.into()),
    }
}

/// The people among whom an account chooses when it books; nobody when there is no choice.
pub(super) fn others(all: Vec<ActedFor>) -> Vec<ActedFor> {
    let bookable: Vec<ActedFor> = all.into_iter().filter(|person| person.scope == CareScope::Book).collect();
    if bookable.len() > 1 { bookable } else { Vec::new() }
}

/// The appointment, and whether this actor may read what its patient entrusts to its doctor beside it, such as files: the
/// rule is that of reasons.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub async fn entrusted(
    conn: &mut Conn<'_>,
    actor: Actor,
    id: AppointmentId,
    now: Timestamp,
) -> Result<(Appointment, bool), Error> {
    let appointment = find_for(conn, actor, id, now).await?;
    let may_read = ReasonRule::of(conn, appointment.doctor_id).await?.may_read(actor);
    Ok((appointment, may_read))
}

/// As [`entrusted`], for a change: who may only see the appointments of a person adds nothing to them.
///
/// # Errors
/// As [`entrusted`]; [`AppError::NotActing`].
pub async fn entrusted_to_change(
    conn: &mut Conn<'_>,
    actor: Actor,
    id: AppointmentId,
    now: Timestamp,
) -> Result<(Appointment, bool), Error> {
    let appointment = find_to_change(conn, actor, id, now).await?;
    let rule = ReasonRule::of(conn, appointment.doctor_id).await?;
    // a colleague of the doctor reads what staff may read, and adds nothing
    let adds = rule.is_of(actor) || !actor.may(Permission::KeepOwnCalendar);
    Ok((appointment, adds && rule.may_read(actor)))
}

/// The hold or appointment, when it is this booker's, or of a person for whom they act; and its booker, as [`booker_of`]
/// names them. A visitor who does not hold it learns nothing of it.
///
/// # Errors
/// [`AppError::Unauthenticated`] for a visitor; otherwise those of [`booker_of`].
pub(super) async fn own(
    conn: &mut Conn<'_>,
    booker: &Booker,
    id: AppointmentId,
    now: Timestamp,
) -> Result<(Appointment, Booker), Error> {
    let found = match Appointment::find(conn, id).await {
        Ok(appointment) => {
            let booker = booker_of(conn, booker, &appointment, now).await;
            booker.map(|booker| (appointment, booker))
        }
        Err(error) => Err(error),
    };
    match found {
        Err(Error::App(AppError::NotFound)) if booker.patient.is_none() => Err(AppError::Unauthenticated.into()),
        found => found,
    }
}

/// Whether this actor may book for a person: themselves, or one for whom they act.
///
/// # Errors
/// The database's.
pub(super) async fn acts_for(
    conn: &mut Conn<'_>,
    actor: Actor,
    person: PersonId,
    now: Timestamp,
) -> Result<bool, Error> {
    Ok(actor.may(Permission::BookForOneself) && may_act(conn, actor.user, person, CareScope::Book, now).await?)
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

    /// The reason of one of the doctor's appointments for this reader, who was let see the appointment: its patient and who
    /// acts for them, its doctor, and staff and colleagues whom the doctor allows. Other staff learn whether there is one. The one rule for pages, answers and files.
    pub fn reason_for(&self, actor: Actor, appointment: &Appointment) -> PatientReason {
        match own_reason(appointment) {
            PatientReason::Given(_) if !self.may_read(actor) => PatientReason::Withheld,
            reason => reason,
        }
    }

    /// Whether this reader, who was let see one of the doctor's appointments, may read what its patient wrote: the reason,
    /// and the answers to the doctor's questions.
    pub fn may_read(&self, actor: Actor) -> bool {
        // who may see the appointment as its patient does; nobody else of this role comes so far
        actor.may(Permission::BookForOneself) || self.is_of(actor) || self.staff_read_reasons
    }

    /// Whether this actor is the doctor.
    pub fn is_of(&self, actor: Actor) -> bool {
        self.person_id == Some(actor.user)
    }
}

/// The reason for the person who wrote it.
pub(super) fn own_reason(appointment: &Appointment) -> PatientReason {
    match appointment.reason.as_str() {
        "" => PatientReason::NotGiven,
        text => PatientReason::Given(text.to_owned()),
    }
}

/// Notes in the audit log that staff, or a colleague of its doctor, read an appointment. Its doctor and its patient read
/// their own.
pub(super) async fn note_read(app: &AppState, actor: Actor, appointment: &Appointment) {
    if !is_own(app, actor, appointment.doctor_id).await {
        let (subject_id, details) = (Some(appointment.id.0), appointment.reference.as_str());
        let entry = Entry { action: "appointment.read", subject: "appointment", subject_id, details };
        note_reading(app, actor.into(), entry).await;
    }
}

/// The address of the doctor's day on which an appointment is, as its doctor opens it, or somebody else.
#[must_use]
pub fn day_page(own: bool, appointment: &Appointment) -> String {
    let date = appointment.local_start.get(..10).unwrap_or_default();
    day_path(if own { "" } else { &appointment.doctor_slug }, date)
}
