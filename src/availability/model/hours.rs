//! Weekly hours, as their doctor edits them: everything as it is typed, and in words.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::text::is_blank;

/// Windows that one day, or one date, may have. Few enough that all of them survive the trip back from a failed form.
pub const MAX_WINDOWS: usize = 8;

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const ORDINALS: [&str; MAX_WINDOWS] = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

/// The most weeks from one date of weekly hours to the next.
pub const MAX_EVERY_WEEKS: u8 = 8;

/// The one of a month's dates with the same weekday on which hours count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type, utoipa::ToSchema), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MonthWeek {
    First,
    Second,
    Third,
    Fourth,
    /// The fourth or the fifth.
    Last,
}

impl MonthWeek {
    /// Whether it is the date that is the `nth` of its month with its weekday, from 1, and the last of them or not.
    #[must_use]
    pub fn is(self, (nth, last): (u8, bool)) -> bool {
        match self {
            MonthWeek::First => nth == 1,
            MonthWeek::Second => nth == 2,
            MonthWeek::Third => nth == 3,
            MonthWeek::Fourth => nth == 4,
            MonthWeek::Last => last,
        }
    }
}

/// The name of a weekday, 1 for Monday to 7 for Sunday; empty for other numbers.
#[must_use]
pub fn weekday_name(weekday: u8) -> &'static str {
    usize::from(weekday).checked_sub(1).and_then(|index| WEEKDAYS.get(index)).copied().unwrap_or_default()
}

/// What the windows of one day are called: "first", "second" and so on.
#[must_use]
pub fn ordinal(index: usize) -> &'static str {
    ORDINALS.get(index).copied().unwrap_or_default()
}

/// Whose calendar a page of the editor shows, and the choices of its forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editing {
    /// The doctor's slug when staff look; empty for the doctor.
    pub doctor: String,
    pub name: String,
    /// What every form sends back, so that it never overwrites what another page saved meanwhile.
    pub version: i64,
    /// Whether patients can find the doctor at all.
    pub shown: bool,
    /// "2026-12-03", by the calendar of the doctor's location.
    pub today: String,
    /// The clinic's locations, by name.
    pub locations: Vec<Named>,
    /// Where the doctor mostly is; empty before there are any hours.
    pub usual_location: String,
    /// The doctor's visit types, in their order; those that patients cannot book say so.
    pub visit_types: Vec<Named>,
}

/// Something to choose from a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: String,
    pub name: String,
}

/// One window of time as a form sends it, and as a form shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowInput {
    /// A time of day: see [`super::clock_input::parse_clock`].
    pub from: String,
    pub to: String,
    /// A location's id.
    pub location: String,
    /// A visit type's id; empty for every visit type.
    pub visit_type: String,
    /// "2026-12-03"; empty for today.
    pub since: String,
    /// "2026-12-03"; empty for no end.
    pub until: String,
    /// "1" for every week to "8" for every eighth one, or a [`MonthWeek`] such as "first".
    pub every: String,
    /// Not empty when the window is to go.
    pub remove: String,
}

impl WindowInput {
    /// Whether the row says nothing: the spare one, an emptied one, or one to remove.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        !self.remove.is_empty() || (is_blank(&self.from) && is_blank(&self.to))
    }
}

/// The hours of one weekday as a form sends them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursDraft {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    pub windows: Vec<WindowInput>,
    /// Other weekdays that get the same hours instead of their own.
    pub copy: Vec<u8>,
}

/// The page of weekly hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekHours {
    pub editing: Editing,
    /// Monday to Sunday.
    pub days: Vec<DayHours>,
    pub preview: Preview,
}

/// One weekday as it is saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHours {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    pub windows: Vec<WindowWords>,
    /// The same windows as a form shows them.
    pub inputs: Vec<WindowInput>,
}

/// One window in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowWords {
    /// "9am to 12:30pm"
    pub time: String,
    pub location: String,
    /// "Only Follow-up", "Every second week", "From 5 January 2026", all that is not the usual.
    pub notes: Vec<String>,
}

/// How many times patients will see in one week, by the same engine that lists them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Whether it is about the hours of the form, which are not saved yet.
    pub of_draft: bool,
    /// "Tuesday 6 January"
    pub first: String,
    pub last: String,
    pub lines: Vec<PreviewLine>,
}

/// The times of one visit type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewLine {
    pub visit_type: String,
    pub times: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_times_or_marked_for_removal_says_nothing() {
        let row = |from: &str, to: &str, remove: &str| WindowInput {
            from: from.into(),
            to: to.into(),
            remove: remove.into(),
            location: "somewhere".into(),
            ..WindowInput::default()
        };
        assert!(row("", " ", "").is_blank());
        assert!(row("9", "17", "true").is_blank());
        assert!(!row("9", "", "").is_blank(), "half a window is a mistake, not a blank");
    }

    #[test]
    fn weekdays_are_counted_from_one() {
        assert_eq!([weekday_name(1), weekday_name(7), weekday_name(0), weekday_name(8)], ["Monday", "Sunday", "", ""]);
    }
}
