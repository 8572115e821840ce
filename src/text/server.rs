//! Names in the plain letters of an English keyboard: how a search finds them, and how they stand in an address.

pub mod email;
pub mod telephone;

use deunicode::deunicode_char;
use url::Url;

use super::longer_than;
use crate::error::FieldCode;

/// Most characters of an address.
pub const MAX_LINK: u32 = 200;

/// The address of a website that is reached by `https`, with at most `most` characters; empty text is fine. A password
/// in it would be shown to everyone who gets the address.
#[must_use]
pub fn check_https(text: &str, most: u32) -> Option<FieldCode> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if longer_than(text, most) {
        return Some(FieldCode::TooLong(most));
    }
    let open = |url: Url| url.has_host() && url.username().is_empty() && url.password().is_none();
    let plain = text.starts_with("https://") && text.chars().all(|c| c.is_ascii_graphic() && !"<>\"'".contains(c));
    (!plain || !Url::parse(text).is_ok_and(open)).then_some(FieldCode::NotALink)
}

/// The words of a text in small plain letters, each after a blank: " dr jose obrien". So beginnings of words can be found.
///
/// Letters of other scripts become the Latin ones that sound like them. A letter that has none stays as it is.
#[must_use]
pub fn words_of(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match deunicode_char(letter) {
            // a sign that stands for a syllable is a word, and ends with a blank
            Some(latin) if letter.is_alphanumeric() => {
                plain.extend(latin.chars().filter(|c| c.is_alphanumeric() || *c == ' '));
            }
            None if letter.is_alphanumeric() => plain.push(letter),
            // the accents of letters that were typed in two strokes, and apostrophes: no word ends there
            Some("" | "'") => {}
            _ => plain.push(' '),
        }
    }
    let mut words = String::with_capacity(plain.len() + 1);
    for word in plain.split_whitespace() {
        words.push(' ');
        words.push_str(&word.to_lowercase());
    }
    words
}

/// A text as the last part of an address: its words with hyphens between them, at most `most` characters. Empty when
/// nothing of it can be written in plain letters.
#[must_use]
pub fn slug(text: &str, most: usize) -> String {
    let mut words = words_of(text);
    words.retain(|c| c.is_ascii_alphanumeric() || c == ' ');
    let mut slug = words.split_whitespace().collect::<Vec<_>>().join("-");
    slug.truncate(most);
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_they_are_typed() {
        for (name, words) in [
            ("Dr José O'Brien-Ångström", " dr jose obrien angstrom"),
            ("Sinéad O’Connor", " sinead oconnor"),
            ("  ŁUKASZ  Strauß ", " lukasz strauss"),
            ("Jürgen Größer", " jurgen grosser"),
            ("İpek Kılıç", " ipek kilic"),
            ("Nguyễn Thị Hồng Ngự", " nguyen thi hong ngu"),
            // the same name, accents typed after their letters
            ("Nguye\u{302}\u{303}n Thi\u{323}", " nguyen thi"),
            ("Ελένη Παπαδοπούλου", " elene papadopoulou"),
            ("Ольга Щербакова", " olga shcherbakova"),
            ("Объедкова", " obedkova"),
            ("李雷", " li lei"),
            ("🩺 Dr ☎", " dr"),
            (" - ", ""),
        ] {
            assert_eq!(words_of(name), words, "{name}");
        }
    }

    #[test]
    fn a_link_begins_with_https_and_has_a_host_and_no_password() {
        for good in ["", " ", "https://call.example", " https://call.example:8443/a?b=1&c=2#d "] {
            assert_eq!(check_https(good, 60), None, "{good}");
        }
        let bad = [
            "http://call.example",
            "https://",
            "javascript:alert(1)",
            "https://a b",
            "https://a@b.example",
            "https://é.example",
            "https://a/\"x",
            "call.example",
        ];
        for bad in bad {
            assert_eq!(check_https(bad, 60), Some(FieldCode::NotALink), "{bad}");
        }
        assert_eq!(check_https(&format!("https://call.example/{}", "a".repeat(60)), 60), Some(FieldCode::TooLong(60)));
    }

    #[test]
    fn what_has_no_plain_letters_is_still_found_as_it_stands() {
        let tai_lue = "\u{1980}\u{1981}";
        assert_eq!(words_of(tai_lue), [" ", tai_lue].concat());
        assert_eq!(slug(tai_lue, 60), "");
    }

    #[test]
    fn an_address_has_small_letters_and_hyphens_only() {
        assert_eq!(slug("Nguyễn Thị Hồng Ngự", 60), "nguyen-thi-hong-ngu");
        assert_eq!(slug("Łukasz  O'Neill-Brandão", 60), "lukasz-oneill-brandao");
        assert_eq!(slug("Weiß & Müller", 60), "weiss-muller");
        assert_eq!(slug("Кардиология", 60), "kardiologiia");
        assert_eq!(slug("李雷", 60), "li-lei");
        assert_eq!(slug("ab cd", 3), "ab");
        assert_eq!(slug("?", 60), "");
    }
}
