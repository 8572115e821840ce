//! Whether what was typed answers a question, and the one form in which an answer is kept.

use crate::{
    availability::model::questions::{MAX_ANSWER, Question, QuestionKind},
    error::FieldCode,
    text::{check_lines, figures, is_blank, kept_lines, line},
    time::server::LocalDate,
};

/// Digits of a number, with those behind the point.
const MAX_DIGITS: usize = 15;

/// The answer as it is kept; empty when a question that may be left out was left out.
///
/// # Errors
/// What is wrong with it.
pub(super) fn checked(question: &Question, typed: &str) -> Result<String, FieldCode> {
    if is_blank(typed) {
        return if question.required { Err(FieldCode::Missing) } else { Ok(String::new()) };
    }
    match question.kind {
        QuestionKind::Text => match check_lines(typed, MAX_ANSWER) {
            Some(code) => Err(code),
            None => Ok(kept_lines(typed)),
        },
        QuestionKind::Choice => one_of(&line(typed), question.choices.iter().map(String::as_str)),
        QuestionKind::YesNo => one_of(&line(typed), ["yes", "no"].into_iter()),
        QuestionKind::Date => {
            let date: Result<LocalDate, _> = figures(typed).parse();
            date.map(|date| date.to_string()).map_err(|_| FieldCode::NotADate)
        }
        QuestionKind::Number => number(&figures(typed)).ok_or(FieldCode::NotANumber),
    }
}

fn one_of<'a>(typed: &str, mut choices: impl Iterator<Item = &'a str>) -> Result<String, FieldCode> {
    choices.find(|choice| *choice == typed).map(str::to_owned).ok_or(FieldCode::Unknown)
}

/// A number in figures, with a point or a comma before its broken part: "-4", "72", "36.6". None for anything else.
fn number(typed: &str) -> Option<String> {
    let (sign, figures) = typed.strip_prefix('-').map_or(("", typed), |figures| ("-", figures));
    let (whole, broken) = figures.split_once(['.', ',']).map_or((figures, None), |(whole, rest)| (whole, Some(rest)));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = whole.len() + broken.map_or(0, str::len);
    if !is_digits(whole) || !broken.is_none_or(is_digits) || digits > MAX_DIGITS {
        return None;
    }
    Some(match broken {
        Some(broken) => [sign, whole, ".", broken].concat(),
        None => [sign, whole].concat(),
    })
}

/// An answer as people read it.
pub(super) fn words(kind: QuestionKind, answer: &str) -> String {
    match kind {
        QuestionKind::YesNo if answer == "yes" => "Yes".to_owned(),
        QuestionKind::YesNo if answer == "no" => "No".to_owned(),
        QuestionKind::Date => answer.parse().map_or_else(|_| answer.to_owned(), LocalDate::date_words),
        _ => answer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(kind: QuestionKind) -> Question {
        let choices = vec!["Left".to_owned(), "Right".to_owned()];
        Question { key: 1, text: "?".into(), kind, choices, required: false }
    }

    #[test]
    fn each_kind_takes_its_own_answers_and_no_others() {
        use FieldCode::{BadCharacters, NotADate, NotANumber, TooLong, Unknown};
        use QuestionKind::{Choice, Date, Number, Text, YesNo};
        let long = "é".repeat(2001);
        for (kind, typed, expected) in [
            (Text, " one\r\ntwo ", Ok("one\ntwo")),
            (Text, long.as_str(), Err(TooLong(2000))),
            (Text, "a\0b", Err(BadCharacters)),
            (Choice, "Right", Ok("Right")),
            (Choice, "right", Err(Unknown)),
            (Choice, "Middle", Err(Unknown)),
            (YesNo, "yes", Ok("yes")),
            (YesNo, "no", Ok("no")),
            (YesNo, "perhaps", Err(Unknown)),
            (Date, "2026-02-28", Ok("2026-02-28")),
            (Date, "2026-02-30", Err(NotADate)),
            (Date, "30 feb 26", Err(NotADate)),
            (Date, "tomorrow", Err(NotADate)),
            (Number, " 72 ", Ok("72")),
            (Number, "36,6", Ok("36.6")),
            (Number, "٣٦.٦", Ok("36.6")),
            (Number, "-4", Ok("-4")),
            (Number, "seventy", Err(NotANumber)),
            (Number, "72 kg", Err(NotANumber)),
            (Number, "1e5", Err(NotANumber)),
            (Number, "1.", Err(NotANumber)),
            (Number, ".5", Err(NotANumber)),
            (Number, "1.2.3", Err(NotANumber)),
            (Number, "-", Err(NotANumber)),
            (Number, "1234567890123456", Err(NotANumber)),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(checked(&asked(kind), typed), expected, "{kind:?} {typed}");
        }
    }

    #[test]
    fn only_what_must_be_answered_cannot_be_left_out() {
        for kind in [QuestionKind::Text, QuestionKind::Choice, QuestionKind::Date] {
            assert_eq!(checked(&asked(kind), " \u{200B} "), Ok(String::new()));
            assert_eq!(checked(&Question { required: true, ..asked(kind) }, " "), Err(FieldCode::Missing));
        }
    }

    #[test]
    fn an_answer_is_kept_in_one_form() {
        for (kind, typed) in [(QuestionKind::Text, "a\r\n b "), (QuestionKind::Number, "01,50")] {
            let kept = checked(&asked(kind), typed).unwrap();
            assert_eq!(checked(&asked(kind), &kept), Ok(kept));
        }
        assert_eq!(words(QuestionKind::Date, "2026-12-03"), "Thursday 3 December 2026");
        assert_eq!(words(QuestionKind::YesNo, "yes"), "Yes");
        assert_eq!(words(QuestionKind::Text, "yes"), "yes");
    }
}
