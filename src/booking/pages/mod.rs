//! The pages of booking, in the order in which a patient meets them: choose a time, finish, done; then the
//! list of appointments, one appointment, moving it, cancelling it.
//!
//! The pages are made on the server. Each reads through one resource and changes things through plain forms; the
//! islands in them only add comfort. A form that fails leads back to its page, which shows the error above the heading
//! and next to the field; nothing that was typed is lost.

mod absence_resolution;
mod address;
mod answers;
mod appointment;
mod appointment_card;
mod cancel;
mod check;
mod choose;
mod choose_ids;
mod clinic_cancel;
mod clinic_move;
mod clinic_time;
mod day_times;
mod details;
mod done;
mod facts;
mod front_desk;
mod hold_strip;
mod live_picker;
mod locations;
mod mailed_link;
mod messages;
mod mine;
mod month;
mod move_appointment;
mod nearest;
mod pair;
mod picker;
mod questions;
mod questions_together;
mod series;
mod series_booked;
mod series_plan;
mod soonest;
mod time_off;
mod times;
mod undo;
mod video;
mod waiting;
mod who;

pub use absence_resolution::{ResolutionFields, resolution_lines, resolution_problem};
pub use appointment::AppointmentPage;
pub use cancel::CancelPage;
pub use details::DetailsPage;
pub use done::DonePage;
pub use front_desk::AddAppointmentPage;
pub use mailed_link::LinkedAppointmentPage;
pub use mine::MyAppointmentsPage;
pub use move_appointment::MovePage;
pub use pair::PairPage;
pub use questions::AskedQuestionsPage;
pub use series::{DeskSeriesPage, SeriesPage};
pub use series_booked::{BookedSeriesPage, CancelSeriesPage};
pub use soonest::SoonestPage;
pub use time_off::{TimeOffAppointmentsPage, TimeOffPage};
pub use times::{TimesPage, times_here};
pub use waiting::{DoctorWaitingListPage, JoinWaitingListPage, LinkedOfferPage, MyWaitingListPage, OfferPage};
pub use who::WhoPage;
