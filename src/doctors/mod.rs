//! Doctors as patients find them: the directory, its filters and the public profiles, and the day as the doctor sees
//! it.
//!
//! Promises: a page never costs one query per doctor; what is shown is at most a second older than the database, and
//! never older than the change that the person looking has just made.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;

pub use model::{
    ActiveFilter, DirectoryPage, DirectoryQuery, DoctorCard, DoctorProfile, Facet, HomeData, PublicLocation,
    PublicProfile, Sort, VisitTypeChoice, When,
    agenda::{
        AgendaAppointment, AgendaDay, AgendaEntry, AgendaList, AgendaState, AgendaWeek, CalendarOwner, FreeTime, Show,
        WeekDay, WeekEntry, WeekThing,
    },
};
