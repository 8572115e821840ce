//! Why a command failed, in words for the terminal.

use std::fmt::Display;

use crate::{
    app::field_words,
    config::SettingsError,
    error::{AppError, FieldCode, FieldError},
};

/// Why a command failed, in one line for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("{0}")]
    Settings(#[from] SettingsError),
    #[error("{0}")]
    Other(String),
}

impl Failure {
    pub fn new(what: &str, error: impl Display) -> Self {
        Failure::Other(format!("{what}: {error}"))
    }
}

/// An error of the application in words for the terminal.
pub fn explain(error: &AppError) -> String {
    let AppError::Invalid { fields } = error else {
        return error.to_string();
    };
    let words = |wrong: &FieldError| match wrong.code {
        FieldCode::EmailUnusable => "This email address has an account already".to_owned(),
        code => field_words(code, &format!("the {}", wrong.field)),
    };
    fields.iter().map(words).collect::<Vec<_>>().join(". ")
}
