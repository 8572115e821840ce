//! What patients are asked before an appointment, as it is kept, edited and shown.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::hours::{Editing, Named};

/// Questions of one visit type, at most.
pub const MAX_QUESTIONS: usize = 20;
/// Characters of a question.
pub const MAX_QUESTION: u32 = 200;
/// Choices of one question, at least and at most.
pub const CHOICES: (i64, i64) = (2, 10);
/// Characters of a choice.
pub const MAX_CHOICE: u32 = 100;
/// Characters of an answer in words.
pub const MAX_ANSWER: u32 = 2000;

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Names the question in every version of the visit type's questions that has it: the version in which it was
    /// first asked. With another text or kind it is another question, so that an answer never stands for something
    /// that was not asked.
    pub key: i32,
    pub text: String,
    pub kind: QuestionKind,
    /// What can be chosen; empty for other kinds.
    pub choices: Vec<String>,
    /// Whether nobody books on the website without an answer.
    pub required: bool,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum QuestionKind {
    /// Words, of one or several lines.
    Text,
    /// One of the question's choices.
    Choice,
    /// `yes` or `no`.
    YesNo,
    /// A day, kept as "2026-12-03".
    Date,
    /// A number, which may have a part behind the point.
    Number,
}

impl QuestionKind {
    /// How an answer is given, in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            QuestionKind::Text => "In words",
            QuestionKind::Choice => "One of several choices",
            QuestionKind::YesNo => "Yes or no",
            QuestionKind::Date => "A date",
            QuestionKind::Number => "A number",
        }
    }
}

/// The page of a visit type's questions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionList {
    pub editing: Editing,
    pub visit_type: Named,
    /// In the order in which they are asked.
    pub questions: Vec<Question>,
}

/// A question as a form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuestionInput {
    pub text: String,
    /// A [`QuestionKind`].
    pub kind: String,
    /// One on each line.
    pub choices: String,
    /// Not empty when ticked.
    pub required: String,
}
