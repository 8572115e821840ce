//! Why a row of the outbox cannot become a message.

use crate::{db::Error, error::AppError, ids::PersonId};

/// Why a row cannot become a message.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComposeError {
    /// The database cannot answer now; another time it may.
    #[error(transparent)]
    Database(Error),
    #[error("{0}")]
    Broken(&'static str),
    /// What it is about changed between taking the message and putting it together; the next round sees it as it is.
    #[error("changed meanwhile")]
    Changed,
    /// The person has no account; these accounts act for them and get messages of their own.
    #[error("for others")]
    ForOthers(Vec<PersonId>),
}

impl From<Error> for ComposeError {
    fn from(error: Error) -> Self {
        match error {
            Error::Corrupt(what) => ComposeError::Broken(what),
            Error::App(AppError::NotFound) => ComposeError::Broken("no such appointment"),
            other => ComposeError::Database(other),
        }
    }
}
