//! The records of patients: finding one, reading and correcting it, making two one, and pairs that may be one person.
//!
//! Promises: staff alone change a record, and every change is in its history; a doctor reads the records of people who
//! have had an appointment with them; two records are joined only when staff say so, or the owner of the address that
//! both have has proved it.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;
