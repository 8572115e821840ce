//! Patients and appointments that come from another system.

mod appointment_item;
mod appointments;
mod calendars;
mod patients;
mod taken;
mod times;

pub use appointments::AppointmentRows;
pub use patients::PatientRows;

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::{app::field_words, clinic::server::imports::Problem, error::FieldError};

/// A mark of a text: eight bytes in place of it, so that a million of them fit into memory. Two of a million texts share
/// one about once in 30 million files.
fn mark(text: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The fields that the website would refuse, in its words.
fn problems(fields: Vec<FieldError>, columns: &[(&'static str, &'static str, &str)]) -> Vec<Problem> {
    let problem = |wrong: FieldError| {
        let known = columns.iter().find(|(field, ..)| *field == wrong.field);
        let (_, column, what) = known.copied().unwrap_or(("", "", "the row"));
        Problem::new(column, field_words(wrong.code, what))
    };
    fields.into_iter().map(problem).collect()
}
