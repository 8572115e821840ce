//! The files on an appointment's page, and the page on which they are sent.

mod list;
mod send;

pub use list::papers_section;
pub use send::{KEPT, MORE, PapersPage, SENT};
