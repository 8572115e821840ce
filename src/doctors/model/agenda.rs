//! A doctor's day, week and list, as finished answers.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::{booking::Attendance, ids::AppointmentId};

/// Whose calendar a page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarOwner {
    /// For the links of staff; empty on the doctor's own pages.
    pub slug: String,
    pub name: String,
    /// The zone that the calendar goes by: "London time".
    pub zone_words: String,
}

/// How far an appointment on an agenda has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgendaState {
    /// The doctor or the clinic must still accept it.
    Waiting,
    /// It will take place, or is taking place.
    Coming,
    /// Its time has passed, and attendance was not noted.
    Unclear,
    /// It took place, or was missed.
    Done,
}

/// One appointment of a doctor's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaAppointment {
    pub id: AppointmentId,
    pub version: i32,
    /// "Thursday 3 December"
    pub day: String,
    /// Start in clinic time: "2:20pm".
    pub time: String,
    /// End in clinic time: "2:40pm".
    pub until: String,
    /// The zone of both, where the rest of the calendar goes by another one; else empty.
    pub other_zone: String,
    pub patient: String,
    /// Where the patient can be called; may be empty.
    pub phone: String,
    /// "Follow-up, 20 minutes, in person".
    pub appointment: String,
    pub location: String,
    /// "Booked", "Waiting for approval".
    pub status: String,
    pub state: AgendaState,
    /// "K7F4-M2PQ".
    pub reference: String,
    /// Whether another appointment of the doctor is at the same time.
    pub overlaps: bool,
    /// Of a request to move: the time that stands until it is accepted, "Tuesday 24 November, 5pm".
    pub moves_from: Option<String>,
    /// Until when a request is answered: "by Tuesday 24 November, 5pm", "before it starts".
    pub answer_by: Option<String>,
    /// What can be noted now.
    pub marks: Vec<Attendance>,
    /// Whether it is a video call that is not over: its page has the link.
    pub is_call: bool,
    pub can_move: bool,
    pub can_cancel: bool,
}

/// One line of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgendaEntry {
    Appointment(Box<AgendaAppointment>),
    /// Time in which an appointment would fit.
    Free(FreeTime),
    /// Time that cannot be booked: "Blocked: team meeting". No times when it is the whole day.
    Blocked {
        times: Option<(String, String)>,
        words: String,
    },
}

/// A gap between appointments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeTime {
    pub time: String,
    pub until: String,
    /// As in [`AgendaAppointment`].
    pub other_zone: String,
    pub minutes: i64,
    /// Its start in unix seconds.
    pub start: i64,
    /// The location, when the doctor works at several.
    pub location: String,
}

/// A doctor's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaDay {
    pub owner: CalendarOwner,
    /// "Thursday 3 December".
    pub title: String,
    /// This day, the one before and the one after: "2026-12-03".
    pub date: String,
    pub previous: String,
    pub next: String,
    /// Whether this day is today at the clinic.
    pub is_today: bool,
    /// "11 booked, 2 free, 1 waiting for approval": free is how many of the shortest appointments still fit.
    pub summary: String,
    /// The first requests of other coming days, the most urgent first.
    pub requests: Vec<AgendaAppointment>,
    /// How many of them there are.
    pub other_requests: u32,
    /// By start. Appointments that were cancelled, moved or declined are not listed.
    pub entries: Vec<AgendaEntry>,
}

/// A doctor's week, from Monday. On a Sunday the present week is the coming one, after that Sunday itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaWeek {
    pub owner: CalendarOwner,
    /// "Monday 5 to Friday 9 January".
    pub title: String,
    /// The Mondays of the week before and the week after: "2026-12-03".
    pub previous: String,
    pub next: String,
    pub is_this_week: bool,
    pub summary: String,
    /// The full hours next to the grid: "8am", one per row of an hour.
    pub hours: Vec<String>,
    /// Monday to Friday, today, and the other days on which there is something.
    pub days: Vec<WeekDay>,
}

/// One column of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekDay {
    pub date: String,
    /// "Monday 5 January"
    pub label: String,
    pub is_today: bool,
    /// Appointments side by side at the busiest moment, at least one.
    pub lanes: u8,
    pub entries: Vec<WeekEntry>,
}

/// Something in a column of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekEntry {
    /// Steps of five minutes from the first hour shown to its start, and the steps it takes.
    pub row: u16,
    pub rows: u16,
    /// The lane from 1 on; 0 for the whole width of the column.
    pub lane: u8,
    pub time: String,
    pub what: WeekThing,
}

/// What stands in a week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeekThing {
    /// `status` is empty for an appointment that is simply booked.
    Appointment {
        id: AppointmentId,
        patient: String,
        status: String,
        state: AgendaState,
        overlaps: bool,
    },
    Free {
        until: String,
        start: i64,
    },
    Blocked {
        until: String,
        words: String,
    },
}

/// Which coming appointments a list shows.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Show {
    #[default]
    All,
    Waiting,
    Booked,
}

impl Show {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Show::All => "All",
            Show::Waiting => "Waiting for approval",
            Show::Booked => "Booked",
        }
    }
}

/// One page of a doctor's coming appointments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaList {
    pub owner: CalendarOwner,
    pub show: Show,
    /// How many there are of each [`Show`], in its order.
    pub counts: [u32; 3],
    /// From 1.
    pub page: u32,
    pub pages: u32,
    /// By start.
    pub appointments: Vec<AgendaAppointment>,
}
