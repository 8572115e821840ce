//! What a message is about, its state, and what went wrong with it.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::ids::FeedId;

/// What happened, as the outbox names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// The patient booked.
    AppointmentBooked,
    /// The clinic booked for the patient.
    AppointmentAdded,
    /// The patient asked for an appointment that needs approval.
    RequestReceived,
    RequestAccepted,
    RequestDeclined,
    RequestExpired,
    AppointmentsMoved,
    AppointmentsCancelled,
    /// One action cancelled some appointments and moved others.
    AppointmentsChanged,
    /// An appointment comes up.
    Reminder,
    /// A link that proves an address.
    VerifyAddress,
    /// A link that sets a new password.
    ResetPassword,
    /// A notice to the owner: the password is another one now.
    PasswordChanged,
    /// A notice to the owner, at the old address: another one is asked for.
    AddressChanging,
    /// A notice to the owner: strangers try passwords.
    WrongPasswords,
    /// A link to join as doctor or staff.
    Invitation,
    /// A doctor's appointments of one day.
    DailyAgenda,
}

impl Kind {
    /// What the message says, on the staff's screens.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Kind::AppointmentBooked => "Appointment booked",
            Kind::AppointmentAdded => "Appointment added by the clinic",
            Kind::RequestReceived => "Request received",
            Kind::RequestAccepted => "Request accepted",
            Kind::RequestDeclined => "Request declined",
            Kind::RequestExpired => "Request not answered in time",
            Kind::AppointmentsMoved => "Appointment moved",
            Kind::AppointmentsCancelled => "Appointment cancelled",
            Kind::AppointmentsChanged => "Appointments cancelled and moved",
            Kind::Reminder => "Reminder",
            Kind::VerifyAddress => "Link to confirm an address",
            Kind::ResetPassword => "Link for a new password",
            Kind::PasswordChanged => "Password changed",
            Kind::AddressChanging => "Change of address requested",
            Kind::WrongPasswords => "Wrong passwords from strangers",
            Kind::Invitation => "Invitation",
            Kind::DailyAgenda => "A doctor's day",
        }
    }
}

/// The state of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum State {
    /// Waits for its time.
    Queued,
    /// A worker holds it.
    Sending,
    /// Given up.
    Failed,
    Sent,
    /// Not sent: it was no longer true, or there is no address.
    Suppressed,
}

impl State {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            State::Queued => "Waiting",
            State::Sending => "Being sent",
            State::Sent => "Sent",
            State::Suppressed => "Not needed",
            State::Failed => "Failed",
        }
    }
}

/// What went wrong with a message the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryError {
    /// No connection to the mail server, or it broke.
    Unreachable,
    /// No encrypted connection could be made.
    NotSecure,
    /// User name or password refused.
    SignIn,
    /// The server does not let us send as who we say we are.
    Sender,
    /// The server asked to come back later (4xx).
    TryLater,
    /// The server refused the message for good (5xx).
    Refused,
    /// The person's address is not a valid mail address.
    BadAddress,
    /// The folder of the transport `file` cannot be written.
    Unwritable,
    /// The message could not be put together from what is stored.
    Unreadable,
}

impl DeliveryError {
    /// Whether another attempt may succeed without help, or with the help of the mail server's operator.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        !matches!(self, DeliveryError::Refused | DeliveryError::BadAddress | DeliveryError::Unreadable)
    }

    /// Whether the person can do something about it: it is the address, or the mailbox behind it, that takes no message.
    #[must_use]
    pub fn is_about_recipient(self) -> bool {
        matches!(self, DeliveryError::Refused | DeliveryError::BadAddress | DeliveryError::TryLater)
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            DeliveryError::Unreachable => "The mail server could not be reached",
            DeliveryError::NotSecure => "No secure connection to the mail server",
            DeliveryError::SignIn => "The mail server refused our user name or password",
            DeliveryError::Sender => "The mail server refused our sender's address",
            DeliveryError::TryLater => "The mail server asked us to try later",
            DeliveryError::Refused => "The mail server refused the message",
            DeliveryError::BadAddress => "The person's email address cannot be used",
            DeliveryError::Unwritable => "The folder for messages cannot be written",
            DeliveryError::Unreadable => "The message could not be put together",
        }
    }
}

/// A message that people can choose to get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choosable {
    /// Patients: a number of days before each appointment, as the clinic has set it. On until the patient switches them
    /// off.
    Reminders { days_before: Vec<i64> },
    /// Doctors: the day's appointments, on its morning. Off until the doctor switches them on.
    DailyAgenda,
}

/// What a person chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageChoice {
    pub message: Choosable,
    pub on: bool,
}

/// Calendar feeds in use that one person can have.
pub const MAX_FEEDS: i64 = 5;

/// The private calendar feeds of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedList {
    /// Whether its appointments are a doctor's, whose feeds may hold names.
    pub for_doctor: bool,
    /// Those in use, the newest first.
    pub feeds: Vec<Feed>,
}

/// One calendar feed. Its address was shown when it was made, and is not known any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    pub id: FeedId,
    pub with_names: bool,
    /// "Tuesday 24 November, 2:20pm"
    pub made: String,
    /// The same, to the hour or so; none when no program has read it yet.
    pub last_read: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_name_what_they_came_from() {
        assert!(Kind::VARIANTS.iter().all(|kind| kind.into_str().parse() == Ok(*kind)));
        assert!(State::VARIANTS.iter().all(|state| state.into_str().parse() == Ok(*state)));
        assert!("pigeon".parse::<Kind>().is_err());
    }
}
