//! The pages of booking, in the order in which a patient meets them: choose a time, give details, check, done; then the
//! list of appointments, one appointment, moving it, cancelling it.
//!
//! The pages are made on the server. Each reads through one resource and changes things through plain forms; the islands
//! in them only add comfort. A form that fails leads back to its page, which shows the error above the heading and beside
//! the field; nothing that was typed is lost.

mod address;
mod appointment;
mod cancel;
mod check;
mod clinic_cancel;
mod clinic_move;
mod clinic_time;
mod desk;
mod details;
mod device_zone;
mod done;
mod facts;
mod hold_strip;
mod linked;
mod live_times;
mod mine;
mod move_visit;
mod nearest;
mod picker;
mod places;
mod settle;
mod times;
mod visit_card;
mod words;

pub use appointment::AppointmentPage;
pub use cancel::CancelPage;
pub use check::CheckPage;
pub use desk::AddVisitPage;
pub use details::DetailsPage;
pub use done::DonePage;
pub use linked::LinkedVisitPage;
pub use mine::MyAppointmentsPage;
pub use move_visit::MovePage;
pub use settle::{SettleFields, kept_choices, settle_lines};
pub use times::TimesPage;
