//! A day of a location, as a finished answer.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use crate::ids::{AppointmentId, DoctorId, LocationId};

/// As many doctors as stand side by side; more are chosen by name.
pub const MAX_COLUMNS: usize = 40;

/// What the address of the desk says. What is empty is chosen by the server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeskQuery {
    /// A location's id.
    pub location: String,
    /// "2026-12-03"
    pub date: String,
    /// The slugs of the only doctors to show, with commas between them.
    pub doctors: String,
}

/// The desk of one location on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskDay {
    pub location: DeskLocation,
    /// Every location by name, as id and name.
    pub locations: Vec<(String, String)>,
    /// This day, the one before and the one after: "2026-12-03".
    pub date: String,
    pub previous: String,
    pub next: String,
    /// "Thursday 3 December"
    pub title: String,
    pub is_today: bool,
    /// "11 booked, 2 free, 1 waiting for approval"
    pub summary: String,
    pub range: Range,
    /// The full hours beside the columns: "8am", one for each hour.
    pub hours: Vec<String>,
    /// Today: the minute of the day, within the range, and the time in words.
    pub now: Option<(u16, String)>,
    /// Where the page learns whose days change.
    pub changes: String,
    /// Every doctor who works at the location, by name.
    pub doctors: Vec<DeskDoctor>,
    /// How many doctors of that day are left out, because there are too many.
    pub left_out: usize,
    pub columns: Vec<DeskColumn>,
    /// What the clinic did in the last minutes to appointments of these doctors and can take back, the newest last.
    pub undo: Vec<Undoable>,
}

/// The location of a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskLocation {
    pub id: LocationId,
    pub name: String,
    /// "London time"
    pub zone_words: String,
}

/// First and last minute of the day that a desk shows, full hours both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub first: u16,
    pub last: u16,
}

/// A doctor who can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskDoctor {
    pub slug: String,
    pub name: String,
    /// Whether the address asks for this doctor.
    pub chosen: bool,
}

/// One doctor's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskColumn {
    pub doctor: DoctorId,
    pub slug: String,
    pub name: String,
    /// "5 booked, 3 free"
    pub summary: String,
    /// Appointments side by side at the busiest moment, at least one.
    pub lanes: u8,
    /// By start.
    pub entries: Vec<DeskEntry>,
}

/// Something in a doctor's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskEntry {
    /// Steps of five minutes from the first hour shown to its start, and the steps it takes.
    pub row: u16,
    pub rows: u16,
    /// The lane from 1 on; 0 for the whole width of the column.
    pub lane: u8,
    /// "2:20pm"; for what lasts longer than the day, "All day".
    pub time: String,
    pub what: DeskThing,
}

/// What stands in a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskThing {
    Appointment {
        id: AppointmentId,
        /// What is done by a key is done to this version, or refused.
        version: i32,
        patient: String,
        /// The visit type's name.
        kind: String,
        state: CardState,
        /// Whether another appointment of the doctor is at the same time.
        overlaps: bool,
    },
    /// A patient is filling in the form.
    Held,
    /// A time at which an appointment can begin; in unix seconds.
    Free { start: i64 },
    /// Time in which nothing can be booked.
    Blocked { until: String, words: String },
}

/// How far an appointment has come, as the desk shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "kebab-case", const_into_str)]
pub enum CardState {
    Booked,
    /// The doctor or the clinic must still accept it.
    Requested,
    Arrived,
    /// Its time has passed, and nobody noted whether the patient came.
    Unclear,
    Completed,
    Missed,
}

impl CardState {
    /// The word on the card and in the key to the colours.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            CardState::Booked => "booked",
            CardState::Requested => "waits for approval",
            CardState::Arrived => "arrived",
            CardState::Unclear => "over: did they come?",
            CardState::Completed => "completed",
            CardState::Missed => "did not attend",
        }
    }
}

/// A doctor's column once more, after something changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnPatch {
    pub slug: String,
    pub name: String,
    pub summary: String,
    /// The list as HTML.
    pub html: String,
}

/// Columns that changed. Empty with `reload` when the page has to be made anew, because its hours no longer hold the
/// day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patches {
    pub columns: Vec<ColumnPatch>,
    pub reload: bool,
}

/// Where the command palette leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaletteEntry {
    /// "Amy Okafor", "Thursday 3 December"
    pub words: String,
    /// What it is: "Patient, 9 December 1906", "Day".
    pub detail: String,
    /// From the root of the website.
    pub address: String,
}

/// What the panel knows that books a free time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookPanel {
    /// The id that the appointment will have: the panel sent twice books once.
    pub key: AppointmentId,
    pub slug: String,
    pub doctor: String,
    /// In unix seconds.
    pub start: i64,
    /// "Thursday 3 December, 2:20pm"
    pub when: String,
    /// The visit types, as id and words.
    pub visit_types: Vec<(String, String)>,
    /// The proposed one.
    pub visit_type: String,
}

/// A move or a cancellation by the clinic that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoable {
    /// The row that was cancelled, or gave its time up, with its version since then.
    pub id: AppointmentId,
    pub version: i32,
    /// The slug of its doctor.
    pub slug: String,
    /// "Amy Okafor, 10:30am, cancelled"
    pub words: String,
    /// Seconds that are left.
    pub left: u32,
}

/// What the live part of the page has to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    pub location: LocationId,
    pub date: String,
    pub range: Range,
    /// Today: the minute of the day when the page was made.
    pub now_minute: Option<u16>,
    /// Where the page learns whose days change.
    pub changes: String,
    /// What can be taken back, the newest last: a page that is loaded again still offers it.
    pub undo: Vec<Undoable>,
}
