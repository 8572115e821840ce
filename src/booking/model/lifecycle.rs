//! The life of an appointment: its states, and every change that is allowed.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

pub use crate::clinic::ActorRole;

/// Most characters of the patient's note to the doctor.
pub const MAX_REASON: u32 = 500;

/// The status of an appointment, with the FHIR R4 names in brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Status {
    /// Held until a moment for a booker who is filling in the form (a Slot that is busy-tentative).
    Held,
    /// Waiting for the doctor's approval (pending).
    Requested,
    /// Agreed (booked).
    Booked,
    /// The patient is there (arrived).
    Arrived,
    /// Over (fulfilled).
    Completed,
    /// The patient did not come (noshow).
    NoShow,
    /// Cancelled by the patient, the doctor or the clinic (cancelled).
    Cancelled,
    /// Moved; `rescheduled_to` is the new one (cancelled).
    Rescheduled,
    /// The doctor said no to the request (cancelled).
    Declined,
    /// A hold or a request that ran out (cancelled).
    Expired,
}

impl Status {
    /// Whether the time is taken in this status.
    #[must_use]
    pub fn occupies(self) -> bool {
        matches!(self, Status::Held | Status::Requested | Status::Booked | Status::Arrived)
    }

    /// The word on a patient's screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Status::Held => "Not booked yet",
            Status::Requested => "Waiting for approval",
            Status::Booked => "Confirmed",
            Status::Arrived => "Arrived",
            Status::Completed => "Completed",
            Status::NoShow => "Did not attend",
            Status::Cancelled => "Cancelled",
            Status::Rescheduled => "Moved",
            Status::Declined => "Declined",
            Status::Expired => "Ran out",
        }
    }

    /// The word on the screens of doctors and staff, to whom an appointment is booked rather than confirmed.
    #[must_use]
    pub fn clinic_words(self) -> &'static str {
        match self {
            Status::Booked => "Booked",
            other => other.label(),
        }
    }
}

/// What can happen to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Action {
    /// Keep a time while the form is filled in.
    Hold,
    /// Keep it a little longer.
    Extend,
    /// Give a held time back.
    Release,
    /// The time of a hold, or the time to answer a request, ran out.
    Expire,
    /// Ask for an appointment that needs approval.
    Request,
    /// Book for good.
    Book,
    /// The doctor agrees to a request.
    Accept,
    /// The doctor says no to a request.
    Decline,
    Cancel,
    /// Give this time up for another one.
    Reschedule,
    /// The patient is there.
    Arrive,
    /// The appointment is over.
    Complete,
    /// The patient did not come; not before the appointment's start.
    NoShow,
    /// Arrived, completed or did not attend was a slip: booked again.
    Reopen,
    /// The clinic takes a cancellation or a move of its own back, before anybody is told: booked as before.
    Restore,
    /// The same of a request.
    RestoreRequest,
    /// Taken over from another system, with what became of it there.
    Import,
}

/// One allowed change.
#[derive(Clone, Copy, Debug)]
pub struct Transition {
    /// The status before; none for a new appointment.
    pub from: Option<Status>,
    pub action: Action,
    pub to: Status,
    pub by: &'static [ActorRole],
}

const PERSON: &[ActorRole] = &[ActorRole::Visitor, ActorRole::Patient];
/// A person for themselves, and the waiting list for whom it offers the time to.
const PERSON_OR_LIST: &[ActorRole] = &[ActorRole::Visitor, ActorRole::Patient, ActorRole::System];
const PATIENT: &[ActorRole] = &[ActorRole::Patient];
const CLINIC: &[ActorRole] = &[ActorRole::Doctor, ActorRole::Receptionist, ActorRole::Admin];
const ANYONE_SIGNED_IN: &[ActorRole] =
    &[ActorRole::Patient, ActorRole::Doctor, ActorRole::Receptionist, ActorRole::Admin];
const SYSTEM: &[ActorRole] = &[ActorRole::System];
/// The clinic, and the import of appointments that are over.
const CLINIC_OR_IMPORT: &[ActorRole] =
    &[ActorRole::Doctor, ActorRole::Receptionist, ActorRole::Admin, ActorRole::System];
const ANYONE_OR_IMPORT: &[ActorRole] =
    &[ActorRole::Patient, ActorRole::Doctor, ActorRole::Receptionist, ActorRole::Admin, ActorRole::System];

/// Every allowed change; what is not here cannot happen.
pub const TRANSITIONS: &[Transition] = &[
    allow(None, Action::Hold, Status::Held, PERSON_OR_LIST),
    allow(Some(Status::Held), Action::Extend, Status::Held, PERSON),
    allow(Some(Status::Held), Action::Release, Status::Expired, PERSON),
    allow(Some(Status::Held), Action::Expire, Status::Expired, SYSTEM),
    allow(Some(Status::Held), Action::Book, Status::Booked, PATIENT),
    allow(Some(Status::Held), Action::Request, Status::Requested, PATIENT),
    // a hold that ran out may still be booked by its booker, if no other booking took the time meanwhile
    allow(Some(Status::Expired), Action::Book, Status::Booked, PATIENT),
    allow(Some(Status::Expired), Action::Request, Status::Requested, PATIENT),
    allow(Some(Status::Requested), Action::Accept, Status::Booked, CLINIC),
    allow(Some(Status::Requested), Action::Decline, Status::Declined, CLINIC),
    allow(Some(Status::Requested), Action::Cancel, Status::Cancelled, ANYONE_SIGNED_IN),
    allow(Some(Status::Booked), Action::Cancel, Status::Cancelled, ANYONE_OR_IMPORT),
    allow(Some(Status::Requested), Action::Reschedule, Status::Rescheduled, ANYONE_SIGNED_IN),
    allow(Some(Status::Booked), Action::Reschedule, Status::Rescheduled, ANYONE_SIGNED_IN),
    allow(Some(Status::Requested), Action::Expire, Status::Expired, SYSTEM),
    allow(Some(Status::Booked), Action::Arrive, Status::Arrived, CLINIC),
    allow(Some(Status::Booked), Action::Complete, Status::Completed, CLINIC_OR_IMPORT),
    allow(Some(Status::Arrived), Action::Complete, Status::Completed, CLINIC),
    allow(Some(Status::Booked), Action::NoShow, Status::NoShow, CLINIC_OR_IMPORT),
    // who came and left before the appointment began
    allow(Some(Status::Arrived), Action::Cancel, Status::Cancelled, CLINIC),
    allow(Some(Status::Arrived), Action::Reopen, Status::Booked, CLINIC),
    allow(Some(Status::Completed), Action::Reopen, Status::Booked, CLINIC),
    allow(Some(Status::NoShow), Action::Reopen, Status::Booked, CLINIC),
    allow(Some(Status::Cancelled), Action::Restore, Status::Booked, CLINIC),
    allow(Some(Status::Cancelled), Action::RestoreRequest, Status::Requested, CLINIC),
    // what was moved goes back as a new row
    allow(None, Action::Restore, Status::Booked, CLINIC),
    allow(None, Action::RestoreRequest, Status::Requested, CLINIC),
    // the new appointment of a move, or one that the clinic adds
    allow(None, Action::Book, Status::Booked, ANYONE_SIGNED_IN),
    allow(None, Action::Request, Status::Requested, ANYONE_SIGNED_IN),
    allow(None, Action::Import, Status::Booked, SYSTEM),
];

const fn allow(from: Option<Status>, action: Action, to: Status, by: &'static [ActorRole]) -> Transition {
    Transition { from, action, to, by }
}

/// The status after `action` by `role`, when that is allowed.
#[must_use]
pub fn next_status(from: Option<Status>, action: Action, role: ActorRole) -> Option<Status> {
    TRANSITIONS.iter().find(|t| t.from == from && t.action == action && t.by.contains(&role)).map(|t| t.to)
}

/// How an appointment takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Mode {
    InPerson,
    Video,
    Phone,
}

impl Mode {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Mode::InPerson => "In person",
            Mode::Video => "By video",
            Mode::Phone => "By phone",
        }
    }
}

/// What a patient can do after the cut-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum LateCancel {
    /// Cancel, recorded as late.
    Allow,
    /// Call the clinic.
    Deny,
}

/// Why an appointment was cancelled; optional, and never free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum CancelReason {
    CannotAttend,
    FeelingBetter,
    BookedElsewhere,
    Mistake,
    /// The doctor is ill or away.
    DoctorAway,
    ClinicClosed,
    /// The patient asked the clinic, by telephone for example.
    PatientAsked,
    Other,
}

impl CancelReason {
    /// What a patient may say.
    pub const OF_PATIENTS: [CancelReason; 5] = [
        CancelReason::CannotAttend,
        CancelReason::FeelingBetter,
        CancelReason::BookedElsewhere,
        CancelReason::Mistake,
        CancelReason::Other,
    ];
    /// What a doctor or the clinic may say.
    pub const OF_CLINIC: [CancelReason; 5] = [
        CancelReason::DoctorAway,
        CancelReason::ClinicClosed,
        CancelReason::PatientAsked,
        CancelReason::Mistake,
        CancelReason::Other,
    ];

    /// The reason in words, on every screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            CancelReason::CannotAttend => "I cannot come at that time",
            CancelReason::FeelingBetter => "I feel better",
            CancelReason::BookedElsewhere => "I have booked somewhere else",
            CancelReason::Mistake => "It was booked by mistake",
            CancelReason::DoctorAway => "The doctor is ill or away",
            CancelReason::ClinicClosed => "The clinic is closed",
            CancelReason::PatientAsked => "The patient asked for it",
            CancelReason::Other => "Another reason",
        }
    }
}
