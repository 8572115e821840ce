//! Availability: weekly hours, exceptions, time off and closures become bookable times.
//!
//! Promise: one predicate decides what is listed and what can be booked, on every door.

mod model;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::{DayOption, DayPart, Reason, TimeOption, parts_words};
