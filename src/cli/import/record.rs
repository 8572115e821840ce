//! A row of a file, of whatever kind the file is.

use crate::clinic::server::imports::{Cells, Problem};

/// A row of a file.
pub(super) struct Record {
    /// As a spreadsheet numbers it: the heading is row 1.
    pub row: u64,
    pub cells: Cells,
    /// What makes the row unreadable.
    pub wrong: Option<Problem>,
    /// How far the file was read, in bytes.
    pub bytes: u64,
}
