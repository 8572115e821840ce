//! Typed text in one form: what looks alike is stored alike, and nothing stands in it that nobody can see.
//!
//! Keyboards, word processors and telephones put characters into a text that its writer never meant: spaces of no
//! width, marks of the writing direction, blanks that do not break, digits of another script. Every text that enters
//! goes through one of the functions here, and none of them changes a text that came out of it before.

use super::compose::composed;

/// Keeps two letters apart that would be joined, as Persian words need it.
const NON_JOINER: char = '\u{200C}';
/// Joins two characters: letters of Indian scripts, or pictures to one picture.
const JOINER: char = '\u{200D}';
/// Where the scripts begin that joiners have a meaning in.
const FIRST_JOINED: char = '\u{590}';

/// Accents change places when what stood between them is gone, and then a joiner may have other neighbours. No text of
/// people needs more passes than this.
const MOST_PASSES: usize = 3;

/// One line: without characters that are not seen, and with a single blank for any run of blanks. Line breaks and other
/// control characters inside stay, so that a check can refuse them.
#[must_use]
pub fn line(text: &str) -> String {
    let cleaned = cleaned(text, ' ');
    let mut line = String::with_capacity(cleaned.len());
    for letter in cleaned.trim().chars() {
        if letter != ' ' || !line.ends_with(' ') {
            line.push(letter);
        }
    }
    line
}

/// Several lines: as [`line`], but blanks inside stay as many as they are, and each line break is one character.
/// Browsers send two.
#[must_use]
pub fn kept_lines(text: &str) -> String {
    let cleaned = cleaned(text, '\n');
    let mut lines: Vec<&str> = cleaned.split('\n').collect();
    let last = lines.pop().unwrap_or_default();
    let ended = lines.into_iter().map(|line| line.trim_end_matches('\r'));
    ended.chain([last]).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// One line of digits and signs, such as a number, a date, a time or a telephone number: as [`line`], with the digits,
/// hyphens and wide signs of every script as those of an English keyboard.
#[must_use]
pub fn figures(text: &str) -> String {
    if text.is_ascii() {
        return line(text);
    }
    let plain: String = text.chars().map(|sign| plain_digit(sign).unwrap_or_else(|| plain_sign(sign))).collect();
    line(&plain)
}

/// Whether there is nothing to see in the text.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    line(text).is_empty()
}

/// One character as a keyboard for English has it: signs of double width, and every hyphen and dash.
#[must_use]
pub fn plain_sign(sign: char) -> char {
    match sign {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
        // hyphens, dashes, minus, and the long vowel of Japanese that stands in for them
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{30FC}' => '-',
        '\u{2044}' | '\u{2215}' => '/',
        '\u{2236}' => ':',
        _ => sign,
    }
}

fn cleaned(text: &str, line_break: char) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut kept = cleaned_once(text, line_break);
    for _ in 0..MOST_PASSES {
        let again = cleaned_once(&kept, line_break);
        if again == kept {
            return kept;
        }
        kept = again;
    }
    let plain: String = kept.chars().filter(|c| !matches!(*c, NON_JOINER | JOINER) && !is_selector(*c)).collect();
    composed(&plain).into_owned()
}

fn cleaned_once(text: &str, line_break: char) -> String {
    let typed = composed(text);
    let mut kept = String::with_capacity(typed.len());
    let mut letters = typed.chars().filter(|letter| !is_unseen(*letter)).peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let letter = match letter {
            '\u{2028}' | '\u{2029}' => line_break,
            // a cell of Braille without dots
            '\u{2800}' => ' ',
            space if space.is_whitespace() && !space.is_control() => ' ',
            NON_JOINER | JOINER => {
                let joined = letters.peek().is_some_and(|next| is_joined(*next) && !is_selector(*next));
                if !joined || !is_joined(before) {
                    continue;
                }
                letter
            }
            selector if is_selector(selector) && !takes_selector(before) => continue,
            other => other,
        };
        kept.push(letter);
        before = letter;
    }
    // what stood between a letter and its accent may be gone
    composed(&kept).into_owned()
}

/// Characters without a shape of their own, wherever they stand: of no width, or of the writing direction, fillers,
/// tags.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}' | '\u{200B}'
        | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E00FF}' | '\u{E01F0}'..='\u{E0FFF}')
}

/// Chooses the shape of the character in front of it: pictures in colour, forms of Chinese and Mongolian characters.
fn is_selector(letter: char) -> bool {
    matches!(letter,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Whether a joiner beside this character can change how it looks: never beside Latin or Greek letters.
fn is_joined(letter: char) -> bool {
    letter >= FIRST_JOINED
        && !matches!(letter, NON_JOINER | JOINER | '\u{1E00}'..='\u{1FFF}' | '\u{2800}')
        && !letter.is_whitespace()
        && !letter.is_control()
}

fn takes_selector(letter: char) -> bool {
    let picture = matches!(letter, '0'..='9' | '#' | '*' | '\u{A9}' | '\u{AE}');
    picture || (is_joined(letter) && !is_selector(letter))
}

/// The first of each ten digits, in every script (Unicode's decimal numbers).
const ZEROS: [char; 67] = [
    '\u{660}',
    '\u{6F0}',
    '\u{7C0}',
    '\u{966}',
    '\u{9E6}',
    '\u{A66}',
    '\u{AE6}',
    '\u{B66}',
    '\u{BE6}',
    '\u{C66}',
    '\u{CE6}',
    '\u{D66}',
    '\u{DE6}',
    '\u{E50}',
    '\u{ED0}',
    '\u{F20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17E0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19D0}',
    '\u{1A80}',
    '\u{1A90}',
    '\u{1B50}',
    '\u{1BB0}',
    '\u{1C40}',
    '\u{1C50}',
    '\u{A620}',
    '\u{A8D0}',
    '\u{A900}',
    '\u{A9D0}',
    '\u{A9F0}',
    '\u{AA50}',
    '\u{ABF0}',
    '\u{FF10}',
    '\u{104A0}',
    '\u{10D30}',
    '\u{11066}',
    '\u{110F0}',
    '\u{11136}',
    '\u{111D0}',
    '\u{112F0}',
    '\u{11450}',
    '\u{114D0}',
    '\u{11650}',
    '\u{116C0}',
    '\u{11730}',
    '\u{118E0}',
    '\u{11950}',
    '\u{11C50}',
    '\u{11D50}',
    '\u{11DA0}',
    '\u{11F50}',
    '\u{16A60}',
    '\u{16AC0}',
    '\u{16B50}',
    '\u{1D7CE}',
    '\u{1D7D8}',
    '\u{1D7E2}',
    '\u{1D7EC}',
    '\u{1D7F6}',
    '\u{1E140}',
    '\u{1E2F0}',
    '\u{1E4F0}',
    '\u{1E950}',
    '\u{1FBF0}',
];

fn plain_digit(sign: char) -> Option<char> {
    let index = ZEROS.partition_point(|zero| *zero <= sign).checked_sub(1)?;
    let value = u32::from(sign) - u32::from(*ZEROS.get(index)?);
    char::from_digit(value, 10)
}

#[cfg(test)]
#[path = "typed_tests.rs"]
mod tests;
