//! Server functions of the staff's pages. Only the role `admin` gets an answer.

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
