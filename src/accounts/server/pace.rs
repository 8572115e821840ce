//! Counts of wrong passwords, and how long they make the next attempt wait.

use sqlx::FromRow;

use crate::{
    db::{self, Conn, Tx},
    time::Timestamp,
};

/// How a count of wrong passwords slows down.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Wrong passwords without a wait.
    free: i64,
    /// Seconds of the first wait; each further wrong password doubles it.
    first_wait: i64,
    /// Seconds of the longest wait.
    longest_wait: i64,
    /// Seconds in which the count falls by one.
    pub drains: i64,
}

/// For one account from one network, device or session: 35 guesses on the first day, 24 on each day after it.
pub(super) const PAIR: Pace = Pace { free: 5, first_wait: 30, longest_wait: 3_600, drains: 3_600 };
/// For one network and all accounts, devices left out: 171 guesses on the first day. A waiting room shares a network.
pub(super) const NETWORK: Pace = Pace { free: 20, first_wait: 2, longest_wait: 900, drains: 600 };
/// The same while strangers try many accounts of the website.
pub(super) const NETWORK_IN_SPRAY: Pace = Pace { free: 3, ..NETWORK };

/// How many wrong passwords of strangers make a stranger's first attempt wait.
pub(super) struct Brake {
    /// Wrong passwords without a wait.
    pub free: i64,
    /// So many more double the wait.
    step: i64,
}

/// For one account. The count falls by one in [`ACCOUNT_DRAINS`] seconds.
pub(super) const ACCOUNT: Brake = Brake { free: WARN_AT, step: 10 };
pub(super) const ACCOUNT_DRAINS: i64 = 600;
/// For the whole website; see [`crate::web::rate_limits::Limits::wrong_passwords`].
pub(super) const SITE: Brake = Brake { free: 100, step: 100 };
/// Seconds of a brake's first wait.
const FIRST_FLOOR: i64 = 30;
/// Seconds after which a stranger's attempt is let through at the latest, as far as other strangers are concerned.
const LONGEST_FLOOR: i64 = 15 * 60;

/// Strangers' wrong passwords for one account at which its owner is told.
pub(super) const WARN_AT: i64 = 20;
/// No count is higher: what strangers did to an account must be over within a day.
const MAX_COUNT: i64 = 80;

impl Pace {
    /// Counts one more, and the wait that follows from it.
    pub async fn add(
        self,
        tx: &mut Tx<'_>,
        key: &[u8],
        account: Option<&[u8]>,
        count: Option<Count>,
        now: Timestamp,
    ) -> Result<(), db::Error> {
        let (drains_at, count) = Count::one_more(count, self.drains, now);
        write(tx, key, account, (drains_at, now.plus_seconds(self.wait_after(count))), now).await
    }

    /// Seconds to wait after this many wrong passwords: none while they are free, then twice as long after each.
    fn wait_after(self, count: i64) -> i64 {
        match count - self.free {
            beyond if beyond < 0 => 0,
            beyond => (self.first_wait << beyond.min(20)).min(self.longest_wait),
        }
    }
}

impl Brake {
    /// Seconds between two attempts of one stranger, and before the first one.
    pub fn floor(&self, count: i64) -> i64 {
        match count - self.free {
            beyond if beyond < 0 => 0,
            beyond => (FIRST_FLOOR << (beyond / self.step).min(10)).min(LONGEST_FLOOR),
        }
    }
}

/// A count as it is stored.
#[derive(Clone, Copy, FromRow)]
pub(super) struct Count {
    /// When it will have fallen to nothing.
    drains_at: Timestamp,
    pub blocked_until: Timestamp,
    pub updated_at: Timestamp,
}

impl Count {
    pub async fn find(conn: &mut Conn<'_>, key: &[u8]) -> Result<Option<Count>, db::Error> {
        const SQL: &str = "select drains_at, blocked_until, updated_at from sign_in_failures where key_hash = $1";
        conn.fetch_optional(SQL, (key,)).await
    }

    pub fn now(self, drains: i64, now: Timestamp) -> i64 {
        (self.drains_at.0 - now.0 + drains - 1).max(0) / drains
    }

    /// The moment at which the count is over, and the count, both with one more.
    pub fn one_more(count: Option<Count>, drains: i64, now: Timestamp) -> (Timestamp, i64) {
        let from = count.map_or(now.0, |count| count.drains_at.0.max(now.0));
        let drains_at = Timestamp((from + drains).min(now.0 + MAX_COUNT * drains));
        (drains_at, Count { drains_at, blocked_until: now, updated_at: now }.now(drains, now))
    }
}

/// Stores a count: when it will be over, and until when attempts are refused.
pub(super) async fn write(
    tx: &mut Tx<'_>,
    key: &[u8],
    account: Option<&[u8]>,
    (drains_at, blocked_until): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<(), db::Error> {
    const SQL: &str = "insert into sign_in_failures (key_hash, account_hash, drains_at, blocked_until, updated_at)
        values ($1, $2, $3, $4, $5)
        on conflict (key_hash) do update set drains_at = excluded.drains_at, blocked_until = excluded.blocked_until,
            updated_at = excluded.updated_at";
    let account = account.map(<[u8]>::to_vec);
    tx.execute(SQL, (key, account, drains_at, blocked_until, now)).await?;
    Ok(())
}

/// Lowers a count by one and ends its wait.
pub(super) async fn take_back(tx: &mut Tx<'_>, key: &[u8], drains: i64, now: Timestamp) -> Result<(), db::Error> {
    const SQL: &str = "update sign_in_failures set drains_at = $2, blocked_until = $3 where key_hash = $1";
    if let Some(count) = Count::find(tx, key).await? {
        tx.execute(SQL, (key, count.drains_at.plus_seconds(-drains), now)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 60 * 60;

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        let waits: Vec<_> = (1..=14).map(|count| PAIR.wait_after(count)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
        assert_eq!(PAIR.wait_after(i64::MAX), 3_600);
        assert_eq!(NETWORK.wait_after(20), 2);
    }

    #[test]
    fn strangers_make_a_stranger_wait_a_quarter_of_an_hour_at_most() {
        let floors: Vec<_> = [0, 19, 20, 29, 30, 40, 50, 60, 70, 80].map(|count| ACCOUNT.floor(count)).to_vec();
        assert_eq!(floors, [0, 0, 30, 30, 60, 120, 240, 480, 900, 900]);
        assert_eq!((SITE.floor(99), SITE.floor(100), SITE.floor(i64::MAX)), (0, 30, 900));
    }

    /// As many attempts as this pace lets through on each of three days, to one who tries at every moment.
    fn guesses(pace: Pace) -> Vec<i64> {
        let (mut count, mut blocked_until, mut days) = (None, 0, vec![0; 3]);
        while let Some(guesses) = usize::try_from(blocked_until / DAY).ok().and_then(|day| days.get_mut(day)) {
            *guesses += 1;
            let now = Timestamp(blocked_until);
            let (drains_at, all) = Count::one_more(count, pace.drains, now);
            count = Some(Count { drains_at, blocked_until: now, updated_at: now });
            blocked_until += pace.wait_after(all);
        }
        days
    }

    #[test]
    fn guesses_in_a_day_are_few() {
        assert_eq!(guesses(PAIR), [35, 24, 24]);
        assert_eq!(guesses(NETWORK), [171, 145, 143]);
        assert_eq!(guesses(NETWORK_IN_SPRAY), [154, 145, 143]);
    }

    #[test]
    fn a_count_falls_by_itself_and_never_lasts_longer_than_a_day() {
        let now = Timestamp(1_000_000);
        let (drains_at, count) = Count::one_more(None, 600, now);
        assert_eq!((drains_at, count), (Timestamp(1_000_600), 1));
        let count = Count { drains_at, blocked_until: now, updated_at: now };
        assert_eq!([0, 599, 600, 9_999].map(|seconds| count.now(600, now.plus_seconds(seconds))), [1, 1, 0, 0]);
        let many = (0..1_000).fold(None, |count, _| {
            let (drains_at, _) = Count::one_more(count, ACCOUNT_DRAINS, now);
            Some(Count { drains_at, blocked_until: now, updated_at: now })
        });
        assert!(many.is_some_and(|many| many.drains_at.0 - now.0 < DAY));
    }
}
