//! What browser and server share about running the clinic.

pub mod audit;
pub mod catalogue;
pub mod invitations;
pub mod mailbox;
pub mod outbox;
pub mod overview;
pub mod people;
pub mod places;
pub mod settings;
pub mod statistics;
pub mod why;

pub use overview::{Overview, OverviewDoctor, Todo, TodoLink};
