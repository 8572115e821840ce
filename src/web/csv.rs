//! Tables as CSV (RFC 4180), for spreadsheets: typed text never becomes a formula.

use std::{error::Error, io};

use csv::{Terminator, Writer, WriterBuilder};

use crate::error::AppError;
use crate::web::answer;

/// Characters with which a spreadsheet begins a formula, or which it skips before one.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// These rows as text. A cell that a spreadsheet could take for a formula gets an apostrophe in front of it; every row
/// ends with CR LF. Rows may differ in length.
///
/// # Errors
/// [`AppError::Internal`]: a defect.
pub fn text(rows: impl IntoIterator<Item = Vec<String>>) -> Result<String, AppError> {
    write(rows).map_err(|error| answer::internal("a CSV file cannot be written", &error))
}

fn write(rows: impl IntoIterator<Item = Vec<String>>) -> Result<String, Box<dyn Error>> {
    let mut writer = writer(Vec::new());
    for row in rows {
        writer.write_record(row.into_iter().map(without_formula))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// A writer of rows whose cells went through [`without_formula`].
pub fn writer<W: io::Write>(to: W) -> Writer<W> {
    WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(to)
}

/// The cell, with an apostrophe in front of what a spreadsheet could take for a formula.
#[must_use]
pub fn without_formula(cell: String) -> String {
    if cell.starts_with(FORMULA) { ["'", &cell].concat() } else { cell }
}

/// The cell as it was before [`without_formula`].
#[must_use]
pub fn with_formula(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::text;

    fn line(cells: &[&str]) -> String {
        text([cells.iter().map(|cell| (*cell).to_owned()).collect()]).unwrap()
    }

    #[test]
    fn rows_may_differ_in_length() {
        let rows = [vec!["a".to_owned(), "b".to_owned()], vec!["only one".to_owned()]];
        assert_eq!(text(rows).unwrap(), "a,b\r\nonly one\r\n");
    }

    #[test]
    fn commas_quotes_and_line_breaks_are_quoted() {
        assert_eq!(
            line(&["plain", "a,b", "say \"x\"", "two\nlines", "two\r\nlines", ""]),
            "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"two\r\nlines\",\r\n"
        );
    }

    #[test]
    fn nothing_that_was_typed_becomes_a_formula() {
        for start in ["=", "+", "-", "@", "\t"] {
            let cell = [start, "cmd|' /C calc'!A0"].concat();
            assert_eq!(line(&[&cell]), ["'", &cell, "\r\n"].concat());
        }
        assert_eq!(line(&["\r=1+1"]), "\"'\r=1+1\"\r\n");
        assert_eq!(line(&["=HYPERLINK(\"//evil\",\"x\")"]), "\"'=HYPERLINK(\"\"//evil\"\",\"\"x\"\")\"\r\n");
    }

    #[test]
    fn harmless_cells_stay_as_they_are() {
        assert_eq!(line(&["a=b", "1-2", " =x", "'", "é"]), "a=b,1-2, =x,',é\r\n");
    }
}
