//! The messages a person gets, and their appointments in their own calendar.

mod feeds;
mod preferences;
mod stop_reminders;

pub use feeds::FeedsPage;
pub use preferences::MessageChoicePage;
pub use stop_reminders::StopRemindersPage;
