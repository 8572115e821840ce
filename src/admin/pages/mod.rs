//! The pages of the clinic's staff.

mod audit;
mod catalogue;
mod closures;
mod invitations;
mod mailbox;
mod message;
mod nav;
mod outbox;
mod overview;
mod parts;
mod people;
mod places;
mod settings;
mod statistics;
mod why;

pub use audit::AuditPage;
pub use catalogue::SpecialtiesPage;
pub use closures::ClosuresPage;
pub use invitations::InvitationsPage;
pub use mailbox::{LetterPage, MailboxPage};
pub use message::MessagePage;
pub use nav::AdminNav;
pub use outbox::OutboxPage;
pub use overview::OverviewPage;
pub use people::{DoctorPage, DoctorsPage, UserPage, UsersPage};
pub use places::{LocationPage, LocationsPage};
pub use settings::SettingsPage;
pub use statistics::StatisticsPage;
pub use why::WhyPage;
