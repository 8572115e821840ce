//! The server around the features: settings, start and stop, the router and what every request passes through.

pub mod answer;
pub mod commands;
pub mod cookies;
pub mod csv;
pub mod demo;
pub mod forms;
pub mod frame;
pub mod jobs;
pub mod keys;
pub mod limits;
mod links;
pub mod local_path;
pub mod observe;
pub mod pages;
pub mod personal_tokens;
pub mod random;
pub mod request;
pub mod router;
pub mod security;
pub mod serve;
pub mod session;
pub mod settings;
pub mod state;
pub mod stuck;
pub mod telemetry;
