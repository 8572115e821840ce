//! Statements: a text, the values bound to it, and the rows that come back, on either engine.
//!
//! A statement is one expression: `conn.fetch_all(SQL, (doctor, from)).await?`. The values are a tuple, `$1` first; a
//! row is a struct that derives [`FromRow`](sqlx::FromRow) or, for one or two columns, a tuple.

use sqlx::{
    Arguments, Encode, FromRow, Postgres, Sqlite, Type,
    error::BoxDynError,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{Conn, Error, Statement, Tx};

/// A value that both engines can store.
pub trait Bind:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

impl<T> Bind for T where
    T: for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// The values of a statement: a tuple of [`Bind`]s, in the order of `$1`, `$2`, …
pub trait Binds: Send {
    /// The values as SQLite takes them.
    ///
    /// # Errors
    /// A value cannot be encoded.
    fn sqlite(self) -> Result<SqliteArguments, BoxDynError>;

    /// Adds the values to others, as PostgreSQL takes them.
    ///
    /// # Errors
    /// A value cannot be encoded.
    fn add_to_postgres(self, arguments: &mut PgArguments) -> Result<(), BoxDynError>;
}

impl Binds for () {
    fn sqlite(self) -> Result<SqliteArguments, BoxDynError> {
        Ok(SqliteArguments::default())
    }

    fn add_to_postgres(self, _: &mut PgArguments) -> Result<(), BoxDynError> {
        Ok(())
    }
}

/// The values as PostgreSQL takes them.
fn postgres(binds: impl Binds) -> Result<PgArguments, Error> {
    let mut arguments = PgArguments::default();
    binds.add_to_postgres(&mut arguments).map_err(unencodable)?;
    Ok(arguments)
}

macro_rules! binds {
    ($($name:ident)+) => {
        impl<$($name: Bind),+> Binds for ($($name,)+) {
            #[allow(non_snake_case)]
            fn sqlite(self) -> Result<SqliteArguments, BoxDynError> {
                let ($($name,)+) = self;
                let mut arguments = SqliteArguments::default();
                $(arguments.add($name)?;)+
                Ok(arguments)
            }

            #[allow(non_snake_case)]
            fn add_to_postgres(self, arguments: &mut PgArguments) -> Result<(), BoxDynError> {
                let ($($name,)+) = self;
                $(arguments.add($name)?;)+
                Ok(())
            }
        }
    };
}

/// Implements [`Binds`] for tuples of every length up to that of the list.
macro_rules! binds_up_to {
    ([$($done:ident)*]) => {};
    ([$($done:ident)*] $next:ident $($rest:ident)*) => {
        binds!($($done)* $next);
        binds_up_to!([$($done)* $next] $($rest)*);
    };
}

binds_up_to!([] A B C D E F G H I J K L M N O P Q R S T U V W X Y Z A1 B1 C1 D1 E1 F1 G1 H1 I1 J1 K1 L1 M1 N1 O1
    P1 Q1 R1 S1 T1 U1 V1);

/// A row that both engines can answer.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

pub(super) fn unencodable(error: BoxDynError) -> Error {
    Error::Sqlx(sqlx::Error::Encode(error))
}

impl Conn<'_> {
    /// Every row.
    ///
    /// # Errors
    /// The database's.
    pub async fn fetch_all<R: Row>(&mut self, sql: impl Into<Statement>, binds: impl Binds) -> Result<Vec<R>, Error> {
        let sql = sql.into();
        Ok(match self {
            Conn::Sqlite(c) => {
                let binds = binds.sqlite().map_err(unencodable)?;
                sqlx::query_as_with(sql.sqlite, binds).fetch_all(&mut **c).await?
            }
            Conn::Postgres(c) => {
                let binds = postgres(binds)?;
                sqlx::query_as_with(sql.postgres, binds).fetch_all(&mut **c).await?
            }
        })
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn fetch_optional<R: Row>(
        &mut self,
        sql: impl Into<Statement>,
        binds: impl Binds,
    ) -> Result<Option<R>, Error> {
        let sql = sql.into();
        Ok(match self {
            Conn::Sqlite(c) => {
                let binds = binds.sqlite().map_err(unencodable)?;
                sqlx::query_as_with(sql.sqlite, binds).fetch_optional(&mut **c).await?
            }
            Conn::Postgres(c) => {
                let binds = postgres(binds)?;
                sqlx::query_as_with(sql.postgres, binds).fetch_optional(&mut **c).await?
            }
        })
    }

    /// The first row.
    ///
    /// # Errors
    /// The database's; one of them is that there is no row.
    pub async fn fetch_one<R: Row>(&mut self, sql: impl Into<Statement>, binds: impl Binds) -> Result<R, Error> {
        self.fetch_optional(sql, binds).await?.ok_or(Error::Sqlx(sqlx::Error::RowNotFound))
    }

    /// The first column of every row.
    ///
    /// # Errors
    /// The database's.
    pub async fn fetch_values<T>(&mut self, sql: impl Into<Statement>, binds: impl Binds) -> Result<Vec<T>, Error>
    where
        (T,): Row,
    {
        let rows: Vec<(T,)> = self.fetch_all(sql, binds).await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }

    /// The first column of the first row, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn fetch_optional_value<T>(
        &mut self,
        sql: impl Into<Statement>,
        binds: impl Binds,
    ) -> Result<Option<T>, Error>
    where
        (T,): Row,
    {
        let row: Option<(T,)> = self.fetch_optional(sql, binds).await?;
        Ok(row.map(|(value,)| value))
    }

    /// The first column of the first row.
    ///
    /// # Errors
    /// The database's; one of them is that there is no row.
    pub async fn fetch_value<T>(&mut self, sql: impl Into<Statement>, binds: impl Binds) -> Result<T, Error>
    where
        (T,): Row,
    {
        let (value,): (T,) = self.fetch_one(sql, binds).await?;
        Ok(value)
    }
}

impl Tx<'_> {
    /// Writes, and returns the number of rows written.
    ///
    /// # Errors
    /// The database's; a broken rule of it is a [`Violation`](super::Violation).
    pub async fn execute(&mut self, sql: impl Into<Statement>, binds: impl Binds) -> Result<u64, Error> {
        let sql = sql.into();
        Ok(match self.reborrow() {
            Conn::Sqlite(c) => {
                let binds = binds.sqlite().map_err(unencodable)?;
                sqlx::query_with(sql.sqlite, binds).execute(c).await?.rows_affected()
            }
            Conn::Postgres(c) => {
                let binds = postgres(binds)?;
                sqlx::query_with(sql.postgres, binds).execute(c).await?.rows_affected()
            }
        })
    }
}
