//! A doctor's day, week and list, as finished answers.

use serde::{Deserialize, Serialize};

use crate::ids::AppointmentId;

/// How far a visit on an agenda has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgendaState {
    /// The doctor or the clinic must still accept it.
    Waiting,
    /// It will take place, or is taking place.
    Coming,
    /// It took place, or was missed.
    Done,
}

/// One visit of a doctor's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaEntry {
    pub id: AppointmentId,
    /// Start in clinic time: "2:20pm".
    pub time: String,
    /// End in clinic time: "2:40pm".
    pub until: String,
    pub patient: String,
    /// "Follow-up, 20 minutes, in person".
    pub visit: String,
    pub location: String,
    /// "Booked", "Waiting for approval".
    pub status: String,
    pub state: AgendaState,
    /// "K7F4-M2PQ".
    pub reference: String,
}

/// A doctor's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaDay {
    /// "Thursday 3 December".
    pub title: String,
    /// This day, the one before and the one after: "2026-12-03".
    pub date: String,
    pub previous: String,
    pub next: String,
    /// Whether this day is today at the clinic.
    pub is_today: bool,
    /// "11 booked, 2 waiting for approval"; "No visits".
    pub summary: String,
    /// By start. Visits that were cancelled, moved or declined are not listed.
    pub entries: Vec<AgendaEntry>,
}
