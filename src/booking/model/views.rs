//! What pages show of days, holds and appointments: finished words, and the moments and ids that forms send back.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{Answered, AppointmentAnswers, AskedQuestion, Mode, Status, front_desk::ClinicSide};
use crate::{
    accounts::model::care::ActedFor,
    ids::{AppointmentId, PersonId, SeriesId},
    time::Timestamp,
};

/// What the address of a hold shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldPage {
    /// A hold, live or run out.
    Hold(Box<HoldView>),
    /// It has become an appointment.
    Booked { id: AppointmentId },
}

/// A held time while its form is filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldView {
    pub id: AppointmentId,
    pub summary: AppointmentSummary,
    pub left: HoldLeft,
    pub needs_approval: bool,
    pub reason: String,
    pub phone: String,
    /// Who the appointment is for, when that person is signed in.
    pub patient: Option<String>,
    pub email: Option<String>,
    /// The questions that were answered; none when nothing is asked before such an appointment.
    pub answers: Option<Vec<Answered>>,
    /// The people among whom a signed-in account has to choose; empty when it has chosen, or acts for itself alone.
    pub persons: Vec<ActedFor>,
    /// Who was chosen.
    pub person: Option<PersonId>,
    /// Whether it is for another person than the owner of the account, or may be.
    pub chooses: bool,
}

/// How long a time is still held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldLeft {
    /// Whole minutes left when the answer was made; none when the hold has run out.
    pub minutes: Option<i64>,
    /// Whether the hold can be made longer.
    pub extendable: bool,
}

impl HoldLeft {
    /// How long the time is still held: "9 more minutes"; none when the hold has run out. A length of time reads the same
    /// on every clock, whatever zone its reader is in.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        Some(match self.minutes? {
            ..1 => "less than a minute".to_owned(),
            1 => "1 more minute".to_owned(),
            more => [&more.to_string(), " more minutes"].concat(),
        })
    }
}

/// The page on which a patient answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AskedPage {
    pub about: AskedFor,
    /// Of the questions.
    pub version: i32,
    pub questions: Vec<AskedQuestion>,
    /// When the answers were given that are filled in from an earlier time: "Tuesday 6 January".
    pub last_time: Option<String>,
}

/// What the questions come before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedFor {
    /// A time that is held.
    Hold(Box<HoldView>),
    /// What is booked or requested.
    Appointment { id: AppointmentId, summary: Box<AppointmentSummary> },
}

/// The facts of an appointment in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentSummary {
    /// The name of the patient, for who acts for them; none for the patient.
    pub for_whom: Option<String>,
    /// The last part of the doctor's profile address.
    pub doctor_slug: String,
    pub doctor_name: String,
    pub visit_type: String,
    pub visit_type_name: String,
    pub mode: Mode,
    pub minutes: i64,
    pub starts_at: Timestamp,
    /// "Thursday 3 December 2026"
    pub date: String,
    /// "Thursday 3 December"; with the year when that is not this one.
    pub day: String,
    /// "2:20pm"
    pub from: String,
    /// "2:35pm"
    pub to: String,
    /// "London time"
    pub zone: String,
    /// Minutes east of UTC at that moment at the clinic.
    pub offset_minutes: i32,
    pub location: String,
    pub address: String,
    pub phone: String,
    pub instructions: String,
    /// One sentence on changing and cancelling.
    pub rule: String,
    /// For the date tile: "Thu", "3", "December 2026".
    pub tile: (String, String, String),
}

/// What the patient wrote for the doctor, as far as its reader may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatientReason {
    #[default]
    NotGiven,
    Given(String),
    /// There is one, and it is not for this reader.
    Withheld,
}

impl PatientReason {
    /// The words; empty when there are none for this reader.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            PatientReason::Given(text) => text,
            PatientReason::NotGiven | PatientReason::Withheld => "",
        }
    }
}

/// An appointment as its patient sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentDetails {
    pub id: AppointmentId,
    pub version: i32,
    pub reference: String,
    pub status: Status,
    pub summary: AppointmentSummary,
    pub reason: PatientReason,
    /// Who the appointment is for and how to reach them, for the doctor and for clinic staff; none for the patient.
    pub patient: Option<PatientContact>,
    /// What the patient can do now.
    pub change: Change,
    /// Whether the reader may see the appointment of a person and not change it.
    pub only_seen: bool,
    /// Who cancelled it, in words, when it is cancelled.
    pub cancelled_by: Option<String>,
    pub moved_to: Option<AppointmentId>,
    pub moved_from: Option<AppointmentId>,
    /// Until when the doctor answers a request: "by Tuesday 24 November, 5pm", "before it starts".
    pub answer_by: Option<String>,
    /// Whether this is a request to move an appointment, and was not accepted.
    pub is_move_request: bool,
    /// The appointment that stays until this request to move it is accepted, and when it is not.
    pub kept: Option<OtherTime>,
    /// The request to move this appointment that waits for an answer.
    pub asked: Option<OtherTime>,
    /// How its patient, or its doctor, joins a video call; none in lists.
    pub video: Option<VideoCall>,
    /// The questions before it; nothing in lists.
    pub answers: AppointmentAnswers,
    /// For the doctor and for clinic staff; none for the patient, and in lists.
    pub clinic: Option<ClinicSide>,
    /// Where it stands among those that it was booked with; none for one that was booked alone, and in lists.
    pub series: Option<SeriesMark>,
    /// Oldest first; empty in lists.
    pub history: Vec<HistoryEntry>,
}

/// Where an appointment stands in its series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesMark {
    pub id: SeriesId,
    pub position: i64,
    pub members: i64,
}

impl SeriesMark {
    /// "3 of 6"
    #[must_use]
    pub fn words(&self) -> String {
        [&self.position.to_string(), " of ", &self.members.to_string()].concat()
    }
}

/// The other one of an appointment and the request to move it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherTime {
    pub id: AppointmentId,
    /// "9am on Tuesday 6 January"
    pub when: String,
}

/// How a video call is joined, as far as its reader may know now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoCall {
    /// It has no address.
    Unknown,
    /// The patient is told its address from this day on: "Wednesday 2 December".
    Later { from: String },
    /// It can be joined from this moment on: "Thursday 3 December, 2:05pm".
    Soon { opens: String },
    /// It can be joined.
    Open { url: String },
}

/// What the address of a link to one appointment shows. Every person with the message can open it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkedPage {
    Appointment(Box<LinkedAppointment>),
    /// The appointment changed since the message was written.
    Changed,
    /// The appointment has begun.
    Over,
}

/// An appointment behind a link: what a message about it says, and nothing about why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkedAppointment {
    pub id: AppointmentId,
    pub reference: String,
    pub status: Status,
    /// Without the visit type and its instructions.
    pub summary: AppointmentSummary,
    pub change: Change,
    /// As in [`AppointmentDetails`].
    pub kept: Option<OtherTime>,
    pub asked: Option<OtherTime>,
}

/// A patient as doctor and staff see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientContact {
    /// Whose record this is.
    pub id: Option<PersonId>,
    pub name: String,
    pub phone: String,
}

/// What a patient can do with an appointment now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Move and cancel.
    Free,
    /// Cancel only, and it is recorded as late.
    LateCancelOnly,
    /// Call the clinic.
    CallClinic,
    /// It is over, or cancelled.
    Finished,
}

/// One line of an appointment's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// "Tuesday 24 November, 2:20pm"
    pub when: String,
    /// "Booked by you"
    pub what: String,
}

/// Which appointments a list shows.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Tab {
    #[default]
    Upcoming,
    Past,
    Cancelled,
}

impl Tab {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Tab::Upcoming => "Upcoming",
            Tab::Past => "Past",
            Tab::Cancelled => "Cancelled",
        }
    }
}

/// A person's appointments under one tab, and how many each tab has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AppointmentList {
    pub tab: Tab,
    /// Upcoming, past, cancelled.
    pub counts: [i64; 3],
    /// Soonest first when upcoming, latest first otherwise; at most 100.
    pub items: Vec<AppointmentDetails>,
    /// Everybody for whom the account acts, its owner first; empty when there is nobody else.
    pub persons: Vec<ActedFor>,
    /// The one whose appointments alone are listed.
    pub person: Option<PersonId>,
}

#[cfg(test)]
mod tests {
    use super::HoldLeft;

    #[test]
    fn what_is_left_of_a_hold_is_never_negative() {
        let words = |minutes| HoldLeft { minutes, extendable: true }.words();
        assert_eq!(words(Some(9)).as_deref(), Some("9 more minutes"));
        assert_eq!(words(Some(1)).as_deref(), Some("1 more minute"));
        assert_eq!(words(Some(0)).as_deref(), Some("less than a minute"));
        assert_eq!(words(Some(-3)).as_deref(), Some("less than a minute"));
        assert_eq!(words(None), None);
    }
}
