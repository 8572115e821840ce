//! `docslot export`: everything that the clinic keeps, in files that other programs read.
//!
//! All files show one moment: they are read in one transaction. Rows go from the database to the disk one by one, so that
//! a large clinic needs no more memory than a small one.

mod entrusted;
mod files;
mod people;
mod tables;

use std::{fs, io, path::Path};

use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use sqlx::Row;
use uuid::Uuid;

pub use self::files::Format;
use self::{
    files::{Cell, TableFile},
    people::{ANSWERS, PAPERS, PEOPLE},
    tables::{Kind, TABLES, Table},
};
use crate::{
    cli::failure::{Failure, explain},
    clinic::server::audit::{Author, Entry, note},
    db::{Conn, Error, Statement, on, private},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, rfc3339},
    },
};

/// The file that is written last: a folder without it is not whole.
const LAST: &str = "export.json";

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error(transparent)]
    Database(#[from] Error),
    #[error(transparent)]
    Read(#[from] sqlx::Error),
    #[error("{0}")]
    Write(#[from] io::Error),
}

/// Writes every table into a new folder.
///
/// # Errors
/// A folder that has something in it, a full disk, or the database's.
pub async fn run(app: &AppState, folder: &Path, format: Format) -> Result<(), Failure> {
    let failed = |words: String| Failure::Other(format!("{}: {words}", folder.display()));
    prepare(folder).map_err(&failed)?;
    let now = app.clock.now();
    let rows = export(app, folder, format).await.map_err(|stopped| failed(words(&stopped)))?;
    let about = json!({
        "docslot": env!("CARGO_PKG_VERSION"),
        "at": rfc3339(now, 0),
        "rows": rows.iter().map(|(name, rows)| ((*name).to_owned(), json!(rows))).collect::<Map<String, Value>>(),
    });
    files::write_whole(&folder.join(LAST), &format!("{about:#}\n"))
        .map_err(|error| failed(words(&Stopped::Write(error))))?;
    let details = format!("{} rows", rows.iter().map(|(_, rows)| rows).sum::<u64>());
    let entry = Entry { action: "clinic.exported", subject: "clinic", subject_id: None, details: &details };
    note(app, Author::SYSTEM, entry).await.map_err(|error| failed(explain(&error)))?;
    for (name, rows) in &rows {
        println!("{rows:>9}  {name}");
    }
    println!(
        "{}: written. It holds what patients told their doctors: keep it as safe as the database.",
        folder.display()
    );
    Ok(())
}

/// Makes the folder, or makes sure that nothing is in it.
fn prepare(folder: &Path) -> Result<(), String> {
    match fs::read_dir(folder) {
        Ok(mut entries) => {
            let words = "is not empty: name a new folder, so that nothing old is taken for new";
            return if entries.next().is_some() { Err(words.to_owned()) } else { Ok(()) };
        }
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err("is a file, not a folder".to_owned());
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(format!("cannot be read: {error}")),
        Err(_) => {}
    }
    private::make_folder(folder).map_err(|error| format!("cannot be made: {error}"))
}

fn words(stopped: &Stopped) -> String {
    let what = match stopped {
        Stopped::Write(error) if error.kind() == io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        Stopped::Write(error) => format!("cannot be written: {error}"),
        other => format!("the database could not be read: {other}"),
    };
    format!("{what}. What is in the folder is not whole, and has no {LAST}: remove it")
}

/// Writes every table as it is at one moment. Returns how many rows each has.
async fn export(app: &AppState, folder: &Path, format: Format) -> Result<Vec<(&'static str, u64)>, Stopped> {
    const BEGIN: Statement =
        Statement { sqlite: "begin", postgres: "begin isolation level repeatable read, read only" };
    // large tables take longer than any request may
    const PATIENCE: Statement = Statement { sqlite: "pragma query_only", postgres: "set local statement_timeout = 0" };
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    execute(conn, BEGIN).await?;
    execute(conn, PATIENCE).await?;
    let mut written = Ok(Vec::new());
    for table in TABLES.iter().chain(&PEOPLE) {
        let rows = write_table(conn, table, folder, format).await;
        written = written.and_then(|mut all: Vec<(&'static str, u64)>| {
            all.push((table.name, rows?));
            Ok(all)
        });
        if written.is_err() {
            break;
        }
    }
    if let Ok(all) = &mut written {
        match entrusted(app, conn, folder, format).await {
            Ok(rows) => all.extend(rows),
            Err(stopped) => written = Err(stopped),
        }
    }
    execute(conn, "rollback".into()).await?;
    written
}

/// Writes what is stored encrypted, as it is at the same moment.
async fn entrusted(
    app: &AppState,
    conn: &mut Conn<'_>,
    folder: &Path,
    format: Format,
) -> Result<[(&'static str, u64); 2], Stopped> {
    let answers = entrusted::answers(app, conn, folder, format).await?;
    let papers = entrusted::papers(app, conn, folder, format).await?;
    Ok([(ANSWERS.name, answers), (PAPERS.name, papers)])
}

async fn execute(conn: &mut Conn<'_>, sql: Statement) -> Result<(), Error> {
    match conn.reborrow() {
        Conn::Sqlite(c) => sqlx::query(sql.sqlite).execute(c).await.map(|_| ())?,
        Conn::Postgres(c) => sqlx::query(sql.postgres).execute(c).await.map(|_| ())?,
    }
    Ok(())
}

async fn write_table(conn: &mut Conn<'_>, table: &Table, folder: &Path, format: Format) -> Result<u64, Stopped> {
    let mut file = TableFile::create(folder, table, format)?;
    let mut rows = 0;
    on!(conn, |c| {
        let mut found = sqlx::query(table.sql).fetch(c);
        while let Some(row) = found.try_next().await? {
            let mut cells = Vec::with_capacity(table.columns.len());
            for (index, (_, kind)) in table.columns.iter().enumerate() {
                cells.push(match kind {
                    Kind::Id => row.try_get::<Option<Uuid>, _>(index)?.map(|id| Cell::Text(id.to_string())),
                    Kind::Text => row.try_get::<Option<String>, _>(index)?.map(Cell::Text),
                    Kind::Number => row.try_get::<Option<i32>, _>(index)?.map(Cell::Number),
                    Kind::YesNo => row.try_get::<Option<bool>, _>(index)?.map(Cell::YesNo),
                    Kind::Moment => row.try_get::<Option<Timestamp>, _>(index)?.map(|at| Cell::Text(rfc3339(at, 0))),
                    Kind::Date => row.try_get::<Option<LocalDate>, _>(index)?.map(|date| Cell::Text(date.to_string())),
                });
            }
            file.write(cells)?;
            rows += 1;
        }
    });
    file.finish()?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_has_its_columns() {
        for Table { name, columns, sql } in TABLES.iter().chain(&PEOPLE) {
            assert!(sql.starts_with("select"), "{name}");
            let secret = ["hash", "token", "secret", "video_"].iter().any(|word| sql.contains(word));
            assert!(!secret && !columns.is_empty(), "{name}");
        }
    }

    #[test]
    fn every_table_is_in_a_file_or_left_out_for_a_reason() {
        let schema = include_str!("../../../migrations/sqlite/0001_schema.sql");
        let tables: Vec<&str> = schema
            .lines()
            .filter_map(|line| line.strip_prefix("create table "))
            .map(|rest| rest.trim_end_matches(" ("))
            .collect();
        assert!(tables.len() > 40, "{tables:?}");
        let written = |table: &str| {
            let reads = |sql: &str| sql.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == table);
            TABLES.iter().chain(&PEOPLE).any(|file| reads(file.sql))
        };
        let left_out = |table: &str| people::LEFT_OUT.iter().any(|(name, _)| *name == table);
        for table in &tables {
            assert!(written(table) != left_out(table), "{table} must be in a file, or left out for a reason");
        }
        for (name, reason) in people::LEFT_OUT {
            assert!(tables.contains(&name) && !reason.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_full_disk_is_called_so() {
        let mut file = files::TableFile::open("/dev/full".into(), &TABLES[0], Format::Csv).expect("a device");
        let cells = || TABLES[0].columns.iter().map(|_| Some(Cell::Text("x".repeat(1_000)))).collect();
        let error = (0..100).find_map(|_| file.write(cells()).err());
        let error = error.or_else(|| file.finish().err()).expect("a full disk");
        assert!(words(&Stopped::Write(error)).starts_with("the disk is full. What is in the folder is not whole"));
    }
}
