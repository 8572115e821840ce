//! The outbox and its worker.
//!
//! [`enqueue`] writes a row in the unit that makes the change. [`worker`] takes due rows, one worker per row at a time,
//! with the [`links`] each row needs. [`message`] turns a row into a message if it is still true, and [`transport`]
//! hands it over. When the process dies after a row was handed over and before the outbox learns of it, the row is sent
//! once more under the same Message-ID.

mod account_mail;
mod appointment_mail;
pub mod calendar;
mod compose_error;
pub mod daily_agenda;
mod doctor_mail;
mod email;
pub mod feeds;
mod layout;
pub mod links;
pub mod mailbox;
pub mod message;
mod message_context;
mod offer_mail;
mod outbox;
mod pass_on;
pub mod preferences;
pub mod preview;
mod registration_mail;
pub mod reminders;
mod security_mail;
pub mod send_error;
pub mod sender;
mod smtp;
mod texts;
pub mod transport;
pub mod video_links;
mod withdraw;
pub mod worker;

pub use outbox::{Message, Notice, To, enqueue, enqueue_for, enqueue_notice};
pub use withdraw::{Withdrawal, withdraw};
