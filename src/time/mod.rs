//! Moments in time, as server and browser know them.
//!
//! The browser does no zone arithmetic: the server sends finished text with the moment itself. Zones, local dates and
//! display formats therefore live in [`server`].

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub mod server;

/// The months in English words.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment, in whole seconds since 1970-01-01T00:00:00Z. Stored as `integer` in SQLite and `timestamptz` in
/// PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// After everything that is ever booked, and a time that every database can write down: the year 3000.
    pub const FOREVER: Timestamp = Timestamp(32_503_680_000);

    /// This moment moved by `minutes` of elapsed time, which may be negative.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_seconds(minutes.saturating_mul(60))
    }

    /// This moment moved by `seconds` of elapsed time, which may be negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Timestamp(self.0.saturating_add(seconds))
    }

    /// 24 hours before this moment. No appointment lasts so long (`appointments_length_check`), so all that is under
    /// way now began after that: the bound by which an index finds it.
    #[must_use]
    pub fn day_before(self) -> Self {
        self.plus_minutes(-24 * 60)
    }

    /// Whole minutes of elapsed time from `earlier` to this moment; negative when this moment is the earlier one.
    #[must_use]
    pub fn minutes_since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0) / 60
    }
}

/// A minute of the day (0 to 1440) in words: "9am", "2:20pm", "12 noon", "midnight".
#[must_use]
pub fn clock_words(minute: u16) -> String {
    let (hour, minute) = (minute / 60 % 24, minute % 60);
    let half = if hour < 12 { "am" } else { "pm" };
    let twelve = if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    match (hour, minute) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "12 noon".to_owned(),
        (_, 0) => [&twelve.to_string(), half].concat(),
        (_, 0..10) => [&twelve.to_string(), ":0", &minute.to_string(), half].concat(),
        _ => [&twelve.to_string(), ":", &minute.to_string(), half].concat(),
    }
}

/// Year, month (1 to 12) and day (1 to 31) of a date that was typed in three parts; none when a part cannot be read.
/// Whether the calendar has such a day is not asked. Blanks around the parts do not matter, the month may be a number or
/// an English name, at least three letters of it, and the year has four digits.
#[must_use]
pub fn typed_date(day: &str, month: &str, year: &str) -> Option<(i16, i8, i8)> {
    let year = year.trim();
    let day = number(day.trim()).filter(|day| (1..=31).contains(day))?;
    let four = number(year).filter(|_| year.len() == 4)?;
    Some((four, typed_month(month.trim())?, i8::try_from(day).ok()?))
}

fn typed_month(text: &str) -> Option<i8> {
    if let Some(number) = number(text) {
        return i8::try_from(number).ok().filter(|month| (1..=12).contains(month));
    }
    let text = text.to_lowercase();
    let named = (1_i8..).zip(MONTHS).find(|(_, name)| text.len() >= 3 && name.to_lowercase().starts_with(&text));
    named.map(|(number, _)| number)
}

/// A plain number: `parse` alone would let a sign through.
fn number(text: &str) -> Option<i16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
