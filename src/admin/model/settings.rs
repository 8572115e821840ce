//! The clinic's own settings.

use serde::{Deserialize, Serialize};

use crate::{
    error::FieldCode,
    text::{check_line, figures},
};

/// Hours within which a request may have to be answered.
pub const REQUEST_HOURS: (i64, i64) = (1, 720);
/// Hours before the start until which patients may change an appointment: a year.
pub const CUTOFF_HOURS: (i64, i64) = (0, 8_760);
/// Characters of a line of text, such as an address.
pub const MAX_LINE: u32 = 200;
/// Characters of the emergency telephone number.
const MAX_EMERGENCY: u32 = 30;

/// The clinic's own settings, as its page shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsView {
    pub name: String,
    pub phone: String,
    pub emergency_line: String,
    /// Whether doctors who join wait until staff approve them.
    pub approve_doctors: bool,
    /// Hours within which a request is answered, or it runs out.
    pub request_hours: i32,
    /// Hours before the start until which patients change an appointment; for new visit types.
    pub cutoff_hours: i32,
    /// The IANA name of the clinic's zone.
    pub time_zone: String,
    /// Rises with every change; 0 before the first one.
    pub version: i32,
    /// Every zone that this machine knows.
    pub zones: Vec<String>,
}

/// The settings as they were typed.
#[derive(Clone, Debug, Default)]
pub struct SettingsForm {
    pub name: String,
    pub phone: String,
    pub emergency_line: String,
    pub approve_doctors: bool,
    pub request_hours: String,
    pub cutoff_hours: String,
    pub time_zone: String,
    pub version: i32,
}

/// What is wrong with an emergency number, if anything: it may be as short as "112".
#[must_use]
pub fn check_emergency_line(text: &str) -> Option<FieldCode> {
    let text = &figures(text);
    let wrong = check_line(text, MAX_EMERGENCY);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')');
    wrong.or_else(|| (digits < 2 || !text.chars().all(allowed)).then_some(FieldCode::NotAPhoneNumber))
}

/// A typed whole number between two bounds, both included.
///
/// # Errors
/// What is wrong with it.
pub fn number_between(text: &str, (least, most): (i64, i64)) -> Result<i32, FieldCode> {
    let text = figures(text);
    if text.is_empty() {
        return Err(FieldCode::Missing);
    }
    let number: i64 = text.parse().map_err(|_| FieldCode::NotANumber)?;
    let number = i32::try_from(number).ok().filter(|number| (least..=most).contains(&i64::from(*number)));
    number.ok_or(FieldCode::OutOfRange(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emergency_number_may_be_short_and_is_never_words() {
        for good in ["112", "999", "+44 20 7946 0100", "١١٢", "\u{202A}112\u{202C}"] {
            assert_eq!(check_emergency_line(good), None, "{good}");
        }
        assert_eq!(check_emergency_line(" "), Some(FieldCode::Missing));
        assert_eq!(check_emergency_line("call us"), Some(FieldCode::NotAPhoneNumber));
        assert_eq!(check_emergency_line("1"), Some(FieldCode::NotAPhoneNumber));
    }

    #[test]
    fn numbers_are_whole_and_within_their_bounds() {
        assert_eq!(number_between(" 72 ", REQUEST_HOURS), Ok(72));
        assert_eq!(number_between("\u{A0}٧٢", REQUEST_HOURS), Ok(72));
        assert_eq!(number_between("0", REQUEST_HOURS), Err(FieldCode::OutOfRange(1, 720)));
        assert_eq!(number_between("99999999999", REQUEST_HOURS), Err(FieldCode::OutOfRange(1, 720)));
        assert_eq!(number_between("1.5", REQUEST_HOURS), Err(FieldCode::NotANumber));
        assert_eq!(number_between("", REQUEST_HOURS), Err(FieldCode::Missing));
    }
}
