//! Files in memory, as tower-http serves those of a folder.

use std::{
    collections::BTreeMap,
    future::{Ready, ready},
    io::{self, Cursor, ErrorKind, SeekFrom},
    path::{Component, Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File, Metadata};

/// Files by their paths, which have no slash in front. Cheap to clone.
#[derive(Clone)]
pub struct MemoryFiles(Arc<BTreeMap<String, MemoryFile>>);

/// The content of one file, and when it was last changed.
#[derive(Clone, Copy)]
pub struct MemoryFile {
    content: &'static [u8],
    modified: SystemTime,
}

impl MemoryFiles {
    /// Files that were changed an unknown time ago.
    pub fn new<'n>(files: impl IntoIterator<Item = (&'n str, &'static [u8])>) -> Self {
        Self::with_dates(files.into_iter().map(|(name, content)| (name.to_owned(), content, 0)))
    }

    /// Files with the seconds since 1970 at which they were changed. Those whose names begin with a dot are left out.
    pub fn with_dates(files: impl IntoIterator<Item = (String, &'static [u8], u64)>) -> Self {
        let files = files.into_iter().filter(|(path, ..)| !path.split('/').any(|part| part.starts_with('.')));
        let dated = files.map(|(path, content, seconds)| {
            (path, MemoryFile { content, modified: SystemTime::UNIX_EPOCH + Duration::from_secs(seconds) })
        });
        MemoryFiles(Arc::new(dated.collect()))
    }

    /// The names of the files in this folder.
    #[must_use]
    pub fn names_in(&self, folder: &str) -> Vec<String> {
        let name = |path: &String| Some(path.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        self.0.keys().filter_map(name).collect()
    }

    fn find(&self, path: &Path) -> io::Result<MemoryFile> {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
        self.0.get(&parts.join("/")).copied().ok_or_else(|| io::Error::from(ErrorKind::NotFound))
    }
}

impl Backend for MemoryFiles {
    type File = OpenFile;
    type Metadata = MemoryFile;
    type OpenFuture = Ready<io::Result<OpenFile>>;
    type MetadataFuture = Ready<io::Result<MemoryFile>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        ready(self.find(&path).map(|file| OpenFile { file, content: Cursor::new(file.content) }))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(self.find(&path))
    }
}

impl Metadata for MemoryFile {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        Ok(self.modified)
    }

    fn len(&self) -> u64 {
        self.content.len() as u64
    }
}

/// A file that is being sent.
pub struct OpenFile {
    file: MemoryFile,
    content: Cursor<&'static [u8]>,
}

impl File for OpenFile {
    type Metadata = MemoryFile;
    type MetadataFuture<'a> = Ready<io::Result<MemoryFile>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.file))
    }
}

impl AsyncRead for OpenFile {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.content).poll_read(cx, buffer)
    }
}

impl AsyncSeek for OpenFile {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.content).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.content).poll_complete(cx)
    }
}
