//! A doctor's visit types, as they are edited.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::hours::Editing;

/// The page of visit types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitTypeList {
    pub editing: Editing,
    /// In the order in which patients see them.
    pub rows: Vec<VisitTypeRow>,
}

/// One visit type of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitTypeRow {
    pub id: String,
    pub name: String,
    /// "20 minutes, in person, starts every 20 minutes"
    pub about: String,
    /// What is special: "Needs approval", "New patients only".
    pub notes: Vec<String>,
    /// Whether patients can choose it.
    pub active: bool,
}

/// The page of one visit type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitTypePageData {
    pub editing: Editing,
    /// Empty for a new one.
    pub id: String,
    pub saved: VisitTypeInput,
    /// Whether it is the only one that patients can choose.
    pub last_offered: bool,
    /// Id and name of each kind of rooms and devices, by name.
    pub kinds: Vec<(String, String)>,
}

/// A visit type as a form sends it, and as a form shows it: everything as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitTypeInput {
    pub name: String,
    /// `in_person`, `video` or `phone`.
    pub mode: String,
    pub minutes: String,
    pub before: String,
    pub after: String,
    pub step: String,
    pub notice: String,
    /// A [`Unit`].
    pub notice_unit: String,
    pub days_ahead: String,
    /// Empty for no limit.
    pub daily_cap: String,
    /// `any`, `new` or `returning`.
    pub audience: String,
    /// Not empty when ticked.
    pub approval: String,
    pub cutoff: String,
    /// A [`Unit`].
    pub cutoff_unit: String,
    /// `allow` or `deny`.
    pub late_cancel: String,
    pub instructions: String,
    /// Not empty when ticked.
    pub active: String,
    /// How many a patient may book at once; empty for one.
    pub at_once: String,
    /// The kind of room or device that an appointment uses; empty for none.
    pub needs: String,
}

/// In what a length of time is typed; forms send it as people read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Unit {
    Minutes,
    Hours,
    Days,
}

impl Unit {
    /// Minutes in one of it.
    #[must_use]
    pub fn minutes(self) -> i64 {
        match self {
            Unit::Minutes => 1,
            Unit::Hours => 60,
            Unit::Days => 24 * 60,
        }
    }

    /// A number of minutes in the largest unit that leaves no rest; nothing at all counts in hours.
    #[must_use]
    pub fn split(minutes: i64) -> (i64, Unit) {
        if minutes == 0 {
            return (0, Unit::Hours);
        }
        let fitting = Unit::VARIANTS.iter().copied().rev().find(|unit| minutes % unit.minutes() == 0);
        let unit = fitting.unwrap_or(Unit::Minutes);
        (minutes / unit.minutes(), unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_shown_in_the_largest_unit_without_rest() {
        assert_eq!(Unit::split(0), (0, Unit::Hours));
        assert_eq!(Unit::split(90), (90, Unit::Minutes));
        assert_eq!(Unit::split(120), (2, Unit::Hours));
        assert_eq!(Unit::split(1440), (1, Unit::Days));
        assert_eq!(Unit::split(36 * 60), (36, Unit::Hours));
    }
}
