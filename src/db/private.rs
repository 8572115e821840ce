//! Files and folders that only the server's own account reads: they hold keys, and what people wrote.
//!
//! Each is made closed, so that there is no moment in which another account could open it. What was there before stays
//! as it is, because others may need it; it is named instead.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Read and written by the owner alone.
const FILE: u32 = 0o600;
/// Entered and listed by the owner alone.
const FOLDER: u32 = 0o700;
/// What other accounts may do.
const OTHERS: u32 = 0o077;

/// Makes the folder, and those above it that are missing.
///
/// # Errors
/// The folder's.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(folder)
}

/// Makes an empty file unless there is one.
///
/// # Errors
/// The file's.
pub fn make_file(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(FILE).open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Makes an empty file where there must be none.
///
/// # Errors
/// The file's; one of them is that there is one.
pub fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(FILE).open(path)
}

/// Opens a file for writing, empty.
///
/// # Errors
/// The file's.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(FILE).open(path)
}

/// What to do if other accounts can read the file, in one sentence.
#[must_use]
pub fn exposed_file(path: &Path) -> Option<String> {
    let path = is_open(path).then(|| path.display())?;
    Some(format!("{path} can be read by other accounts of this machine: chmod 600 {path}"))
}

/// What to do if other accounts can read the folder, in one sentence.
#[must_use]
pub fn exposed_folder(path: &Path) -> Option<String> {
    let path = is_open(path).then(|| path.display())?;
    Some(format!(
        "the folder {path} can be read by other accounts of this machine: chmod 700 {path}, or, if others need it, use \
         another one"
    ))
}

fn is_open(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & OTHERS != 0)
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, path::PathBuf};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn temporary(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("docslot-private-{name}-{}", std::process::id()))
    }

    #[test]
    fn what_is_made_is_closed_and_what_was_there_is_named() {
        let top = temporary("made");
        let folder = top.join("inner");
        make_folder(&folder).unwrap();
        let (file, other) = (folder.join("a"), folder.join("b"));
        make_file(&file).unwrap();
        create(&other).unwrap();
        assert_eq!([&top, &folder].map(|path| mode(path)), [0o700; 2]);
        assert_eq!([&file, &other].map(|path| mode(path)), [0o600; 2]);
        assert_eq!((exposed_folder(&folder), exposed_file(&file)), (None, None));

        fs::write(&file, "kept").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        make_folder(&folder).unwrap();
        make_file(&file).unwrap();
        assert_eq!((mode(&folder), mode(&file)), (0o755, 0o640));
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
        assert!(exposed_file(&file).unwrap().ends_with(&format!("chmod 600 {}", file.display())));
        assert!(exposed_folder(&folder).unwrap().contains(&format!("chmod 700 {}", folder.display())));
        fs::remove_dir_all(&top).unwrap();
        assert_eq!((exposed_folder(&folder), exposed_file(&file)), (None, None));
    }
}
