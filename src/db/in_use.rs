//! Whether a program has an SQLite database open: each holds a lock on a file beside it, shared with the others.
//!
//! SQLite's own locks do not tell, because the connections of a server that rests are closed. The lock is not on the
//! database itself: a program that closes a file gives up all of SQLite's locks on it.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::private;

/// Says that this program uses the database, until the answer is dropped.
///
/// # Errors
/// The database is being replaced, or the file's.
pub fn share(database: &Path) -> io::Result<File> {
    let file = private::create(&beside(database, ".in-use"))?;
    file.try_lock_shared().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::other("it is being restored; try again when that is done"),
        TryLockError::Error(error) => error,
    })?;
    Ok(file)
}

/// Keeps every program from opening the database, until the answer is dropped; nothing when one has it open.
///
/// # Errors
/// The file's.
pub fn alone(database: &Path) -> io::Result<Option<File>> {
    let file = private::create(&beside(database, ".in-use"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The database's name with this end: a file that SQLite or we keep beside it.
#[must_use]
pub fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = database.to_owned().into_os_string();
    name.push(end);
    PathBuf::from(name)
}
