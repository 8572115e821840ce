//! Limits for one network address without an account: holding times, creating accounts and asking for a new password,
//! each counted per hour. And the count of wrong passwords that strangers try on the whole website.
//!
//! The counts live in this process: they stop one visitor from holding a whole clinic, and are not exact totals. A
//! clinic's waiting room shares an address, so the limits are generous; an IPv6 network of /64 counts as one address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::config::LimitSettings;
use crate::{error::AppError, time::Timestamp};

const HOUR_SECONDS: i64 = 60 * 60;
/// Addresses that are counted at a time. More of them are an attack, against which a count for each is no help; then
/// all begin anew, so that memory has a bound.
const MAX_ADDRESSES: usize = 200_000;
/// Seconds in which the count of wrong passwords falls by one: a clinic's patients mistype less often together.
const WRONG_PASSWORD_SECONDS: i64 = 10;
/// The count goes no higher, so that it has fallen again two hours after an attack.
const MAX_WRONG_PASSWORDS: i64 = 700;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limited {
    /// Times held by visitors who have not signed in.
    Hold,
    /// Accounts made.
    Registration,
    /// Links for a new password asked for.
    PasswordReset,
}

/// The counts of this process.
#[derive(Debug, Default)]
pub struct Limits {
    hour: Mutex<Hour>,
    /// When the count of wrong passwords will have fallen to nothing, in Unix seconds.
    wrong_passwords_over: Mutex<i64>,
    refused: [AtomicU64; 3],
}

#[derive(Debug, Default)]
struct Hour {
    began: i64,
    counts: HashMap<(Limited, IpAddr), u32>,
}

impl Limits {
    /// Counts one more, if the address may.
    ///
    /// # Errors
    /// [`AppError::TooManyAttempts`] until the hour is over.
    pub fn take(
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
        };
        if most == 0 {
            return Ok(());
        }
        let mut hour = self.hour.lock().unwrap_or_else(PoisonError::into_inner);
        if !(hour.began..hour.began + HOUR_SECONDS).contains(&now.0) {
            *hour = Hour { began: now.0, counts: HashMap::new() };
        }
        let left = hour.began + HOUR_SECONDS - now.0;
        if hour.counts.len() >= MAX_ADDRESSES {
            hour.counts.clear();
        }
        let count = hour.counts.entry((what, network(address))).or_default();
        if *count >= most {
            if let Some(refused) = self.refused.get(what as usize) {
                refused.fetch_add(1, Ordering::Relaxed);
            }
            return Err(AppError::TooManyAttempts { wait_seconds: u32::try_from(left).unwrap_or(1) });
        }
        *count += 1;
        Ok(())
    }

    /// How many were refused since this process started.
    pub fn refused(&self, what: Limited) -> u64 {
        self.refused.get(what as usize).map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How many wrong passwords strangers have tried here lately; see [`crate::accounts`].
    pub fn wrong_passwords(&self, now: Timestamp) -> i64 {
        let over = self.wrong_passwords_over.lock().unwrap_or_else(PoisonError::into_inner);
        (*over - now.0).max(0) / WRONG_PASSWORD_SECONDS
    }

    /// Counts a stranger's wrong password.
    pub fn count_wrong_password(&self, now: Timestamp) {
        let mut over = self.wrong_passwords_over.lock().unwrap_or_else(PoisonError::into_inner);
        let most = now.0 + MAX_WRONG_PASSWORDS * WRONG_PASSWORD_SECONDS;
        *over = ((*over).max(now.0) + WRONG_PASSWORD_SECONDS).min(most);
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

    fn take(limits: &Limits, what: Limited, address: &str, now: i64) -> bool {
        limits.take(&SETTINGS, what, address.parse().unwrap(), at(now)).is_ok()
    }

    #[test]
    fn an_address_has_so_many_in_an_hour_and_then_waits() {
        let limits = Limits::default();
        assert!(take(&limits, Limited::Hold, "192.0.2.1", 100));
        assert!(take(&limits, Limited::Hold, "192.0.2.1", 200));
        let refused = limits.take(&SETTINGS, Limited::Hold, "192.0.2.1".parse().unwrap(), at(3_000));
        assert_eq!(refused, Err(AppError::TooManyAttempts { wait_seconds: 700 }));
        assert!(take(&limits, Limited::Hold, "192.0.2.2", 3_000), "another address");
        assert!(take(&limits, Limited::Hold, "192.0.2.1", 3_700), "another hour");
    }

    #[test]
    fn a_network_of_version_6_counts_as_one_address() {
        let limits = Limits::default();
        assert!(take(&limits, Limited::Hold, "2001:db8::1", 0));
        assert!(take(&limits, Limited::Hold, "2001:db8::2", 0));
        assert!(!take(&limits, Limited::Hold, "2001:db8::3", 0));
        assert!(take(&limits, Limited::Hold, "2001:db8:0:1::3", 0));
    }

    #[test]
    fn a_million_addresses_take_no_more_memory_than_a_few() {
        let limits = Limits::default();
        for n in 0..1_000_000 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(n));
            assert_eq!(limits.take(&SETTINGS, Limited::Hold, address, at(0)), Ok(()));
        }
        assert!(limits.hour.lock().unwrap().counts.len() <= MAX_ADDRESSES);
    }

    #[test]
    fn wrong_passwords_are_forgotten_one_by_one() {
        let limits = Limits::default();
        assert_eq!(limits.wrong_passwords(at(0)), 0);
        (0..100).for_each(|_| limits.count_wrong_password(at(0)));
        assert_eq!([0, 10, 995, 1_000, 9_999].map(|now| limits.wrong_passwords(at(now))), [100, 99, 0, 0, 0]);
        (0..100_000).for_each(|_| limits.count_wrong_password(at(2_000)));
        assert_eq!([2_000, 9_000].map(|now| limits.wrong_passwords(at(now))), [700, 0]);
    }

    #[test]
    fn a_neighbourhood_is_256_addresses_of_version_4() {
        let same =
            |one: &str, other: &str| neighbourhood(one.parse().unwrap()) == neighbourhood(other.parse().unwrap());
        assert!(same("192.0.2.1", "192.0.2.255") && !same("192.0.2.1", "192.0.3.1"));
        assert!(same("2001:db8::1", "2001:db8::ffff") && !same("2001:db8::1", "2001:db8:0:1::1"));
    }

    #[test]
    fn zero_is_no_limit() {
        let limits = Limits::default();
        assert!((0..1_000).all(|_| take(&limits, Limited::Registration, "192.0.2.1", 0)));
    }
}
