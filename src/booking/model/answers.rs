//! What patients are asked before an appointment, and what they answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::availability::model::questions::Question;

/// A question with its answer in words; empty when it was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    pub question: String,
    pub answer: String,
}

/// What the patient answered, as far as its reader may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatientAnswers {
    #[default]
    NotGiven,
    Given(Vec<Answered>),
    /// There are some, and they are not for this reader.
    Withheld,
    /// There are some, and the key is missing with which they could be read.
    Unreadable,
}

/// The questions before an appointment, on its page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentAnswers {
    pub answers: PatientAnswers,
    /// How many questions wait for the reader's answer.
    pub open: usize,
    /// Whether the reader can answer, or answer otherwise.
    pub can_answer: bool,
}

/// A question, and what stands in its field at first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedQuestion {
    pub question: Question,
    pub value: String,
}

/// A date as the form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DateInput {
    pub day: String,
    pub month: String,
    pub year: String,
}

/// What a form of questions sends, by [`field_of`] their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedAnswers {
    pub answers: BTreeMap<String, String>,
    pub dates: BTreeMap<String, DateInput>,
}

/// The questions of a visit type, asked once for several appointments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedTogether {
    /// Of the questions; for [`SentAnswers::version`].
    pub version: i32,
    pub questions: Vec<AskedQuestion>,
    /// The day on which the patient answered them last, when those answers are filled in.
    pub last_time: Option<String>,
}

/// What a form of several appointments sends of them, each by [`field_of`] its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SentAnswers {
    /// Of the questions that the page showed; empty when it showed none.
    pub version: String,
    pub answers: BTreeMap<String, String>,
    pub dates: BTreeMap<String, DateInput>,
}

/// What names a question in a form: "q3".
#[must_use]
pub fn field_of(key: i32) -> String {
    ["q", &key.to_string()].concat()
}
