//! Birth dates as people type them.

use crate::{error::FieldCode, text::is_blank, time::server::LocalDate};

/// Years after which nobody is alive.
const MAX_AGE: i16 = 150;

/// The birth date that was typed.
///
/// # Errors
/// What is wrong with it: no day of the calendar, still to come, or longer ago than anybody lives.
pub(crate) fn birth_date(typed: &str, today: LocalDate) -> Result<LocalDate, FieldCode> {
    if is_blank(typed) {
        return Err(FieldCode::Missing);
    }
    let born = LocalDate::from_text(typed).map_err(|_| FieldCode::NotADate)?;
    match born {
        born if born > today => Err(FieldCode::InTheFuture),
        born if born.plus_years(MAX_AGE) <= today => Err(FieldCode::TooLongAgo),
        born => Ok(born),
    }
}

/// Whether a person born on this date is so many years old.
pub(super) fn has_turned(years: i16, born: LocalDate, today: LocalDate) -> bool {
    born.plus_years(years) <= today
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_date_is_a_day_that_somebody_alive_was_born_on() {
        let today = LocalDate::new(2026, 1, 5).unwrap();
        let read = |typed: &str| birth_date(typed, today).map(|date| date.to_string());
        assert_eq!(read("5 1 2026"), Ok("2026-01-05".to_owned()));
        assert_eq!(read("2024-02-29"), Ok("2024-02-29".to_owned()));
        assert_eq!(read("6 1 1876"), Ok("1876-01-06".to_owned()));
        assert_eq!(read(" "), Err(FieldCode::Missing));
        assert_eq!(read("29 2 2023"), Err(FieldCode::NotADate));
        assert_eq!(read("soon"), Err(FieldCode::NotADate));
        assert_eq!(read("6 1 2026"), Err(FieldCode::InTheFuture));
        assert_eq!(read("5 1 1876"), Err(FieldCode::TooLongAgo));
    }

    #[test]
    fn who_was_born_on_29_february_is_a_year_older_on_the_28th() {
        let (born, day) = (LocalDate::new(2008, 2, 29).unwrap(), |day| LocalDate::new(2026, 2, day).unwrap());
        assert!(!has_turned(18, born, day(27)));
        assert!(has_turned(18, born, day(28)));
    }
}
