//! One's own data, as its pages show it.

use serde::{Deserialize, Serialize};

use crate::ids::{AppointmentId, ExportId, PersonId};

/// Days for which the files of one's own data are kept.
pub const KEPT_DAYS: i64 = 7;

/// The people whose data the reader can have as files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDataPage {
    /// The reader first.
    pub persons: Vec<PersonData>,
    /// Whether a message tells when the files are there.
    pub sends_mail: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonData {
    pub id: PersonId,
    pub name: String,
    /// Whether it is the reader.
    pub own: bool,
    pub state: ExportState,
}

/// What there is of a person's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    None,
    /// A job writes them.
    Waiting,
    /// `made` and `until` in words: "Tuesday 6 January, 9am".
    Ready {
        id: ExportId,
        made: String,
        until: String,
    },
}

/// What closing the account would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingPage {
    /// Those that have not ended, of the reader and of children for whom nobody else cares, by time.
    pub appointments: Vec<ClosingAppointment>,
    /// What the form sends back, so that nothing is cancelled unseen.
    pub seen: String,
    pub sends_mail: bool,
}

/// An appointment that would be cancelled, or that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingAppointment {
    pub id: AppointmentId,
    /// "Tuesday 6 January, 9am"
    pub when: String,
    pub doctor: String,
    /// The child whose it is.
    pub for_whom: Option<String>,
    /// Whether the clinic notes that it was cancelled late.
    pub late: bool,
    /// Whether it can no longer be cancelled online.
    pub blocks: bool,
}

/// What `/account/access` is asked. It is the query part of the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccessQuery {
    /// Of a person for whom the reader acts; empty for the reader.
    pub person: String,
    /// Counted from 1; a page past the end means the last one.
    pub page: u32,
}

/// Who looked at or changed a person's appointments and record, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPage {
    /// The reader, and those without an account for whom the reader books: id and name.
    pub persons: Vec<(PersonId, String)>,
    /// Whose lines these are.
    pub person: PersonId,
    pub lines: Vec<AccessLine>,
    pub page: u32,
    pub pages: u32,
}

/// One of them, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLine {
    /// "Tuesday 6 January, 9am"
    pub when: String,
    /// "Clinic staff", and the name where the clinic shows names.
    pub who: String,
    /// "Opened an appointment"
    pub what: String,
    /// The reference of the appointment; empty when it is about something else.
    pub reference: String,
}
