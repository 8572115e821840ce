//! The pages of the clinic's staff.

mod audit;
mod availability_explainer;
mod closures;
mod invitations;
mod location_zone;
mod locations;
mod mailbox;
mod message;
mod outbox;
mod overview;
mod parts;
mod people;
mod resources;
mod second_factor;
mod settings;
mod specialties;
mod statistics;

pub use audit::AuditPage;
pub use availability_explainer::AvailabilityExplainerPage;
pub use closures::ClosuresPage;
pub use invitations::InvitationsPage;
pub use location_zone::LocationZonePage;
pub use locations::{LocationPage, LocationsPage};
pub use mailbox::{MailboxMessagePage, MailboxPage};
pub use message::MessagePage;
pub use outbox::OutboxPage;
pub use overview::OverviewPage;
pub use people::{DoctorPage, DoctorsPage, UserPage, UsersPage};
pub use resources::{RoomPage, RoomsPage};
pub use settings::SettingsPage;
pub use specialties::SpecialtiesPage;
pub use statistics::StatisticsPage;
