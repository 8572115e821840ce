//! Finding people by a part of their name, of their e-mail address, or of their telephone number.
//!
//! Every account keeps its name in plain small letters and the digits of its number in one column, `search_text`. So a
//! search finds "Ömer" for "omer" on both engines, without a function for it in either.

use crate::{
    accounts::model::phone_digits,
    text::{
        figures, line,
        server::{email::kept_email, words_of},
    },
};

/// Words of a search that count.
pub(crate) const MAX_WORDS: usize = 4;
/// Characters of a search that count.
const MAX_CHARACTERS: usize = 100;
/// Digits from which a search counts as one for a telephone number.
const MIN_DIGITS: usize = 4;
/// Digits of a number with its country that are compared: the rest may stand otherwise in the row.
const LAST_DIGITS: usize = 8;
/// Digits from which a number has its country and more than [`LAST_DIGITS`].
const WITH_COUNTRY: usize = 10;
/// A pattern that fits no row.
const NOTHING: &str = "-";

/// What the column `search_text` of an account holds: the words of the name, each after a blank, and behind a `#` the
/// digits of the telephone number.
#[must_use]
pub fn search_text(name: &str, phone: Option<&str>) -> String {
    [&words_of(name), "#", &phone_digits(phone.unwrap_or_default())].concat()
}

/// A search, as patterns of `like` with `!` in front of what stands for itself. A person is found when `search_text`
/// fits all of `words`, or the name `literal`, or the address `email`, or `search_text` `phone`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeopleSearch {
    /// What was typed, in one line.
    pub typed: String,
    /// In any order, each anywhere in the name.
    pub words: [String; MAX_WORDS],
    /// For a search without any letters or digits, such as "%".
    pub literal: String,
    pub email: String,
    pub phone: String,
}

impl PeopleSearch {
    /// Reads what was typed. Nothing typed finds everybody.
    pub fn read(typed: &str) -> Self {
        // no text that is stored has control characters, and PostgreSQL refuses one of them
        let seen = typed.chars().filter(|c| !c.is_control());
        let typed: String = line(&seen.collect::<String>()).chars().take(MAX_CHARACTERS).collect();
        let plain = words_of(&typed);
        let mut words = plain.split_whitespace().map(|word| [&containing(word), "#%"].concat());
        let none = plain.is_empty() && !typed.is_empty();
        let or_nothing = |fits: bool, pattern: String| if fits { pattern } else { NOTHING.to_owned() };
        PeopleSearch {
            words: std::array::from_fn(|_| or_nothing(!none, words.next().unwrap_or_else(|| "%".to_owned()))),
            literal: or_nothing(none, containing(&typed)),
            email: or_nothing(!typed.contains(' '), containing(&kept_email(&typed))),
            phone: phone_pattern(&typed).unwrap_or_else(|| NOTHING.to_owned()),
            typed,
        }
    }
}

/// The pattern that finds `text` anywhere.
fn containing(text: &str) -> String {
    let escaped: String =
        text.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect();
    ["%", &escaped, "%"].concat()
}

/// The pattern for a part of a telephone number. The country, and the zero that stands in its place inside the country,
/// may be in the search or in the row, in both or in neither.
fn phone_pattern(typed: &str) -> Option<String> {
    let plain = figures(typed);
    let is_number = plain.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let all = phone_digits(&plain);
    let digits = all.trim_start_matches('0');
    if !is_number || all.len() < MIN_DIGITS || digits.is_empty() {
        return None;
    }
    let has_country = (plain.starts_with('+') || plain.starts_with("00")) && digits.len() >= WITH_COUNTRY;
    let from = if has_country { digits.len() - LAST_DIGITS } else { 0 };
    Some(["%#%", digits.get(from..)?, "%"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the pattern of `like` fits, for patterns without escapes.
    fn fits(pattern: &str, text: &str) -> bool {
        let mut parts = pattern.split('%');
        let mut rest = text.strip_prefix(parts.next().unwrap_or_default());
        for part in parts {
            rest = rest.and_then(|rest| rest.find(part).map(|at| &rest[at + part.len()..]));
        }
        rest.is_some()
    }

    fn finds(typed: &str, name: &str, phone: &str) -> bool {
        let (search, text) = (PeopleSearch::read(typed), search_text(name, Some(phone)));
        search.words.iter().all(|word| fits(word, &text)) || fits(&search.phone, &text)
    }

    #[test]
    fn names_are_found_without_accents_in_any_order_and_by_their_parts() {
        for typed in ["omer", "ÖMER", "yıldız o", "yildiz", "  mer ", "o\u{308}mer", "\u{200B}omer"] {
            assert!(finds(typed, "Ömer Yıldız", ""), "{typed:?}");
        }
        for typed in ["omar", "omer omar", "mery"] {
            assert!(!finds(typed, "Ömer Yıldız", ""), "{typed:?}");
        }
    }

    #[test]
    fn a_number_is_found_by_its_digits_with_and_without_its_country() {
        for row in ["+44 20 7946 0100", "+44 (0)20 7946 0100", "020 7946 0100", "020 7946-0100 ext 12"] {
            for typed in
                ["020 7946", "7946", "0207946 0100", "7946-0100", "+44 20 7946 0100", "0044 20 79460100", "٧٩٤٦"]
            {
                assert!(finds(typed, "Ana", row), "{typed:?} in {row}");
            }
            for typed in ["794", "7947", "+44 20 7946 0101", "Ana 7946", "0000"] {
                assert!(!finds(typed, "Bo", row), "{typed:?} in {row}");
            }
        }
    }

    #[test]
    fn wild_cards_of_a_search_are_plain_characters() {
        let search = PeopleSearch::read("50%_!");
        assert_eq!((search.words[0].as_str(), search.email.as_str()), ("%50%#%", "%50!%!_!!%"));
        let search = PeopleSearch::read("%");
        assert_eq!((search.words[0].as_str(), search.literal.as_str()), (NOTHING, "%!%%"));
        assert_eq!(PeopleSearch::read(" \0 ").words, ["%", "%", "%", "%"]);
    }
}
