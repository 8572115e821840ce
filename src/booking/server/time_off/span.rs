//! From when until when the doctor is away: as typed, in an address, and in words.

use crate::{
    availability::model::clock_input::{clock_text, parse_clock},
    booking::model::time_off::{TimeOffForm, TimeOffSpan},
    error::{AppError, FieldCode, FieldError},
    text::{figures, is_blank},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// The end of a day, in minutes.
const MIDNIGHT: u16 = 24 * 60;
/// Two years and a little: as far as any calendar is open.
const MAX_DAYS: i64 = 731;

/// Dates, both included, and times of day where the first or last day is not off as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Away {
    from: LocalDate,
    until: LocalDate,
    start: Option<u16>,
    end: Option<u16>,
}

impl Away {
    /// What a form says, checked against the calendar of the doctor's zone.
    pub fn of_form(form: &TimeOffForm, zone: &Zone, now: Timestamp) -> Result<Away, AppError> {
        let away = Away::typed(form)?;
        away.check(zone, now)?;
        Ok(away)
    }

    /// What a form says, as far as its fields can be read.
    pub fn typed(form: &TimeOffForm) -> Result<Away, AppError> {
        let mut wrong = Vec::new();
        let from = date(&mut wrong, "from", [&form.from_day, &form.from_month, &form.from_year]);
        let until = date(&mut wrong, "until", [&form.until_day, &form.until_month, &form.until_year]);
        let start = clock(&mut wrong, "start", &form.start);
        let end = clock(&mut wrong, "end", &form.end);
        if from.is_none() && wrong.iter().all(|error| error.field != "from") {
            wrong.push(FieldError { field: "from".into(), code: FieldCode::Missing });
        }
        match from {
            Some(from) if wrong.is_empty() => Ok(Away { from, until: until.unwrap_or(from), start, end }),
            _ => Err(AppError::Invalid { fields: wrong }),
        }
    }

    /// What an address says.
    pub fn of_address(span: &TimeOffSpan) -> Option<Away> {
        let clock = |text: &str| if text.is_empty() { Some(None) } else { parse_clock(text).map(Some) };
        Some(Away {
            from: span.from.parse().ok()?,
            until: span.until.parse().ok()?,
            start: clock(&span.start)?,
            end: clock(&span.end)?,
        })
    }

    /// As the query of an address.
    pub fn query(&self) -> String {
        let days = [("from", self.from.to_string()), ("until", self.until.to_string())];
        let hours = [("start", self.start), ("end", self.end)];
        let hours = hours.into_iter().filter_map(|(name, minute)| Some((name, clock_text(minute?))));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(days.into_iter().chain(hours)).finish()
    }

    /// Refuses what ends before it starts, lies in the past, or is further ahead than any calendar.
    pub fn check(&self, zone: &Zone, now: Timestamp) -> Result<(), AppError> {
        let today = zone.local_date(now);
        let (start, end) = self.span(zone);
        let problem = if self.from < today {
            Some(("from", FieldCode::InThePast))
        } else if self.until < self.from {
            Some(("until", FieldCode::EndsBeforeStart))
        } else if self.until.days_since(today) > MAX_DAYS {
            Some((if self.until == self.from { "from" } else { "until" }, FieldCode::TooFarAhead))
        } else if end <= start {
            Some(("end", FieldCode::EndsBeforeStart))
        } else if end <= now {
            Some(("end", FieldCode::InThePast))
        } else {
            None
        };
        problem.map_or(Ok(()), |(field, code)| Err(AppError::field(field, code)))
    }

    /// The moments at which it begins and ends.
    pub fn span(&self, zone: &Zone) -> (Timestamp, Timestamp) {
        let start = zone.window_start(self.from, self.start.unwrap_or(0));
        (start, zone.window_end(self.until, self.end.unwrap_or(MIDNIGHT)))
    }
}

/// A date typed into three fields; none when all are empty.
fn date(wrong: &mut Vec<FieldError>, field: &str, [day, month, year]: [&str; 3]) -> Option<LocalDate> {
    if [day, month, year].iter().all(|part| is_blank(part)) {
        return None;
    }
    let date = LocalDate::from_typed(&figures(day), &figures(month), &figures(year));
    if date.is_err() {
        wrong.push(FieldError { field: field.into(), code: FieldCode::NotADate });
    }
    date.ok()
}

/// A typed time of day; none when it is empty.
fn clock(wrong: &mut Vec<FieldError>, field: &str, text: &str) -> Option<u16> {
    if is_blank(text) {
        return None;
    }
    let minute = parse_clock(text);
    if minute.is_none() {
        wrong.push(FieldError { field: field.into(), code: FieldCode::NotATime });
    }
    minute
}

/// "Tuesday 6 January", "Tuesday 6 January to Thursday 8 January", "Tuesday 6 January, 2pm to 4:30pm", or "Tuesday 6
/// January, 2pm to Thursday 8 January, 12 noon".
pub(super) fn label(zone: &Zone, start: Timestamp, end: Timestamp, now: Timestamp) -> String {
    let today = zone.local_date(now);
    let (first, last) = (zone.local_date(start), zone.local_date(end.plus_seconds(-1)));
    let whole_days = zone.window_start(first, 0) == start && zone.window_end(last, MIDNIGHT) == end;
    match (whole_days, first == last) {
        (true, true) => first.day_words(today),
        (true, false) => format!("{} to {}", first.day_words(today), last.day_words(today)),
        (false, true) => format!("{} to {}", zone.moment_words(start, now), zone.time_words(end)),
        (false, false) => format!("{} to {}", zone.moment_words(start, now), zone.moment_words(end, now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 5 January 2026, 8am in London.
    const NOW: Timestamp = Timestamp(1_767_600_000);

    fn london() -> Zone {
        Zone::parse("Europe/London").expect("a zone")
    }

    fn form(from: [&str; 3], until: [&str; 3], start: &str, end: &str) -> TimeOffForm {
        let [from_day, from_month, from_year] = from.map(str::to_owned);
        let [until_day, until_month, until_year] = until.map(str::to_owned);
        let (start, end, reason) = (start.to_owned(), end.to_owned(), String::new());
        TimeOffForm { from_day, from_month, from_year, until_day, until_month, until_year, start, end, reason }
    }

    const NONE: [&str; 3] = ["", "", ""];

    #[test]
    fn typed_time_off_reads_back_in_words() {
        for (form, expected) in [
            (form(["6", "1", "2026"], NONE, "", ""), "Tuesday 6 January"),
            (form(["6", "jan", "2026"], ["8", "1", "2026"], "", ""), "Tuesday 6 January to Thursday 8 January"),
            (form(["6", "1", "2026"], NONE, "2pm", "1630"), "Tuesday 6 January, 2pm to 4:30pm"),
            (
                form(["6", "1", "2026"], ["8", "1", "2026"], "14", "12:00"),
                "Tuesday 6 January, 2pm to Thursday 8 January, 12 noon",
            ),
            (form(["6", "1", "2026"], NONE, "", "midnight"), "Tuesday 6 January"),
            (form(["5", "1", "2026"], NONE, "", ""), "Monday 5 January"),
            (form(["1", "1", "2027"], NONE, "", ""), "Friday 1 January 2027"),
        ] {
            let away = Away::of_form(&form, &london(), NOW).expect("time off");
            let (start, end) = away.span(&london());
            assert_eq!(label(&london(), start, end, NOW), expected);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_beside_its_field() {
        use FieldCode::{EndsBeforeStart, InThePast, Missing, NotADate, NotATime, TooFarAhead};
        for (form, field, code) in [
            (form(NONE, NONE, "", ""), "from", Missing),
            (form(["31", "2", "2026"], NONE, "", ""), "from", NotADate),
            (form(["6", "1", "2026"], ["6", "", ""], "", ""), "until", NotADate),
            (form(["6", "1", "2026"], NONE, "25", ""), "start", NotATime),
            (form(["4", "1", "2026"], ["9", "1", "2026"], "", ""), "from", InThePast),
            (form(["9", "1", "2026"], ["8", "1", "2026"], "", ""), "until", EndsBeforeStart),
            (form(["6", "1", "2026"], NONE, "14", "9"), "end", EndsBeforeStart),
            (form(["6", "1", "2026"], NONE, "14", "14"), "end", EndsBeforeStart),
            (form(["5", "1", "2026"], NONE, "6", "7"), "end", InThePast),
            (form(["6", "1", "2026"], ["1", "3", "2028"], "", ""), "until", TooFarAhead),
        ] {
            let refused = Away::of_form(&form, &london(), NOW).expect_err("refused");
            assert_eq!(refused.code_for(field), Some(code), "{refused:?}");
        }
    }

    #[test]
    fn an_address_says_what_the_form_said() {
        for form in
            [form(["6", "1", "2026"], ["8", "1", "2026"], "", ""), form(["6", "1", "2026"], NONE, "9:30", "midnight")]
        {
            let away = Away::typed(&form).expect("time off");
            let query = away.query();
            let value = |name: &str| {
                let mut pairs = form_urlencoded::parse(query.as_bytes());
                pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
            };
            let span =
                TimeOffSpan { from: value("from"), until: value("until"), start: value("start"), end: value("end") };
            assert_eq!(Away::of_address(&span), Some(away), "{query}");
        }
        assert_eq!(Away::of_address(&TimeOffSpan::default()), None);
    }
}
