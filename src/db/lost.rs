//! Connections to PostgreSQL that are of no more use.
//!
//! When the database goes away, or another server becomes the primary, the connections of the pool lead nowhere, or to
//! a server that takes no writes any more. The first statement that finds out makes every connection be asked before it
//! is used, so that one request fails and not one for each connection.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::PgConnection;

/// A connection that rested longer is asked whether its server is still there before it is used.
pub(super) const RESTED: Duration = Duration::from_secs(1);

/// When a connection was last found lost in this process.
static LAST: Mutex<Option<Instant>> = Mutex::new(None);

/// Whether the connection that made this error is of no more use.
pub(super) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        // a balancer without a primary takes the connection and closes it, which sqlx calls a breach of protocol
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        // SQLSTATE class 08 and 57P0x: the server closes the connection. 25006: it takes no writes, because it is no
        // longer the primary
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.len() == 5 && (code.starts_with("08") || code.starts_with("57P0") || code == "25006")
        }),
        _ => false,
    }
}

/// Remembers that a connection was lost, if this error says so.
pub(super) fn note(error: &sqlx::Error) {
    if is_lost(error) {
        *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

/// Whether a connection that has rested so long can be used without asking it.
pub(super) fn is_trusted(idle_for: Duration) -> bool {
    let last = *LAST.lock().unwrap_or_else(PoisonError::into_inner);
    idle_for < RESTED && last.is_none_or(|last| last.elapsed() > idle_for)
}

/// Whether the server at the other end takes writes.
///
/// # Errors
/// It does not answer.
pub(super) async fn takes_writes(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let read_only: String = sqlx::query_scalar("show transaction_read_only").fetch_one(connection).await?;
    Ok(read_only == "off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_lost_connection_those_that_rested_meanwhile_are_asked() {
        assert!(!is_trusted(Duration::from_secs(2)), "it rested for long");
        note(&sqlx::Error::Io(std::io::ErrorKind::UnexpectedEof.into()));
        std::thread::sleep(Duration::from_millis(2));
        assert!(!is_trusted(Duration::from_millis(500)), "it rested when the other one was lost");
        assert!(is_trusted(Duration::ZERO), "it was used since");
        assert!(!is_lost(&sqlx::Error::PoolTimedOut) && !is_lost(&sqlx::Error::RowNotFound));
    }
}
