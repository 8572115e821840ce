//! What a message is about, its state, and what went wrong with it.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{ids::FeedId, time::Timestamp};

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
    /// The link to a video call, where no reminder brings it.
    VideoLink,
    /// To the address with which somebody registers: a link that opens the account, or the news that there is one.
    Registration,
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
    /// A notice to the owner: the second factor was set up, changed or turned off.
    SecondFactorChanged,
    /// A link that, with a recovery code, takes the second factor away.
    ResetSecondFactor,
    /// A notice to the owner: wrong codes were typed after the right password.
    WrongCodes,
    /// A notice to the owner: a sign-in from a device and a network that are not known.
    NewDevice,
    /// To the owner of an account: another person asks to act for them, or wants them to act.
    CareAsked,
    /// A link by which a person whom others acted for gets an account of their own.
    OwnAccount,
    /// A notice to the person who asked: the files of their data can be fetched.
    OwnDataReady,
    /// The last message to a person: the account is closed.
    AccountClosed,
    /// A link to join as doctor or staff.
    Invitation,
    /// A doctor's appointments of one day.
    DailyAgenda,
    /// A time that came free, offered to a person on the waiting list.
    TimeOffered,
    /// To a doctor: another person booked.
    DoctorBooked,
    /// To a doctor: a patient asked for an appointment that needs approval.
    DoctorRequested,
    /// To a doctor: another person moved an appointment.
    DoctorMoved,
    /// To a doctor: another person cancelled.
    DoctorCancelled,
    /// To a doctor: what became of appointments in an absence, their own or a colleague's.
    DoctorChanged,
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
            Kind::VideoLink => "Link to a video call",
            Kind::Registration => "Registration",
            Kind::VerifyAddress => "Link to confirm an address",
            Kind::ResetPassword => "Link for a new password",
            Kind::PasswordChanged => "Password changed",
            Kind::AddressChanging => "Change of address requested",
            Kind::WrongPasswords => "Wrong passwords from strangers",
            Kind::SecondFactorChanged => "Codes or passkeys at sign-in changed",
            Kind::ResetSecondFactor => "Link to turn codes and passkeys off",
            Kind::WrongCodes => "Wrong codes after the right password",
            Kind::NewDevice => "Sign-in on a new device",
            Kind::CareAsked => "Asked to act for a person, or to let one act",
            Kind::OwnAccount => "Link to an account of one\u{2019}s own",
            Kind::OwnDataReady => "Own data as files",
            Kind::AccountClosed => "Account closed",
            Kind::Invitation => "Invitation",
            Kind::DailyAgenda => "A doctor's day",
            Kind::TimeOffered => "Time offered from the waiting list",
            Kind::DoctorBooked => "To the doctor: appointment booked",
            Kind::DoctorRequested => "To the doctor: request received",
            Kind::DoctorMoved => "To the doctor: appointment moved",
            Kind::DoctorCancelled => "To the doctor: appointment cancelled",
            Kind::DoctorChanged => "To the doctor: appointments of an absence",
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
    /// The website does not know the address that its links would begin with.
    NoSiteAddress,
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
            DeliveryError::NoSiteAddress => "Waits until the address of this website is set (server.public_url)",
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
    /// Doctors with a profile only.
    pub booking_mail: Option<BookingMail>,
}

/// Hours ahead within which a change of an appointment is soon.
pub const SOON_HOURS: i64 = 48;

/// Which changes of their appointments by other people a doctor gets a mail about at once.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum BookingMail {
    /// Of appointments that start within [`SOON_HOURS`].
    Soon,
    All,
    #[default]
    None,
}

impl BookingMail {
    /// Whether a change at `now` of an appointment that starts, or started until then, at one of `starts` is mailed.
    #[must_use]
    pub fn wants(self, starts: &[Timestamp], now: Timestamp) -> bool {
        match self {
            BookingMail::None => false,
            BookingMail::All => true,
            BookingMail::Soon => starts.iter().any(|start| *start <= now.plus_minutes(SOON_HOURS * 60)),
        }
    }
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

    #[test]
    fn a_doctor_hears_of_what_they_chose() {
        let now = Timestamp(1_767_600_000);
        let soon = now.plus_minutes(48 * 60);
        let later = soon.plus_seconds(1);
        let wants = |starts: &[Timestamp]| -> Vec<bool> {
            BookingMail::VARIANTS.iter().map(|mail| mail.wants(starts, now)).collect()
        };
        let (all, not_soon) = ([true, true, false], [false, true, false]);
        assert_eq!(wants(&[soon]), all);
        assert_eq!(wants(&[later]), not_soon);
        assert_eq!(wants(&[later, soon]), all, "it was soon, or is now");
        assert_eq!(BookingMail::default(), BookingMail::None);
    }
}
