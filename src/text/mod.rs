//! What typed text may hold. How names are folded for searching and for addresses is in [`server`].
//!
//! Every check ignores surrounding space and returns what is wrong, if anything.

use crate::error::FieldCode;

#[cfg(feature = "ssr")]
pub mod server;

/// One line of text that must be there, with at most `most` characters.
#[must_use]
pub fn check_line(text: &str, most: u32) -> Option<FieldCode> {
    if text.trim().is_empty() { Some(FieldCode::Missing) } else { check_optional_line(text, most) }
}

/// As [`check_line`]; empty text is fine.
#[must_use]
pub fn check_optional_line(text: &str, most: u32) -> Option<FieldCode> {
    check(text.trim(), most, char::is_control)
}

/// Several lines of text with at most `most` characters; empty text is fine. A line break counts as one character.
#[must_use]
pub fn check_lines(text: &str, most: u32) -> Option<FieldCode> {
    check(&kept_lines(text), most, |c| c.is_control() && !matches!(c, '\n' | '\t'))
}

/// Several lines of text as they are stored: trimmed, and with one character for each line break. Browsers send two.
#[must_use]
pub fn kept_lines(text: &str) -> String {
    text.replace("\r\n", "\n").trim().to_owned()
}

/// Whether the text has more than `most` characters.
#[must_use]
pub fn longer_than(text: &str, most: u32) -> bool {
    text.chars().nth(most as usize).is_some()
}

fn check(text: &str, most: u32, is_bad: impl Fn(char) -> bool) -> Option<FieldCode> {
    if text.contains(is_bad) {
        return Some(FieldCode::BadCharacters);
    }
    longer_than(text, most).then_some(FieldCode::TooLong(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(check_line(" 4 Mill Lane\n", 11), None);
        assert_eq!(check_line("4 Mill\nLane", 20), Some(FieldCode::BadCharacters));
        assert_eq!(check_line("4 Mill\tLane", 20), Some(FieldCode::BadCharacters));
        assert_eq!(check_line("a\0", 20), Some(FieldCode::BadCharacters));
        assert_eq!(check_line(&"é".repeat(21), 20), Some(FieldCode::TooLong(20)));
        assert_eq!(check_line(" ", 20), Some(FieldCode::Missing));
        assert_eq!(check_optional_line(" ", 20), None);
    }

    #[test]
    fn lines_may_have_breaks_and_nothing_else_that_is_not_seen() {
        assert_eq!(check_lines("One line\r\nand\tanother", 20), None);
        assert_eq!(check_lines("", 20), None);
        assert_eq!(check_lines("a\0", 20), Some(FieldCode::BadCharacters));
        assert_eq!(check_lines("a\rb", 20), Some(FieldCode::BadCharacters));
        assert_eq!(check_lines(&"é".repeat(21), 20), Some(FieldCode::TooLong(20)));
        assert_eq!(kept_lines(" One\r\n two \r\n"), "One\n two");
    }
}
