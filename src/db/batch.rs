//! Writes that go to the database together with another one. On PostgreSQL a booking's row, its history, its messages
//! and the answer to its request are one statement, and so one exchange with the server in place of four. On SQLite,
//! which is in the same process, they follow one another.

use sqlx::{Arguments, AssertSqlSafe, postgres::PgArguments, sqlite::SqliteArguments};

use super::{
    Conn, Error, Statement, Tx,
    query::{Binds, unencodable},
};
use crate::error::AppError;

/// Inserts and updates of a write unit that do not depend on one another, for [`Tx::execute_with`].
pub struct Batch {
    statements: Statements,
    /// Of each, the error when it writes no row; none where that is fine.
    unless_written: Vec<Option<AppError>>,
}

enum Statements {
    Sqlite(Vec<(&'static str, SqliteArguments)>),
    /// Common table expressions, ` w0 as (…), w1 as (…),`, and the values of all.
    Postgres(String, PgArguments),
}

impl Batch {
    /// Adds a write: a single `insert` or `update`, without `with` and `returning`.
    ///
    /// # Errors
    /// A value cannot be encoded.
    pub fn add(&mut self, sql: impl Into<Statement>, binds: impl Binds) -> Result<(), Error> {
        self.push(sql.into(), binds, None)
    }

    /// Adds a write that has to write a row: otherwise it fails the unit with this error.
    ///
    /// # Errors
    /// A value cannot be encoded.
    pub fn add_or_fail(
        &mut self,
        sql: impl Into<Statement>,
        binds: impl Binds,
        unless_written: AppError,
    ) -> Result<(), Error> {
        self.push(sql.into(), binds, Some(unless_written))
    }

    fn push(&mut self, sql: Statement, binds: impl Binds, unless_written: Option<AppError>) -> Result<(), Error> {
        match &mut self.statements {
            Statements::Sqlite(writes) => writes.push((sql.sqlite, binds.sqlite().map_err(unencodable)?)),
            Statements::Postgres(text, arguments) => {
                text.push_str(&format!(" w{} as (", self.unless_written.len()));
                push_renumbered(text, sql.postgres, arguments.len());
                text.push_str(" returning 1),");
                binds.add_to_postgres(arguments).map_err(unencodable)?;
            }
        }
        self.unless_written.push(unless_written);
        Ok(())
    }
}

/// Appends a statement with its placeholders counted on from `before`.
fn push_renumbered(text: &mut String, sql: &str, before: usize) {
    let mut parts = sql.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        text.push('$');
        match number.parse::<usize>() {
            Ok(number) => text.push_str(&(number + before).to_string()),
            Err(_) => text.push_str(number),
        }
        text.push_str(rest);
    }
}

impl Tx<'_> {
    /// A batch without writes.
    #[must_use]
    pub fn batch(&self) -> Batch {
        let statements = match **self {
            Conn::Sqlite(_) => Statements::Sqlite(Vec::new()),
            Conn::Postgres(_) => Statements::Postgres(String::new(), PgArguments::default()),
        };
        Batch { statements, unless_written: Vec::new() }
    }

    /// Writes `sql` and the batch. On PostgreSQL `sql` begins with `with` and writes one row at most.
    ///
    /// # Errors
    /// The database's; a broken rule of it is a [`Violation`](super::Violation). `unless_written` when `sql` writes
    /// nothing, and the error of a write of the batch that had to write a row and did not.
    pub async fn execute_with(
        &mut self,
        sql: impl Into<Statement>,
        binds: impl Binds,
        unless_written: AppError,
        batch: Batch,
    ) -> Result<(), Error> {
        let sql = sql.into();
        match batch.statements {
            Statements::Sqlite(writes) => {
                check(self.execute(sql, binds).await? > 0, Some(unless_written))?;
                self.execute_each(writes, batch.unless_written).await
            }
            Statements::Postgres(mut text, mut arguments) => {
                let main = sql.postgres.strip_prefix(WITH).ok_or(Error::Corrupt("a statement without `with`"))?;
                push_renumbered(&mut text, main, arguments.len());
                binds.add_to_postgres(&mut arguments).map_err(unencodable)?;
                let written = self.execute_one(text, " returning", arguments, batch.unless_written).await?;
                check(written, Some(unless_written))
            }
        }
    }

    /// Writes a batch by itself.
    ///
    /// # Errors
    /// As [`Self::execute_with`].
    pub async fn execute_batch(&mut self, batch: Batch) -> Result<(), Error> {
        if batch.unless_written.is_empty() {
            return Ok(());
        }
        match batch.statements {
            Statements::Sqlite(writes) => self.execute_each(writes, batch.unless_written).await,
            Statements::Postgres(mut text, arguments) => {
                text.truncate(text.trim_end_matches(',').len());
                self.execute_one(text, " select", arguments, batch.unless_written).await?;
                Ok(())
            }
        }
    }

    async fn execute_each(
        &mut self,
        writes: Vec<(&'static str, SqliteArguments)>,
        unless_written: Vec<Option<AppError>>,
    ) -> Result<(), Error> {
        let Conn::Sqlite(conn) = self.reborrow() else { return Err(OTHER_ENGINE) };
        for ((sql, binds), error) in writes.into_iter().zip(unless_written) {
            let written = sqlx::query_with(sql, binds).execute(&mut *conn).await?.rows_affected();
            check(written > 0, error)?;
        }
        Ok(())
    }

    /// Runs common table expressions and what follows them, with an answer that says of each write whether it wrote
    /// anything. False if the statement has no row to answer with.
    async fn execute_one(
        &mut self,
        mut text: String,
        answer: &str,
        arguments: PgArguments,
        unless_written: Vec<Option<AppError>>,
    ) -> Result<bool, Error> {
        let Conn::Postgres(conn) = self.reborrow() else { return Err(OTHER_ENGINE) };
        let each = (0..unless_written.len()).map(|number| format!("exists (select from w{number})"));
        text.insert_str(0, WITH);
        text.push_str(answer);
        text.push_str(&format!(" array[{}]::boolean[]", each.collect::<Vec<_>>().join(", ")));
        let answer = sqlx::query_scalar_with(AssertSqlSafe(text), arguments).fetch_optional(conn).await?;
        let Some(written): Option<Vec<bool>> = answer else { return Ok(false) };
        written.into_iter().zip(unless_written).try_for_each(|(written, error)| check(written, error))?;
        Ok(true)
    }
}

/// What common table expressions begin with; the space after it belongs to the first.
const WITH: &str = "with";
const OTHER_ENGINE: Error = Error::Corrupt("a batch of the other engine");

/// The error of a write that wrote nothing, if it has one.
fn check(written: bool, unless_written: Option<AppError>) -> Result<(), Error> {
    match unless_written {
        Some(error) if !written => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_on() {
        let mut text = String::new();
        push_renumbered(&mut text, "values ($1, coalesce($12, $2)) -- 5 $", 3);
        assert_eq!(text, "values ($4, coalesce($15, $5)) -- 5 $");
    }
}
