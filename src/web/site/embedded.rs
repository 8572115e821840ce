//! The site that was built before this program, in it.

use std::borrow::Cow;

use rust_embed::Embed;

use super::MemoryFiles;

/// What `make site` made. Its mark that the build came to its end is a file that every build changes, so that the
/// program is built again after it.
#[derive(Embed)]
#[folder = "target/site"]
struct Built;

/// The files in the program.
pub(super) fn files() -> Option<MemoryFiles> {
    let files = Built::iter().filter_map(|path| {
        let file = Built::get(&path)?;
        let content = match file.data {
            Cow::Borrowed(content) => content,
            Cow::Owned(content) => content.leak(),
        };
        Some((path.into_owned(), content, file.metadata.last_modified().unwrap_or_default()))
    });
    Some(MemoryFiles::with_dates(files))
}
