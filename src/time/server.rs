//! Zones, local dates and the words for times. Server only: the browser receives the finished text.
//!
//! The system's time zone database comes first, because it is updated without a new build; the copy inside the binary
//! stands in for zones that the system does not know.

use std::{fmt, str::FromStr};

use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};

pub use super::clock_words;

use super::{MONTHS, Timestamp, typed_date};

const MINUTES_IN_A_DAY: u16 = 24 * 60;
/// More days than the calendar of jiff holds, so that a clamped count still saturates.
const EVERY_DAY: i64 = 7_400_000;
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// A time zone with an IANA name, such as `Europe/London`. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone of that IANA name; `None` when neither the system nor the built-in copy knows it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Zone> {
        let zone = jiff::tz::db().get(name).or_else(|_| TimeZoneDatabase::bundled().get(name)).ok()?;
        zone.iana_name().is_some().then_some(Zone(zone))
    }

    /// The IANA name, to store and to send.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The zone as a person says it: "London time" for `Europe/London`; "UTC" for the zone without a place.
    #[must_use]
    pub fn label(&self) -> String {
        match self.name().rsplit('/').next().unwrap_or("UTC") {
            "UTC" | "UCT" | "Zulu" | "Universal" => "UTC".to_owned(),
            city => format!("{} time", city.replace('_', " ")),
        }
    }

    /// The calendar date on a wall of this zone at that moment.
    #[must_use]
    pub fn local_date(&self, at: Timestamp) -> LocalDate {
        LocalDate(self.civil(at).date())
    }

    /// Minutes since midnight on the wall clock, 0 to 1439.
    #[must_use]
    pub fn minute_of_day(&self, at: Timestamp) -> u16 {
        minute_of(self.civil(at).time())
    }

    /// The wall clock to the minute, as stored with an appointment: "2026-12-03T14:20".
    #[must_use]
    pub fn local_start_text(&self, at: Timestamp) -> String {
        let civil = self.civil(at);
        format!("{}T{:02}:{:02}", civil.date(), civil.hour(), civil.minute())
    }

    /// Seconds that the wall clock is ahead of UTC at that moment; negative to the west.
    #[must_use]
    pub fn offset_seconds(&self, at: Timestamp) -> i32 {
        self.0.to_offset(timestamp(at)).seconds()
    }

    /// When a window that starts at `minute` (0 to 1440) of `date` begins.
    ///
    /// A time that the clocks skip becomes the first moment after the gap; of a repeated time the first one counts.
    #[must_use]
    pub fn window_start(&self, date: LocalDate, minute: u16) -> Timestamp {
        let civil = civil_at(date, minute);
        match self.offset_of(civil) {
            AmbiguousOffset::Unambiguous { offset } => instant(offset, civil),
            AmbiguousOffset::Gap { before, after } => self.end_of_gap(civil, before, after),
            AmbiguousOffset::Fold { before, .. } => instant(before, civil),
        }
    }

    /// When a window that ends at `minute` (0 to 1440, itself excluded) of `date` is over.
    ///
    /// A time that the clocks skip becomes the first moment after the gap. Where the clocks go back, the window lasts
    /// until its last minute has passed for the second time. A window that ends as the repeated hour begins does not
    /// reach into it, so it ends at the first of the two: "until midnight" never gains an hour after midnight.
    #[must_use]
    pub fn window_end(&self, date: LocalDate, minute: u16) -> Timestamp {
        let civil = civil_at(date, minute);
        match self.offset_of(civil) {
            AmbiguousOffset::Unambiguous { offset } => instant(offset, civil),
            AmbiguousOffset::Gap { before, after } => self.end_of_gap(civil, before, after),
            AmbiguousOffset::Fold { before, after } => {
                let last_minute = civil.saturating_sub(SignedDuration::from_mins(1));
                let enters_the_fold = matches!(self.offset_of(last_minute), AmbiguousOffset::Fold { .. });
                instant(if enters_the_fold { after } else { before }, civil)
            }
        }
    }

    /// The time of day in words: "2:20pm", "2pm", "12 noon", "midnight". When the clocks go back, the two times that
    /// read alike are told apart: "1:30am (before the clocks go back)".
    #[must_use]
    pub fn time_words(&self, at: Timestamp) -> String {
        let civil = self.civil(at);
        let words = clock_words(minute_of(civil.time()));
        match self.offset_of(civil) {
            AmbiguousOffset::Fold { before, .. } if self.0.to_offset(timestamp(at)) == before => {
                format!("{words} (before the clocks go back)")
            }
            AmbiguousOffset::Fold { .. } => format!("{words} (after the clocks go back)"),
            _ => words,
        }
    }

    /// Day and time in words: "Thursday 3 December, 2:20pm"; with the year when it is not the year of `now`.
    #[must_use]
    pub fn moment_words(&self, at: Timestamp, now: Timestamp) -> String {
        format!("{}, {}", self.local_date(at).day_words(self.local_date(now)), self.time_words(at))
    }

    fn civil(&self, at: Timestamp) -> DateTime {
        self.0.to_datetime(timestamp(at))
    }

    fn offset_of(&self, civil: DateTime) -> AmbiguousOffset {
        self.0.to_ambiguous_timestamp(civil).offset()
    }

    /// The moment at which the clocks jump over `civil`. Read with the new offset, `civil` lies before that moment.
    fn end_of_gap(&self, civil: DateTime, before: Offset, after: Offset) -> Timestamp {
        let Ok(inside) = after.to_timestamp(civil) else {
            return instant(before, civil);
        };
        let jump = self.0.following(inside).find(|transition| transition.offset() == after);
        jump.map_or_else(|| instant(before, civil), |transition| Timestamp(transition.timestamp().as_second()))
    }
}

/// The names of the zones that this machine knows and that are named after a place, by name: "Europe/London". Old names
/// and those of offsets are left out.
#[must_use]
pub fn zone_names() -> Vec<String> {
    const REGIONS: [&str; 9] =
        ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let is_place = |name: &str| name.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region));
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    names.retain(|name| is_place(name));
    names.sort_unstable();
    names.dedup();
    names
}

/// A calendar date of some zone, written "YYYY-MM-DD".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDate(Date);

impl LocalDate {
    /// The date of that year, month (1 to 12) and day; `None` when the calendar has no such day.
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<LocalDate> {
        Date::new(year, month, day).ok().map(LocalDate)
    }

    /// A date typed into three fields. Blanks around the parts do not matter, and the month may be a number or an
    /// English name, at least three letters of it. The year has four digits.
    ///
    /// # Errors
    /// [`NotADate`] when a part cannot be read or the calendar has no such day.
    pub fn from_typed(day: &str, month: &str, year: &str) -> Result<LocalDate, NotADate> {
        let (year, month, day) = typed_date(day, month, year).ok_or(NotADate)?;
        LocalDate::new(year, month, day).ok_or(NotADate)
    }

    /// A date typed into one field: "3 12 2026", "3/12/2026", "3 December 2026", or as programs write it, "2026-12-03".
    ///
    /// # Errors
    /// As [`Self::from_typed`].
    pub fn from_text(text: &str) -> Result<LocalDate, NotADate> {
        if let Ok(date) = text.trim().parse() {
            return Ok(date);
        }
        let between = |c: char| c.is_whitespace() || matches!(c, '/' | '.' | '-' | ',');
        let parts: Vec<&str> = text.split(between).filter(|part| !part.is_empty()).collect();
        let [day, month, year] = parts[..] else {
            return Err(NotADate);
        };
        LocalDate::from_typed(day, month, year)
    }

    /// The date `days` later, or earlier when negative.
    #[must_use]
    pub fn plus_days(self, days: i64) -> LocalDate {
        LocalDate(self.0.saturating_add(SignedDuration::from_hours(days.clamp(-EVERY_DAY, EVERY_DAY) * 24)))
    }

    /// The same day so many years later; the last of February where that year has no 29th.
    #[must_use]
    pub fn plus_years(self, years: i16) -> LocalDate {
        LocalDate(self.0.saturating_add(jiff::Span::new().years(years)))
    }

    /// Days from `earlier` to this date; negative when this date is the earlier one.
    #[must_use]
    pub fn days_since(self, earlier: LocalDate) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }

    /// Day of the week: 1 for Monday to 7 for Sunday.
    #[must_use]
    pub fn weekday(self) -> u8 {
        self.0.weekday().to_monday_one_offset().unsigned_abs()
    }

    /// Which of its month's days with the same weekday it is, from 1, and whether it is the last of them.
    #[must_use]
    pub fn week_of_month(self) -> (u8, bool) {
        let nth = (self.0.day() - 1) / 7 + 1;
        (nth.unsigned_abs(), self.0.day() + 7 > self.0.days_in_month())
    }

    /// The Monday of this date's week.
    #[must_use]
    pub fn monday(self) -> LocalDate {
        self.plus_days(1 - i64::from(self.weekday()))
    }

    /// Its day of the month, from 1.
    #[must_use]
    pub fn day(self) -> u8 {
        self.0.day().unsigned_abs()
    }

    /// The first day of its month.
    #[must_use]
    pub fn first_of_month(self) -> LocalDate {
        LocalDate(self.0.first_of_month())
    }

    /// The first day of the month after its own.
    #[must_use]
    pub fn next_month(self) -> LocalDate {
        LocalDate(self.0.last_of_month()).plus_days(1)
    }

    /// The whole date in words: "Thursday 3 December 2026".
    #[must_use]
    pub fn date_words(self) -> String {
        format!("{} {}", self.day_and_month(), self.0.year())
    }

    /// The date without its weekday: "3 December 2026". So birth dates are written.
    #[must_use]
    pub fn plain_words(self) -> String {
        format!("{} {} {}", self.0.day(), self.month_name(), self.0.year())
    }

    /// The date in words, without the year when it is the year of `today`: "Thursday 3 December".
    #[must_use]
    pub fn day_words(self, today: LocalDate) -> String {
        if self.0.year() == today.0.year() { self.day_and_month() } else { self.date_words() }
    }

    /// The month in words: "December 2026".
    #[must_use]
    pub fn month_words(self) -> String {
        format!("{} {}", self.month_name(), self.0.year())
    }

    fn day_and_month(self) -> String {
        let weekday = WEEKDAYS.get(usize::from(self.weekday() - 1)).copied().unwrap_or_default();
        format!("{weekday} {} {}", self.0.day(), self.month_name())
    }

    fn month_name(self) -> &'static str {
        MONTHS.get(usize::from(self.0.month().unsigned_abs() - 1)).copied().unwrap_or_default()
    }

    /// Weekday, day and month for a date tile: "Thu", "3", "December 2026".
    #[must_use]
    pub fn tile_words(self) -> (String, String, String) {
        let weekday = self.date_words().chars().take(3).collect();
        (weekday, self.0.day().to_string(), self.month_words())
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LocalDate {
    type Err = NotADate;

    /// Reads exactly "YYYY-MM-DD", so that one date has one spelling.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('-').collect();
        let [year, month, day] = parts[..] else {
            return Err(NotADate);
        };
        if (year.len(), month.len(), day.len()) != (4, 2, 2) {
            return Err(NotADate);
        }
        digits(month)?;
        LocalDate::from_typed(day, month, year)
    }
}

/// The text is not a date of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date")]
pub struct NotADate;

/// A plain number: `parse` alone would let a sign through.
fn digits(text: &str) -> Result<u16, NotADate> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotADate);
    }
    text.parse().map_err(|_| NotADate)
}

fn minute_of(time: Time) -> u16 {
    u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs())
}

fn civil_at(date: LocalDate, minute: u16) -> DateTime {
    let minute = i64::from(minute.min(MINUTES_IN_A_DAY));
    date.0.to_datetime(Time::midnight()).saturating_add(SignedDuration::from_mins(minute))
}

fn instant(offset: Offset, civil: DateTime) -> Timestamp {
    Timestamp(offset.to_timestamp(civil).unwrap_or(jiff::Timestamp::MAX).as_second())
}

/// Moments beyond the calendar (years -9999 to 9999) count as its edge.
fn timestamp(at: Timestamp) -> jiff::Timestamp {
    let edge = if at.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_second(at.0).unwrap_or(edge)
}

/// A moment as calendar files write it (RFC 5545, UTC): "20261203T142000Z".
#[must_use]
pub fn utc_stamp(at: Timestamp) -> String {
    let utc = TimeZone::UTC.to_datetime(timestamp(at));
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        utc.year(),
        utc.month(),
        utc.day(),
        utc.hour(),
        utc.minute(),
        utc.second()
    )
}

/// A moment as programs write it (RFC 3339), on a clock this many minutes ahead of UTC: "2026-12-03T14:20:00+01:00".
#[must_use]
pub fn rfc3339(at: Timestamp, offset_minutes: i32) -> String {
    let offset = Offset::from_seconds(offset_minutes.saturating_mul(60)).unwrap_or(Offset::UTC);
    let local = offset.to_datetime(timestamp(at));
    let (sign, ahead) = if offset_minutes < 0 { ('-', -offset_minutes) } else { ('+', offset_minutes) };
    let (hour, minute, second) = (local.hour(), local.minute(), local.second());
    format!("{}T{hour:02}:{minute:02}:{second:02}{sign}{:02}:{:02}", local.date(), ahead / 60, ahead % 60)
}

/// Reads a moment with its offset: "2026-12-03T14:20:00Z", "2026-12-03T14:20:00+01:00". Parts of a second are dropped.
///
/// # Errors
/// [`NotADate`]
pub fn parse_rfc3339(text: &str) -> Result<Timestamp, NotADate> {
    let plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b':' | b'.' | b'T' | b't' | b'Z' | b'z');
    if !text.bytes().all(plain) {
        return Err(NotADate);
    }
    let at: jiff::Timestamp = text.parse().map_err(|_| NotADate)?;
    Ok(Timestamp(at.as_second()))
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
