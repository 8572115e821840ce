//! Slows down password guessing without locking accounts.
//!
//! An attempt counts before the password is checked, so that parallel guesses cannot outrun the count; a right password
//! takes the attempt back. After some free attempts, each further one doubles the next wait. The counts are kept under
//! a SHA-256, which names neither person nor address.

use std::net::IpAddr;

use crate::{
    db::{self, Tx, WriteUnit},
    error::AppError,
    random::token_hash,
    state::AppState,
    time::Timestamp,
};

/// Wrong passwords for one account before it slows down.
const FREE_PER_ACCOUNT: i64 = 5;
/// Wrong passwords from one network address before it slows down. A clinic's whole waiting room may share one.
const FREE_PER_ADDRESS: i64 = 20;
/// The longest wait, in seconds.
const LONGEST_WAIT: i64 = 15 * 60;
/// Seconds without an attempt after which the count starts again.
const FORGET_SECONDS: i64 = 24 * 60 * 60;

/// Where one attempt counts.
#[derive(Clone)]
pub(super) struct Attempt {
    account: Vec<u8>,
    address: Vec<u8>,
}

impl Attempt {
    pub(super) fn new(email: &str, address: IpAddr) -> Self {
        Attempt { account: account_key(email), address: token_hash(&format!("address {address}")) }
    }

    /// Counts the attempt.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`]: it comes too early and does not count.
    pub(super) async fn count(&self, app: &AppState) -> Result<(), AppError> {
        let unit = CountAttempt { attempt: self.clone(), now: app.clock.now() };
        Ok(app.db.write(unit).await?)
    }

    /// The password was right: the account's count ends, and the address gets its attempt back.
    pub(super) async fn forgive(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), db::Error> {
        const ADDRESS: &str = "update sign_in_failures set failures = failures - 1, blocked_until = $2 \
            where key_hash = $1 and failures > 0";
        forget(tx, &self.account).await?;
        tx.execute(ADDRESS, (&self.address, now)).await?;
        Ok(())
    }
}

/// Counts an attempt that does not come too early.
struct CountAttempt {
    attempt: Attempt,
    now: Timestamp,
}

impl WriteUnit for CountAttempt {
    const NAME: &'static str = "count_sign_in_attempt";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        let Attempt { account, address } = &self.attempt;
        let (account_wait, account_failures) = wait_and_failures(tx, account, self.now).await?;
        let (address_wait, address_failures) = wait_and_failures(tx, address, self.now).await?;
        let wait = account_wait.max(address_wait);
        if wait > 0 {
            let wait_seconds = u32::try_from(wait).unwrap_or(u32::MAX);
            return Err(AppError::TooManyAttempts { wait_seconds }.into());
        }
        record(tx, account, account_failures + 1, FREE_PER_ACCOUNT, self.now).await?;
        record(tx, address, address_failures + 1, FREE_PER_ADDRESS, self.now).await
    }
}

/// Ends the count of an account, whose owner has a new password.
pub(super) async fn forgive_account(tx: &mut Tx<'_>, email: &str) -> Result<(), db::Error> {
    forget(tx, &account_key(email)).await
}

fn account_key(email: &str) -> Vec<u8> {
    token_hash(&format!("account {email}"))
}

async fn forget(tx: &mut Tx<'_>, key: &[u8]) -> Result<(), db::Error> {
    const SQL: &str = "delete from sign_in_failures where key_hash = $1";
    tx.execute(SQL, (key,)).await?;
    Ok(())
}

/// Seconds still to wait, and the failures so far.
async fn wait_and_failures(tx: &mut Tx<'_>, key: &[u8], now: Timestamp) -> Result<(i64, i64), db::Error> {
    const SQL: &str = "select failures, blocked_until, updated_at from sign_in_failures where key_hash = $1";
    let row: Option<(i32, Timestamp, Timestamp)> = tx.fetch_optional(SQL, (key,)).await?;
    Ok(match row {
        Some((failures, until, updated)) if now.0 - updated.0 < FORGET_SECONDS => (until.0 - now.0, failures.into()),
        _ => (0, 0),
    })
}

async fn record(tx: &mut Tx<'_>, key: &[u8], failures: i64, free: i64, now: Timestamp) -> Result<(), db::Error> {
    const SQL: &str = "insert into sign_in_failures (key_hash, failures, blocked_until, updated_at) \
        values ($1, $2, $3, $4) on conflict (key_hash) do update \
        set failures = excluded.failures, blocked_until = excluded.blocked_until, updated_at = excluded.updated_at";
    let until = now.plus_seconds(wait_after(failures, free));
    let failures = i32::try_from(failures).unwrap_or(i32::MAX);
    tx.execute(SQL, (key, failures, until, now)).await?;
    Ok(())
}

/// Seconds to wait after this many failures: none while they are free, then 2, 4, 8 and so on.
fn wait_after(failures: i64, free: i64) -> i64 {
    match failures - free {
        beyond if beyond < 0 => 0,
        beyond => (2_i64 << beyond.min(20)).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        let waits: Vec<_> = (1..=16).map(|failures| wait_after(failures, 5)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(wait_after(i64::MAX, 5), 900);
    }

    #[test]
    fn counts_name_no_person() {
        let attempt = Attempt::new("ana@clinic.example", IpAddr::from([127, 0, 0, 1]));
        assert_eq!((attempt.account.len(), attempt.address.len()), (32, 32));
        assert_ne!(attempt.account, Attempt::new("ben@clinic.example", IpAddr::from([127, 0, 0, 1])).account);
    }
}
