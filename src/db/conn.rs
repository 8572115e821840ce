//! A connection of either engine, and a statement for both.

use sqlx::{PgConnection, SqliteConnection};

/// What a statement runs on: the connection of a [`Tx`](super::Tx) or of a [`Reader`](super::Reader).
pub enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// The text of a statement: one for both engines, or one each where they differ.
#[derive(Clone, Copy)]
pub struct Statement {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl From<&'static str> for Statement {
    fn from(text: &'static str) -> Self {
        Statement { sqlite: text, postgres: text }
    }
}

impl Conn<'_> {
    /// The same connection for a shorter while.
    pub fn reborrow(&mut self) -> Conn<'_> {
        match self {
            Conn::Sqlite(c) => Conn::Sqlite(c),
            Conn::Postgres(c) => Conn::Postgres(c),
        }
    }
}
