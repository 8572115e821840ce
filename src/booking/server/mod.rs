//! Booking inside the database: each function is one read, or one write unit.

pub mod absence_resolution;
mod access;
pub mod answers;
mod appointment;
mod appointment_list;
mod appointment_write;
pub mod attendance;
mod availability;
mod book;
mod booker;
mod build;
mod busy;
mod calendar_file;
mod cancel_and_move;
mod clinic_time;
mod details;
mod doctor_news;
mod explain;
mod facts;
mod free_slot_cache;
mod free_times;
pub mod front_desk;
mod history;
mod hold;
pub mod import;
mod mailed_link;
mod my_appointments;
mod read_window;
mod requests;
mod reschedule_actor;
pub mod series;
mod soonest;
mod terms;
mod thread;
pub mod time_off;
mod times;
mod video;
mod views;
pub mod waiting;
pub mod zone_change;

pub use access::{day_page, entrusted};
pub use appointment::{Appointment, Author};
pub(crate) use appointment::{agreed, from_agreed};
pub use appointment_list::{
    AppointmentListPage, AppointmentListQuery, AppointmentWithSpecialty, appointment_with_specialty, list_appointments,
    own_calendar,
};
pub use book::{Along, BookingRequest, InSameCommit, book, confirm, confirm_with, hold_for};
pub use booker::Booker;
pub use calendar_file::calendar_file;
pub use cancel_and_move::{cancel, reschedule};
pub use details::{Details, save_details};
pub use explain::{NotOfferedReasons, reasons_not_offered};
pub use free_slot_cache::FreeSlotCache;
pub use free_times::{FreeTimes, FreeTimesQuery, free_times};
pub use hold::{HoldRequest, extend_hold, held, hold, holder};
pub use mailed_link::{cancel_linked, linked, linked_file};
pub use my_appointments::{appointment, appointments_of, my_appointments};
pub use read_window::Start;
pub use requests::{answer_request, answer_version, expire_requests};
pub use soonest::{SoonestQuery, hold_soonest, page_to_add_soonest, soonest};
pub use terms::Terms;
pub use thread::{Thread, ended_with, kept, thread};
pub use times::{TimesQuery, days};
pub use video::set_video_url;
