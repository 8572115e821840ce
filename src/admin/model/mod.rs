//! What browser and server share about running the clinic.

pub mod audit;
pub mod availability_explainer;
pub mod invitations;
pub mod locations;
pub mod mailbox;
pub mod outbox;
pub mod overview;
pub mod people;
pub mod resources;
pub mod second_factor;
pub mod settings;
pub mod specialties;
pub mod statistics;

pub use overview::{Overview, OverviewDoctor, PendingTaskLink, PendingTasks};
