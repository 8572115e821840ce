//! What browser, server and API share about availability.

pub mod clock_input;
pub mod hours;
pub mod overrides;
pub mod questions;
mod times;
pub mod visit_types;

pub use times::{DayOption, DayPart, Reason, TimeOption, packed, parts_words, unpacked};
