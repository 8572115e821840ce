//! Reading schedules and visit types from the database, and the pure engine that turns them into bookable times.

mod calendar_access;
mod doctor_calendars;
pub mod hours;
pub mod impact;
mod load;
mod occupying;
mod offered_time;
pub mod overrides;
mod preview;
pub mod questions;
mod resources;
mod rows;
mod schedule;
pub mod schedule_changes;
mod schedule_editor;
mod slots;
mod visit_type_form;
pub mod visit_types;
mod windows;
mod working_intervals;

pub use calendar_access::{
    Calendar, Hand, bump, calendar_at_desk, calendar_of, calendars_of, hand_on, home_zone, is_own, note_calendar_read,
};
pub use doctor_calendars::{DoctorCalendar, DoctorCalendars};
pub use load::{
    Asking, Location, VisitType, ahead, kinds_of, load_locations, load_schedule, load_schedules, load_visit_types,
};
pub(crate) use occupying::{occupies, ran_out};
pub use offered_time::{HourMinutes, OfferedTime};
pub use resources::{Resource, ResourceUse, Used, load_resources, load_used};
pub use schedule::{
    Audience, Busy, Closure, Entries, LocationClock, Override, PatientContext, Schedule, TimeOff, VisitTypeRules,
    WeeklyHours,
};
pub use slots::{Slot, evaluate_start, first_slots, nearest, reasons_against, slot_at, slots};
pub use visit_type_form::LONGEST_BUFFER;
pub use working_intervals::WorkingInterval;

use crate::{
    availability::{DayPart, TimeOption},
    time::Timestamp,
};

/// A slot in words, at its location. `now` decides whether the year is worth saying.
#[must_use]
pub fn time_option(slot: &Slot, location: &Location, now: Timestamp) -> TimeOption {
    TimeOption {
        start: slot.start,
        label: location.zone.time_words(slot.start),
        full: location.zone.moment_words(slot.start, now),
        part: DayPart::of_minute(location.zone.minute_of_day(slot.start)),
        location: location.name.clone(),
        zone_words: location.zone.label(),
        zone: location.zone.name().to_owned(),
        offset_minutes: location.zone.offset_seconds(slot.start) / 60,
    }
}
