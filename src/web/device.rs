//! The cookie by which a browser shows that it has signed in to an account before.
//!
//! It is encrypted, lasts a year longer than the last sign-in, and opens nothing: wrong passwords that strangers try do
//! not slow down a device that has it. Signing out leaves it.

use axum::http::HeaderMap;
use cookie::Cookie;

use super::{
    cookies,
    keys::{CookieKeys, DEVICE_SECONDS},
};
use crate::random;

/// Accounts that one device remembers. A family may share one.
const MAX_ACCOUNTS: usize = 8;

/// A browser that has signed in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// A random name of the device.
    pub id: String,
    /// What stands for the accounts, the last one first.
    accounts: Vec<String>,
}

impl Device {
    /// The device that the browser says it is, if this server said so first.
    #[must_use]
    pub fn of(headers: &HeaderMap, key: &CookieKeys, https: bool) -> Option<Device> {
        let text = cookies::unseal(cookies::DEVICE, headers, key, https)?;
        let mut words = text.split(' ').map(str::to_owned);
        Some(Device { id: words.next()?, accounts: words.collect() })
    }

    /// Whether it has signed in to the account for which `mark` stands.
    #[must_use]
    pub fn knows(&self, mark: &str) -> bool {
        self.accounts.iter().any(|account| account == mark)
    }

    /// The device after a sign-in to the account for which `mark` stands; a new one if there was none.
    #[must_use]
    pub fn signed_in(device: Option<&Device>, mark: String) -> Device {
        let (id, former) = match device {
            Some(device) => (device.id.clone(), device.accounts.as_slice()),
            None => (random::token(), [].as_slice()),
        };
        let others = former.iter().filter(|account| **account != mark).take(MAX_ACCOUNTS - 1).cloned().collect();
        Device { id, accounts: [vec![mark], others].concat() }
    }

    /// The cookie for the browser.
    #[must_use]
    pub fn cookie(&self, key: &CookieKeys, https: bool) -> Cookie<'static> {
        let text = [[self.id.clone()].as_slice(), &self.accounts].concat().join(" ");
        let value = cookies::seal(cookies::DEVICE, text, key);
        cookies::set(cookies::DEVICE, &value, DEVICE_SECONDS, https).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE;

    use super::*;

    fn sent_back(device: &Device, key: &CookieKeys, https: bool) -> HeaderMap {
        let cookie = device.cookie(key, https);
        let pair = format!("{}={}", cookie.name(), cookie.value());
        HeaderMap::from_iter([(COOKIE, pair.parse().unwrap())])
    }

    #[test]
    fn a_device_remembers_its_accounts_and_no_other_server_can_make_one() {
        let key = CookieKeys::from(&[7; 64]);
        let device = Device::signed_in(None, "ana".into());
        let device = Device::signed_in(Some(&device), "ben".into());
        for https in [false, true] {
            let headers = sent_back(&device, &key, https);
            assert_eq!(Device::of(&headers, &key, https), Some(device.clone()));
            assert_eq!(Device::of(&headers, &key, !https), None, "another name");
            assert_eq!(Device::of(&headers, &CookieKeys::from(&[8; 64]), https), None);
            let written = device.cookie(&key, https);
            assert_eq!(written.secure(), Some(https));
            assert!(!written.value().contains(&device.id) && written.http_only() == Some(true));
        }
        assert!(device.knows("ana") && device.knows("ben") && !device.knows("eve"));
    }

    #[test]
    fn a_device_has_one_name_and_forgets_the_account_it_has_not_used_for_longest() {
        let first = Device::signed_in(None, "0".into());
        let mut device = first.clone();
        for n in 1..=MAX_ACCOUNTS {
            device = Device::signed_in(Some(&device), n.to_string());
        }
        assert_eq!((&device.id, device.accounts.len()), (&first.id, MAX_ACCOUNTS));
        assert!(device.knows("1") && !device.knows("0"));
        device = Device::signed_in(Some(&device), "1".into());
        assert_eq!((device.accounts[0].as_str(), device.accounts.len()), ("1", MAX_ACCOUNTS));
        let cookie = device.cookie(&CookieKeys::from(&[7; 64]), true);
        assert!(cookie.to_string().len() < 1_000, "{}", cookie.to_string().len());
    }
}
