//! The days and times to choose from, as pages show them.

use serde::{Deserialize, Serialize};

use super::Mode;
use crate::{
    accounts::model::care::ActedFor,
    availability::{DayOption, Reason, TimeOption},
    ids::{AppointmentId, PersonId},
};

/// The days to choose from, for one doctor and visit type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DaysPage {
    pub subject: BookingSubject,
    /// The visit types of the doctor among which a patient chooses; empty for a move.
    pub kinds: Vec<KindOption>,
    /// At most ten days with free times, in order.
    pub days: Vec<DayOption>,
    /// The times of each of them, as [`crate::availability::packed`] writes them.
    pub listed: Vec<String>,
    /// The date to begin with for later days, when there are more.
    pub later_from: Option<String>,
    /// The earliest date with a free time at all, in words, when `days` is empty because of a later start.
    pub earliest: Option<DayOption>,
    /// The days of a whole month, when the page asks for one; `days` then begins with it.
    pub month: Option<Month>,
    /// The chosen day and its times; the first one of the list, or of the month, while none was asked for.
    pub day: Option<DayTimes>,
    /// Whether `day` was asked for but has no free time.
    pub day_is_full: bool,
    /// Why this person can book no time of this visit type at all; then there are no days.
    pub refused: Option<Reason>,
    /// The people among whom a signed-in account chooses; empty when it acts for itself alone, and for a move.
    pub persons: Vec<ActedFor>,
    /// Who was chosen.
    pub person: Option<PersonId>,
}

/// A month of which a day is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// "2026-12"
    pub month: String,
    /// "December 2026"
    pub label: String,
    /// The month before, unless it is over.
    pub previous: Option<String>,
    /// The next month, while there are free times after this one.
    pub next: Option<String>,
    /// Its weeks that are not over, Monday first; none in the places of days of other months.
    pub weeks: Vec<[Option<MonthDay>; 7]>,
}

/// One day of a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthDay {
    /// "2026-12-03"
    pub date: String,
    /// The day of the month, from 1.
    pub number: u8,
    /// "Thursday 3 December"
    pub label: String,
    /// How many times are free.
    pub count: u32,
}

/// One visit type to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindOption {
    /// Its id.
    pub id: String,
    /// "Follow-up"
    pub name: String,
    /// "15 minutes, in person. For new patients."
    pub detail: String,
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
    pub visit_type_name: String,
    pub minutes: i32,
    pub mode: Mode,
    pub needs_approval: bool,
    /// How many a patient may book at once.
    pub most_at_once: u16,
    /// Clinic phone number, for those who find no time.
    pub phone: String,
    /// The appointment being moved, when this is a move.
    pub moving: Option<Moving>,
    /// Where an open page learns that the doctor's times changed.
    pub changes: String,
}

/// The appointment that a move would give up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moving {
    pub id: AppointmentId,
    pub version: i32,
    /// "Thursday 3 December, 2:20pm"
    pub when: String,
}
