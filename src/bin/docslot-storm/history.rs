//! The history: what each client asked and what it was told, as lines of JSON with times of one monotonic clock.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    path::Path,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use serde::{Deserialize, Serialize};

/// Nanoseconds since the storm began.
pub type Nanos = u64;

/// Which part of an operation a line is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The request is about to be sent.
    #[default]
    Invoke,
    /// It was acknowledged.
    Ok,
    /// It was refused, without effect.
    Fail,
    /// There was no answer, or one that leaves it open: it may have had its effect, or have it later.
    Unknown,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    Hold,
    /// Books a held time.
    Confirm,
    #[default]
    Book,
    Move,
    Cancel,
    Read,
}

/// A line of the history. An operation has two: its invocation and its outcome, with the same number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Record {
    #[serde(rename = "n")]
    pub number: u64,
    #[serde(rename = "t")]
    pub at: Nanos,
    #[serde(rename = "e")]
    pub event: Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<Operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<u32>,
    /// The patient's e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doctor: Option<String>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// The Idempotency-Key. An operation that is sent again has the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The appointment: of an invocation the one that it is about, of an outcome the one that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it was refused, with the reasons of a time that is gone: `time_gone:taken`. Of a read, the appointment's
    /// status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Writes a history.
pub struct Writer {
    began: Instant,
    lines: Mutex<File>,
}

impl Writer {
    /// # Errors
    /// The file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        Ok(Writer { began: Instant::now(), lines: Mutex::new(File::create(path)?) })
    }

    pub fn now(&self) -> Nanos {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(Nanos::MAX)
    }

    /// Writes a line at once: whoever follows the file sees what was asked before it is answered.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, record: &Record) -> io::Result<()> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line)
    }
}

/// The records of a history, in the order in which they were written.
///
/// # Errors
/// The file cannot be read.
pub fn read(path: &Path) -> io::Result<impl Iterator<Item = io::Result<Record>>> {
    let lines = BufReader::with_capacity(1 << 20, File::open(path)?).lines();
    Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
}
