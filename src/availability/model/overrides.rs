//! Changes to single dates.

use serde::{Deserialize, Serialize};

use super::hours::{Editing, WindowInput, WindowWords};

/// What a change does to its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateChange {
    /// No hours at all.
    Closed,
    /// Other hours instead of the usual ones.
    Replace,
    /// Hours besides the usual ones.
    Add,
}

impl DateChange {
    pub const ALL: [DateChange; 3] = [DateChange::Closed, DateChange::Replace, DateChange::Add];

    /// What forms send and the database keeps.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            DateChange::Closed => "closed",
            DateChange::Replace => "replace",
            DateChange::Add => "add",
        }
    }

    /// The change of that code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<DateChange> {
        DateChange::ALL.into_iter().find(|change| change.code() == code)
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            DateChange::Closed => "Not working",
            DateChange::Replace => "Different hours",
            DateChange::Add => "More hours",
        }
    }

    /// What it means, in half a sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            DateChange::Closed => "Patients cannot book on this date",
            DateChange::Replace => "Instead of the weekly hours",
            DateChange::Add => "In addition to the weekly hours",
        }
    }
}

/// The page of single dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SingleDates {
    pub editing: Editing,
    /// Today and later, in order.
    pub dates: Vec<ChangedDate>,
}

/// One date that differs from the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedDate {
    /// "2026-12-03"
    pub date: String,
    /// "Thursday 3 December"
    pub words: String,
    pub change: DateChange,
    pub windows: Vec<WindowWords>,
    /// The same windows as a form shows them.
    pub inputs: Vec<WindowInput>,
}

/// A change to one date, as a form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateDraft {
    /// "2026-12-03"
    pub date: String,
    /// A [`DateChange`] code.
    pub change: String,
    pub windows: Vec<WindowInput>,
}
