//! Files of spreadsheets: with commas, semicolons or tabs between the cells, in UTF-8 or in Windows-1252.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use csv::{ByteRecord, ReaderBuilder};
use encoding_rs::WINDOWS_1252;

use super::{
    columns::{Column, find},
    file::{self, failed},
    record::Record,
};
use crate::{
    cli::failure::Failure,
    clinic::server::imports::{Cells, Problem},
    web::csv::with_formula,
};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    #[value(name = "utf-8")]
    Utf8,
    /// What spreadsheets on Windows write as plain "CSV"
    #[value(name = "windows-1252")]
    Windows1252,
}

/// A file whose heading has been read.
pub(super) struct CsvFile {
    path: PathBuf,
    encoding: Encoding,
    separator: u8,
    /// What each cell of a row is; none for a column that is passed over.
    headings: Vec<Option<&'static str>>,
    pub bytes: u64,
}

impl CsvFile {
    pub fn open(
        path: &Path,
        columns: &'static [Column],
        encoding: Encoding,
        ignore_unknown: bool,
    ) -> Result<CsvFile, Failure> {
        let (reader, beginning, bytes) = file::open(path)?;
        let separator = separator(&beginning);
        let mut file = CsvFile { path: path.to_owned(), encoding, separator, headings: Vec::new(), bytes };
        let mut heading = ByteRecord::new();
        let read = file.reader(reader).read_byte_record(&mut heading);
        if !read.map_err(|error| failed(path, error))? {
            return Err(failed(path, "is empty"));
        }
        let cells = file.cells(&heading, 1)?;
        file.headings = headings(path, columns, &cells, ignore_unknown)?;
        Ok(file)
    }

    fn reader(&self, reader: BufReader<File>) -> csv::Reader<BufReader<File>> {
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(self.separator).from_reader(reader)
    }

    /// The rows below the heading. Rows without any text are left out.
    pub fn records(&self) -> Result<impl Iterator<Item = Result<Record, Failure>> + Send + '_, Failure> {
        let (reader, ..) = file::open(&self.path)?;
        let mut reader = self.reader(reader);
        let mut record = ByteRecord::new();
        let mut row = 0;
        Ok(std::iter::from_fn(move || {
            loop {
                match reader.read_byte_record(&mut record) {
                    Ok(true) => row += 1,
                    Ok(false) => return None,
                    Err(error) => return Some(Err(failed(&self.path, error))),
                }
                if row > 1 && record.iter().any(|cell| !cell.trim_ascii().is_empty()) {
                    let bytes = reader.position().byte();
                    return Some(self.record(&record, row, bytes));
                }
            }
        }))
    }

    fn record(&self, record: &ByteRecord, row: u64, bytes: u64) -> Result<Record, Failure> {
        let (has, wanted) = (record.len(), self.headings.len());
        if has != wanted {
            let words = format!("The row has {has} cells, and the heading {wanted}");
            return Ok(Record { row, cells: Cells::default(), wrong: Some(Problem::new("", words)), bytes });
        }
        let cells = self.cells(record, row)?.into_iter().zip(&self.headings);
        let named = cells.filter_map(|(cell, heading)| Some(((*heading)?, with_formula(&cell).to_owned())));
        Ok(Record { row, cells: Cells(named.collect()), wrong: None, bytes })
    }

    fn cells(&self, record: &ByteRecord, row: u64) -> Result<Vec<String>, Failure> {
        let line = record.position().map_or(row, csv::Position::line);
        record.iter().map(|cell| self.text(cell, line)).collect()
    }

    fn text(&self, cell: &[u8], line: u64) -> Result<String, Failure> {
        if self.encoding == Encoding::Windows1252 {
            return Ok(WINDOWS_1252.decode_without_bom_handling(cell).0.into_owned());
        }
        String::from_utf8(cell.to_vec()).map_err(|_| {
            let words = format!(
                "line {line} is not in UTF-8: save the file as \"CSV UTF-8\", or, if it comes from a spreadsheet on \
                 Windows, add --encoding windows-1252"
            );
            failed(&self.path, words)
        })
    }
}

/// The sign that stands most often in the first line, outside quotation marks.
fn separator(beginning: &[u8]) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in beginning {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            byte => counts.iter_mut().filter(|(sign, _)| sign == byte).for_each(|(_, count)| *count += 1),
        }
    }
    // of equals the first: a comma
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(sign, _)| *sign)
}

fn headings(
    path: &Path,
    columns: &'static [Column],
    cells: &[String],
    ignore_unknown: bool,
) -> Result<Vec<Option<&'static str>>, Failure> {
    let found: Vec<Option<&'static str>> =
        cells.iter().map(|cell| find(columns, cell).map(|column| column.name)).collect();
    let unknown = cells.iter().zip(&found).filter(|(cell, column)| column.is_none() && !cell.trim().is_empty());
    let unknown: Vec<String> = unknown.map(|(cell, _)| format!("\"{}\"", cell.trim())).collect();
    let known = || columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ");
    let mut missing: Vec<&str> = columns.iter().filter(|column| column.required).map(|column| column.name).collect();
    missing.retain(|name| !found.contains(&Some(*name)));
    if columns.iter().any(|column| column.name == "last_name")
        && !["name", "first_name", "last_name"].iter().any(|name| found.contains(&Some(*name)))
    {
        missing.push("name");
    }
    if !missing.is_empty() {
        let words =
            format!("these columns are missing: {}. The columns that docslot knows: {}", missing.join(", "), known());
        return Err(failed(path, words));
    }
    if let Some(twice) =
        found.iter().flatten().find(|name| found.iter().flatten().filter(|other| other == name).count() > 1)
    {
        return Err(failed(path, format!("two columns mean \"{twice}\": remove one of them")));
    }
    if !unknown.is_empty() && !ignore_unknown {
        let words = format!(
            "docslot does not know these columns: {}. Remove them, or pass over them with --ignore-unknown. The columns \
             that it knows: {}",
            unknown.join(", "),
            known()
        );
        return Err(failed(path, words));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::separator;

    #[test]
    fn the_sign_between_cells_is_found() {
        for (line, sign) in [
            ("name,email\n", b','),
            ("name;email;phone\na,b,c,d,e", b';'),
            ("name\temail", b'\t'),
            ("\"a,b,c\";d\n", b';'),
            ("name", b','),
        ] {
            assert_eq!(separator(line.as_bytes()), sign, "{line}");
        }
    }
}
