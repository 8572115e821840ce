//! What was taken over from other systems: which row of which file became what, so that no row is taken over twice.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Conn, Error, Tx},
    time::Timestamp,
};

/// What a row of a file is about; a code of `imported_rows`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    Patients,
    Doctors,
    Appointments,
    Holidays,
}

impl ImportKind {
    /// The code, and the word on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ImportKind::Patients => "patients",
            ImportKind::Doctors => "doctors",
            ImportKind::Appointments => "appointments",
            ImportKind::Holidays => "holidays",
        }
    }
}

/// A row of a file: where it comes from, its id there, and a digest of what it says.
#[derive(Clone, Debug)]
pub struct ImportKey {
    pub kind: ImportKind,
    /// The name of the other system; may be empty.
    pub source: String,
    pub external_id: String,
    /// SHA-256.
    pub row_hash: Vec<u8>,
}

/// A row that was taken over before.
#[derive(Clone, Debug, FromRow)]
pub struct Imported {
    pub our_id: Option<Uuid>,
    pub row_hash: Vec<u8>,
}

impl ImportKey {
    /// What became of this row before, if it was taken over.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, conn: &mut Conn<'_>) -> Result<Option<Imported>, Error> {
        const SQL: &str = "select our_id, row_hash from imported_rows
            where kind = $1 and source = $2 and external_id = $3";
        conn.fetch_optional(SQL, (self.kind.code(), &self.source, &self.external_id)).await
    }

    /// Writes down what the row became, in the unit that takes it over.
    ///
    /// # Errors
    /// The database's.
    pub async fn remember(&self, tx: &mut Tx<'_>, our_id: Option<Uuid>, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "insert into imported_rows (kind, source, external_id, our_id, row_hash, at)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (kind, source, external_id) do update set row_hash = excluded.row_hash, at = excluded.at";
        tx.execute(SQL, (self.kind.code(), &self.source, &self.external_id, our_id, &self.row_hash, now)).await?;
        Ok(())
    }
}

/// Every id that rows of this kind had in the other system, with what they became here.
///
/// # Errors
/// The database's.
pub async fn all(conn: &mut Conn<'_>, kind: ImportKind, source: &str) -> Result<Vec<(String, Uuid)>, Error> {
    const SQL: &str = "select external_id, our_id from imported_rows
        where kind = $1 and source = $2 and our_id is not null";
    conn.fetch_all(SQL, (kind.code(), source)).await
}

/// The cells of a row, by the names of their columns.
#[derive(Clone, Debug, Default)]
pub struct Cells(pub Vec<(&'static str, String)>);

impl Cells {
    /// The cell of this column; empty where the file has none.
    #[must_use]
    pub fn get(&self, column: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == column).map_or("", |(_, cell)| cell.as_str())
    }
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Empty for the row as a whole.
    pub column: &'static str,
    /// A sentence.
    pub words: String,
}

impl Problem {
    #[must_use]
    pub fn new(column: &'static str, words: impl Into<String>) -> Self {
        Problem { column, words: words.into() }
    }
}

/// What is to become of a row.
#[derive(Clone, Debug)]
pub enum Plan<T> {
    Add(T),
    Update(T),
    /// It was taken over before.
    Same,
    /// It is not for docslot, for the reason in these words.
    Skip(String),
}

/// A row as it was checked.
#[derive(Clone, Debug)]
pub struct Verdict<T> {
    /// None when there are problems.
    pub plan: Option<Plan<T>>,
    pub problems: Vec<Problem>,
    /// What the person who imports should know, and what keeps nothing back.
    pub warnings: Vec<String>,
}

impl<T> Verdict<T> {
    /// A row that was imported before and is not changed here: with a warning, in these words, if it has changed.
    #[must_use]
    pub fn kept(key: &ImportKey, before: &Imported, words: &str) -> Self {
        let warnings = if before.row_hash == key.row_hash { Vec::new() } else { vec![words.to_owned()] };
        Verdict { warnings, ..Plan::Same.into() }
    }
}

impl<T> From<Plan<T>> for Verdict<T> {
    fn from(plan: Plan<T>) -> Self {
        Verdict { plan: Some(plan), problems: Vec::new(), warnings: Vec::new() }
    }
}

impl<T> From<Vec<Problem>> for Verdict<T> {
    fn from(problems: Vec<Problem>) -> Self {
        Verdict { plan: None, problems, warnings: Vec::new() }
    }
}

impl<T> From<Problem> for Verdict<T> {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

/// What is written for one row.
pub trait ImportItem: Send + Sync + 'static {
    /// What the unit does that writes some of them.
    const NAME: &'static str;

    /// Writes it, and the line of `imported_rows`.
    fn write(&self, tx: &mut Tx<'_>, now: Timestamp) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Rows of one file, checked one after the other.
pub trait ImportRows: Send {
    type Item: ImportItem;

    /// What is to become of the row, and what is wrong with it.
    fn check(
        &mut self,
        conn: &mut Conn<'_>,
        row: u64,
        cells: &Cells,
        key: ImportKey,
    ) -> impl Future<Output = Result<Verdict<Self::Item>, Error>> + Send;
}
