//! Reads the folder of the transport `file`: the demo's stand-in for a mail program.
//!
//! A message's name in an address is its id, and only a valid id becomes the name of a file. So no address leads out of
//! the folder.

use std::{
    fs::{self, DirEntry, File},
    io::{self, Read},
    path::{Path, PathBuf},
    time::SystemTime,
};

use mail_parser::{Address, MessageParser, MimeHeaders};
use uuid::Uuid;

use crate::time::Timestamp;

/// Bytes of a message that are read; more than any of ours has.
const MAX_BYTES: u64 = 2_000_000;

/// A message in the folder.
#[derive(Clone, Debug)]
pub struct Found {
    pub id: Uuid,
    pub written: SystemTime,
}

/// A message that was parsed.
#[derive(Clone, Debug)]
pub struct ParsedMessage {
    pub subject: String,
    pub from: String,
    pub to: String,
    pub date: Option<Timestamp>,
    /// Every header with its value as the file has it, its lines joined.
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// The HTML part, as it is.
    pub html: String,
    /// Names of the files.
    pub files: Vec<String>,
}

/// The messages in the folder, the newest first. A folder that is not there holds none.
///
/// # Errors
/// The folder's.
pub async fn list(folder: PathBuf) -> io::Result<Vec<Found>> {
    off_the_runtime(move || {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found: Vec<Found> = entries.filter_map(|entry| found(&entry.ok()?)).collect();
        found.sort_by_key(|message| std::cmp::Reverse((message.written, message.id)));
        Ok(found)
    })
    .await
}

/// The message with this id, unless the folder has none.
///
/// # Errors
/// The file's.
pub async fn read(folder: PathBuf, id: Uuid) -> io::Result<Option<ParsedMessage>> {
    off_the_runtime(move || {
        let path = path(&folder, id);
        // a link could lead out of the folder
        if !fs::symlink_metadata(&path).is_ok_and(|about| about.is_file()) {
            return Ok(None);
        }
        let mut raw = Vec::new();
        File::open(path)?.take(MAX_BYTES).read_to_end(&mut raw)?;
        Ok(parse(&raw))
    })
    .await
}

fn path(folder: &Path, id: Uuid) -> PathBuf {
    folder.join(format!("{id}.eml"))
}

fn found(entry: &DirEntry) -> Option<Found> {
    let name = entry.file_name();
    let id: Uuid = name.to_str()?.strip_suffix(".eml")?.parse().ok()?;
    let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
    // other ways to write the same id are no names of ours
    (name.to_str()? == format!("{id}.eml")).then_some(Found { id, written: about.modified().ok()? })
}

fn parse(raw: &[u8]) -> Option<ParsedMessage> {
    let message = MessageParser::default().parse(raw)?;
    let headers = message.headers_raw().map(|(name, value)| {
        let lines: Vec<&str> = value.lines().map(str::trim).collect();
        (name.to_owned(), lines.join(" ").trim().to_owned())
    });
    let name = |file: &mail_parser::MessagePart<'_>| file.attachment_name().unwrap_or("file").to_owned();
    Some(ParsedMessage {
        subject: message.subject().unwrap_or_default().to_owned(),
        from: message.from().map(people).unwrap_or_default(),
        to: message.to().map(people).unwrap_or_default(),
        date: message.date().map(|date| Timestamp(date.to_timestamp())),
        headers: headers.collect(),
        text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n"),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        files: message.attachments().map(name).collect(),
    })
}

fn people(addresses: &Address<'_>) -> String {
    let one = |who: &mail_parser::Addr<'_>| match (who.name(), who.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    addresses.iter().map(one).collect::<Vec<_>>().join(", ")
}

async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}
