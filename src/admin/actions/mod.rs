//! What the staff's pages ask and send. Only the role `admin` gets an answer.

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
