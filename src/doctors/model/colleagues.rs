//! Colleagues who may work in a doctor's calendar.

use serde::{Deserialize, Serialize};

use crate::ids::ColleagueId;

/// Who may work in a doctor's calendar, and in whose calendars the doctor may work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColleaguesPage {
    /// The doctor's slug, for staff, who must name it in every link; empty for the doctor.
    pub doctor: String,
    pub name: String,
    /// By name.
    pub working: Vec<Colleague>,
    /// Slug and name of those whom the doctor could let; for staff nobody, because it is the doctor who lets.
    pub choices: Vec<(String, String)>,
    /// In whose calendars the doctor may work, by name; for staff nobody.
    pub lent: Vec<Colleague>,
}

/// A doctor at the other end of such a leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    pub id: ColleagueId,
    pub slug: String,
    pub name: String,
    /// "Monday 5 January"
    pub since: String,
}
