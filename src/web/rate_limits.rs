//! Limits for one network address without an account: holding times, creating accounts, asking for a new password and
//! beginning to sign in without one, each counted per hour. And the count of wrong passwords that strangers try on the
//! whole website.
//!
//! One server counts in memory. Servers on one PostgreSQL database also count together in it ([`super::shared_counts`]).
//! A clinic's waiting room shares an address, so the limits are generous; an IPv6 network of /64 counts as one address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::shared_counts::SharedCounts;
use crate::config::LimitSettings;
use crate::{db::Db, error::AppError, time::Timestamp};

const HOUR_SECONDS: i64 = 60 * 60;
/// Addresses that are counted at a time. More of them are an attack, against which a count for each is no help; then
/// all begin anew, so that memory has a bound.
const MAX_ADDRESSES: usize = 200_000;
/// Returns from the clinic's directory in an hour, each of which asks its provider: the clinic's staff share an address.
const DIRECTORY_RETURNS: u32 = 600;
/// Sign-ins by passkey that are begun in an hour, each of which is a row until it ends: staff and patients in the waiting
/// room share an address.
const PASSKEY_CHALLENGES: u32 = 600;
/// Seconds in which the count of wrong passwords falls by one: a clinic's patients mistype less often together.
pub(super) const WRONG_PASSWORD_SECONDS: i64 = 10;
/// The count goes no higher, so that it has fallen again two hours after an attack.
pub(super) const MAX_WRONG_PASSWORDS: i64 = 700;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limited {
    /// Times held by visitors who have not signed in.
    Hold,
    /// Accounts made.
    Registration,
    /// Links for a new password asked for.
    PasswordReset,
    /// Returns from the clinic's directory.
    Directory,
    /// Sign-ins by passkey begun.
    PasskeyChallenge,
}

/// The counts. By default, those of this process alone.
#[derive(Debug, Default)]
pub struct Limits {
    shared: Option<SharedCounts>,
    hour: Mutex<Hour>,
    /// When the count of wrong passwords will have fallen to nothing, in Unix seconds.
    wrong_passwords_over: Mutex<i64>,
    refused: [AtomicU64; 5],
}

#[derive(Debug, Default)]
struct Hour {
    began: i64,
    counts: HashMap<(Limited, IpAddr), u32>,
}

impl Limits {
    /// The counts of all servers on this database; an SQLite database has one.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Limits { shared: SharedCounts::of(db), ..Limits::default() }
    }

    /// Counts one more in this hour of the clock, if the address may.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`] until the hour is over.
    pub async fn take(
        &self,
        settings: &LimitSettings,
        what: Limited,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<(), AppError> {
        let most = match what {
            Limited::Hold => settings.holds,
            Limited::Registration => settings.registrations,
            Limited::PasswordReset => settings.password_resets,
            Limited::Directory => DIRECTORY_RETURNS,
            Limited::PasskeyChallenge => PASSKEY_CHALLENGES,
        };
        if most == 0 {
            return Ok(());
        }
        let (key, hour) = ((what, network(address)), now.0 - now.0.rem_euclid(HOUR_SECONDS));
        let refused =
            AppError::TooManyAttempts { wait_seconds: u32::try_from(hour + HOUR_SECONDS - now.0).unwrap_or(1) };
        if !self.take_here(key, most, hour) {
            return self.refuse(what, refused);
        }
        let Some(shared) = &self.shared else { return Ok(()) };
        match shared.take(key, Timestamp(hour)).await {
            Ok(taken) if i64::from(taken) > i64::from(most) => {
                // what follows in this hour is refused without asking again
                self.hour(hour).counts.insert(key, most);
                self.refuse(what, refused)
            }
            Ok(_) => Ok(()),
            // what is limited needs the database anyway
            Err(error) => {
                tracing::warn!(%error, "limits are counted by this server alone");
                Ok(())
            }
        }
    }

    /// Counts one more in this process, if `most` allows it.
    fn take_here(&self, key: (Limited, IpAddr), most: u32, hour: i64) -> bool {
        let mut kept = self.hour(hour);
        if kept.counts.len() >= MAX_ADDRESSES {
            kept.counts.clear();
        }
        let count = kept.counts.entry(key).or_default();
        let free = *count < most;
        *count += u32::from(free);
        free
    }

    /// What this process keeps, for the hour that began then.
    fn hour(&self, began: i64) -> MutexGuard<'_, Hour> {
        let mut kept = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.began != began {
            *kept = Hour { began, counts: HashMap::new() };
        }
        kept
    }

    /// Forgets what was counted in hours that are over.
    ///
    /// # Errors
    /// The database's.
    pub async fn clear(&self, now: Timestamp) -> Result<(), sqlx::Error> {
        match &self.shared {
            // an hour longer: the clocks of servers may differ
            Some(shared) => shared.clear(now.plus_seconds(-2 * HOUR_SECONDS)).await,
            None => Ok(()),
        }
    }

    /// How many wrong passwords strangers have tried on the website lately; see [`crate::accounts`].
    pub async fn wrong_passwords(&self, now: Timestamp) -> i64 {
        let here = *self.wrong_passwords_over.lock().unwrap_or_else(PoisonError::into_inner);
        let together = match &self.shared {
            Some(shared) => shared.wrong_passwords_over().await.unwrap_or_default().map_or(0, |over| over.0),
            None => 0,
        };
        (here.max(together) - now.0).max(0) / WRONG_PASSWORD_SECONDS
    }

    /// How many were refused since this process started.
    pub fn refused(&self, what: Limited) -> u64 {
        self.refused.get(what as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// Counts a refusal, and returns its error.
    fn refuse(&self, what: Limited, error: AppError) -> Result<(), AppError> {
        if let Some(refused) = self.refused.get(what as usize) {
            refused.fetch_add(1, Ordering::Relaxed);
        }
        Err(error)
    }

    /// Counts a stranger's wrong password.
    pub fn count_wrong_password(&self, now: Timestamp) {
        let mut over = self.wrong_passwords_over.lock().unwrap_or_else(PoisonError::into_inner);
        let most = now.0 + MAX_WRONG_PASSWORDS * WRONG_PASSWORD_SECONDS;
        *over = ((*over).max(now.0) + WRONG_PASSWORD_SECONDS).min(most);
        drop(over);
        if let Some(shared) = self.shared.clone() {
            // beside the request: its answer must not take longer for some accounts than for others
            tokio::spawn(async move {
                if let Err(error) = shared.count_wrong_password(now).await {
                    tracing::warn!(%error, "a wrong password is counted by this server alone");
                }
            });
        }
    }
}

/// What counts as one network where passwords are guessed: a /24 of IPv4 addresses, which costs an attacker little more
/// than one of them, and a /64 of IPv6 addresses.
#[must_use]
pub fn neighbourhood(address: IpAddr) -> IpAddr {
    match network(address) {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & !0xff)),
        address => address,
    }
}

/// What counts as one address: a household or a server has a whole /64 of IPv6 addresses to itself.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: LimitSettings = LimitSettings { holds: 2, registrations: 0, password_resets: 0 };

    fn at(seconds: i64) -> Timestamp {
        Timestamp(1_800_000_000 + seconds)
    }

    async fn take(limits: &Limits, what: Limited, address: &str, now: i64) -> bool {
        limits.take(&SETTINGS, what, address.parse().unwrap(), at(now)).await.is_ok()
    }

    #[tokio::test]
    async fn an_address_has_so_many_in_an_hour_and_then_waits() {
        let limits = Limits::default();
        assert!(take(&limits, Limited::Hold, "192.0.2.1", 100).await);
        assert!(take(&limits, Limited::Hold, "192.0.2.1", 200).await);
        let refused = limits.take(&SETTINGS, Limited::Hold, "192.0.2.1".parse().unwrap(), at(3_000)).await;
        assert_eq!(refused, Err(AppError::TooManyAttempts { wait_seconds: 600 }));
        assert!(take(&limits, Limited::Hold, "192.0.2.2", 3_000).await, "another address");
        assert!(take(&limits, Limited::Hold, "192.0.2.1", 3_700).await, "another hour");
    }

    #[tokio::test]
    async fn a_network_of_version_6_counts_as_one_address() {
        let limits = Limits::default();
        assert!(take(&limits, Limited::Hold, "2001:db8::1", 0).await);
        assert!(take(&limits, Limited::Hold, "2001:db8::2", 0).await);
        assert!(!take(&limits, Limited::Hold, "2001:db8::3", 0).await);
        assert!(take(&limits, Limited::Hold, "2001:db8:0:1::3", 0).await);
    }

    #[tokio::test]
    async fn a_million_addresses_take_no_more_memory_than_a_few() {
        let limits = Limits::default();
        for n in 0..1_000_000 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(n));
            assert_eq!(limits.take(&SETTINGS, Limited::Hold, address, at(0)).await, Ok(()));
        }
        assert!(limits.hour.lock().unwrap().counts.len() <= MAX_ADDRESSES);
    }

    #[tokio::test]
    async fn wrong_passwords_are_forgotten_one_by_one() {
        let limits = Limits::default();
        assert_eq!(limits.wrong_passwords(at(0)).await, 0);
        (0..100).for_each(|_| limits.count_wrong_password(at(0)));
        for (now, count) in [(0, 100), (10, 99), (995, 0), (1_000, 0), (9_999, 0)] {
            assert_eq!(limits.wrong_passwords(at(now)).await, count, "{now}");
        }
        (0..100_000).for_each(|_| limits.count_wrong_password(at(2_000)));
        assert_eq!((limits.wrong_passwords(at(2_000)).await, limits.wrong_passwords(at(9_000)).await), (700, 0));
    }

    #[test]
    fn a_neighbourhood_is_256_addresses_of_version_4() {
        let same =
            |one: &str, other: &str| neighbourhood(one.parse().unwrap()) == neighbourhood(other.parse().unwrap());
        assert!(same("192.0.2.1", "192.0.2.255") && !same("192.0.2.1", "192.0.3.1"));
        assert!(same("2001:db8::1", "2001:db8::ffff") && !same("2001:db8::1", "2001:db8:0:1::1"));
    }

    #[tokio::test]
    async fn zero_is_no_limit() {
        let limits = Limits::default();
        for _ in 0..1_000 {
            assert!(take(&limits, Limited::Registration, "192.0.2.1", 0).await);
        }
    }
}
