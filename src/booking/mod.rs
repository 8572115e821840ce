//! Booking: hold a time, book it, move it, cancel it, and look it up again.
//!
//! Promises: two active appointments of one doctor, or of one patient, never overlap unless the clinic overbooks; those
//! that use one room or device never do; and the database itself refuses it. A time that is listed can be booked; what is
//! sent twice has one effect; nothing is deleted, and every change says who, when and why.

pub mod actions;
mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::*;
