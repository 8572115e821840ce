//! A doctor who leaves the clinic.

use serde::{Deserialize, Serialize};

use crate::booking::absence_resolution::ResolutionList;

/// What a doctor who thinks of leaving sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLeaving {
    pub name: String,
    /// When they asked: "Monday 5 January".
    pub asked: Option<String>,
    /// Whether the clinic has begun: patients no longer find the doctor.
    pub leaving: bool,
    /// Appointments ahead, requests included.
    pub appointments: u32,
}

/// How far leaving has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeavingStep {
    /// The doctor works here.
    Here,
    /// No new appointments; the appointments ahead are being dealt with.
    Leaving,
    /// Gone; the account is closed.
    Left,
}

/// What staff see of a doctor who leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    pub slug: String,
    pub name: String,
    pub version: i64,
    /// When the doctor asked: "Monday 5 January".
    pub asked: Option<String>,
    pub step: LeavingStep,
    /// An appointment is under way that has not been closed yet.
    pub under_way: bool,
    /// The appointments ahead.
    pub list: ResolutionList,
    /// What the last form did, in a sentence; empty for nothing.
    pub done: String,
}
