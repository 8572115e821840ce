//! The desk: the page that the clinic's staff keep open all day. The doctors of one location stand side by side, each
//! with the day as it is.
//!
//! Promises: what the desk does is done by the same functions as on the pages of one doctor, so the same rules hold; one
//! function says who may use it (`server/access.rs:allow`); the number of statements does not depend on how many doctors
//! are shown.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;
