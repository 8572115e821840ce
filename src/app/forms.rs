//! What every form page needs: why the last attempt failed, and the values that were typed.

use super::words::{error_words, field_words};
use crate::{
    error::{AppError, FieldCode},
    flash::Flash,
    ui::{DateParts, ErrorLine},
};

/// The state of one form of a page after its last attempt.
#[derive(Clone, Debug, Default)]
pub struct FormState(Option<Flash>);

/// A form's fields: name, and what it is, as in "your email address".
pub type Fields = &'static [(&'static str, &'static str)];

impl From<Flash> for FormState {
    fn from(failed: Flash) -> Self {
        FormState(Some(failed))
    }
}

impl FormState {
    /// The state of the form that is sent to this endpoint, such as `register`.
    #[must_use]
    pub fn of(endpoint: &str) -> Self {
        FormState(Flash::for_action(endpoint))
    }

    /// Whether the last attempt failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.0.is_some()
    }

    /// Why the last attempt failed.
    #[must_use]
    pub fn error(&self) -> Option<&AppError> {
        self.0.as_ref().map(|flash| &flash.error)
    }

    /// Whether it failed because another person changed the same thing meanwhile.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.error() == Some(&AppError::Conflict)
    }

    /// Names and values as they were typed; none unless the form failed.
    #[must_use]
    pub fn values(&self) -> &[(String, String)] {
        self.0.as_ref().map_or(&[], |flash| &flash.values)
    }

    /// What was typed into `field`, or nothing.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        self.kept(field, "")
    }

    /// What `field` begins with: what was typed when the form failed, else what is saved.
    #[must_use]
    pub fn kept(&self, field: &str, saved: &str) -> String {
        self.0.as_ref().map_or(saved, |flash| flash.value(field)).to_owned()
    }

    /// The parts of a date in three fields: what was typed when the form failed, else what is saved ("2026-12-03").
    #[must_use]
    pub fn date(&self, name: &str, saved: &str) -> DateParts {
        match DateParts::read(name, |part| self.typed(part)) {
            none if none == DateParts::default() => DateParts::of(&self.kept(name, saved)),
            typed => typed,
        }
    }

    /// Whether a box begins ticked: as it was when the form failed, else as it is saved.
    #[must_use]
    pub fn ticked(&self, field: &str, saved: bool) -> bool {
        self.0.as_ref().map_or(saved, |flash| !flash.value(field).is_empty())
    }

    /// The same for the box with this value, one of several with the same name.
    #[must_use]
    pub fn ticked_among(&self, field: &str, value: &str, saved: bool) -> bool {
        let sent = |flash: &Flash| flash.values.iter().any(|(name, sent)| name == field && sent == value);
        self.0.as_ref().map_or(saved, sent)
    }

    /// The code of what is wrong with `field`.
    #[must_use]
    pub fn code_for(&self, field: &str) -> Option<FieldCode> {
        self.error()?.code_for(field)
    }

    /// What is wrong with `field`, one of `fields`, in words.
    #[must_use]
    pub fn problem(&self, field: &str, fields: Fields) -> Option<String> {
        Some(problem_words(self.code_for(field)?, field, fields))
    }

    /// What is wrong with `field` in words; `what` names it as in "your email address".
    #[must_use]
    pub fn problem_of(&self, field: &str, what: &str) -> Option<String> {
        Some(field_words(self.code_for(field)?, what))
    }

    /// The lines of the error summary: one for each of `fields` that must be corrected, or one for the whole form.
    #[must_use]
    pub fn lines(&self, fields: Fields) -> Vec<ErrorLine> {
        self.error().map_or_else(Vec::new, |error| lines(error, fields))
    }
}

/// What is wrong with `field`, one of `fields`, in words.
#[must_use]
pub fn problem_words(code: FieldCode, field: &str, fields: Fields) -> String {
    field_words(code, fields.iter().find(|(name, _)| *name == field).map_or(field, |(_, what)| what))
}

fn lines(error: &AppError, fields: Fields) -> Vec<ErrorLine> {
    let named: Vec<_> = fields
        .iter()
        .filter_map(|(field, what)| {
            let code = error.code_for(field)?;
            Some(ErrorLine { field: (*field).to_owned(), text: field_words(code, what) })
        })
        .collect();
    if named.is_empty() { vec![ErrorLine { field: String::new(), text: error_words(error) }] } else { named }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_each_field_and_falls_back_to_the_whole_form() {
        const FIELDS: Fields = &[("email", "your email address"), ("name", "your name")];
        let named = lines(&AppError::field("name", FieldCode::Missing), FIELDS);
        assert_eq!(named, [ErrorLine { field: "name".into(), text: "Enter your name".into() }]);
        let whole = lines(&AppError::WrongCredentials, FIELDS);
        assert_eq!(whole.len(), 1);
        assert!(whole[0].field.is_empty());
        let foreign = lines(&AppError::field("elsewhere", FieldCode::Missing), FIELDS);
        assert_eq!(foreign[0].text, "The form has a mistake. Please check what you entered.");
    }

    #[test]
    fn a_form_that_did_not_fail_shows_what_is_saved() {
        let values = vec![("name".to_owned(), "Ana".to_owned()), ("languages[]".to_owned(), "de".to_owned())];
        let failed = FormState::from(Flash { action: String::new(), error: AppError::Conflict, values });
        assert_eq!((failed.kept("name", "Bo"), failed.kept("title", "Dr")), ("Ana".into(), String::new()));
        assert!(failed.ticked_among("languages[]", "de", false) && !failed.ticked_among("languages[]", "fr", true));
        assert!(failed.is_stale() && !failed.ticked("accepts", true));
        let fresh = FormState::default();
        assert_eq!((fresh.kept("name", "Bo"), fresh.typed("name")), ("Bo".into(), String::new()));
        assert!(fresh.ticked("accepts", true) && fresh.ticked_among("languages[]", "fr", true));
    }
}
