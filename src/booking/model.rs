//! The life of an appointment, and what pages show of it. Both sides; no I/O.

use serde::{Deserialize, Serialize};

use crate::{
    accounts::Role,
    availability::{DayOption, TimeOption},
    ids::AppointmentId,
    time::Instant,
};

/// Most characters of the patient's note to the doctor.
pub const MOST_REASON: usize = 500;

/// Where an appointment stands. FHIR R4 names in the comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "ssr",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Kept for somebody who is filling in the form, until a moment (a Slot that is busy-tentative).
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
    /// Called off by the patient, the doctor or the clinic (cancelled).
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
        matches!(
            self,
            Status::Held | Status::Requested | Status::Booked | Status::Arrived
        )
    }

    /// The word on a patient's screen.
    #[must_use]
    pub fn words(self) -> &'static str {
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
}

/// Who may do something. A visitor has not signed in; the system is docslot itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "ssr",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
pub enum ActorRole {
    Visitor,
    Patient,
    Doctor,
    Admin,
    System,
}

impl From<Role> for ActorRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Patient => ActorRole::Patient,
            Role::Doctor => ActorRole::Doctor,
            Role::Admin => ActorRole::Admin,
        }
    }
}

/// What can happen to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "ssr",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
pub enum Action {
    /// Keep a time while the form is filled in.
    Hold,
    /// Keep it a little longer.
    Extend,
    /// Give a held time back.
    Release,
    /// A hold's time ran out.
    Expire,
    /// Ask for a visit that needs approval.
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
const PATIENT: &[ActorRole] = &[ActorRole::Patient];
const CLINIC: &[ActorRole] = &[ActorRole::Doctor, ActorRole::Admin];
const ANYONE_SIGNED_IN: &[ActorRole] = &[ActorRole::Patient, ActorRole::Doctor, ActorRole::Admin];
const SYSTEM: &[ActorRole] = &[ActorRole::System];

/// Every allowed change; what is not here cannot happen.
pub const TRANSITIONS: &[Transition] = &[
    allow(None, Action::Hold, Status::Held, PERSON),
    allow(Some(Status::Held), Action::Extend, Status::Held, PERSON),
    allow(Some(Status::Held), Action::Release, Status::Expired, PERSON),
    allow(Some(Status::Held), Action::Expire, Status::Expired, SYSTEM),
    allow(Some(Status::Held), Action::Book, Status::Booked, PATIENT),
    allow(Some(Status::Held), Action::Request, Status::Requested, PATIENT),
    // a hold that ran out may still be booked by whoever held it, when nobody took the time meanwhile
    allow(Some(Status::Expired), Action::Book, Status::Booked, PATIENT),
    allow(Some(Status::Expired), Action::Request, Status::Requested, PATIENT),
    allow(Some(Status::Requested), Action::Accept, Status::Booked, CLINIC),
    allow(Some(Status::Requested), Action::Decline, Status::Declined, CLINIC),
    allow(
        Some(Status::Requested),
        Action::Cancel,
        Status::Cancelled,
        ANYONE_SIGNED_IN,
    ),
    allow(
        Some(Status::Booked),
        Action::Cancel,
        Status::Cancelled,
        ANYONE_SIGNED_IN,
    ),
    allow(
        Some(Status::Requested),
        Action::Reschedule,
        Status::Rescheduled,
        ANYONE_SIGNED_IN,
    ),
    allow(
        Some(Status::Booked),
        Action::Reschedule,
        Status::Rescheduled,
        ANYONE_SIGNED_IN,
    ),
    // the new appointment of a move
    allow(None, Action::Book, Status::Booked, ANYONE_SIGNED_IN),
    allow(None, Action::Request, Status::Requested, ANYONE_SIGNED_IN),
];

const fn allow(from: Option<Status>, action: Action, to: Status, by: &'static [ActorRole]) -> Transition {
    Transition { from, action, to, by }
}

/// The status after `action` by `role`, when that is allowed.
#[must_use]
pub fn next_status(from: Option<Status>, action: Action, role: ActorRole) -> Option<Status> {
    TRANSITIONS
        .iter()
        .find(|t| t.from == from && t.action == action && t.by.contains(&role))
        .map(|t| t.to)
}

/// How a visit takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "ssr",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    InPerson,
    Video,
    Phone,
}

impl Mode {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Mode::InPerson => "In person",
            Mode::Video => "By video",
            Mode::Phone => "By phone",
        }
    }
}

/// What a patient can do after the cut-off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "ssr",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum LateCancel {
    /// Cancel, recorded as late.
    Allow,
    /// Call the clinic.
    Deny,
}

/// Why a visit was called off; optional, and never free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(
    feature = "ssr",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    CannotAttend,
    FeelingBetter,
    BookedElsewhere,
    Mistake,
    Other,
}

impl CancelReason {
    pub const ALL: [CancelReason; 5] = [
        CancelReason::CannotAttend,
        CancelReason::FeelingBetter,
        CancelReason::BookedElsewhere,
        CancelReason::Mistake,
        CancelReason::Other,
    ];

    /// The code in a form.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            CancelReason::CannotAttend => "cannot_attend",
            CancelReason::FeelingBetter => "feeling_better",
            CancelReason::BookedElsewhere => "booked_elsewhere",
            CancelReason::Mistake => "mistake",
            CancelReason::Other => "other",
        }
    }

    /// The reason that a form's code names.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            CancelReason::CannotAttend => "I cannot come at that time",
            CancelReason::FeelingBetter => "I feel better",
            CancelReason::BookedElsewhere => "I have booked somewhere else",
            CancelReason::Mistake => "I booked by mistake",
            CancelReason::Other => "Another reason",
        }
    }
}

/// The days to choose from, for one doctor and visit type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaysPage {
    pub subject: BookingSubject,
    /// At most ten days with free times, in order.
    pub days: Vec<DayOption>,
    /// The date to begin with for later days, when there are more.
    pub later_from: Option<String>,
    /// The earliest date with a free time at all, in words, when `days` is empty because of a later start.
    pub earliest: Option<DayOption>,
    /// The chosen day and its times.
    pub day: Option<DayTimes>,
    /// Whether `day` was asked for but has no free time.
    pub day_is_full: bool,
}

/// The free times of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayTimes {
    /// "2026-12-03"
    pub date: String,
    /// "Thursday 3 December"
    pub label: String,
    pub times: Vec<TimeOption>,
}

/// What is being booked, for the heading of every step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookingSubject {
    pub doctor_slug: String,
    pub doctor_name: String,
    /// First specialty.
    pub specialty: String,
    pub visit_type: String,
    pub visit_name: String,
    pub minutes: i32,
    pub mode: Mode,
    pub needs_approval: bool,
    /// Clinic phone number, for those who find no time.
    pub phone: String,
    /// The visit being moved, when this is a move.
    pub moving: Option<Moving>,
}

/// The visit that a move would give up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moving {
    pub id: AppointmentId,
    pub version: i32,
    /// "Thursday 3 December, 2:20pm"
    pub when: String,
}

/// What stands at the address of a hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldPage {
    /// A hold, live or run out.
    Hold(Box<HoldView>),
    /// It has become an appointment.
    Booked { id: AppointmentId },
}

/// A held time while its form is filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldView {
    pub id: AppointmentId,
    pub visit: VisitView,
    pub left: HoldLeft,
    pub needs_approval: bool,
    pub reason: String,
    pub phone: String,
    /// Who the visit is for, when that person is signed in.
    pub patient: Option<String>,
    pub email: Option<String>,
}

/// How long a time is still held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldLeft {
    /// Clock time in the clinic's zone: "10:42am".
    pub until: String,
    /// Whole minutes left when the answer was made; none when the hold has run out.
    pub minutes: Option<i64>,
    /// Whether the hold can be made longer.
    pub extendable: bool,
}

/// The facts of a visit in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisitView {
    /// The last part of the doctor's profile address.
    pub doctor_slug: String,
    pub doctor_name: String,
    pub visit_type: String,
    pub visit_name: String,
    pub mode: Mode,
    pub minutes: i64,
    pub starts_at: Instant,
    /// "Thursday 3 December 2026"
    pub date: String,
    /// "2:20pm"
    pub from: String,
    /// "2:35pm"
    pub to: String,
    /// "London time"
    pub zone: String,
    /// Minutes east of UTC at that moment at the clinic.
    pub offset_minutes: i32,
    pub location: String,
    pub address: String,
    pub phone: String,
    pub instructions: String,
    /// One sentence on changing and cancelling.
    pub rule: String,
    /// For the date tile: "Thu", "3", "December 2026".
    pub tile: (String, String, String),
}

/// An appointment as its patient sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentView {
    pub id: AppointmentId,
    pub version: i32,
    pub reference: String,
    pub status: Status,
    pub visit: VisitView,
    pub reason: String,
    /// Who the visit is for and how to reach them, for the doctor and for clinic staff; none for the patient.
    pub patient: Option<PatientContact>,
    /// What the patient can do now.
    pub change: Change,
    /// Who called it off, in words, when it is cancelled.
    pub cancelled_by: Option<String>,
    pub moved_to: Option<AppointmentId>,
    pub moved_from: Option<AppointmentId>,
    /// Oldest first; empty in lists.
    pub history: Vec<HistoryEntry>,
}

/// A patient as doctor and staff see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientContact {
    pub name: String,
    pub phone: String,
}

/// What a patient can do with an appointment now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Move and cancel.
    Free,
    /// Cancel only, and it is recorded as late.
    LateCancelOnly,
    /// Call the clinic.
    CallClinic,
    /// It is over, or called off.
    Finished,
}

/// One line of an appointment's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// "Tuesday 24 November, 2:20pm"
    pub when: String,
    /// "Booked by you"
    pub what: String,
}

/// Which appointments a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tab {
    #[default]
    Upcoming,
    Past,
    Cancelled,
}

impl Tab {
    pub const ALL: [Tab; 3] = [Tab::Upcoming, Tab::Past, Tab::Cancelled];

    /// The tab that an address names; the first for anything else.
    #[must_use]
    pub fn of_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|tab| tab.code() == code).unwrap_or_default()
    }

    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Tab::Upcoming => "upcoming",
            Tab::Past => "past",
            Tab::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Tab::Upcoming => "Upcoming",
            Tab::Past => "Past",
            Tab::Cancelled => "Cancelled",
        }
    }
}

/// A person's appointments under one tab, and how many each tab has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentList {
    pub tab: Tab,
    /// Upcoming, past, cancelled.
    pub counts: [i64; 3],
    /// Soonest first when upcoming, latest first otherwise; at most 100.
    pub items: Vec<AppointmentView>,
}
