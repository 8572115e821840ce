//! A folder of one test; it is removed when it is dropped.

use std::{fs, path::PathBuf};

use uuid::Uuid;

pub struct Folder(pub PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    pub fn new() -> Folder {
        let folder = Folder::to_be_made();
        fs::create_dir(&folder.0).expect("a folder");
        folder
    }

    /// One that the program is to make.
    pub fn to_be_made() -> Folder {
        Folder(std::env::temp_dir().join(format!("docslot_folder_{}", Uuid::now_v7().simple())))
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// The address of an SQLite database in it.
    pub fn database(&self) -> String {
        format!("sqlite://{}", self.path("data/docslot.db"))
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("a file");
        path
    }
}
