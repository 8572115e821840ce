//! Who is asking, as booking sees it: a signed-in patient, a browser that holds a time, or both.

use super::appointment::{Appointment, Author};
use crate::{
    accounts::{Role, model::care::CareScope, server::care::may_act},
    availability::server::{Audience, VisitTypeRules},
    booking::ActorRole,
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, DoctorId, PersonId},
    time::Timestamp,
    web::request::{Actor, RequestContext},
};

/// The person behind a hold or a booking.
#[derive(Clone, Debug)]
pub struct Booker {
    /// Who is to be seen.
    pub patient: Option<PersonId>,
    /// The account that acts for the patient, when that is another person.
    pub carer: Option<PersonId>,
    /// SHA-256 of the browser's hold token, if it has one.
    pub holder: Option<Vec<u8>>,
}

impl Booker {
    /// # Errors
    /// [`AppError::Forbidden`] for doctors and staff: they book for themselves with an account as a patient.
    pub fn of(request_context: &RequestContext) -> Result<Self, AppError> {
        let patient = match request_context.actor {
            Some(Actor { user, role: Role::Patient, .. }) => Some(user),
            Some(_) => return Err(AppError::Forbidden),
            None => None,
        };
        Ok(Booker { patient, carer: None, holder: request_context.holder.clone() })
    }

    /// As [`Self::of`] for reading, where doctors and staff look as a visitor would.
    #[must_use]
    pub fn of_any(request_context: &RequestContext) -> Self {
        Booker::of(request_context).unwrap_or(Booker { patient: None, carer: None, holder: None })
    }

    /// The same booker for this person: themselves, or one for whom [`Self::check`] asks. None leaves it as it is, and
    /// so does a visitor, who acts for nobody.
    #[must_use]
    pub fn acting_for(self, person: Option<PersonId>) -> Self {
        let (Some(account), Some(person)) = (self.account(), person) else { return self };
        Booker { patient: Some(person), carer: (account != person).then_some(account), ..self }
    }

    /// The signed-in account.
    pub(super) fn account(&self) -> Option<PersonId> {
        self.carer.or(self.patient)
    }

    /// Asks whether this booker may book for the patient, if that is another person.
    ///
    /// # Errors
    /// [`AppError::NotActing`]
    pub(super) async fn check(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<(), Error> {
        match (self.carer, self.patient) {
            (Some(account), Some(person)) if !may_act(conn, account, person, CareScope::Book, now).await? => {
                Err(AppError::NotActing.into())
            }
            _ => Ok(()),
        }
    }

    /// Whether nothing is known of this person: for every such booker the same times are free.
    pub(super) fn is_visitor(&self) -> bool {
        self.patient.is_none() && self.holder.is_none()
    }

    /// The patient, of a booker who has signed in.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] without a signed-in user.
    pub fn signed_in(&self) -> Result<PersonId, AppError> {
        self.patient.ok_or(AppError::Unauthenticated)
    }

    pub(super) fn by(&self) -> Author {
        match self.account() {
            Some(user) => Author { actor: Some(user), role: ActorRole::Patient },
            None => Author { actor: None, role: ActorRole::Visitor },
        }
    }

    /// Whether an appointment is this patient's, or held by this browser and not yet tied to a patient. Whether it is of
    /// a person for whom the booker acts, [`super::access::booker_of`] asks.
    pub(super) fn owns(&self, appointment: &Appointment) -> bool {
        match appointment.patient_id {
            Some(patient) => self.patient == Some(patient),
            None => self.holder.is_some() && self.holder == appointment.holder_hash,
        }
    }

    /// This person's live hold, if any.
    pub(super) async fn live_hold(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<Option<AppointmentId>, Error> {
        const SQL: &str = "select id from appointments
            where status = 'held' and held_until > $3
                and (patient_id = $1 or (patient_id is null and holder_hash = $2))
            order by held_until desc limit 1";
        conn.fetch_optional_value(SQL, (self.patient, &self.holder, now)).await
    }

    /// Whether the doctor has never seen this patient; none where the rules do not depend on it. A visitor counts as new:
    /// who knows the doctor signs in first.
    pub(super) async fn is_new_patient(
        &self,
        conn: &mut Conn<'_>,
        doctor: DoctorId,
        rules: &VisitTypeRules,
        now: Timestamp,
    ) -> Result<Option<bool>, Error> {
        match (self.patient, rules.audience) {
            (_, Audience::Any) => Ok(None),
            (None, _) => Ok(Some(true)),
            (Some(patient), Audience::New | Audience::Returning) => {
                Ok(Some(!has_been_there(conn, patient, doctor, now).await?))
            }
        }
    }
}

/// Whether the patient has seen this doctor, or has had an appointment whose time has come.
async fn has_been_there(
    conn: &mut Conn<'_>,
    patient: PersonId,
    doctor: DoctorId,
    now: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = "select id from appointments
        where patient_id = $1 and doctor_id = $2
            and (status in ('arrived', 'completed') or (status = 'booked' and starts_at < $3))
        order by starts_at desc limit 1";
    let found: Option<AppointmentId> = conn.fetch_optional_value(SQL, (patient, doctor, now)).await?;
    Ok(found.is_some())
}
