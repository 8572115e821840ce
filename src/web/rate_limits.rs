//! Limits for one network address without an account: holding times, creating accounts and asking for a new password,
//! each counted per hour.
//!
//! The counts live in this process: they stop one visitor from holding a whole clinic, and are not exact totals. A
//! clinic's waiting room shares an address, so the limits are generous; an IPv6 network of /64 counts as one address.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use crate::config::LimitSettings;
use crate::{error::AppError, time::Timestamp};

const HOUR_SECONDS: i64 = 60 * 60;

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

/// The counts of the running hour.
#[derive(Debug, Default)]
pub struct Limits(Mutex<Hour>);

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
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !(hour.began..hour.began + HOUR_SECONDS).contains(&now.0) {
            *hour = Hour { began: now.0, counts: HashMap::new() };
        }
        let left = hour.began + HOUR_SECONDS - now.0;
        let count = hour.counts.entry((what, network(address))).or_default();
        if *count >= most {
            return Err(AppError::TooManyAttempts { wait_seconds: u32::try_from(left).unwrap_or(1) });
        }
        *count += 1;
        Ok(())
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
    fn zero_is_no_limit() {
        let limits = Limits::default();
        assert!((0..1_000).all(|_| take(&limits, Limited::Registration, "192.0.2.1", 0)));
    }
}
