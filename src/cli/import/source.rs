//! The rows of a file, for each pass anew.

use super::{csv_file::CsvFile, ics, record::Record};
use crate::cli::failure::Failure;

/// The rows of a file, read anew for each pass.
pub(super) enum Source {
    Csv(CsvFile),
    Calendar(Vec<ics::Event>),
}

type Records<'a> = Box<dyn Iterator<Item = Result<Record, Failure>> + Send + 'a>;

impl Source {
    pub fn records(&self) -> Result<Records<'_>, Failure> {
        Ok(match self {
            Source::Csv(file) => Box::new(file.records()?),
            Source::Calendar(events) => Box::new(events.iter().map(|event| Ok(event.record()))),
        })
    }

    pub fn bytes(&self) -> u64 {
        match self {
            Source::Csv(file) => file.bytes,
            Source::Calendar(events) => events.len() as u64,
        }
    }
}
