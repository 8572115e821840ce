//! What browser and server share about appointments that doctors and staff add, move and cancel.

use serde::{Deserialize, Serialize};

use super::DaysPage;
use crate::{
    availability::{DayOption, Reason, TimeOption},
    ids::{AppointmentId, PersonId},
    time::Timestamp,
};

/// Most characters of the reason for which a rule is set aside.
pub const MAX_OVERRIDE: u32 = 300;
/// Patients that a search lists.
pub const MAX_FOUND: usize = 20;
/// Sent instead of a patient's id for a patient without an account.
pub const NEW_PATIENT: &str = "new";

/// A time as doctors and staff name it in a form. Everything is text, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeForm {
    /// One of the listed times, in unix seconds.
    pub start: String,
    /// The day of a typed time: "2026-12-03".
    pub date: String,
    /// A typed time of that day, which counts instead of `start`.
    pub time: String,
    /// A location's id, for a time outside the doctor's hours.
    pub location: String,
    /// The start, in unix seconds, for which the page showed the rules against it. Rules are set aside for that start
    /// alone.
    pub shown: String,
    /// Why the rules are set aside.
    pub override_reason: String,
    /// `true`: over another appointment.
    pub overbook: String,
}

/// An appointment that the clinic adds, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AppointmentForm {
    /// The id that the new appointment will have: the same form sent twice adds one appointment.
    pub key: String,
    /// The doctor's slug; empty for a doctor's own calendar.
    pub doctor: String,
    /// The patient's id, or [`NEW_PATIENT`].
    pub patient: String,
    /// The search that found the patient.
    pub q: String,
    /// Of a new patient; the address and the number may be empty.
    pub name: String,
    pub email: String,
    pub phone: String,
    /// Of a new patient, "9 12 1906"; may be empty.
    pub birth_date: String,
    /// The visit type's id.
    pub visit_type: String,
    /// What the patient wants the doctor to know.
    pub note: String,
    #[serde(flatten)]
    pub time: TimeForm,
}

/// What the page that adds an appointment is asked for: its address, and what was typed before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddQuery {
    pub doctor: String,
    pub q: String,
    /// As in [`AppointmentForm`]; empty while none is chosen.
    pub patient: String,
    pub visit_type: String,
    /// The time to begin with.
    pub time: TimeForm,
}

/// The page that adds an appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AddPage {
    /// For [`AppointmentForm::key`].
    pub key: AppointmentId,
    pub doctor_name: String,
    pub by_staff: bool,
    /// The chosen patient, when it is one with an account.
    pub patient: Option<FoundPatient>,
    /// What the search found; none when nothing was searched for.
    pub found: Option<Vec<FoundPatient>>,
    /// The visit types, as id and words, in the order in which patients see them.
    pub visit_types: Vec<(String, String)>,
    /// The chosen visit type.
    pub visit_type: String,
    /// None when the doctor has no visit types.
    pub day: Option<ClinicDay>,
}

/// A patient in a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPatient {
    pub id: PersonId,
    pub name: String,
    /// What they are called, where it is not a word of the name; may be empty.
    pub call_name: String,
    /// "9 December 1906", which tells two people of one name apart; empty when it is not known.
    pub birth_date: String,
    /// Empty for a patient without one.
    pub email: String,
    pub phone: String,
}

/// One appointment of a patient, for a page about that patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientAppointment {
    pub id: AppointmentId,
    pub reference: String,
    /// "Thursday 3 December, 2:20pm"
    pub when: String,
    pub doctor: String,
    pub status: String,
    /// Whether it is to come, and can be moved and cancelled.
    pub open: bool,
}

/// One day of a doctor, for choosing a time that patients can book, or another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicDay {
    /// "2026-12-03"
    pub date: String,
    /// "Thursday 3 December"
    pub label: String,
    /// The day before and the day after.
    pub previous: String,
    pub next: String,
    pub times: Vec<TimeOption>,
    /// The next day with a free time, when this one has none.
    pub next_free: Option<DayOption>,
    /// The clinic's locations, as id and name.
    pub locations: Vec<(String, String)>,
    /// The requested time.
    pub wanted: Option<WantedTime>,
}

/// A requested time, and the rules against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WantedTime {
    pub start: Timestamp,
    /// "09:40", for a field.
    pub clock: String,
    /// "Thursday 3 December, 9:40am"
    pub full: String,
    /// Whether it is outside every location's hours, so that the form must say where.
    pub needs_location: bool,
    /// Empty when patients can book it.
    pub reasons: Vec<Reason>,
    /// For staff: the patient's other appointment at that time, "Tuesday 6 January, 9am with Dr Silva". Else empty.
    pub busy_with: String,
}

/// The page on which the clinic moves an appointment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClinicMove {
    pub days: DaysPage,
    pub day: ClinicDay,
}

/// What doctors and staff see of an appointment besides what its patient sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClinicSide {
    /// The address of the doctor's day: "/doctor?date=2026-12-03".
    pub day: String,
    pub overbook: bool,
    /// Why a rule was set aside; empty when none was.
    pub override_reason: String,
    /// The room or device that it uses; empty when it uses none.
    pub resource: String,
    pub can_move: bool,
    pub can_cancel: bool,
    /// The address that was set for a video call, which may be empty; none for what is no call, or over.
    pub video_url: Option<String>,
    /// Its last move or cancellation, while that can be taken back.
    pub undo: Option<UndoOffer>,
}

/// What the clinic did to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    Cancelled,
    Moved,
}

/// A move or a cancellation that can be taken back, because nobody has been told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoOffer {
    /// The row that was cancelled, or gave its time up, with its version since then.
    pub id: AppointmentId,
    pub version: i32,
    pub kind: ChangeKind,
}

/// The address of a doctor's day. `doctor` is the slug for staff, and empty for the doctor.
#[must_use]
pub fn day_path(doctor: &str, date: &str) -> String {
    if doctor.is_empty() {
        return ["/doctor?date=", date].concat();
    }
    ["/doctor?doctor=", doctor, "&date=", date].concat()
}

/// A reason why patients cannot book a time, in words for doctors and staff.
#[must_use]
pub fn rule_words(reason: Reason) -> &'static str {
    match reason {
        Reason::DoctorUnavailable => "Patients cannot book this doctor at the moment.",
        Reason::VisitTypeUnavailable => "The doctor does not offer this visit type.",
        Reason::Closed => "The clinic, or the doctor\u{2019}s day there, is closed.",
        Reason::TimeOff => "The doctor is away then.",
        Reason::OutsideHours => "It is outside the doctor\u{2019}s hours.",
        Reason::OffStep => "It is not one of the times at which this visit type starts.",
        Reason::Taken => "Another appointment, or a time that another patient is booking now, overlaps it.",
        Reason::NoResource => "No room or device that this visit type needs is free then.",
        Reason::Buffer => "It is too close to the appointment before or after it.",
        Reason::TooSoon => "It is sooner than patients may book.",
        Reason::TooFar => "It is further ahead than patients may book.",
        Reason::DayFull => "The doctor has as many appointments that day as the limit allows.",
        Reason::NotForNewPatients => {
            "It is only for patients who have seen this doctor before, and this patient is new."
        }
        Reason::OnlyForNewPatients => "It is only for new patients, and this patient has seen the doctor before.",
        Reason::PatientBusy => "The patient has another appointment at that time.",
    }
}
