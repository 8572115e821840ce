//! The records of patients, on the server.

pub mod matches;
pub mod merges;
pub mod records;
