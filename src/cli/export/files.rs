//! The files of an export, which only the account that runs docslot may read.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use serde_json::{Map, Value};

use super::tables::Table;
use crate::{
    db::private,
    web::csv::{without_formula, writer},
};

/// How the files are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For spreadsheets, and for `docslot import`
    Csv,
    /// One JSON object in each line
    Json,
}

/// A value of a row.
pub(super) enum Cell {
    Text(String),
    Number(i32),
    YesNo(bool),
}

/// The file of a table.
pub(super) struct TableFile<'a> {
    table: &'a Table,
    to: To,
}

enum To {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Json(BufWriter<File>),
}

impl<'a> TableFile<'a> {
    pub fn create(folder: &Path, table: &'a Table, format: Format) -> io::Result<Self> {
        let ending = match format {
            Format::Csv => "csv",
            Format::Json => "jsonl",
        };
        TableFile::open(folder.join(format!("{}.{ending}", table.name)), table, format)
    }

    pub fn open(path: PathBuf, table: &'a Table, format: Format) -> io::Result<Self> {
        let file = BufWriter::new(private::create(&path)?);
        let to = match format {
            Format::Csv => {
                let mut to = writer(file);
                to.write_record(table.columns.iter().map(|(name, _)| *name)).map_err(io_error)?;
                To::Csv(Box::new(to))
            }
            Format::Json => To::Json(file),
        };
        Ok(TableFile { table, to })
    }

    pub fn write(&mut self, cells: Vec<Option<Cell>>) -> io::Result<()> {
        match &mut self.to {
            To::Csv(to) => to.write_record(cells.into_iter().map(in_csv)).map_err(io_error),
            To::Json(to) => {
                let names = self.table.columns.iter().map(|(name, _)| (*name).to_owned());
                let object: Map<String, Value> = names.zip(cells.into_iter().map(in_json)).collect();
                serde_json::to_writer(&mut *to, &object)?;
                to.write_all(b"\n")
            }
        }
    }

    /// Makes sure that everything is on the disk.
    pub fn finish(self) -> io::Result<()> {
        let buffer = match self.to {
            To::Csv(to) => (*to).into_inner().map_err(|error| io::Error::from(error.error().kind()))?,
            To::Json(to) => to,
        };
        buffer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Writes a small file.
pub(super) fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    write_bytes(path, text.as_bytes())
}

/// Writes a file of which everything is in memory.
pub(super) fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = private::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn in_csv(cell: Option<Cell>) -> String {
    match cell {
        None => String::new(),
        Some(Cell::Text(text)) => without_formula(text),
        Some(Cell::Number(number)) => number.to_string(),
        Some(Cell::YesNo(yes)) => if yes { "yes" } else { "no" }.to_owned(),
    }
}

fn in_json(cell: Option<Cell>) -> Value {
    match cell {
        None => Value::Null,
        Some(Cell::Text(text)) => Value::String(text),
        Some(Cell::Number(number)) => number.into(),
        Some(Cell::YesNo(yes)) => yes.into(),
    }
}
