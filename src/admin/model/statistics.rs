//! Statistics as the page shows them: finished words and numbers.

use serde::{Deserialize, Serialize};

use crate::ui::{Bar, Point};

/// What a statistics page is asked for: the query part of its address. Empty texts mean the last 28 days and all
/// doctors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsQuery {
    /// "2026-11-01", the first date.
    #[serde(default)]
    pub from: String,
    /// "2026-11-24", the last date.
    #[serde(default)]
    pub until: String,
    /// A doctor's slug.
    #[serde(default)]
    pub doctor: String,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// What is shown: the dates are those in use, which may differ from those asked for.
    pub query: StatisticsQuery,
    /// Fields of the form that must be corrected, with the words.
    pub problems: Vec<(String, String)>,
    /// Slug and name, by name; empty when there are too many for a list.
    pub doctors: Vec<(String, String)>,
    /// "Wednesday 28 October to Tuesday 24 November 2026, all doctors"
    pub subject: String,
    /// Empty when there are no appointments in this time.
    pub figures: Vec<Figure>,
}

/// One plot with what it says and the numbers behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is called in addresses and ids: `days`, `hours`, `missed`, `lead`, `cancelled`.
    pub id: String,
    /// "Appointments per day"
    pub heading: String,
    /// What the numbers say, in a sentence.
    pub finding: String,
    /// The drawing in words, for people who cannot see it.
    pub description: String,
    /// What is counted.
    pub counted: String,
    pub plot: Plot,
    pub table: Table,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Plot {
    /// Upright bars along time.
    Columns(Vec<Bar>),
    /// Bars from left to right, one for each group.
    Rows(Vec<Bar>),
    /// Shares along time, in percent.
    Line(Vec<Point>),
    /// A table of shares by hour and weekday.
    Heat(Vec<HeatRow>),
}

/// An hour of the day in the heat table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatRow {
    /// "9am"
    pub hour: String,
    /// Monday to Sunday.
    pub cells: Vec<HeatCell>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatCell {
    /// "64%", or "–" where no doctor works.
    pub text: String,
    /// How strong its colour is, from 0 to 4.
    pub level: u8,
}

/// The numbers behind a plot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// "Tuesday 3 November"
    pub label: String,
    /// The value a file has instead: "2026-11-03".
    pub code: String,
    pub cells: Vec<String>,
}
