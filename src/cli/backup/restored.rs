//! What becomes of a backup that was restored, whichever the engine.

use std::path::PathBuf;

use super::checks::{self, Counts};
use crate::db::{Conn, schema::SchemaError};

/// What a restored database holds, and where the one before it is.
pub(super) struct Restored {
    pub counts: Counts,
    pub aside: Option<PathBuf>,
}

/// Counts the records; refuses those that contradict each other, unless that is to be overlooked.
pub(super) async fn agree(conn: &mut Conn<'_>, force: bool) -> Result<Counts, String> {
    match checks::first_difference(conn).await.map_err(|error| error.to_string())? {
        Some(difference) if force => eprintln!("docslot: {difference}"),
        Some(difference) => return Err(difference),
        None => {}
    }
    checks::count(conn).await.map_err(|error| error.to_string())
}

/// A schema that this program must not use, in words about a backup.
pub(super) fn of_backup(error: SchemaError) -> String {
    match error {
        SchemaError::Newer { found, known } => format!(
            "the backup is of a newer docslot (its schema is {found}, this program knows {known}): restore it with \
             that version"
        ),
        SchemaError::Foreign(number) => {
            format!("the backup is of another program or of a development version (migration {number} is another)")
        }
    }
}
