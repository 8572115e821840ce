//! Telephone numbers as people type them.

use super::MAX_PHONE;
use crate::{
    error::FieldCode,
    text::{figures, longer_than},
};

/// Words that stand before an extension; of two that begin alike, the longer one comes first.
const EXTENSION_WORDS: [&str; 8] = ["extension", ";ext=", "ext.", "ext", "x.", "x", "#", ","];
/// Digits of the longest extension.
const LONGEST_EXTENSION: usize = 8;

/// A telephone number as it is kept: one line, with plain digits and hyphens, and with "ext 12" for an extension in any
/// spelling. Empty for none.
#[must_use]
pub fn kept_phone(phone: &str) -> String {
    match split(&figures(phone)) {
        (number, Some(extension)) => [&number, " ext ", &extension].concat(),
        (number, None) => number,
    }
}

/// The number and its extension, if it has one.
fn split(plain: &str) -> (String, Option<String>) {
    let whole = || (plain.to_owned(), None);
    let Some(position) = plain.find(|c: char| c.is_ascii_alphabetic() || matches!(c, '#' | ',' | ';')) else {
        return whole();
    };
    let (number, rest) = plain.split_at(position);
    let rest = rest.to_ascii_lowercase();
    let word = EXTENSION_WORDS.iter().find_map(|word| rest.strip_prefix(word));
    let Some(digits) = word.map(|digits| digits.trim_matches([' ', '.', ':', ')'])) else {
        return whole();
    };
    let fits = (1..=LONGEST_EXTENSION).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !fits {
        return whole();
    }
    (number.trim_end_matches([' ', '(', '-', '/']).to_owned(), Some(digits.to_owned()))
}

/// What is wrong with a telephone number, if anything; an empty one is fine.
#[must_use]
pub fn check_phone(phone: &str) -> Option<FieldCode> {
    let phone = kept_phone(phone);
    if phone.is_empty() {
        return None;
    }
    if longer_than(&phone, MAX_PHONE) {
        return Some(FieldCode::TooLong(MAX_PHONE));
    }
    let (number, _) = split(&phone);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-' | '(' | ')' | '.' | '/');
    (digits < 5 || !number.chars().all(allowed)).then_some(FieldCode::NotAPhoneNumber)
}

/// The address that dials a telephone number (RFC 3966).
#[must_use]
pub fn tel_href(phone: &str) -> String {
    let (number, extension) = split(&figures(phone));
    let mut address: String =
        "tel:".chars().chain(number.chars().filter(|c| c.is_ascii_digit() || *c == '+')).collect();
    if let Some(extension) = extension {
        address.push_str(";ext=");
        address.push_str(&extension);
    }
    address
}

/// The digits of a telephone number without its extension and without a zero in brackets, which is dialled only inside
/// the country: what a search compares.
#[must_use]
pub fn phone_digits(phone: &str) -> String {
    let (number, _) = split(&figures(phone));
    number.replace("(0)", "").chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_may_be_left_out() {
        assert_eq!(check_phone(""), None);
        assert_eq!(check_phone(" \u{200B}"), None);
        assert_eq!(check_phone("+44 (0)20 7946 0958"), None);
        assert_eq!(check_phone("call me"), Some(FieldCode::NotAPhoneNumber));
    }

    #[test]
    fn a_number_is_kept_in_plain_signs_however_it_was_typed() {
        for (typed, kept) in [
            (" 020  7946 0100 ", "020 7946 0100"),
            // as a telephone's address book copies it: a mark of direction on each side, blanks that do not break
            ("\u{202A}+44\u{A0}20\u{A0}7946\u{A0}0100\u{202C}", "+44 20 7946 0100"),
            ("020\u{2011}7946\u{2011}0100", "020-7946-0100"),
            ("020 7946\u{2013}0100", "020 7946-0100"),
            ("٠٢٠ ٧٩٤٦ ٠١٠٠", "020 7946 0100"),
            ("۰۲۰۷۹۴۶۰۱۰۰", "02079460100"),
            ("０３（１２３４）５６７８", "03(1234)5678"),
            ("020 7946 0100 ext 12", "020 7946 0100 ext 12"),
            ("020 7946 0100 Ext.12", "020 7946 0100 ext 12"),
            ("020 7946 0100x12", "020 7946 0100 ext 12"),
            ("020 7946 0100 (extension 12)", "020 7946 0100 ext 12"),
            ("+442079460100;ext=12", "+442079460100 ext 12"),
            ("020 7946 0100 #٤", "020 7946 0100 ext 4"),
        ] {
            assert_eq!(kept_phone(typed), kept, "{typed:?}");
            assert_eq!(check_phone(typed), None, "{typed:?}");
            assert_eq!(kept_phone(kept), kept);
        }
    }

    #[test]
    fn words_are_no_number_and_no_extension() {
        for bad in
            ["call me on 020 7946 0100", "020 7946 0100 ext", "020 7946 0100 home", "12 ext 34567", "ext 12", "1234"]
        {
            assert_eq!(check_phone(bad), Some(FieldCode::NotAPhoneNumber), "{bad}");
        }
        assert_eq!(check_phone(&"1".repeat(31)), Some(FieldCode::TooLong(MAX_PHONE)));
    }

    #[test]
    fn a_telephone_link_has_digits_and_the_extension() {
        assert_eq!(tel_href("+44 (0)20 7946-0100"), "tel:+4402079460100");
        assert_eq!(tel_href("020 7946 0100 ext 12"), "tel:02079460100;ext=12");
    }

    #[test]
    fn digits_to_compare_leave_out_what_is_not_always_dialled() {
        assert_eq!(phone_digits("+44 (0)20 7946-0100 ext 12"), "442079460100");
        assert_eq!(phone_digits("٠٢٠ ٧٩٤٦"), "0207946");
    }
}
