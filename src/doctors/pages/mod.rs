//! Finding a doctor, reading about one, and the doctor's own day.

mod agenda;
mod card;
mod directory;
mod filters;
mod profile;

pub use agenda::AgendaPage;
pub use directory::DirectoryPage;
pub use profile::ProfilePage;
