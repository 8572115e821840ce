//! What became of something that was done on the desk, in words and on the page.

use leptos::prelude::*;

use super::{grid, listen::fetch, state::Desk};
use crate::{
    app::{error_words, field_words},
    booking::front_desk::rule_words,
    desk::actions::happened,
    error::{AppError, FieldCode},
    ids::AppointmentId,
};

/// Closes the panel, shows the column as it is now, gives the focus to the card and says what was done.
pub async fn after(desk: Desk, slug: &str, id: AppointmentId, words: &str) {
    desk.close();
    // without an answer, the stream brings the column later
    let _ = fetch(desk, &[slug.to_owned()]).await;
    match (grid::card(id), desk.back.get_value()) {
        (Some(card), _) => grid::focus(&card),
        (None, Some(place)) => grid::focus_near(&place),
        (None, None) => {}
    }
    desk.say_done(words);
}

/// An error in words.
pub fn words_of(error: &AppError) -> String {
    const FIELDS: [(&str, &str); 7] = [
        ("patient", "a patient"),
        ("name", "the name"),
        ("birth_date", "the birth date"),
        ("phone", "the phone number"),
        ("visit_type", "the kind of visit"),
        ("note", "the note"),
        ("override_reason", "the reason"),
    ];
    match error {
        AppError::TimeGone { reasons, .. } if reasons.is_empty() => "This time is taken by now.".to_owned(),
        AppError::TimeGone { reasons, .. } => {
            let rules: Vec<&str> = reasons.iter().map(|reason| rule_words(*reason)).collect();
            ["Nothing was changed. ", &rules.join(" ")].concat()
        }
        AppError::Invalid { .. } => {
            let named = FIELDS.iter().filter_map(|(field, what)| Some(field_words(error.code_for(field)?, what)));
            let words: Vec<String> = named.collect();
            let past = error.code_for("start") == Some(FieldCode::InThePast);
            match (past, words.is_empty()) {
                (true, _) => "This time is over.".to_owned(),
                (false, true) => error_words(error),
                (false, false) => words.join(". "),
            }
        }
        other => error_words(other),
    }
}

/// Why nothing was changed, in words.
pub fn refusal(error: &AppError) -> String {
    match error {
        AppError::Conflict => {
            "Nothing was changed: the appointment has changed meanwhile, or this cannot be noted now.".to_owned()
        }
        other => words_of(other),
    }
}

/// As [`refusal`], with what happened to the appointment last when that is why.
pub async fn refusal_of(error: &AppError, id: AppointmentId) -> String {
    let happened = match error {
        AppError::Conflict => happened(id).await.unwrap_or_default(),
        _ => String::new(),
    };
    if happened.is_empty() {
        return refusal(error);
    }
    ["Nothing was changed. What happened last: ", &happened, "."].concat()
}
