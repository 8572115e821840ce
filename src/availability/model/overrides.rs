//! Changes to single dates.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::hours::{Editing, WindowInput, WindowWords};

/// What a change does to its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum DateChange {
    /// No hours at all.
    Closed,
    /// Other hours instead of the usual ones; without any window there are no hours.
    Replace,
    /// Hours besides the usual ones.
    Add,
}

impl DateChange {
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
