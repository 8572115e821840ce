//! What browser, server and API share about availability.

pub mod clock_input;
pub mod hours;
pub mod overrides;
mod times;
pub mod visit_types;

pub use times::{DayOption, DayPart, Reason, TimeOption, parts_words};
