//! Why a command failed, in words for the terminal.

use std::fmt::Display;

use crate::{
    config::SettingsError,
    error::{AppError, FieldCode},
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
    let reason = |code| match code {
        FieldCode::Missing => "is missing".to_owned(),
        FieldCode::TooShort(least) => format!("needs at least {least} characters"),
        FieldCode::TooLong(most) => format!("may have at most {most} characters"),
        FieldCode::NotAnEmail => "is not an e-mail address".to_owned(),
        FieldCode::EmailUnusable => "belongs to an account already".to_owned(),
        FieldCode::EasilyGuessed => "is easily guessed".to_owned(),
        _ => "cannot be used".to_owned(),
    };
    fields.iter().map(|wrong| format!("{} {}", wrong.field, reason(wrong.code))).collect::<Vec<_>>().join(", ")
}
