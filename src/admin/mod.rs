//! The clinic's staff: an overview, joining, people, places, settings, the audit log and statistics.
//!
//! Promise: only the role `admin` gets an answer here, whatever page or program asks, and every change leaves a line in
//! the audit log, written in the same unit.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;

pub use model::{Overview, OverviewDoctor, PendingTaskLink, PendingTasks};
