//! Moments as files of other systems write them.

use crate::{
    availability::model::clock_input::parse_clock,
    error::FieldCode,
    time::{
        Timestamp,
        server::{LocalDate, Zone, parse_rfc3339},
    },
};

const MINUTES_IN_A_DAY: u16 = 24 * 60;

/// Why a cell holds no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotAMoment {
    Code(FieldCode),
    /// The clocks went forward over it.
    Gap,
}

/// Reads "2026-12-03T14:20:00+01:00", or a date and a time of day on the clock of `zone`: "2026-12-03 14:20",
/// "3/12/2026 2:20pm". Of a time that comes twice, the first one counts.
pub(super) fn read(text: &str, zone: &Zone) -> Result<Timestamp, NotAMoment> {
    let text = text.trim();
    if let Ok(at) = parse_rfc3339(&text.replacen(' ', "T", 1)) {
        return Ok(at);
    }
    let (date, clock) = text.split_once(['T', ' ']).ok_or(NotAMoment::Code(FieldCode::NotATime))?;
    let date = LocalDate::from_text(date).map_err(|_| NotAMoment::Code(FieldCode::NotADate))?;
    let minute = parse_clock(without_seconds(clock.trim())).ok_or(NotAMoment::Code(FieldCode::NotATime))?;
    let at = zone.window_start(date, minute);
    let clock = format!("{date}T{:02}:{:02}", minute / 60, minute % 60);
    if minute < MINUTES_IN_A_DAY && zone.local_start_text(at) != clock {
        return Err(NotAMoment::Gap);
    }
    Ok(at)
}

/// "14:20:00" as "14:20", and "14:20:00.000" too. Appointments begin with a minute.
fn without_seconds(clock: &str) -> &str {
    match clock.match_indices(':').nth(1) {
        Some((at, _)) if clock[at + 1..].chars().all(|c| c == '0' || c == '.') => &clock[..at],
        _ => clock,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_other_systems_write_them() {
        let london = Zone::parse("Europe/London").expect("a zone");
        let at = Some(Timestamp(1_780_493_400));
        for text in [
            "2026-06-03T14:30",
            "2026-06-03 14:30",
            " 2026-06-03 14:30:00 ",
            "2026-06-03T14:30:00.000",
            "2026-06-03T13:30:00Z",
            "2026-06-03 15:30:00+02:00",
            "3/6/2026 2:30pm",
            "3.6.2026 14.30",
        ] {
            assert_eq!(read(text, &london).ok(), at, "{text}");
        }
        for (text, wrong) in [
            ("2026-06-03", NotAMoment::Code(FieldCode::NotATime)),
            ("6/13/2026 14:30", NotAMoment::Code(FieldCode::NotADate)),
            ("2026-06-03 14:30:10", NotAMoment::Code(FieldCode::NotATime)),
            ("2026-03-29 01:30", NotAMoment::Gap),
            ("", NotAMoment::Code(FieldCode::NotATime)),
        ] {
            assert_eq!(read(text, &london), Err(wrong), "{text}");
        }
    }
}
