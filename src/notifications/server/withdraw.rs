//! Withdrawing a message that nobody has begun to send.

use uuid::Uuid;

use crate::{
    db::{Error, Tx},
    time::Timestamp,
};

/// What became of a message that is to be withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// It was waiting, and is never sent.
    Withdrawn,
    /// There is no such message.
    None,
    /// A worker has begun to send it, or is done with it.
    Begun,
}

impl Withdrawal {
    #[must_use]
    pub fn is_withdrawn(self) -> bool {
        self == Withdrawal::Withdrawn
    }

    #[must_use]
    pub fn was_begun(self) -> bool {
        self == Withdrawal::Begun
    }
}

/// Withdraws the message with this key, unless a worker has begun to send it: of the two, the database lets one be
/// first. The same occasion may ask for a message again afterwards.
///
/// # Errors
/// The database's.
pub async fn withdraw(tx: &mut Tx<'_>, dedupe_key: &str, now: Timestamp) -> Result<Withdrawal, Error> {
    const SQL: &str = "update outbox set state = 'suppressed', dedupe_key = $2, updated_at = $3
        where dedupe_key = $1 and state = 'queued' and attempts = 0";
    const ALL: &str = "select count(*) from outbox where dedupe_key = $1";
    // it keeps a key of its own, as a trace of what was said to nobody
    let withdrawn = format!("{dedupe_key}:withdrawn:{}", Uuid::now_v7());
    if tx.execute(SQL, (dedupe_key, withdrawn, now)).await? > 0 {
        return Ok(Withdrawal::Withdrawn);
    }
    let found: i64 = tx.fetch_value(ALL, (dedupe_key,)).await?;
    Ok(if found > 0 { Withdrawal::Begun } else { Withdrawal::None })
}
