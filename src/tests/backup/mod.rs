//! Backups: taken while people book, restored on another machine, and refused when they are not whole.

mod bad;
mod files;
mod load;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use docslot::db::{Engine, engine_of};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use crate::{
    clinic::{postgres_server, with_database},
    process::{command, text},
};

/// A folder of one test, and a database that nobody has used yet.
pub struct Elsewhere {
    pub folder: PathBuf,
    /// The address of the database; on SQLite, in a folder of its own.
    pub url: String,
    /// The name of a PostgreSQL database.
    database: Option<String>,
}

impl Elsewhere {
    pub async fn beside(url: &str) -> Elsewhere {
        let name = format!("docslot_test_{}", Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(format!("{name}_backup"));
        fs::create_dir(&folder).expect("a folder");
        if engine_of(url) == Some(Engine::Sqlite) {
            let url = format!("sqlite://{}", folder.join("data/docslot.db").display());
            return Elsewhere { folder, url, database: None };
        }
        let server = postgres_server();
        run_on(&server, format!("create database {name}")).await;
        Elsewhere { folder, url: with_database(&server, &name), database: Some(name) }
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The file of an SQLite database.
    pub fn database_file(&self) -> PathBuf {
        self.file("data/docslot.db")
    }

    /// Whether nothing was written into the database, and no half-written file stays.
    pub async fn assert_untouched(&self) {
        if self.database.is_some() {
            let mut conn = PgConnection::connect(&self.url).await.expect("the database");
            let tables = "select count(*) from pg_tables where schemaname = 'public'";
            let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut conn).await.expect("a count");
            assert_eq!(tables, 0);
        }
        let data = names(&self.file("data"));
        assert!(data.iter().all(|name| name == "docslot.db.in-use"), "{data:?}");
        let here = names(&self.folder);
        assert!(!here.iter().any(|name| name.contains("partial")), "{here:?}");
    }

    pub async fn remove(self) {
        fs::remove_dir_all(&self.folder).expect("removing the folder");
        if let Some(name) = self.database {
            run_on(&postgres_server(), format!("drop database {name} with (force)")).await;
        }
    }
}

async fn run_on(server: &str, sql: String) {
    let mut admin = PgConnection::connect(server).await.expect("the PostgreSQL of TEST_DATABASE_URL");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await.expect("a database");
}

/// What is in a folder, sorted; nothing if there is none.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Runs `docslot` with these arguments on a database.
async fn docslot(url: &str, arguments: &[&str], path: &Path) -> Output {
    let mut command = command(url);
    command.args(arguments).arg(path);
    tokio::task::spawn_blocking(move || command.output()).await.expect("a task").expect("the program")
}

/// The same, which must succeed; what it said.
async fn done(url: &str, arguments: &[&str], path: &Path) -> String {
    let output = docslot(url, arguments, path).await;
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

/// The same, which must fail with one line that holds these words.
async fn refused(url: &str, arguments: &[&str], path: &Path, words: &str) {
    let output = docslot(url, arguments, path).await;
    assert_refused(&output, words);
}

fn assert_refused(output: &Output, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}: {}", text(output));
    assert_eq!(said.lines().count(), 1, "{words}: {said}");
    assert!(said.contains(words), "{words}: {said}");
}
