//! The outbox and its worker.
//!
//! [`enqueue`] writes a row in the unit that makes it true. [`worker`] takes rows whose time has come, one worker per row
//! at a time, [`message`] turns a row into a message if it is still true, and [`transport`] hands it over. A row that was
//! handed over without the outbox learning of it, because the process died in between, is sent once more under the same
//! Message-ID.

pub mod calendar;
pub mod message;
mod news;
mod outbox;
mod smtp;
mod texts;
pub mod transport;
pub mod worker;

pub use outbox::{Message, enqueue, enqueue_for};
