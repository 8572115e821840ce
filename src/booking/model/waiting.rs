//! The waiting list: what a person asks for, what they are offered, and what became of it.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use super::{AppointmentSummary, Whom};
use crate::ids::{AppointmentId, OfferId, WaitingEntryId};

/// Places on the waiting list that one person may have at a time.
pub const MAX_ENTRIES: i64 = 10;
/// How many days ahead the latest date may be.
pub const MAX_DAYS: i64 = 365;

/// How long before its start a person must know of an appointment, in minutes: what the form offers.
pub const NOTICES: [(i32, &str); 6] =
    [(120, "2 hours"), (360, "6 hours"), (1_440, "1 day"), (2_880, "2 days"), (4_320, "3 days"), (10_080, "1 week")];

/// The days of the week as the form sends them, Monday first.
pub const WEEKDAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];

/// The parts of the day as the form sends them.
pub const DAY_PARTS: [(&str, &str); 3] =
    [("1", "Morning, before midday"), ("2", "Afternoon, from midday until 5pm"), ("3", "Evening, from 5pm")];

/// What the page for joining is asked for: a doctor with a visit type, or the appointment to give up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JoinQuery {
    /// The doctor's slug.
    pub doctor: String,
    pub visit_type: String,
    /// The id of an appointment, or nothing.
    pub appointment: String,
    /// Who is to be seen, when that is not the person who is signed in, and no appointment says it; else empty.
    pub person: String,
}

/// The form as it is typed. Days and parts of the day come beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JoinForm {
    pub doctor: String,
    pub visit_type: String,
    pub appointment: String,
    pub person: String,
    /// [`ONLY_THIS_DOCTOR`], or the id of a location: any doctor of the same specialty there.
    pub whom: String,
    pub earliest_day: String,
    pub earliest_month: String,
    pub earliest_year: String,
    pub latest_day: String,
    pub latest_month: String,
    pub latest_year: String,
    /// Minutes, one of [`NOTICES`].
    pub notice: String,
}

/// The value of [`JoinForm::whom`] for the doctor alone.
pub const ONLY_THIS_DOCTOR: &str = "doctor";

/// What the page for joining shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinPage {
    pub query: JoinQuery,
    /// Whom the account may wait for; nobody to choose among with an appointment.
    pub choice: Whom,
    /// The patient's name, for who acts for them.
    pub for_whom: Option<String>,
    pub doctor_name: String,
    pub visit_type_name: String,
    /// "Any doctor for General practice at Riverside", each with the value that the form sends.
    pub any_doctor: Vec<(String, String)>,
    /// "Thursday 8 January, 9am": the appointment that the person keeps until they accept an earlier one.
    pub keeps: Option<String>,
    /// The value of [`JoinForm::whom`] to begin with.
    pub whom: String,
    /// The values of the boxes that begin ticked.
    pub weekdays: Vec<String>,
    pub parts: Vec<String>,
    /// "2026-12-03"
    pub earliest: String,
    pub latest: String,
    pub notice: i32,
    /// Whether the person waits for this already: the form then changes what suits them, and they keep their place.
    pub waits_already: bool,
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum OfferOutcome {
    Accepted,
    Declined,
    /// Nobody answered in time.
    RanOut,
}

/// Why an entry ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "ssr", derive(sqlx::Type), sqlx(type_name = "text", rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum EntryEnd {
    /// An offer was accepted.
    Fulfilled,
    Left,
    /// The latest date is over.
    Passed,
}

/// The answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum OfferAnswer {
    Accept,
    Decline,
    /// Decline, and leave the list.
    Leave,
}

/// An offer, for the person to whom it is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferView {
    pub id: OfferId,
    pub summary: AppointmentSummary,
    /// "3:40pm (London time)": until when the time is kept.
    pub until: String,
    pub state: OfferState,
    /// "Thursday 8 January, 9am with Dr Silva": the appointment that would be given up.
    pub keeps: Option<String>,
    /// Whether the doctor confirms the appointment before it is booked.
    pub needs_approval: bool,
}

/// How an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    Open,
    /// It became this appointment.
    Accepted {
        id: AppointmentId,
    },
    Declined,
    /// It ran out.
    Over,
}

/// One place on the waiting list, for the person who waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingEntry {
    pub id: WaitingEntryId,
    /// The patient's name, for who acts for them.
    pub for_whom: Option<String>,
    /// "Dr Silva, Consultation" or "Any doctor for General practice at Riverside"
    pub whom: String,
    /// "Monday and Tuesday, in the morning; from 5 January to 2 February; 2 hours' notice"
    pub wishes: Vec<String>,
    /// "Thursday 8 January, 9am with Dr Silva"
    pub keeps: Option<String>,
    /// "Monday 5 January"
    pub since: String,
    pub offer: Option<OpenOffer>,
    /// What the page that changes the wishes is asked for; none for any doctor.
    pub change: Option<JoinQuery>,
}

/// An offer that waits for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenOffer {
    pub id: OfferId,
    /// "Tuesday 6 January, 9am with Dr Silva"
    pub what: String,
    /// "3:40pm (London time)"
    pub until: String,
}

/// Who waits for one doctor, for that doctor and for staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorWaitingList {
    pub doctor_name: String,
    /// In the order in which they joined, which is the order in which they are asked.
    pub waiting: Vec<WaitingPerson>,
    /// Those whose wait ended within the last 30 days, the latest first.
    pub ended: Vec<WaitingPerson>,
}

/// One person on a doctor's waiting list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingPerson {
    pub name: String,
    pub whom: String,
    pub wishes: Vec<String>,
    pub since: String,
    /// "Left the list on Monday 5 January"; empty while they wait.
    pub ended: String,
    /// The latest first: "Tuesday 6 January, 9am. Offered Monday 5 January, 8am: no thanks."
    pub offers: Vec<String>,
}
