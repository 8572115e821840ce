//! Which migrations a database has, bringing it up to date, and whether this program may use what a newer one left.
//!
//! A migration that leaves the programs before it working says so in its name, `NUMBER_works_from_K_WHAT.sql`: a
//! program that knows the migrations up to `K` goes on working after it, as it does after one that only adds. Any other
//! migration ends the programs before it. The name is kept in the database, where an older program finds it.

use sqlx::{
    PgConnection,
    migrate::{Migrate, Migrator},
};

use super::{Conn, Error, Statement};

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How the name of a migration that leaves programs before it working begins, as it is stored.
const MARK: &str = "works from ";

const HAS_MIGRATIONS: Statement = Statement {
    sqlite: "select count(*) from sqlite_master where name = '_sqlx_migrations'",
    postgres: "select count(*) from pg_class where oid = to_regclass('_sqlx_migrations')",
};
const APPLIED: &str = "select version, description, checksum from _sqlx_migrations order by version";

/// A migration that was applied to a database.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Applied {
    pub version: i64,
    pub description: String,
    pub checksum: Vec<u8>,
}

/// What the migrations of a database are to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There are none: no program has used this database.
    Empty,
    /// Some that this program knows are missing.
    Older,
    Current,
    /// A newer program added some that leave this one working, up to this number.
    Newer(i64),
}

/// Why this program must not use a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error(
        "it was upgraded by a newer docslot (its schema is {found}, this program knows {known}): use that version, or \
         restore a backup from before the upgrade"
    )]
    Newer { found: i64, known: i64 },
    #[error("its migration {0} is not that of this docslot: it belongs to another program or to a development version")]
    Foreign(i64),
}

/// The migrations of a database, the oldest first; none if docslot has never used it.
///
/// # Errors
/// The database's.
pub async fn applied(conn: &mut Conn<'_>) -> Result<Vec<Applied>, Error> {
    if conn.fetch_value::<i64>(HAS_MIGRATIONS, ()).await? == 0 {
        return Ok(Vec::new());
    }
    conn.fetch_all(APPLIED, ()).await
}

/// What these migrations are to this program. Those of PostgreSQL when `postgres`.
///
/// # Errors
/// This program must not use the database that has them.
pub fn standing(applied: &[Applied], postgres: bool) -> Result<Standing, SchemaError> {
    judge(applied, if postgres { &POSTGRES } else { &SQLITE })
}

fn judge(applied: &[Applied], known: &Migrator) -> Result<Standing, SchemaError> {
    let newest = known.iter().map(|migration| migration.version).max().unwrap_or_default();
    for done in applied.iter().filter(|done| done.version <= newest) {
        let same = known.iter().any(|ours| ours.version == done.version && *ours.checksum == *done.checksum);
        if !same {
            return Err(SchemaError::Foreign(done.version));
        }
    }
    let Some(last) = applied.iter().map(|done| done.version).max() else {
        return Ok(Standing::Empty);
    };
    let ends_ours = |done: &Applied| works_from(&done.description).is_none_or(|oldest| oldest > newest);
    if applied.iter().any(|done| done.version > newest && ends_ours(done)) {
        return Err(SchemaError::Newer { found: last, known: newest });
    }
    if last > newest {
        return Ok(Standing::Newer(last));
    }
    Ok(if applied.len() == known.iter().count() { Standing::Current } else { Standing::Older })
}

/// The oldest program, by the migrations it knows, that goes on working after the migration of this name.
fn works_from(description: &str) -> Option<i64> {
    description.strip_prefix(MARK)?.split(' ').next()?.parse().ok()
}

/// Applies the migrations that are missing, on a connection that holds off other processes.
///
/// # Errors
/// A migration failed, or this program must not use the database.
pub async fn bring_up_to_date(conn: &mut Conn<'_>) -> Result<Standing, Error> {
    let before = applied(conn).await?;
    match conn {
        Conn::Sqlite(conn) => apply(&mut **conn, &before, &SQLITE).await,
        Conn::Postgres(conn) => apply(&mut **conn, &before, &POSTGRES).await,
    }
}

async fn apply<C: Migrate>(conn: &mut C, before: &[Applied], known: &Migrator) -> Result<Standing, Error> {
    let standing = judge(before, known)?;
    // `run` takes whatever a connection can be had from, which a future that moves between threads cannot hold
    lenient(known).run_direct(None, conn, false).await.map_err(sqlx::Error::from)?;
    Ok(standing)
}

/// The same migrations for a database that may have more: [`judge`] has decided about those.
fn lenient(known: &Migrator) -> Migrator {
    let mut migrator = Migrator::with_migrations(known.iter().cloned().collect());
    migrator.set_ignore_missing(true);
    migrator
}

/// Holds off every other process that would migrate this PostgreSQL database, until the connection is closed. Waits for
/// one that is at it, however long that takes.
///
/// # Errors
/// The database's.
pub async fn hold_off_others(conn: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql("set statement_timeout = 0; set lock_timeout = 0").execute(&mut *conn).await?;
    conn.lock().await.map_err(sqlx::Error::from)?;
    // what a migration locks makes everybody wait: rather fail than wait long for it
    sqlx::raw_sql("set lock_timeout = '5s'").execute(conn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use sqlx::{
        AssertSqlSafe, Connection, SqlSafeStr, SqliteConnection,
        migrate::{Migration, MigrationType},
    };

    use super::*;

    fn known(names: &[(i64, &'static str, &'static str)]) -> Migrator {
        let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
            let sql = AssertSqlSafe(sql).into_sql_str();
            Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql, false)
        };
        Migrator::with_migrations(names.iter().map(migration).collect())
    }

    const FIRST: (i64, &str, &str) = (1, "schema", "create table a (x integer)");
    const ADDS: (i64, &str, &str) = (2, "works from 1 y", "alter table a add column y integer");
    const BREAKS: (i64, &str, &str) = (3, "drop x", "alter table a drop column x");
    const ENDS_TWO: (i64, &str, &str) = (3, "works from 2 drop x", "alter table a drop column x");

    /// What a database upgraded by the program `by` is to the program `ours`.
    async fn after(
        by: &[(i64, &'static str, &'static str)],
        ours: &[(i64, &'static str, &'static str)],
    ) -> Result<Standing, Error> {
        let mut conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        apply(&mut conn, &[], &known(by)).await.unwrap();
        let before = applied(&mut Conn::Sqlite(&mut conn)).await.unwrap();
        let standing = apply(&mut conn, &before, &known(ours)).await;
        let now = applied(&mut Conn::Sqlite(&mut conn)).await.unwrap();
        let newest = if standing.is_ok() { by.len().max(ours.len()) } else { by.len() };
        assert_eq!(now.len(), newest, "{standing:?}");
        standing
    }

    #[tokio::test]
    async fn an_older_schema_is_migrated_and_a_newer_one_used_only_where_it_says_so() {
        assert_eq!(after(&[FIRST], &[FIRST]).await.unwrap(), Standing::Current);
        assert_eq!(after(&[FIRST], &[FIRST, ADDS, BREAKS]).await.unwrap(), Standing::Older);
        assert_eq!(after(&[FIRST, ADDS], &[FIRST]).await.unwrap(), Standing::Newer(2));
        assert_eq!(after(&[FIRST, ADDS, ENDS_TWO], &[FIRST, ADDS]).await.unwrap(), Standing::Newer(3));
        for (by, ours) in [(BREAKS, &[FIRST, ADDS][..]), (ENDS_TWO, &[FIRST][..])] {
            let refused = after(&[FIRST, ADDS, by], ours).await.unwrap_err().to_string();
            assert!(refused.contains(&format!("its schema is 3, this program knows {}", ours.len())), "{refused}");
        }
        let other = (1, "schema", "create table b (x integer)");
        let refused = after(&[other], &[FIRST]).await.unwrap_err().to_string();
        assert!(refused.starts_with("its migration 1 is not that of this docslot"), "{refused}");
    }

    #[test]
    fn a_database_without_migrations_is_empty() {
        assert_eq!(standing(&[], true), Ok(Standing::Empty));
    }
}
