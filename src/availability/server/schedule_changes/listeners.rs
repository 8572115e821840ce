//! How many may listen at a time.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{error::AppError, web::rate_limits::network};

/// Listeners of one process, if the system lets it have twice as many open files. One costs some tens of kilobytes.
const MOST: usize = 2_000;
/// Listeners from one network address. A waiting room shares one; later pages ask from time to time instead.
const MAX_FROM_ONE_ADDRESS: usize = 20;
/// Seconds after which a refused listener may try again.
const WAIT_SECONDS: u32 = 30;

pub(super) struct Listeners {
    counts: Arc<Mutex<Counts>>,
    most: usize,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One listener's share of the limits.
pub struct Admission {
    address: IpAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Default for Listeners {
    fn default() -> Self {
        Listeners { counts: Arc::default(), most: open_files().map_or(MOST, |files| MOST.min(files / 2)) }
    }
}

/// How many files and connections the system lets this process have open: listeners must leave some for other requests.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
}

impl Listeners {
    pub fn admit(&self, address: IpAddr) -> Result<Admission, AppError> {
        let address = network(address);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= self.most {
            return Err(AppError::Unavailable { unchanged: true });
        }
        let from_there = counts.by_address.entry(address).or_default();
        if *from_there >= MAX_FROM_ONE_ADDRESS {
            return Err(AppError::TooManyAttempts { wait_seconds: WAIT_SECONDS });
        }
        *from_there += 1;
        counts.all += 1;
        Ok(Admission { address, counts: self.counts.clone() })
    }

    pub fn any(&self) -> bool {
        self.count() > 0
    }

    pub fn count(&self) -> usize {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all = counts.all.saturating_sub(1);
        if let Some(from_there) = counts.by_address.get_mut(&self.address) {
            *from_there = from_there.saturating_sub(1);
            if *from_there == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::V4(n.into())
    }

    #[test]
    fn one_address_has_its_share_and_gets_it_back() {
        let listeners = Listeners::default();
        let mut locations: Vec<Admission> =
            (0..MAX_FROM_ONE_ADDRESS).map(|_| listeners.admit(address(1)).unwrap()).collect();
        let refused = listeners.admit(address(1)).err();
        assert_eq!(refused, Some(AppError::TooManyAttempts { wait_seconds: WAIT_SECONDS }));
        assert!(listeners.admit(address(2)).is_ok());
        locations.pop();
        locations.push(listeners.admit(address(1)).unwrap());
        drop(locations);
        assert!(!listeners.any());
        assert!(listeners.counts.lock().unwrap().by_address.is_empty());
    }

    #[test]
    fn a_process_has_so_many_places() {
        let listeners = Listeners { counts: Arc::default(), most: 50 };
        let locations: Vec<Admission> = (0..50).map(|n| listeners.admit(address(n)).unwrap()).collect();
        let refused = listeners.admit(address(1_000_000)).err();
        assert_eq!(refused, Some(AppError::Unavailable { unchanged: true }));
        drop(locations);
        assert!(listeners.admit(address(1_000_000)).is_ok());
    }
}
