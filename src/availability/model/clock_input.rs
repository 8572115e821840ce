//! Times of day as people type them.
//!
//! A time is free text: a drop-down of 288 times is slow by keyboard and worse on a phone.

use crate::text::figures;

/// Characters of the longest spelling, with some room for spaces.
const LONGEST: usize = 16;
const MIDDAY: u16 = 12 * 60;
/// The end of a day: "24:00".
const MIDNIGHT: u16 = 24 * 60;

/// Minutes since midnight, 0 to 1440, of a typed time: "9", "9:30", "09.30", "930", "1730", "9am", "9:30 pm", "12 noon",
/// "midnight" (the end of the day) or "24:00". `None` for anything else.
#[must_use]
pub fn parse_clock(text: &str) -> Option<u16> {
    let text = figures(text);
    if text.len() > LONGEST {
        return None;
    }
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "noon" | "12 noon" | "midday" => return Some(MIDDAY),
        "midnight" => return Some(MIDNIGHT),
        _ => {}
    }
    let (clock, half) = half_of_day(&text);
    let (hour, minute) = hour_and_minute(clock.trim_end())?;
    if minute > 59 {
        return None;
    }
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(Half::Morning) => hour % 12,
        Some(Half::Afternoon) => hour % 12 + 12,
    };
    let total = hour.checked_mul(60)?.checked_add(minute)?;
    (total <= MIDNIGHT).then_some(total)
}

/// How a minute since midnight (0 to 1440) stands in a field: "09:30"; 1440 is "24:00".
#[must_use]
pub fn clock_text(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

/// The text without its "am" or "pm", in any of their spellings.
fn half_of_day(text: &str) -> (&str, Option<Half>) {
    for (ending, half) in
        [("am", Half::Morning), ("a.m.", Half::Morning), ("pm", Half::Afternoon), ("p.m.", Half::Afternoon)]
    {
        if let Some(clock) = text.strip_suffix(ending) {
            return (clock, Some(half));
        }
    }
    (text, None)
}

/// Both as they were typed; the hour may still be too large.
fn hour_and_minute(clock: &str) -> Option<(u16, u16)> {
    if let Some((hour, minute)) = clock.split_once([':', '.']) {
        let sizes_fit = (1..=2).contains(&hour.len()) && minute.len() == 2;
        return sizes_fit.then_some(()).and(Some((digits(hour)?, digits(minute)?)));
    }
    match clock.len() {
        1 | 2 => Some((digits(clock)?, 0)),
        3 | 4 => digits(clock).map(|number| (number / 100, number % 100)),
        _ => None,
    }
}

/// A plain number of ASCII digits: `parse` alone would let a sign through.
fn digits(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_however_they_are_typed() {
        for (typed, minute) in [
            ("9", 540),
            ("09", 540),
            ("0", 0),
            ("9:30", 570),
            ("09.30", 570),
            ("930", 570),
            ("0930", 570),
            ("1730", 1050),
            ("17:30", 1050),
            ("  17:30\t", 1050),
            ("9am", 540),
            ("9 AM", 540),
            ("9:30 pm", 1290),
            ("9.30 p.m.", 1290),
            ("930pm", 1290),
            ("9 a.m.", 540),
            ("12am", 0),
            ("12:15am", 15),
            ("12pm", 720),
            ("12:30 pm", 750),
            ("noon", 720),
            ("12 noon", 720),
            ("Midday", 720),
            ("midnight", 1440),
            ("00:00", 0),
            ("24", 1440),
            ("24:00", 1440),
            ("2400", 1440),
            ("23:59", 1439),
            ("９:30", 570),
            ("9：30", 570),
            ("٩", 540),
        ] {
            assert_eq!(parse_clock(typed), Some(minute), "{typed:?}");
        }
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for typed in [
            "",
            " ",
            ":",
            ".",
            "am",
            "pm",
            "25",
            "24:01",
            "2401",
            "9:60",
            "9:5",
            "9:",
            ":30",
            "960",
            "99999",
            "-9",
            "+9",
            "9-30",
            "9,30",
            "9:30:00",
            "0am",
            "13pm",
            "13:00 am",
            "nine",
            "9\0",
            "9 30",
            "1e3",
            "9ampm",
            "0x9",
            "9:3\u{301}0",
            "☃",
        ] {
            assert_eq!(parse_clock(typed), None, "{typed:?}");
        }
        assert_eq!(parse_clock(&"9".repeat(100_000)), None);
        assert_eq!(parse_clock(&["9", &"x".repeat(40), "am"].concat()), None);
        assert_eq!(parse_clock(&["9", &" ".repeat(40), "am"].concat()), Some(540), "blanks are one blank");
    }

    #[test]
    fn a_shown_time_is_read_back_as_itself() {
        for minute in 0..=1440 {
            assert_eq!(parse_clock(&clock_text(minute)), Some(minute));
        }
        assert_eq!((clock_text(570).as_str(), clock_text(1440).as_str()), ("09:30", "24:00"));
    }
}
