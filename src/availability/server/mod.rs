//! Reading schedules and visit types from the database, and the pure engine that turns them into bookable times.

mod desk;
pub mod hours;
pub mod impact;
pub mod live;
mod load;
mod offered;
pub mod overrides;
mod preview;
mod schedule;
mod sessions;
mod slots;
pub mod time_off;
mod visit_type_form;
pub mod visit_types;
mod windows;

pub use load::{Site, VisitType, ahead, load_schedule, load_schedules, load_sites, load_visit_types};
pub use offered::{HourMinutes, OfferedTime};
pub use schedule::{
    Audience, Busy, Caller, Closure, Entries, Override, OverrideKind, Schedule, TimeOff, VisitRules, WeeklyHours,
};
pub use sessions::Session;
pub use slots::{Slot, first_slots, judged, nearest, slot_at, slots, why_not};
pub use visit_type_form::LONGEST_BUFFER;

use crate::{
    availability::{DayPart, TimeOption},
    time::Instant,
};

/// A slot in words, at its location. `now` decides whether the year is worth saying.
#[must_use]
pub fn time_option(slot: &Slot, site: &Site, now: Instant) -> TimeOption {
    TimeOption {
        start: slot.start,
        label: site.zone.time_words(slot.start),
        full: site.zone.moment_words(slot.start, now),
        part: DayPart::of_minute(site.zone.minute_of_day(slot.start)),
        location: site.name.clone(),
        zone_words: site.zone.words(),
        zone: site.zone.name().to_owned(),
        offset_minutes: site.zone.offset_seconds(slot.start) / 60,
    }
}
