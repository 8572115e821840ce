//! Running the clinic, on the server. Callers have checked the role.

pub mod audit;
pub mod audit_log;
pub mod catalogue;
pub mod closures;
pub mod invitations;
pub mod mailbox;
pub mod message;
pub mod outbox;
pub mod overview;
pub mod people;
pub mod places;
pub mod settings;
pub mod statistics;
mod todo;
pub mod why;

pub use overview::overview;
