//! Availability: weekly hours, exceptions, time off and closures become bookable times; and the pages that edit them.
//!
//! Promises: one predicate decides what is listed and what can be booked, for pages and API alike; no change of hours
//! moves or cancels an appointment that was not named.

pub mod actions;
pub mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::{DayOption, DayPart, Reason, TimeOption, packed, parts_words, unpacked};
