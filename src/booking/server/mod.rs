//! Booking inside the database: each function is one read, or one write unit.

pub mod attendance;
mod book;
mod calendar;
mod change;
pub mod desk;
mod details;
mod free;
mod hold;
mod linked;
mod lists;
mod mover;
mod offer;
mod person;
mod record;
mod records;
mod requests;
pub mod settle;
mod shelf;
mod times;
mod views;
mod why;

pub use book::{Wish, book, confirm, confirm_with, hold_for};
pub use calendar::{Thread, calendar_file, thread};
pub use change::{cancel, reschedule};
pub use details::{Details, save_details};
pub use free::{Free, FreeQuery, free_times};
pub use hold::{HoldRequest, Start, extend_hold, held, hold, holder};
pub use linked::{cancel_linked, linked, linked_file};
pub use lists::{appointment, my_appointments};
pub use person::Person;
pub use record::{Appointment, By};
pub use records::{Record, Records, RecordsQuery, record, records};
pub use requests::{answer_request, answer_version, expire_requests};
pub use shelf::Shelf;
pub use times::{TimesQuery, days};
pub use why::{WhyNot, why_not_offered};
