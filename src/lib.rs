//! docslot: a doctor appointment booking system that cannot double-book.
//!
//! One rule to learn: **anything named `server`, `db`, `api` or `tests` never reaches the browser; everything else
//! compiles for both.**
#![forbid(unsafe_code)]
#![recursion_limit = "512"]

pub mod accounts;
pub mod admin;
pub mod app;
pub mod availability;
pub mod booking;
pub mod doctors;
pub mod error;
pub mod flash;
pub mod ids;
pub mod notifications;
pub mod text;
pub mod time;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod server;
