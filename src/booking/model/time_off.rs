//! Time off, and what becomes of the appointments in it.

use serde::{Deserialize, Serialize};

use crate::{booking::absence_resolution::ResolutionList, ids::TimeOffId};

/// Characters of the private reason.
pub const MAX_PRIVATE_REASON: u32 = 200;

/// Time off as it is typed: two dates, both included, and for a part of a day also times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeOffForm {
    pub from_day: String,
    pub from_month: String,
    pub from_year: String,
    /// All three empty: the same day.
    pub until_day: String,
    pub until_month: String,
    pub until_year: String,
    /// Empty: from the beginning of the first day.
    pub start: String,
    /// Empty: until the end of the last day.
    pub end: String,
    /// Patients never see it.
    pub reason: String,
}

/// Time off in an address: dates such as "2026-12-03", and times such as "14:00" or nothing. The reason is never there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeOffSpan {
    pub from: String,
    pub until: String,
    pub start: String,
    pub end: String,
}

/// Time off that is coming or under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOffItem {
    pub id: TimeOffId,
    /// "Tuesday 6 January to Thursday 8 January".
    pub when: String,
    /// "2026-01-06": the first date of it, by the clocks of the doctor's location.
    pub first_date: String,
    /// May be empty.
    pub reason: String,
}

/// What the time off page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOffList {
    /// The doctor's slug and name.
    pub doctor: String,
    pub name: String,
    pub version: i64,
    /// Whether staff are looking.
    pub by_staff: bool,
    /// "London time": whose clock the dates and times follow.
    pub zone: String,
    pub items: Vec<TimeOffItem>,
    /// What the last form did, in a sentence; empty for nothing.
    pub done: String,
}

/// What the page about the appointments in time off shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOffAppointments {
    /// The doctor's slug and name.
    pub doctor: String,
    pub name: String,
    pub version: i64,
    /// Whether staff are looking.
    pub by_staff: bool,
    /// "Tuesday 6 January to Thursday 8 January".
    pub when: String,
    pub list: ResolutionList,
}
