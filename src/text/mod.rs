//! What typed text may hold, and the one form in which it is kept. How names are folded for searching and for addresses
//! is in [`server`].
//!
//! Every check looks at the text as it would be kept and returns what is wrong, if anything.

use crate::error::FieldCode;

#[cfg_attr(feature = "ssr", path = "compose_server.rs")]
#[cfg_attr(not(feature = "ssr"), path = "compose_browser.rs")]
mod compose;
#[cfg(feature = "ssr")]
pub mod server;
mod typed;

pub use compose::composed;
pub use typed::{figures, is_blank, kept_lines, line, plain_sign};

/// One line of text that must be there, with at most `most` characters.
#[must_use]
pub fn check_line(text: &str, most: u32) -> Option<FieldCode> {
    if is_blank(text) { Some(FieldCode::Missing) } else { check_optional_line(text, most) }
}

/// As [`check_line`]; empty text is fine.
#[must_use]
pub fn check_optional_line(text: &str, most: u32) -> Option<FieldCode> {
    check(&line(text), most, char::is_control)
}

/// Several lines of text with at most `most` characters; empty text is fine. A line break counts as one character.
#[must_use]
pub fn check_lines(text: &str, most: u32) -> Option<FieldCode> {
    check(&kept_lines(text), most, |c| c.is_control() && !matches!(c, '\n' | '\t'))
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
