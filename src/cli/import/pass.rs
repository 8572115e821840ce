//! One reading of a file: every row is checked, and, in the second reading, written.

use std::{collections::HashSet, fmt};

use super::{progress::Progress, record::Record, source::Source};
use crate::{
    cli::failure::{Failure, explain},
    clinic::server::imports::{Cells, ImportItem, ImportKey, ImportKind, ImportRows, Plan, Problem, Verdict},
    db::{Error, Tx, Violation, WriteUnit},
    error::AppError,
    random,
    state::AppState,
    text::{check_optional_line, line},
    time::Timestamp,
};

/// Rows of one write unit. Other writers wait for so many at most.
const BATCH: usize = 200;
/// Characters of an id of another system.
const MAX_ID: u32 = 300;

/// A file on its way into the clinic.
pub(super) struct Import<'a> {
    pub app: &'a AppState,
    pub kind: ImportKind,
    /// The other system's name.
    pub from: &'a str,
    pub source: &'a Source,
    /// Cells for rows that leave them empty.
    pub usual: Vec<(&'static str, String)>,
}

/// What came of the rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outcome {
    pub added: u64,
    pub updated: u64,
    pub same: u64,
    pub not_for_us: u64,
    pub bad: u64,
    /// Bad rows that came to light while others were written.
    pub late: u64,
    /// Whether bad rows keep the others from nothing.
    pub skipped_bad: bool,
    pub dry_run: bool,
}

impl Outcome {
    pub fn writes(&self) -> u64 {
        self.added + self.updated
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { added, updated, same, not_for_us, bad, late, .. } = self;
        if self.writes() + same + not_for_us + bad + late == 0 {
            return f.write_str("there is a heading and no row");
        }
        if self.dry_run || (*bad > 0 && !self.skipped_bad) {
            f.write_str("only checked: ")?;
        }
        write!(f, "{added} new, {updated} updated or matched, {same} imported before, ")?;
        write!(f, "{not_for_us} passed over, {} wrong", bad + late)
    }
}

impl Import<'_> {
    /// Reads the file once.
    ///
    /// # Errors
    /// A file that cannot be read, or the database's.
    pub async fn pass<R: ImportRows>(&self, mut rows: R, write: bool) -> Result<Outcome, Failure> {
        let what = if write { "Writing" } else { "Checking" };
        let mut progress = Progress::new(what, self.source.bytes());
        let (mut outcome, mut seen) = (Outcome::default(), HashSet::new());
        let mut records = self.source.records()?;
        loop {
            let batch = records.by_ref().take(BATCH).collect::<Result<Vec<Record>, Failure>>()?;
            let Some(last) = batch.last() else { break };
            let (row, bytes) = (last.row, last.bytes);
            progress.end();
            let items = self.check(&mut rows, batch, &mut seen, &mut outcome, write).await;
            let items = items.map_err(|error| Failure::new("stopped", explain(&error.into())))?;
            if write && !items.is_empty() {
                self.write(items, &mut outcome).await?;
            }
            progress.show(row, bytes);
        }
        progress.end();
        Ok(outcome)
    }

    /// What is to be written of a batch. What is wrong is said in the first reading.
    async fn check<R: ImportRows>(
        &self,
        rows: &mut R,
        batch: Vec<Record>,
        seen: &mut HashSet<u64>,
        outcome: &mut Outcome,
        quiet: bool,
    ) -> Result<Vec<(u64, R::Item)>, Error> {
        let mut items = Vec::new();
        let mut reader = self.app.db.read().await?;
        let conn = &mut reader.conn();
        for Record { row, mut cells, wrong, .. } in batch {
            self.fill(&mut cells);
            let verdict = match (wrong, self.key(&cells)) {
                (Some(problem), _) | (None, Err(problem)) => problem.into(),
                (None, Ok(key)) if !seen.insert(short(&key)) => Verdict::from(twice(&cells)),
                (None, Ok(key)) => rows.check(conn, row, &cells, key).await?,
            };
            if !quiet {
                say(row, &verdict);
            }
            match verdict.plan {
                Some(Plan::Add(item)) => {
                    outcome.added += 1;
                    items.push((row, item));
                }
                Some(Plan::Update(item)) => {
                    outcome.updated += 1;
                    items.push((row, item));
                }
                Some(Plan::Same) => outcome.same += 1,
                Some(Plan::Skip(_)) => outcome.not_for_us += 1,
                None => outcome.bad += 1,
            }
        }
        Ok(items)
    }

    fn fill(&self, cells: &mut Cells) {
        for (name, value) in &self.usual {
            if cells.get(name).trim().is_empty() {
                cells.0.retain(|(known, _)| known != name);
                cells.0.push((name, value.clone()));
            }
        }
    }

    /// The row's id in the other system, or one made of its content.
    fn key(&self, cells: &Cells) -> Result<ImportKey, Problem> {
        let mut content: Vec<String> = cells.0.iter().map(|(name, cell)| format!("{name}\u{1F}{cell}")).collect();
        content.sort_unstable();
        let row_hash = random::token_hash(&content.join("\u{1E}"));
        let id = line(cells.get("id"));
        if check_optional_line(&id, MAX_ID).is_some() {
            return Err(Problem::new("id", format!("An id is one line of at most {MAX_ID} characters")));
        }
        let hex = || row_hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let external_id = if id.is_empty() { ["row:", &hex()].concat() } else { id };
        Ok(ImportKey { kind: self.kind, source: self.from.to_owned(), external_id, row_hash })
    }

    /// Writes a batch; where the database refuses one of its rows, each row alone.
    async fn write<I: ImportItem>(&self, items: Vec<(u64, I)>, outcome: &mut Outcome) -> Result<(), Failure> {
        let now = self.app.clock.now();
        let items: std::sync::Arc<[(u64, I)]> = items.into();
        let stopped = |error: Error| {
            let words = "stopped; what was written stays, and the same command goes on from there";
            Failure::new(words, explain(&error.into()))
        };
        match self.app.db.write(Batch { items: items.clone(), only: None, now }).await {
            Err(error) if refused(&error) => {}
            other => return other.map_err(stopped),
        }
        for (index, (row, _)) in items.iter().enumerate() {
            match self.app.db.write(Batch { items: items.clone(), only: Some(index), now }).await {
                Ok(()) => {}
                Err(error) if refused(&error) => {
                    outcome.late += 1;
                    outcome.added = outcome.added.saturating_sub(1);
                    println!("row {row}: {}", refusal(&error));
                }
                Err(error) => return Err(stopped(error)),
            }
        }
        Ok(())
    }
}

/// Eight bytes that stand for an id, so that those of a million rows fit into memory.
fn short(key: &ImportKey) -> u64 {
    random::token_hash(&key.external_id).iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

fn twice(cells: &Cells) -> Problem {
    let own = !line(cells.get("id")).is_empty();
    if own {
        Problem::new("id", "Another row of the file has this id")
    } else {
        Problem::new("", "Another row of the file says the same")
    }
}

fn say<T>(row: u64, verdict: &Verdict<T>) {
    for Problem { column, words } in &verdict.problems {
        if column.is_empty() {
            println!("row {row}: {words}");
        } else {
            println!("row {row}, {column}: {words}");
        }
    }
    for words in &verdict.warnings {
        println!("row {row}, note: {words}");
    }
    if let Some(Plan::Skip(words)) = &verdict.plan {
        println!("row {row}, passed over: {words}");
    }
}

/// Whether the database, or a rule, refused the row itself.
fn refused(error: &Error) -> bool {
    error.violation().is_some_and(Violation::is_overlap)
        || matches!(error, Error::App(AppError::Conflict | AppError::Invalid { .. } | AppError::TimeGone { .. }))
}

const NO_RESOURCE: &str = "No room or device that the visit type needs is free then";

fn refusal(error: &Error) -> &'static str {
    match error.violation() {
        Some(Violation::DoctorOverlap) => "The doctor has another appointment then, booked meanwhile",
        Some(Violation::PatientOverlap) => "The patient has another appointment then, booked meanwhile",
        Some(Violation::ResourceOverlap) => NO_RESOURCE,
        _ if matches!(error, Error::App(AppError::TimeGone { .. })) => NO_RESOURCE,
        _ if matches!(error, Error::App(AppError::Invalid { .. })) => {
            "This email address has an account, made meanwhile"
        }
        _ => "It was changed meanwhile",
    }
}

/// Some rows of a file.
struct Batch<I> {
    items: std::sync::Arc<[(u64, I)]>,
    /// The one to write; none for all of them.
    only: Option<usize>,
    now: Timestamp,
}

impl<I: ImportItem> WriteUnit for Batch<I> {
    const NAME: &'static str = I::NAME;
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        for (index, (_, item)) in self.items.iter().enumerate() {
            if self.only.is_none_or(|only| only == index) {
                item.write(tx, self.now).await?;
            }
        }
        Ok(())
    }
}
