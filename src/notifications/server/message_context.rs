//! What a message is about, read again when it is sent.

use super::{outbox::Claimed, reminders};
use crate::{
    accounts::{
        model::care::CareScope,
        server::care::{may_act, told_instead},
    },
    booking::{
        ActorRole, Status,
        server::{Appointment, Thread, ended_with, kept, thread},
    },
    db::{Conn, Error},
    ids::{AppointmentId, PersonId},
    notifications::{model::Kind, server::compose_error::ComposeError},
    time::Timestamp,
};

/// Appointments in one message. More than any patient has ahead.
const MAX_APPOINTMENTS: usize = 500;

/// One appointment of a message.
#[derive(Clone, Debug)]
pub(super) struct MessageAppointment {
    pub row: Appointment,
    /// The appointment it was moved from.
    pub before: Option<Appointment>,
    /// The appointment that the patient keeps while this request to move it waits, and after it came to nothing.
    pub kept: Option<Appointment>,
    /// The request to move that ended with this.
    pub ended: Option<Appointment>,
    /// The patient's name, for a recipient who acts for them.
    pub for_whom: Option<String>,
    /// Who cancelled it, when that was another patient's account than the recipient's: by name who acts for the patient.
    pub cancelled_by: Option<CancelledBy>,
    pub thread: Thread,
}

/// Another person than the reader, on the patient's side, who cancelled an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CancelledBy {
    Patient,
    /// Who acts for the patient, by name.
    Carer(String),
}

/// Who on the patient's side cancelled this appointment, when that was not the reader.
async fn cancelled_by(conn: &mut Conn<'_>, row: &Appointment, reader: PersonId) -> Result<Option<CancelledBy>, Error> {
    const SQL: &str = "select e.actor_id, p.display_name from appointment_events e join persons p on p.id = e.actor_id
        where e.appointment_id = $1 and e.action = 'cancel' and e.actor_role = 'patient' order by e.version desc limit 1";
    if row.status != Status::Cancelled || row.cancelled_by != Some(ActorRole::Patient) {
        return Ok(None);
    }
    let found: Option<(PersonId, String)> = conn.fetch_optional(SQL, (row.id,)).await?;
    Ok(found.filter(|(actor, _)| *actor != reader).map(|(actor, name)| match row.patient_id == Some(actor) {
        true => CancelledBy::Patient,
        false => CancelledBy::Carer(name),
    }))
}

/// What is still true of a message.
#[derive(Clone, Debug)]
pub(super) struct MessageContext {
    pub kind: Kind,
    /// The person's address, as stored; empty when none is known.
    pub email: String,
    /// By time.
    pub appointments: Vec<MessageAppointment>,
}

/// The content of the message now; none when nothing of it is true any more, or it has no recipient.
pub(super) async fn read(
    conn: &mut Conn<'_>,
    claimed: &Claimed,
    now: Timestamp,
) -> Result<Option<MessageContext>, ComposeError> {
    let kind = claimed.kind.parse::<Kind>().map_err(|_| ComposeError::Broken("unknown kind"))?;
    let Subject { person, address: email, has_account, rows } = appointments_of(conn, claimed).await?;
    if !has_account {
        let told = told_instead(conn, person, now).await?;
        if !told.is_empty() {
            return Err(ComposeError::ForOthers(told));
        }
    }
    let mut appointments = Vec::new();
    for row in rows {
        // a person is never told of the appointment of a person for whom they do not act, even if the row names one
        let Some(patient) = row.patient_id else { continue };
        let may_know = may_act(conn, person, patient, CareScope::Book, now).await?;
        if may_know && still_true(kind, &row, claimed.created_at, now) {
            let thread = thread(conn, &row).await?;
            let before = match row.rescheduled_from {
                Some(before) => Some(Appointment::find(conn, before).await?),
                None => None,
            };
            let (kept, ended) = (kept(conn, &row).await?, ended_with(conn, &row).await?);
            let for_whom = if patient == person { None } else { Some(name(conn, patient).await?) };
            let cancelled_by = cancelled_by(conn, &row, person).await?;
            appointments.push(MessageAppointment { row, before, kept, ended, for_whom, cancelled_by, thread });
        }
    }
    appointments.sort_by_key(|appointment| appointment.row.starts_at);
    Ok((!appointments.is_empty()).then_some(MessageContext { kind, email, appointments }))
}

/// Whom a message is to, and the appointments that it names.
pub(super) struct Subject {
    pub person: PersonId,
    /// The person's address, as stored.
    pub address: String,
    pub has_account: bool,
    pub rows: Vec<Appointment>,
}

/// What a message about appointments names, true or not.
pub(super) async fn appointments_of(conn: &mut Conn<'_>, claimed: &Claimed) -> Result<Subject, ComposeError> {
    let ids: Vec<AppointmentId> =
        serde_json::from_str(&claimed.appointments).map_err(|_| ComposeError::Broken("list of appointments"))?;
    if ids.is_empty() || ids.len() > MAX_APPOINTMENTS {
        return Err(ComposeError::Broken("number of appointments"));
    }
    let person = claimed.person_id.ok_or(ComposeError::Broken("no person"))?;
    const ADDRESS: &str = "select coalesce(email, ''), password_hash is not null from persons where id = $1";
    let read =
        async |conn: &mut Conn<'_>| -> Result<(String, bool), Error> { conn.fetch_one(ADDRESS, (person,)).await };
    let (address, has_account) = read(conn).await?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(Appointment::find(conn, id).await?);
    }
    Ok(Subject { person, address, has_account, rows })
}

async fn name(conn: &mut Conn<'_>, person: PersonId) -> Result<String, Error> {
    const SQL: &str = "select display_name from persons where id = $1";
    conn.fetch_value(SQL, (person,)).await
}

/// The address of a person; empty when none is known.
pub(super) async fn address(conn: &mut Conn<'_>, person: PersonId) -> Result<String, Error> {
    const SQL: &str = "select coalesce(email, '') from persons where id = $1";
    conn.fetch_value(SQL, (person,)).await
}

/// Whether a message written at `since` is still true of this appointment. A later change has a message of its own.
fn still_true(kind: Kind, appointment: &Appointment, since: Timestamp, now: Timestamp) -> bool {
    let ahead = appointment.starts_at > now;
    let stands = matches!(appointment.status, Status::Booked | Status::Arrived);
    let moved = ahead && (stands || appointment.status == Status::Requested);
    match kind {
        Kind::AppointmentBooked | Kind::AppointmentAdded | Kind::RequestAccepted | Kind::VideoLink => ahead && stands,
        Kind::Reminder => {
            appointment.status == Status::Booked && reminders::still_helps(appointment.starts_at, since, now)
        }
        Kind::RequestReceived => ahead && appointment.status == Status::Requested,
        Kind::RequestDeclined => appointment.status == Status::Declined,
        Kind::RequestExpired => appointment.status == Status::Expired,
        Kind::AppointmentsMoved => moved,
        Kind::AppointmentsCancelled => appointment.status == Status::Cancelled,
        Kind::AppointmentsChanged => {
            moved || (appointment.status == Status::Cancelled && appointment.updated_at <= since)
        }
        // to a doctor, or about no appointment
        Kind::DoctorBooked
        | Kind::DoctorRequested
        | Kind::DoctorMoved
        | Kind::DoctorCancelled
        | Kind::DoctorChanged
        | Kind::Registration
        | Kind::VerifyAddress
        | Kind::ResetPassword
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::WrongPasswords
        | Kind::SecondFactorChanged
        | Kind::ResetSecondFactor
        | Kind::WrongCodes
        | Kind::NewDevice
        | Kind::CareAsked
        | Kind::OwnAccount
        | Kind::OwnDataReady
        | Kind::AccountClosed
        | Kind::Invitation
        | Kind::TimeOffered
        | Kind::DailyAgenda => false,
    }
}
