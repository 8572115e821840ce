//! Tables as CSV (RFC 4180), for spreadsheets: what somebody typed never becomes a formula.

/// Characters with which a spreadsheet begins a formula, or skips what stands before one.
const FORMULA: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\n'];

/// A table that grows row by row.
#[derive(Clone, Debug, Default)]
pub struct Csv(String);

impl Csv {
    /// A table without rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row. A cell that a spreadsheet could take for a formula gets an apostrophe in front of it; cells with
    /// commas, quotes or line breaks are quoted.
    pub fn row(&mut self, cells: &[&str]) {
        for (index, cell) in cells.iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.cell(cell);
        }
        self.0.push_str("\r\n");
    }

    /// The table as text; every row ends with CR LF.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }

    fn cell(&mut self, cell: &str) {
        let apostrophe = if cell.starts_with(FORMULA) { "'" } else { "" };
        if cell.contains(['"', ',', '\r', '\n']) {
            self.0.extend(["\"", apostrophe, &cell.replace('"', "\"\""), "\""]);
        } else {
            self.0.extend([apostrophe, cell]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Csv;

    fn line(cells: &[&str]) -> String {
        let mut csv = Csv::new();
        csv.row(cells);
        csv.finish()
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
