//! What the slot engine knows: one doctor's calendar and the rules of one visit type. Plain data, no I/O.

use strum::{EnumString, IntoStaticStr};

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use super::resources::{Resource, ResourceUse};
use crate::{
    availability::{
        Reason,
        model::{hours::MonthWeek, overrides::DateChange},
    },
    ids::{LocationId, ResourceKindId, VisitTypeId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// A location where the doctor sees patients. Hours at locations that are not listed do not count.
#[derive(Clone, Debug)]
pub struct LocationClock {
    pub id: LocationId,
    /// The zone of the location's wall clock, which the hours below follow.
    pub zone: Zone,
}

/// Hours that come back every week. A window never crosses midnight; a night is two windows.
#[derive(Clone, Debug)]
pub struct WeeklyHours {
    pub location: LocationId,
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// Minutes since midnight on the location's wall clock, 0 to 1440.
    pub start_minute: u16,
    /// Minutes since midnight on the location's wall clock, 0 to 1440; itself excluded.
    pub end_minute: u16,
    /// First date on which the hours count.
    pub valid_from: LocalDate,
    /// Last date on which the hours count; `None` for no end.
    pub valid_until: Option<LocalDate>,
    /// 1 for every week, 2 for every other week and so on, counted from the week (Monday to Sunday) of `valid_from`.
    pub every_weeks: u8,
    /// The only one of the month's dates with that weekday; `None` for what `every_weeks` says.
    pub month_week: Option<MonthWeek>,
    /// The only visit type the hours are for; `None` for every visit type.
    pub visit_type: Option<VisitTypeId>,
}

/// A change to one date. A replaced day may have several, one per window.
#[derive(Clone, Debug)]
pub struct Override {
    pub date: LocalDate,
    /// The location whose hours change; `None` for every location.
    pub location: Option<LocationId>,
    pub kind: DateChange,
    /// Location, first minute and end (excluded) in minutes since midnight, 0 to 1440. For every visit type.
    pub window: Option<(LocationId, u16, u16)>,
}

/// The doctor is away at every location, from `start` until `end` (excluded).
#[derive(Clone, Copy, Debug)]
pub struct TimeOff {
    pub start: Timestamp,
    pub end: Timestamp,
}

/// A location is closed from `first` to `last`, both included.
#[derive(Clone, Copy, Debug)]
pub struct Closure {
    pub location: LocationId,
    pub first: LocalDate,
    pub last: LocalDate,
}

/// Time of the doctor that is gone: an occupying appointment or a live hold, with the buffers it was made with.
#[derive(Clone, Copy, Debug)]
pub struct Busy {
    pub start: Timestamp,
    /// Itself excluded.
    pub end: Timestamp,
    /// Minutes it wants free before it.
    pub before_minutes: u16,
    /// Minutes it wants free after it.
    pub after_minutes: u16,
}

/// Whom a visit type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Audience {
    Any,
    /// Patients who have not seen the doctor before.
    New,
    /// Patients who have.
    Returning,
}

impl Audience {
    /// Whom the visit type is for with a doctor who accepts new patients, or does not.
    #[must_use]
    pub fn with(self, accepts_new_patients: bool) -> Audience {
        if self == Audience::Any && !accepts_new_patients { Audience::Returning } else { self }
    }
}

/// The rules of one visit type.
#[derive(Clone, Debug)]
pub struct VisitTypeRules {
    pub visit_type: VisitTypeId,
    /// Length in minutes of elapsed time.
    pub minutes: u16,
    /// Minutes to keep free before the appointment.
    pub buffer_before: u16,
    /// Minutes to keep free after the appointment.
    pub buffer_after: u16,
    /// Minutes of elapsed time between two possible starts.
    pub step_minutes: u16,
    /// Minutes of elapsed time between booking and start, at the least.
    pub notice_minutes: u32,
    /// How many days ahead, by the location's calendar, the last bookable day is.
    pub horizon_days: u16,
    /// Appointments of any kind that the doctor takes on one day of the location's calendar.
    pub daily_cap: Option<u16>,
    pub audience: Audience,
    /// An appointment uses a room or device of this kind; `None` where it needs none.
    pub needs: Option<ResourceKindId>,
}

impl VisitTypeRules {
    /// When an appointment that starts at `start` is over.
    #[must_use]
    pub fn end_of(&self, start: Timestamp) -> Timestamp {
        start.plus_minutes(i64::from(self.minutes.max(1)))
    }

    /// The first moment at which an appointment booked `now` may start.
    #[must_use]
    pub fn earliest(&self, now: Timestamp) -> Timestamp {
        now.plus_minutes(i64::from(self.notice_minutes))
    }

    /// Why no time at all can be booked by this person; none when the visit type is for them.
    #[must_use]
    pub fn refusal(&self, patient_context: &PatientContext) -> Option<Reason> {
        match (self.audience, patient_context.is_new_patient) {
            (Audience::New, Some(false)) => Some(Reason::OnlyForNewPatients),
            (Audience::Returning, Some(true)) => Some(Reason::NotForNewPatients),
            _ => None,
        }
    }

    pub(super) fn step_seconds(&self) -> i64 {
        i64::from(self.step_minutes.max(1)) * 60
    }
}

/// The person who asks for a time.
#[derive(Clone, Debug, Default)]
pub struct PatientContext {
    /// Whether the doctor has never seen the patient; `None` where that is not known yet, which excludes nothing.
    pub is_new_patient: Option<bool>,
    /// The patient's own appointments, with any doctor: start and end (excluded).
    pub busy: Vec<(Timestamp, Timestamp)>,
}

/// Everything that decides about one doctor's time, as it was read.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    pub locations: Vec<LocationClock>,
    pub weekly: Vec<WeeklyHours>,
    pub overrides: Vec<Override>,
    pub time_off: Vec<TimeOff>,
    pub closures: Vec<Closure>,
    pub busy: Vec<Busy>,
}

/// When one doctor works, without what is booked: the part of a schedule that changes seldom.
#[derive(Clone, Debug)]
pub struct WorkingHours {
    pub(super) locations: Vec<LocationClock>,
    pub(super) weekly: Vec<WeeklyHours>,
    pub(super) overrides: Vec<Override>,
    pub(super) time_off: Vec<TimeOff>,
    pub(super) closures: Vec<Closure>,
    /// Those that some visit type of the doctor needs.
    pub(super) resources: Vec<Resource>,
}

/// One doctor's [`Entries`], put in order once so that every question is quick.
#[derive(Clone, Debug)]
pub struct Schedule {
    hours: Arc<WorkingHours>,
    pub(super) busy: BusyTimes,
    /// When rooms and devices are used, by any doctor. One that is not here is free all the time.
    pub(super) used: ResourceUse,
}

impl Deref for Schedule {
    type Target = WorkingHours;

    fn deref(&self) -> &WorkingHours {
        &self.hours
    }
}

impl DerefMut for Schedule {
    fn deref_mut(&mut self) -> &mut WorkingHours {
        Arc::make_mut(&mut self.hours)
    }
}

impl Schedule {
    /// Puts the entries in order. All of them belong to one doctor.
    #[must_use]
    pub fn new(entries: Entries) -> Schedule {
        let Entries { locations, weekly, overrides, mut time_off, closures, busy } = entries;
        time_off.retain(|off| off.start < off.end);
        time_off.sort_unstable_by_key(|off| off.start);
        let hours = Arc::new(WorkingHours { locations, weekly, overrides, time_off, closures, resources: Vec::new() });
        Schedule { hours, busy: BusyTimes::new(busy), used: ResourceUse::default() }
    }

    /// The same doctor's schedule with these busy times.
    #[must_use]
    pub fn with_busy(&self, busy: Vec<Busy>) -> Schedule {
        Schedule { hours: self.hours.clone(), busy: BusyTimes::new(busy), used: self.used.clone() }
    }

    /// How many of the busy times start from the first of these moments until the second (excluded).
    #[must_use]
    pub fn busy_between(&self, (from, to): (Timestamp, Timestamp)) -> usize {
        self.busy.starts_between(from, to).len()
    }

    /// Takes one more time of the doctor: what a unit has just booked, without reading the schedule again.
    pub fn take(&mut self, busy: Busy) {
        self.busy.add(busy);
    }
}

/// Busy times in order of their start, with running extremes, because staff may have booked one over another.
#[derive(Clone, Debug)]
pub(super) struct BusyTimes {
    starts: Vec<Timestamp>,
    /// At `n`: the latest end of the first `n` entries, without and with the time they want free afterwards.
    ends: Vec<(Timestamp, Timestamp)>,
    /// At `n`: the earliest moment from which the entries from `n` on want to be left alone.
    quiet_from: Vec<Timestamp>,
}

/// How an appointment would sit among the busy times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Free,
    TooClose,
    Overlaps,
}

impl BusyTimes {
    pub(super) fn new(mut busy: Vec<Busy>) -> BusyTimes {
        busy.sort_unstable_by_key(|entry| entry.start);
        let never = (Timestamp(i64::MIN), Timestamp(i64::MIN));
        let later = |latest: &mut (Timestamp, Timestamp), entry: &Busy| {
            latest.0 = latest.0.max(entry.end);
            latest.1 = latest.1.max(entry.end.plus_minutes(i64::from(entry.after_minutes)));
            Some(*latest)
        };
        let earlier = |earliest: &mut Timestamp, entry: &Busy| {
            *earliest = (*earliest).min(entry.start.plus_minutes(-i64::from(entry.before_minutes)));
            Some(*earliest)
        };
        let ends = std::iter::once(never).chain(busy.iter().scan(never, later)).collect();
        let forever = Timestamp(i64::MAX);
        let mut quiet_from: Vec<Timestamp> =
            std::iter::once(forever).chain(busy.iter().rev().scan(forever, earlier)).collect();
        quiet_from.reverse();
        BusyTimes { starts: busy.iter().map(|entry| entry.start).collect(), ends, quiet_from }
    }

    pub(super) fn add(&mut self, busy: Busy) {
        let at = self.starts.partition_point(|start| *start <= busy.start);
        let (last_end, last_quiet) = self.ends.get(at).copied().unwrap_or((busy.end, busy.end));
        let quiet_until = busy.end.plus_minutes(i64::from(busy.after_minutes));
        let quiet_from = busy.start.plus_minutes(-i64::from(busy.before_minutes));
        let next_quiet = self.quiet_from.get(at).copied().unwrap_or(quiet_from);
        self.starts.insert(at, busy.start);
        self.ends.insert(at + 1, (last_end, last_quiet));
        for (end, quiet) in self.ends.iter_mut().skip(at + 1) {
            (*end, *quiet) = ((*end).max(busy.end), (*quiet).max(quiet_until));
        }
        self.quiet_from.insert(at, next_quiet);
        for quiet in self.quiet_from.iter_mut().take(at + 1) {
            *quiet = (*quiet).min(quiet_from);
        }
    }

    /// Compares an appointment from `start` to `end` with every busy time. The gap between two appointments must hold
    /// the larger of what the earlier wants after it and the later wants before it.
    pub(super) fn fit(&self, start: Timestamp, end: Timestamp, rules: &VisitTypeRules) -> Fit {
        let before_it = self.starts.partition_point(|busy_start| *busy_start < end);
        let (last_end, last_quiet) = self.ends.get(before_it).copied().unwrap_or((start, start));
        let next_start = self.starts.get(before_it).copied().unwrap_or(Timestamp(i64::MAX));
        let next_quiet = self.quiet_from.get(before_it).copied().unwrap_or(Timestamp(i64::MAX));
        let close_before = last_end > start.plus_minutes(-i64::from(rules.buffer_before)) || last_quiet > start;
        let close_after = next_start < end.plus_minutes(i64::from(rules.buffer_after)) || next_quiet < end;
        match (last_end > start, close_before || close_after) {
            (true, _) => Fit::Overlaps,
            (false, true) => Fit::TooClose,
            (false, false) => Fit::Free,
        }
    }

    /// How many seconds are free around `start`, which is free itself: from the last end until the next start.
    pub(super) fn free_around(&self, start: Timestamp) -> i64 {
        let before = self.starts.partition_point(|busy_start| *busy_start <= start);
        let (last_end, _) = self.ends.get(before).copied().unwrap_or((start, start));
        let next_start = self.starts.get(before).copied().unwrap_or(Timestamp(i64::MAX));
        next_start.0.saturating_sub(last_end.0)
    }

    /// The starts of the busy times from `from` until `to` (excluded), in order.
    pub(super) fn starts_between(&self, from: Timestamp, to: Timestamp) -> &[Timestamp] {
        let before = |bound: Timestamp| self.starts.partition_point(|start| *start < bound);
        self.starts.get(before(from)..before(to)).unwrap_or_default()
    }
}
