//! The words of what can go wrong while booking.

use crate::{
    app::{FormState, error_words},
    availability::TimeOption,
    error::AppError,
    ui::ErrorLine,
};

/// The id of the first of the nearest free times, to which the error summary links.
pub(super) const NEAREST_ID: &str = "nearest";

/// The error of a form that chooses a time, as lines of the summary.
pub(super) fn time_lines(error: &AppError) -> Vec<ErrorLine> {
    if error.code_for("start").is_some() {
        return vec![line("start", CHOOSE_A_TIME.to_owned())];
    }
    let field = if nearest(error).is_empty() { "" } else { NEAREST_ID };
    vec![line(field, sentence(error))]
}

/// The same for a form that failed; nothing when it did not.
pub(super) fn time_problems(state: &FormState) -> Vec<ErrorLine> {
    state.error().map_or_else(Vec::new, time_lines)
}

/// What is shown beside the times when the form failed because none was chosen.
pub(super) fn missing_time(state: &FormState) -> Option<String> {
    state.code_for("start").map(|_| CHOOSE_A_TIME.to_owned())
}

/// The nearest free times to show with a failed form.
pub(super) fn nearest_of(state: &FormState) -> Vec<TimeOption> {
    state.error().map_or_else(Vec::new, |error| nearest(error).to_vec())
}

/// The summary of a form whose problem belongs to no field.
pub(super) fn whole_form(state: &FormState) -> Vec<ErrorLine> {
    state.error().map(|error| line("", sentence(error))).into_iter().collect()
}

/// What is shown next to the times when none was chosen.
pub(super) const CHOOSE_A_TIME: &str = "Choose a time";

/// The free times that an error suggests instead.
pub(super) fn nearest(error: &AppError) -> &[TimeOption] {
    match error {
        AppError::TimeGone { nearest, .. }
        | AppError::HoldExpired { nearest }
        | AppError::PatientBusy { nearest, .. } => nearest,
        _ => &[],
    }
}

/// Whether the error means that the time cannot be had any more.
pub(super) fn is_lost(error: &AppError) -> bool {
    match error {
        AppError::TimeGone { .. } | AppError::HoldExpired { .. } => true,
        // without other times, the booker may move the other appointment and try again
        AppError::PatientBusy { nearest, .. } => !nearest.is_empty(),
        _ => false,
    }
}

/// An error that belongs to no field, in one or two sentences: more exact than elsewhere where booking knows more.
pub(super) fn sentence(error: &AppError) -> String {
    match error {
        AppError::HoldExpired { .. } => {
            "We stopped holding this time for you, and it is taken now. Your details are kept.".to_owned()
        }
        AppError::NotFound => "We could not find that. Nothing was booked or changed.".to_owned(),
        AppError::Forbidden => {
            "You are signed in as a doctor or as clinic staff. Appointments are booked with a patient's account."
                .to_owned()
        }
        other => error_words(other),
    }
}

/// One line of the summary for a control; `field` is its id, or empty.
pub(super) fn line(field: &str, text: String) -> ErrorLine {
    ErrorLine { field: field.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{availability::Reason, error::FieldCode};

    #[test]
    fn a_lost_time_is_named_and_leads_to_the_nearest_ones() {
        let free = TimeOption {
            start: crate::time::Timestamp(0),
            label: "2pm".into(),
            full: "Thursday 3 December, 2pm".into(),
            part: crate::availability::DayPart::Afternoon,
            location: String::new(),
            zone_words: String::new(),
            zone: String::new(),
            offset_minutes: 0,
        };
        let error = AppError::TimeGone { wanted: "2:20pm".into(), reasons: vec![Reason::Taken], nearest: vec![free] };
        let lines = time_lines(&error);
        let words = "2:20pm is taken: another patient has booked it, or is booking it now.";
        assert_eq!(lines, [line(NEAREST_ID, words.into())]);
    }

    #[test]
    fn a_line_without_nearest_times_links_nowhere() {
        let error = AppError::TimeGone { wanted: String::new(), reasons: vec![Reason::TooFar], nearest: Vec::new() };
        let words = "That time is too far ahead to book. Please choose an earlier time.";
        assert_eq!(time_lines(&error), [line("", words.into())]);
    }

    #[test]
    fn a_missing_choice_leads_to_the_times() {
        let error = AppError::field("start", FieldCode::Missing);
        assert_eq!(time_lines(&error), [line("start", CHOOSE_A_TIME.into())]);
    }
}
