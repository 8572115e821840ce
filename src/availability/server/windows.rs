//! Reading typed windows of time, and refusing hours that contradict each other.

use super::{
    schedule::{Schedule, WeeklyHours},
    schedule_editor::ScheduleEditor,
    working_intervals::WorkingInterval,
};
use crate::{
    availability::model::{
        clock_input::parse_clock,
        hours::{MAX_EVERY_WEEKS, MAX_WINDOWS, MonthWeek, WindowInput},
    },
    error::{AppError, FieldCode, FieldError},
    ids::{LocationId, VisitTypeId},
    text::{figures, is_blank},
    time::server::LocalDate,
};

const DAY: u16 = 24 * 60;
/// Weeks within which any two rhythms meet, if they ever do: one of 7 weeks and one of 8 need all of them. A date of each
/// month and a rhythm of weeks need no more, over the four hundred years after which the calendar repeats.
pub(super) const RHYTHM_WEEKS: i64 = 56;

/// What is wrong with the windows of a form.
#[derive(Default)]
pub(super) struct Problems(Vec<FieldError>);

impl Problems {
    pub fn add(&mut self, index: usize, part: &str, code: FieldCode) {
        self.0.push(FieldError { field: format!("windows[{index}][{part}]"), code });
    }

    /// # Errors
    /// [`AppError::Invalid`] unless all is well.
    pub fn check(self) -> Result<(), AppError> {
        if self.0.is_empty() { Ok(()) } else { Err(AppError::Invalid { fields: self.0 }) }
    }
}

/// A window of one day, with its row in the form.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayWindow {
    pub row: usize,
    pub location: LocationId,
    /// Minutes since midnight, 0 to 1440, the end excluded.
    pub range: (u16, u16),
}

/// The rows that say something.
///
/// # Errors
/// [`AppError::BadRequest`] for more rows than any page has.
pub(super) fn rows(windows: &[WindowInput]) -> Result<impl Iterator<Item = (usize, &WindowInput)>, AppError> {
    if windows.len() > MAX_WINDOWS {
        return Err(AppError::BadRequest);
    }
    Ok(windows.iter().enumerate().filter(|(_, window)| !window.is_blank()))
}

/// Times and location of a row.
pub(super) fn day_window(
    editor: &ScheduleEditor,
    row: usize,
    typed: &WindowInput,
    problems: &mut Problems,
) -> Option<DayWindow> {
    let range = range(row, typed, problems);
    let location = typed.location.parse().ok().filter(|id| editor.locations.contains_key(id));
    if location.is_none() {
        problems.add(row, "location", FieldCode::Unknown);
    }
    Some(DayWindow { row, location: location?, range: range? })
}

/// "Midnight" is the beginning of the day for a start, and its end for an end.
fn range(row: usize, typed: &WindowInput, problems: &mut Problems) -> Option<(u16, u16)> {
    let mut time = |part, text: &str| {
        let code = if is_blank(text) { FieldCode::Missing } else { FieldCode::NotATime };
        let minute = parse_clock(text);
        if minute.is_none() {
            problems.add(row, part, code);
        }
        minute
    };
    let (from, to) = (time("from", &typed.from), time("to", &typed.to));
    let (from, to) = (from? % DAY, to?);
    let to = if to == 0 { DAY } else { to };
    if to <= from {
        problems.add(row, "to", FieldCode::EndsBeforeStart);
        return None;
    }
    Some((from, to))
}

/// One weekly window that was typed, for any weekday: the one in it counts for nothing yet.
pub(super) fn weekly_window(
    editor: &ScheduleEditor,
    row: usize,
    typed: &WindowInput,
    problems: &mut Problems,
) -> Option<(usize, WeeklyHours)> {
    let window = day_window(editor, row, typed, problems);
    let visit_type = visit_type(editor, row, typed, problems);
    let valid = validity(editor.today, row, typed, problems);
    let rhythm = rhythm(row, typed, problems);
    let (DayWindow { location, range: (start_minute, end_minute), .. }, (valid_from, valid_until)) = (window?, valid?);
    let (visit_type, (every_weeks, month_week)) = (visit_type?, rhythm?);
    let hours = WeeklyHours {
        location,
        weekday: 0,
        start_minute,
        end_minute,
        valid_from,
        valid_until,
        every_weeks,
        month_week,
        visit_type,
    };
    Some((row, hours))
}

/// Every how many weeks, or on which of a month's dates.
fn rhythm(row: usize, typed: &WindowInput, problems: &mut Problems) -> Option<(u8, Option<MonthWeek>)> {
    let every = typed.every.trim();
    if every.is_empty() {
        return Some((1, None));
    }
    if let Ok(month_week) = every.parse() {
        return Some((1, Some(month_week)));
    }
    let weeks = every.parse().ok().filter(|weeks| (1..=MAX_EVERY_WEEKS).contains(weeks));
    if weeks.is_none() {
        problems.add(row, "every", FieldCode::OutOfRange(1, i64::from(MAX_EVERY_WEEKS)));
    }
    weeks.map(|weeks| (weeks, None))
}

fn visit_type(
    editor: &ScheduleEditor,
    row: usize,
    typed: &WindowInput,
    problems: &mut Problems,
) -> Option<Option<VisitTypeId>> {
    if typed.visit_type.is_empty() {
        return Some(None);
    }
    let known =
        typed.visit_type.parse().ok().filter(|id| editor.visit_types.iter().any(|visit_type| visit_type.id == *id));
    if known.is_none() {
        problems.add(row, "visit_type", FieldCode::Unknown);
    }
    known.map(Some)
}

fn validity(
    today: LocalDate,
    row: usize,
    typed: &WindowInput,
    problems: &mut Problems,
) -> Option<(LocalDate, Option<LocalDate>)> {
    let mut date = |part, text: &str| match figures(text).as_str() {
        "" => Some(None),
        text => {
            let date = LocalDate::from_text(text).ok();
            if date.is_none() {
                problems.add(row, part, FieldCode::NotADate);
            }
            date.map(Some)
        }
    };
    let (since, until) = (date("since", &typed.since), date("until", &typed.until));
    let (since, until) = (since?.unwrap_or(today), until?);
    match until {
        Some(last) if last < since => problems.add(row, "until", FieldCode::EndsBeforeStart),
        Some(last) if last < today => problems.add(row, "until", FieldCode::InThePast),
        _ => return Some((since, until)),
    }
    None
}

/// Notes every window of one weekday that meets an earlier one of the same day.
pub(super) fn check_weekly_overlaps(windows: &[(usize, WeeklyHours)], problems: &mut Problems) {
    for (n, (row, window)) in windows.iter().enumerate() {
        if windows.iter().take(n).any(|(_, other)| clash(window, other)) {
            problems.add(*row, "from", FieldCode::Overlaps);
        }
    }
}

/// Whether two windows of one weekday meet. At one location, hours for two different visit types may.
fn clash(a: &WeeklyHours, b: &WeeklyHours) -> bool {
    let at_once = a.start_minute < b.end_minute && b.start_minute < a.end_minute;
    let told_apart = matches!((a.visit_type, b.visit_type), (Some(one), Some(other)) if one != other);
    at_once && !(told_apart && a.location == b.location) && share_a_date(a, b)
}

fn share_a_date(a: &WeeklyHours, b: &WeeklyHours) -> bool {
    let from = a.valid_from.max(b.valid_from);
    let first = from.plus_days(i64::from((a.weekday + 7 - from.weekday()) % 7));
    (0..RHYTHM_WEEKS).map(|week| first.plus_days(7 * week)).any(|date| a.run_on(date) && b.run_on(date))
}

/// Notes every window of one date that meets an earlier one.
pub(super) fn check_day_overlaps(windows: &[DayWindow], problems: &mut Problems) {
    for (n, window) in windows.iter().enumerate() {
        let meets = |other: &DayWindow| window.range.0 < other.range.1 && other.range.0 < window.range.1;
        if windows.iter().take(n).any(meets) {
            problems.add(window.row, "from", FieldCode::Overlaps);
        }
    }
}

/// Whether the hours of this date would put the doctor at two locations at the same moment. Locations may be in
/// different zones, so the dates next to it count too.
pub(super) fn in_two_locations(schedule: &Schedule, date: LocalDate) -> bool {
    let working_intervals = |date: LocalDate| -> Vec<WorkingInterval> {
        let open = schedule.locations.iter().filter(|location| !schedule.is_closed(location, date));
        open.flat_map(|location| schedule.presence(location, date)).collect()
    };
    let that_day = working_intervals(date);
    let around: Vec<WorkingInterval> = (-1..=1).flat_map(|days| working_intervals(date.plus_days(days))).collect();
    that_day.iter().any(|one| {
        around.iter().any(|other| one.location != other.location && one.start < other.end && other.start < one.end)
    })
}
