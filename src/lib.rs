//! docslot: a doctor appointment booking system that cannot double-book.
//!
//! One rule to learn: **anything named `server`, `db`, `api`, `web`, `config`, `cli`, `demo` or `tests`, and the files
//! `state.rs` and `random.rs`, never reach the browser; everything else compiles for both.**
#![forbid(unsafe_code)]
#![recursion_limit = "512"]

pub mod accounts;
pub mod admin;
pub mod app;
pub mod availability;
pub mod booking;
pub mod clinic;
pub mod desk;
pub mod doctors;
pub mod error;
pub mod flash;
pub mod ids;
pub mod notifications;
pub mod own_data;
pub mod papers;
pub mod patients;
pub mod records;
pub mod text;
pub mod time;
pub mod ui;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "ssr")]
pub mod cli;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(feature = "ssr")]
pub mod demo;
#[cfg(feature = "ssr")]
pub mod random;
#[cfg(feature = "ssr")]
pub mod state;
#[cfg(feature = "ssr")]
pub mod web;
