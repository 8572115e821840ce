//! One newtype per kind of id, so that a doctor's id can never be used as a patient's.
//!
//! Ids are UUIDs (RFC 9562), unique without a round trip: version 7, ordered by time, which keeps indexes compact.
//! Those of appointments and of people are version 4, in no order: PostgreSQL's serializable transactions watch whole
//! pages of an index, and with ids in order of time all new rows would share the last page, so that simultaneous
//! bookings with different doctors would make each other fail. Ids are made on the server only; the browser passes them
//! on as text.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(transparent))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    };
}

id!(/** A person the clinic knows: patient, doctor or staff, with an account or without. */ PersonId);
id!(/** A doctor's public profile and calendar. */ DoctorId);
id!(/** A location with an address and a time zone. */ LocationId);
id!(/** A kind of rooms or devices, such as ultrasound. */ ResourceKindId);
id!(/** A room or a device. */ ResourceId);
id!(/** A field of medicine, such as general practice. */ SpecialtyId);
id!(/** A visit type that one doctor offers: its length, notice and rules. */ VisitTypeId);
id!(/** An appointment, from the moment its time is held to the end of its history. */ AppointmentId);
id!(/** Several appointments that were booked together. */ SeriesId);
id!(/** A signed-in browser or program. */ SessionId);
id!(/** A token by which a program acts for one person. */ TokenId);
id!(/** A browser that one person trusts. */ TrustedBrowserId);
id!(/** A passkey of one account. */ PasskeyId);
id!(/** A window of weekly hours. */ WeeklyHoursId);
id!(/** A change to one date of a doctor. */ OverrideId);
id!(/** A stretch of time in which a doctor is away. */ TimeOffId);
id!(/** Days on which a location is closed. */ ClosureId);
id!(/** An invitation to join as doctor or staff. */ InvitationId);
id!(/** A line of the audit log. */ AuditEntryId);
id!(/** Two records of patients that were made one. */ MergeId);
id!(/** Two people who may be one. */ MatchPairId);
id!(/** A private calendar feed. */ FeedId);
id!(/** The leave of one doctor to work in the calendar of another. */ ColleagueId);
id!(/** The leave of one account to act for one person. */ GrantId);
id!(/** A file that was sent along with an appointment. */ PaperId);
id!(/** A person's place on the waiting list. */ WaitingEntryId);
id!(/** A time that came free, offered to one person of the waiting list. */ OfferId);
id!(/** A person's own data as files, asked for once. */ ExportId);
id!(/** What somebody typed to get an account, until the owner of the address goes on. */ RegistrationId);
