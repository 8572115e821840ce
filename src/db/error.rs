//! What the database says, in the program's words.

use sqlx::error::DatabaseError;

use super::{lost, schema::SchemaError};
use crate::error::AppError;

/// Why a read or a write unit failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The unit itself refused; its transaction was rolled back.
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Sqlx(sqlx::Error),
    /// The connection broke during commit: the change may or may not have happened.
    #[error("outcome of commit unknown: {0}")]
    CommitUnknown(sqlx::Error),
    /// Serialization failures until the patience ran out. Nothing was changed.
    #[error("busy")]
    Busy,
    #[error("a write unit panicked")]
    Panicked,
    /// A stored value does not mean anything to this program.
    #[error("stored value makes no sense: {0}")]
    Corrupt(&'static str),
    /// A newer program left the database, or another one.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

/// The database rules for which the program has words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Two occupying appointments of one doctor would overlap.
    DoctorOverlap,
    /// Two occupying appointments of one patient would overlap.
    PatientOverlap,
    /// Two occupying appointments would use one room or device at the same time.
    ResourceOverlap,
    /// An account with this e-mail address exists.
    EmailTaken,
    /// A newly drawn reference exists already.
    ReferenceTaken,
    /// Any other rule: a defect of the program.
    Other,
}

impl Violation {
    /// Whether a time is taken: of a doctor, of a patient, or of a room or device.
    #[must_use]
    pub fn is_overlap(self) -> bool {
        matches!(self, Violation::DoctorOverlap | Violation::PatientOverlap | Violation::ResourceOverlap)
    }
}

/// PostgreSQL reports a constraint's name. SQLite reports a trigger's text, or the columns of a unique index.
const VIOLATIONS: [(&str, &str, Violation); 5] = [
    ("appointments_doctor_no_overlap", "appointments_doctor_no_overlap", Violation::DoctorOverlap),
    ("appointments_patient_no_overlap", "appointments_patient_no_overlap", Violation::PatientOverlap),
    ("appointments_resource_no_overlap", "appointments_resource_no_overlap", Violation::ResourceOverlap),
    ("persons_email_key", "persons.email", Violation::EmailTaken),
    ("appointments_reference_key", "appointments.reference", Violation::ReferenceTaken),
];

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        lost::note(&error);
        Error::Sqlx(error)
    }
}

impl Error {
    /// What a commit failed with. A server that refuses it says so; one that goes away meanwhile may have written it.
    pub(super) fn at_commit(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(_) if !lost::is_lost(&error) => Error::Sqlx(error),
            _ => {
                lost::note(&error);
                Error::CommitUnknown(error)
            }
        }
    }

    /// Whether the connection was lost before its transaction was to be committed, so that nothing was changed.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Error::Sqlx(error) if lost::is_lost(error))
    }

    /// Whether SQLite could not write or sync (SQLITE_IOERR): at a commit, it is unknown what is on the disk.
    pub(super) fn is_disk_failure(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(DatabaseError::code);
        code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| code & 0xff == 10)
    }

    /// The rule of the database that refused this write, if one did.
    #[must_use]
    pub fn violation(&self) -> Option<Violation> {
        let database = self.database()?;
        let code = database.code()?;
        // SQLSTATE class 23; SQLite's extended codes of SQLITE_CONSTRAINT end in 19
        let refused = code.starts_with("23") || code.parse::<u32>().is_ok_and(|code| code & 0xff == 19);
        if !refused || self.is_retryable() {
            return None;
        }
        let name = database.constraint().unwrap_or_default();
        let message = database.message();
        let known = VIOLATIONS.iter().find(|(constraint, text, _)| name == *constraint || message.contains(text));
        Some(known.map_or(Violation::Other, |(.., violation)| *violation))
    }

    /// Whether a row names another one that is not there.
    pub(super) fn is_missing_reference(&self) -> bool {
        // PostgreSQL's foreign_key_violation, SQLITE_CONSTRAINT_FOREIGNKEY
        self.database().and_then(DatabaseError::code).is_some_and(|code| matches!(code.as_ref(), "23503" | "787"))
    }

    /// Whether running the whole unit again may succeed: it collided with another one.
    pub(super) fn is_retryable(&self) -> bool {
        if self.violation_is_reference() {
            return true;
        }
        let Some(code) = self.database().and_then(DatabaseError::code) else {
            return false;
        };
        // serialization failure, deadlock; SQLite's BUSY, BUSY_RECOVERY, BUSY_SNAPSHOT
        matches!(code.as_ref(), "40001" | "40P01" | "5" | "261" | "517")
    }

    /// A reference is drawn at random; another draw is the answer to a collision.
    fn violation_is_reference(&self) -> bool {
        self.database().is_some_and(|e| {
            e.constraint() == Some("appointments_reference_key") || e.message().contains("appointments.reference")
        })
    }

    /// Whether the database cannot be reached or cannot take writes now (a full or failing disk included).
    fn is_outage(&self) -> bool {
        match self {
            Error::Busy => true,
            Error::Sqlx(sqlx::Error::Database(e)) => e.code().is_some_and(|code| {
                // PostgreSQL: connection, resources, operator intervention, lock or statement timeout, a server that
                // is not the primary.
                // SQLite: READONLY, IOERR, FULL, CANTOPEN and their extended codes.
                ["08", "53", "57", "55P03", "25006"].iter().any(|class| code.len() == 5 && code.starts_with(class))
                    || (code.len() != 5
                        && code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14)))
            }),
            Error::Sqlx(e) => matches!(
                e,
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
                    | sqlx::Error::Protocol(_)
            ),
            _ => false,
        }
    }

    fn database(&self) -> Option<&dyn DatabaseError> {
        match self {
            Error::Sqlx(sqlx::Error::Database(e)) => Some(e.as_ref()),
            _ => None,
        }
    }
}

/// Details go to the log once, under a reference; the answer carries the reference alone.
impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        match error {
            Error::App(error) => error,
            Error::CommitUnknown(_) => {
                tracing::error!(%error, "commit without an answer");
                AppError::Unavailable { unchanged: false }
            }
            _ if error.is_outage() => {
                tracing::error!(%error, "database unavailable");
                AppError::Unavailable { unchanged: true }
            }
            _ => {
                let reference = crate::random::reference_of_request();
                tracing::error!(%error, reference, "database error");
                AppError::Internal { reference }
            }
        }
    }
}
