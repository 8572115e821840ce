//! The two migration sets say the same, and every statement of the program is one that both engines understand.

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::{Path, PathBuf},
};

use docslot::{db::Pools, on};
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr};

use crate::{both_databases, clinic::TestClinic};

#[test]
fn both_migration_sets_have_the_same_numbers() {
    let names = |engine: &str| -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
        fs::read_dir(folder)
            .expect("a folder")
            .map(|f| f.expect("a file").file_name().into_string().expect("text"))
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}

#[tokio::test]
async fn both_migration_sets_make_the_same_tables_and_columns() {
    let (sqlite, postgres) = (std::sync::OnceLock::new(), std::sync::OnceLock::new());
    let (sqlite, postgres) = (std::sync::Arc::new(sqlite), std::sync::Arc::new(postgres));
    for (engine, columns) in
        [(docslot::db::Engine::Sqlite, sqlite.clone()), (docslot::db::Engine::Postgres, postgres.clone())]
    {
        TestClinic::run(engine, move |clinic| async move {
            columns.set(columns_of(&clinic.app.db.pools).await).expect("once");
        })
        .await;
    }
    assert_eq!(sqlite.get(), postgres.get());
    assert!(sqlite.get().is_some_and(|columns| columns.len() > 100));
}

/// An index of the few rows in one status is a page that every booking reads and writes: serializable transactions then fail
/// each other, with any doctors. The three overlap rules are looked at by the constraint, not by a query.
#[tokio::test]
async fn no_index_gathers_the_appointments_of_one_status() {
    TestClinic::run(docslot::db::Engine::Postgres, async |clinic| {
        let Pools::Postgres(pool) = &clinic.app.db.pools else { unreachable!("asked for PostgreSQL") };
        let sql = "select indexname::text from pg_indexes
            where tablename = 'appointments' and indexdef like '%status%' order by indexname";
        let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(pool).await.expect("indexes");
        let rules = ["doctor", "patient", "resource"].map(|of| format!("appointments_{of}_no_overlap"));
        assert_eq!(found, rules);
    })
    .await;
}

/// "table.column, nullable or not" of every table.
async fn columns_of(db: &Pools) -> BTreeSet<String> {
    let rows: Vec<(String, String, bool)> = match db {
        Pools::Sqlite { readers, .. } => {
            let sql = "select t.name, c.name, c.\"notnull\" = 0 from sqlite_master t join pragma_table_xinfo(t.name) c
                where t.type = 'table' and t.name not like 'sqlite%' and t.name not like '\\_sqlx%' escape '\\'";
            sqlx::query_as(sql).fetch_all(readers).await.expect("columns")
        }
        Pools::Postgres(pool) => {
            let sql = "select table_name::text, column_name::text, is_nullable = 'YES' from information_schema.columns
                where table_schema = 'public' and table_name <> '_sqlx_migrations'";
            sqlx::query_as(sql).fetch_all(pool).await.expect("columns")
        }
    };
    rows.into_iter()
        .map(|(table, column, null)| format!("{table}.{column} {}", if null { "null" } else { "not null" }))
        .collect()
}

both_databases! {
    async fn every_statement_can_be_prepared(clinic: TestClinic) {
        let statements = statements_for(&clinic.app.db.pools);
        assert!(statements.len() > 40, "only {} statements were found", statements.len());
        let mut reader = clinic.app.db.read().await.expect("a reader");
        for (file, sql) in statements {
            let text = AssertSqlSafe(sql.clone()).into_sql_str();
            let prepared: Result<(), sqlx::Error> = on!(reader.conn(), |c| c.prepare(text).await.map(|_| ()));
            if let Err(error) = prepared {
                panic!("{}: {error}\n{sql}", file.display());
            }
        }
    }

    async fn running_the_migrations_again_changes_nothing(clinic: TestClinic) {
        let before = columns_of(&clinic.app.db.pools).await;
        clinic.app.db.migrate().await.expect("migrating again");
        assert_eq!(columns_of(&clinic.app.db.pools).await, before);
    }

    async fn sqlite_is_built_as_it_should_be(clinic: TestClinic) {
        if let Pools::Sqlite { readers, .. } = &clinic.app.db.pools {
            let built = [
                ("ENABLE_STAT4", false),
                ("DEFAULT_MEMSTATUS=0", true),
                ("ENABLE_MEMORY_MANAGEMENT", false),
                ("DISABLE_PAGECACHE_OVERFLOW_STATS", true),
            ];
            for (option, wanted) in built {
                let asked = format!("select sqlite_compileoption_used('{option}')");
                let row = sqlx::raw_sql(sqlx::AssertSqlSafe(asked)).fetch_one(readers).await.expect("an option");
                assert_eq!(row.get::<bool, _>(0), wanted, "{option}: the flags are in .cargo/config.toml");
            }
        }
    }

    async fn readers_of_sqlite_cannot_write(clinic: TestClinic) {
        if let Pools::Sqlite { readers, .. } = &clinic.app.db.pools {
            let refused = sqlx::raw_sql("update doctors set name = 'x'").execute(readers).await;
            assert!(refused.is_err());
            let journal = sqlx::raw_sql("pragma journal_mode").fetch_one(readers).await.expect("a pragma");
            assert_eq!(journal.get::<String, _>(0), "wal");
        }
    }
}

/// Every string literal of the program that begins as a statement does, with its lists of ids put in.
fn statements_for(db: &Pools) -> Vec<(PathBuf, String)> {
    let list = match db {
        Pools::Sqlite { .. } => " in (select unhex(value) from json_each($1))",
        Pools::Postgres(_) => " = any(array(select value::uuid from json_array_elements_text($1::json)))",
    };
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let shared = own_macros(&fs::read_to_string(source.join("booking/server/appointment.rs")).expect("a source file"));
    let mut found = Vec::new();
    for file in source_files(&source) {
        let text = fs::read_to_string(&file).expect("a source file");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let text: String = code.flat_map(|line| [line, "\n"]).collect();
        let mut own = shared.clone();
        own.extend(own_macros(&text));
        let macros = Macros { list, own };
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['"', '!']) {
            // the name of a macro stands before its `!`
            let name = rest[..at].rfind(|c: char| c != '_' && !c.is_alphanumeric()).map_or(0, |before| before + 1);
            let Some((sql, after)) = read_text(&rest[if rest[at..].starts_with('!') { name } else { at }..], &macros)
            else {
                let Some((_, after)) = read_literal(&rest[at..]) else {
                    rest = &rest[at + 1..];
                    continue;
                };
                rest = after;
                continue;
            };
            rest = after;
            let is_macro = text[..text.len() - rest.len()].ends_with(&format!("() => {{\n        \"{sql}\""));
            let is_statement =
                !is_macro && ["select ", "insert into ", "update ", "with "].iter().any(|verb| sql.starts_with(verb));
            if is_statement && !is_for_the_other_engine(&sql, db) {
                found.push((file.clone(), sql));
            }
        }
    }
    found
}

/// What the macros stand for of which statements are made.
struct Macros<'a> {
    /// Between the two parts of `in_ids!`.
    list: &'a str,
    /// Those without arguments that a file defines itself, and those of the row of an appointment.
    own: HashMap<String, String>,
}

fn own_macros(text: &str) -> HashMap<String, String> {
    let definitions = text.split("macro_rules! ").skip(1);
    let read = |definition: &str| {
        let (name, body) = definition.split_once(" {\n    () => {\n        ")?;
        Some((name.to_owned(), read_literal(body)?.0))
    };
    definitions.filter_map(read).collect()
}

/// The text that an expression makes at the beginning of `code`, and what follows it: a string literal, or one of the
/// macros of which statements are made.
fn read_text<'a>(code: &'a str, macros: &Macros) -> Option<(String, &'a str)> {
    if let Some(literal) = read_literal(code) {
        return Some(literal);
    }
    let (name, mut rest) = code.split_once("!(")?;
    if let Some(text) = macros.own.get(name) {
        return Some((text.clone(), rest.strip_prefix(')')?));
    }
    if !["concat", "in_ids", "occupies", "ran_out"].contains(&name) {
        return None;
    }
    let mut parts = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if let Some(after) = rest.strip_prefix(')') {
            rest = after;
            break;
        }
        let (part, after) = read_text(rest, macros)?;
        parts.push(part);
        rest = after;
    }
    let text = match (name, parts.as_slice()) {
        ("in_ids", [before, after]) => [before, macros.list, after].concat(),
        ("occupies", [row, now]) => format!("{row}.held_until > {now} or {row}.answer_by > {now}"),
        ("ran_out", [row, now]) => format!("{row}.held_until <= {now} or {row}.answer_by <= {now}"),
        _ => parts.concat(),
    };
    Some((text, rest))
}

fn is_for_the_other_engine(sql: &str, db: &Pools) -> bool {
    let sqlite = ["json_each", "sqlite_", "unhex(", "rowid ", "; insert"].iter().any(|word| sql.contains(word));
    let postgres = ["::", "pg_", "json_array_elements", "returning id) insert"].iter().any(|word| sql.contains(word));
    match db {
        Pools::Sqlite { .. } => postgres,
        Pools::Postgres(_) => sqlite,
    }
}

pub fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            // the storm has statements of its own, and shares none with the program
            if path.file_name().is_some_and(|name| name != "tests" && name != "docslot-storm") {
                files.extend(source_files(&path));
            }
        // the benchmark's rival has a database of its own
        } else if path.extension().is_some_and(|e| e == "rs") && path.file_name().is_some_and(|name| name != "twin.rs")
        {
            files.push(path);
        }
    }
    files
}

/// The value of the string literal at the beginning of `code`, and what follows it.
fn read_literal(code: &str) -> Option<(String, &str)> {
    let text = code.strip_prefix('"')?;
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next()? {
                (_, 'n') => value.push('\n'),
                (_, other) => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}
