//! Which messages somebody gets, and their appointments in their own calendar.

mod choice;
mod feeds;
mod stop;

pub use choice::MessageChoicePage;
pub use feeds::FeedsPage;
pub use stop::StopRemindersPage;
