//! Running the clinic, on the server. Callers have checked the role.

pub mod audit_log;
pub mod availability_explainer;
pub mod closures;
pub mod import_doctors;
pub mod import_holidays;
pub mod invitations;
pub mod location_zone;
pub mod locations;
pub mod mailbox;
pub mod message;
pub mod outbox;
pub mod overview;
mod pending_tasks;
pub mod people;
mod resource_plan;
pub mod resources;
pub mod second_factor_rule;
pub mod settings;
pub mod specialties;
pub mod statistics;

pub use overview::overview;
