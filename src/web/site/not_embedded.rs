//! A program that reads its site from a folder.

use super::MemoryFiles;

/// No files.
pub(super) fn files() -> Option<MemoryFiles> {
    None
}
