//! The clinic's staff: an overview, joining, people, places, rooms and devices, settings, audit log and statistics.
//!
//! Promise: only the role `admin` gets an answer here, on pages and in programs alike, but for the overview and for why
//! a time is missing, which receptionists see too; and every change adds an entry to the audit log in the same unit.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;

pub use model::{Overview, OverviewDoctor, PendingTaskLink, PendingTasks};
