//! What a message is about, read again when it is sent.

use super::{outbox::Claimed, reminders};
use crate::{
    booking::{
        Status,
        server::{Appointment, Thread, thread},
    },
    db::{Conn, Error},
    ids::{AppointmentId, UserId},
    notifications::{model::Kind, server::compose_error::ComposeError},
    time::Timestamp,
};

/// Addresses of people without e-mail end so; nothing is sent to them.
pub(super) const NOWHERE: &str = "@invalid";
/// Appointments in one message. More than any patient has ahead.
const MAX_APPOINTMENTS: usize = 500;

/// One appointment of a message.
#[derive(Clone, Debug)]
pub(super) struct MessageAppointment {
    pub row: Appointment,
    /// The appointment it was moved from.
    pub before: Option<Appointment>,
    pub thread: Thread,
}

/// What is still true of a message.
#[derive(Clone, Debug)]
pub(super) struct MessageContext {
    pub kind: Kind,
    /// The person's address, as stored.
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
    let ids: Vec<AppointmentId> =
        serde_json::from_str(&claimed.appointments).map_err(|_| ComposeError::Broken("list of appointments"))?;
    if ids.is_empty() || ids.len() > MAX_APPOINTMENTS {
        return Err(ComposeError::Broken("number of appointments"));
    }
    let person = claimed.user_id.ok_or(ComposeError::Broken("no person"))?;
    let email = address(conn, person).await?;
    let mut appointments = Vec::new();
    for id in ids {
        let row = Appointment::find(conn, id).await?;
        // a person is never told of another person's appointment, even if the row names one
        if row.patient_id == Some(person) && still_true(kind, &row, claimed.created_at, now) {
            let thread = thread(conn, &row).await?;
            let before = match row.rescheduled_from {
                Some(before) => Some(Appointment::find(conn, before).await?),
                None => None,
            };
            appointments.push(MessageAppointment { row, before, thread });
        }
    }
    appointments.sort_by_key(|appointment| appointment.row.starts_at);
    Ok((!appointments.is_empty()).then_some(MessageContext { kind, email, appointments }))
}

/// The address of an account.
pub(super) async fn address(conn: &mut Conn<'_>, person: UserId) -> Result<String, Error> {
    const SQL: &str = "select email from users where id = $1";
    conn.fetch_value(SQL, (person,)).await
}

/// Whether a message written at `since` is still true of this appointment. A later change has a message of its own.
fn still_true(kind: Kind, appointment: &Appointment, since: Timestamp, now: Timestamp) -> bool {
    let ahead = appointment.starts_at > now;
    let stands = matches!(appointment.status, Status::Booked | Status::Arrived);
    let moved = ahead && (stands || appointment.status == Status::Requested);
    match kind {
        Kind::AppointmentBooked | Kind::AppointmentAdded | Kind::RequestAccepted => ahead && stands,
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
        // about no appointment
        Kind::VerifyAddress
        | Kind::ResetPassword
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::WrongPasswords
        | Kind::Invitation
        | Kind::DailyAgenda => false,
    }
}
