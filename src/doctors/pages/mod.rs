//! Finding a doctor, reading about one, and the doctor's own day.

mod agenda;
mod agenda_appointment;
mod card;
mod colleagues;
mod directory;
mod filters;
mod leaving;
mod list;
mod own_profile;
mod profile;
mod reason_sharing;
mod week;

pub use agenda::AgendaPage;
pub use colleagues::ColleaguesPage;
pub use directory::DirectoryPage;
pub use leaving::{LeavePage, LeavingPage};
pub use list::ListPage;
pub use own_profile::{OwnProfilePage, PreviewPage};
pub use profile::ProfilePage;
pub use week::WeekPage;
pub(crate) use week::place;
