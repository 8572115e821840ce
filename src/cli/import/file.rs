//! Opening a file, and the ways in which it is not one.

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use crate::cli::failure::Failure;

/// Bytes that are looked at to say what a file is.
const BEGINNING: usize = 8 * 1024;
const UTF8_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A failure about this file.
pub(super) fn failed(path: &Path, words: impl std::fmt::Display) -> Failure {
    Failure::Other(format!("{}: {words}", path.display()))
}

/// Opens a text file after its byte order mark, if it has one. Returns it with its beginning and its length.
pub(super) fn open(path: &Path) -> Result<(BufReader<File>, Vec<u8>, u64), Failure> {
    let io = |error: std::io::Error| failed(path, format!("cannot be read: {error}"));
    let about = std::fs::metadata(path).map_err(io)?;
    if about.is_dir() {
        return Err(failed(path, "is a folder, not a file"));
    }
    if !about.is_file() {
        return Err(failed(path, "is not a file that can be read twice; save what comes from a program into a file"));
    }
    if about.len() == 0 {
        return Err(failed(path, "is empty"));
    }
    let mut file = File::open(path).map_err(io)?;
    let mut beginning = Vec::new();
    file.by_ref().take(BEGINNING as u64).read_to_end(&mut beginning).map_err(io)?;
    if beginning.starts_with(&[0xFF, 0xFE]) || beginning.starts_with(&[0xFE, 0xFF]) {
        return Err(failed(path, "is written in UTF-16: save it as \"CSV UTF-8\""));
    }
    if beginning.contains(&0) {
        return Err(failed(path, "is not a text file"));
    }
    let after_mark = if beginning.starts_with(&UTF8_MARK) { UTF8_MARK.len() } else { 0 };
    file.seek(SeekFrom::Start(after_mark as u64)).map_err(io)?;
    beginning.drain(..after_mark);
    Ok((BufReader::new(file), beginning, about.len()))
}
