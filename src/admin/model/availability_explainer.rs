//! Why a time is not offered.

use serde::{Deserialize, Serialize};

use crate::error::FieldError;

/// The question, as it was chosen and typed. It is the query part of the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExplainerQuery {
    /// A doctor's slug.
    pub doctor: String,
    /// A visit type's id.
    pub visit_type: String,
    /// "2026-12-03"
    pub date: String,
    /// As people type it: "14:00", "2pm".
    pub time: String,
}

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainerPageData {
    pub query: ExplainerQuery,
    /// Slug and name of each doctor, by name.
    pub doctors: Vec<(String, String)>,
    /// Id and name of each visit type of the chosen doctor; none before one is chosen.
    pub visit_types: Vec<(String, String)>,
    /// The zone in which the time is typed: "London time"; empty before a doctor is chosen.
    pub zone_words: String,
    /// What is wrong with the question.
    pub problems: Vec<FieldError>,
    pub answer: Option<ExplainerAnswer>,
}

/// What the predicate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExplainerAnswer {
    /// "Thursday 3 December, 2pm"
    pub when: String,
    /// Every reason in words; none when the time is offered.
    pub reasons: Vec<String>,
    /// The nearest offered times, in order.
    pub nearest: Vec<String>,
    /// The doctor's day.
    pub day_href: String,
}
