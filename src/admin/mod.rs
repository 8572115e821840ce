//! The clinic's staff: an overview of the doctors and their visits.
//!
//! Promise: only the role `admin` gets an answer here, whatever page or program asks.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;

pub use model::{Overview, OverviewDoctor};
