//! A file that gets its name when it is whole.

use std::{
    fs::{self, File},
    io::{Error, ErrorKind, Result},
    path::{Path, PathBuf},
};

use crate::{
    db::{in_use::beside, private},
    random,
};

/// What the name of an unfinished file ends in.
pub(super) const END: &str = ".partial";

/// An unfinished file. Unless it gets its name, it is removed.
pub(super) struct Partial(PathBuf);

impl Partial {
    /// A new empty file in the folder of `file`, which only our own account reads.
    pub fn beside(file: &Path) -> Result<Self> {
        let name = file.file_name().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "that is no name of a file"))?;
        let path = file.with_file_name(format!("{}.{}{END}", name.to_string_lossy(), random::id().simple()));
        private::create_new(&path)?;
        Ok(Partial(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives the file its name once its content is on the disk. Nothing may have that name.
    pub fn name(self, file: &Path) -> Result<()> {
        File::open(&self.0)?.sync_all()?;
        match fs::hard_link(&self.0, file) {
            // some file systems have one name for each file
            Err(error) if error.kind() != ErrorKind::AlreadyExists && file.symlink_metadata().is_err() => {
                fs::rename(&self.0, file)?;
            }
            linked => linked?,
        }
        sync_folder(file)
    }
}

/// Puts the names of a folder on the disk.
pub(super) fn sync_folder(of: &Path) -> Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

impl Drop for Partial {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
        for end in ["-journal", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(&self.0, end));
        }
    }
}
