//! Backups of PostgreSQL: an archive that its own tools write and read.

use std::{fmt::Display, path::Path, str::FromStr};

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};

use super::{
    checks::Counts,
    restored::{Restored, agree, of_backup},
    tools::{self, Tools},
};
use crate::{
    config::SecretUrl,
    db::{
        Conn,
        schema::{self, Applied, Standing},
    },
    random,
};

const MIGRATIONS: &str = "_sqlx_migrations";
/// Tables of the database, whoever made them.
const TABLES: &str = "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')";
/// What a restored archive added to an empty database, besides extensions.
const MADE_TABLES: &str = "select quote_ident(tablename) from pg_tables where schemaname = 'public'";
const MADE_FUNCTIONS: &str = "select p.oid::regprocedure::text from pg_proc p
    where p.pronamespace = 'public'::regnamespace
        and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')";

/// Writes an archive of the database as it is at this moment into an empty file. Others go on reading and writing it.
pub(super) async fn write(url: &SecretUrl, to: &Path) -> Result<(), String> {
    let mut conn = connect(url).await?;
    if schema::applied(&mut Conn::Postgres(&mut conn)).await.map_err(words)?.is_empty() {
        return Err(format!("docslot has written nothing into {url} yet"));
    }
    let tools = tools_for(url, &mut conn).await?;
    conn.close().await.map_err(words)?;
    let file = tools::path(to)?;
    // a migration that holds its locks for long is waited for no longer than that
    let options = ["--format=custom", "--no-owner", "--no-privileges", "--no-password", "--lock-wait-timeout=30s"];
    tools.dump(&[&options[..], &["--file", file]].concat()).await?;
    let contents = tools.restore(&["--list", file]).await?;
    if contents.contains(&format!(" {MIGRATIONS} ")) { Ok(()) } else { Err("the archive is not whole".into()) }
}

/// Fills the database, which must be empty, from an archive.
pub(super) async fn restore(url: &SecretUrl, file: &Path, replace: bool, force: bool) -> Result<Restored, String> {
    if replace {
        let words = "on PostgreSQL, make a new database with createdb and name it in DATABASE_URL";
        return Err(format!("--replace is for SQLite; {words}"));
    }
    let mut conn = connect(url).await?;
    // a server that starts now waits until this connection is closed
    schema::hold_off_others(&mut conn).await.map_err(words)?;
    let tables: i64 = sqlx::query_scalar(TABLES).fetch_one(&mut conn).await.map_err(words)?;
    if tables > 0 {
        return Err(format!("{url} has tables already: make a new database with createdb and name it in DATABASE_URL"));
    }
    let tools = tools_for(url, &mut conn).await?;
    look(&tools, file).await?;
    let counts = fill(&mut conn, &tools, file, force).await?;
    conn.close().await.map_err(words)?;
    Ok(Restored { counts, aside: None })
}

/// Looks whether an archive is whole and its records agree, in a database of its own that is dropped afterwards.
pub(super) async fn check(url: &SecretUrl, file: &Path) -> Result<Counts, String> {
    let mut conn = connect(url).await?;
    let mut tools = tools_for(url, &mut conn).await?;
    look(&tools, file).await?;
    let name = format!("docslot_check_{}", random::id().simple());
    let create = AssertSqlSafe(format!("create database {name}"));
    sqlx::raw_sql(create).execute(&mut conn).await.map_err(|error| {
        format!("it is looked at in a database of its own, which cannot be made ({error}): alter role … createdb")
    })?;
    tools.use_database(&name);
    let options = PgConnectOptions::from_str(url.expose()).map_err(words);
    let checked = async {
        let mut scratch = PgConnection::connect_with(&options?.database(&name)).await.map_err(words)?;
        fill(&mut scratch, &tools, file, false).await
    };
    let counts = checked.await;
    let drop = AssertSqlSafe(format!("drop database {name} with (force)"));
    sqlx::raw_sql(drop).execute(&mut conn).await.map_err(words)?;
    counts
}

/// Refuses an archive that is none of docslot, or of one that this program does not understand.
async fn look(tools: &Tools, file: &Path) -> Result<(), String> {
    let path = tools::path(file)?;
    let damaged = |error: String| format!("{} is damaged or cut off: {error}", file.display());
    let rows = tools.restore(&["--data-only", "--table", MIGRATIONS, "--file=-", path]).await.map_err(damaged)?;
    let applied = migrations(&rows).ok_or_else(|| damaged("its migrations cannot be read".into()))?;
    match schema::standing(&applied, true).map_err(of_backup)? {
        Standing::Empty => Err(format!("{} is not a backup of docslot", file.display())),
        _ => Ok(()),
    }
}

/// Restores the archive in one transaction, brings the database up to date and looks whether its records agree. When
/// they do not, the database is empty again.
async fn fill(conn: &mut PgConnection, tools: &Tools, file: &Path, force: bool) -> Result<Counts, String> {
    let database: String =
        sqlx::query_scalar("select current_database()::text").fetch_one(&mut *conn).await.map_err(words)?;
    let options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"];
    let place = ["--no-password", "--dbname", &database, tools::path(file)?];
    let restored = tools.restore(&[&options[..], &place].concat()).await;
    restored.map_err(|error| format!("{} is damaged or cut off, or not for this server: {error}", file.display()))?;
    let up_to_date = schema::bring_up_to_date(&mut Conn::Postgres(conn)).await;
    let agreed = match up_to_date {
        Ok(_) => agree(&mut Conn::Postgres(conn), force).await,
        Err(error) => Err(words(error)),
    };
    if agreed.is_err() {
        empty(conn).await.map_err(words)?;
    }
    agreed
}

/// Takes everything out of a database that was empty before the archive was restored into it.
async fn empty(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    let tables: Vec<String> = sqlx::query_scalar(MADE_TABLES).fetch_all(&mut *conn).await?;
    let functions: Vec<String> = sqlx::query_scalar(MADE_FUNCTIONS).fetch_all(&mut *conn).await?;
    let tables = tables.iter().map(|table| format!("drop table if exists public.{table} cascade;"));
    let functions = functions.iter().map(|function| format!("drop function if exists {function} cascade;"));
    let drop: String = tables.chain(functions).collect();
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(conn).await?;
    Ok(())
}

/// The rows of the table of migrations, from the text in which `pg_restore` shows them.
fn migrations(text: &str) -> Option<Vec<Applied>> {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("COPY "));
    let Some(copy) = lines.next() else {
        return Some(Vec::new());
    };
    let columns: Vec<&str> = copy.split_once('(')?.1.split_once(')')?.0.split(", ").collect();
    let place = |name: &str| columns.iter().position(|column| *column == name);
    let (version, description, checksum) = (place("version")?, place("description")?, place("checksum")?);
    let row = |line: &str| {
        let values: Vec<&str> = line.split('\t').collect();
        let hex = values.get(checksum)?.strip_prefix("\\\\x")?;
        let byte = |at| hex.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        Some(Applied {
            version: values.get(version)?.parse().ok()?,
            description: (*values.get(description)?).to_owned(),
            checksum: (0..hex.len()).step_by(2).map(byte).collect::<Option<_>>()?,
        })
    };
    lines.take_while(|line| *line != "\\.").map(row).collect()
}

/// The tools for this database. They must not be older than its server.
async fn tools_for(url: &SecretUrl, conn: &mut PgConnection) -> Result<Tools, String> {
    let version: String = sqlx::query_scalar("show server_version").fetch_one(conn).await.map_err(words)?;
    let tools = Tools::new(url)?;
    tools.match_server(&version).await?;
    Ok(tools)
}

async fn connect(url: &SecretUrl) -> Result<PgConnection, String> {
    let options = PgConnectOptions::from_str(url.expose()).map_err(words)?.application_name("docslot backup");
    PgConnection::connect_with(&options).await.map_err(|error| format!("cannot open {url}: {error}"))
}

fn words(error: impl Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_read_from_an_archive() {
        let text = "--\nCOPY public._sqlx_migrations (version, description, installed_on, success, checksum, \
            execution_time) FROM stdin;\n1\tschema\t2026-01-05 08:00:00+00\tt\t\\\\x00ff\t12\n\\.\n\n--\n";
        let read = migrations(text).unwrap();
        assert_eq!(read, [Applied { version: 1, description: "schema".into(), checksum: vec![0, 255] }]);
        assert_eq!(migrations("--\n"), Some(Vec::new()));
        assert_eq!(migrations("COPY public._sqlx_migrations (version) FROM stdin;\n1\n\\.\n"), None);
    }
}
