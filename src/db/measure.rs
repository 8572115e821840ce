//! Figures that cost next to nothing to keep: atomics, and a table of them whose look-up takes no lock.
//!
//! The figures of the database itself are [`Measures`]; those of requests and the rest are in
//! [`crate::web::metrics`], which also says how they are named to the outside.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// Bounds for times, in seconds. A page takes a millisecond or two, a password a tenth of a second.
pub const SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Bounds for units of one commit.
const UNITS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0];
/// What a sum is kept in: a millionth of its unit.
const MILLIONTHS: f64 = 1e6;

/// How often something was how large.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One for each bound, and one for what is larger than all.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    /// An empty one with these upper bounds, which rise.
    #[must_use]
    pub fn new(bounds: &'static [f64]) -> Self {
        Histogram { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    /// Counts one of this size.
    pub fn observe(&self, value: f64) {
        let place = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add((value * MILLIONTHS) as u64, Relaxed);
    }

    /// The sum of all, their number, and how many are in each bucket by its upper bound.
    #[must_use]
    pub fn read(&self) -> (f64, u64, Vec<(f64, u64)>) {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(self.counts.iter().map(|count| count.load(Relaxed))).collect();
        let sum = self.sum.load(Relaxed) as f64 / MILLIONTHS;
        (sum, buckets.iter().map(|(_, count)| count).sum(), buckets)
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram::new(SECONDS)
    }
}

/// Values by name and kind, made when they are first asked for and never taken away. Looking one up reads atomics only.
/// There is a bound to their number: whoever comes after it shares the last value, whose name is [`Table::OTHER`].
#[derive(Debug)]
pub struct Table<V> {
    slots: Box<[OnceLock<Slot<V>>]>,
    other: Slot<V>,
}

#[derive(Debug)]
struct Slot<V> {
    name: Box<str>,
    kind: usize,
    value: V,
}

impl<V: Default> Table<V> {
    pub const OTHER: &str = "other";

    /// Room for so many values.
    #[must_use]
    pub fn new(size: usize) -> Self {
        let other = Slot { name: Self::OTHER.into(), kind: 0, value: V::default() };
        Table { slots: (0..size).map(|_| OnceLock::new()).collect(), other }
    }

    /// The value of this name and kind.
    pub fn get(&self, name: &str, kind: usize) -> &V {
        let (before, from) = self.slots.split_at(hash(name, kind) % self.slots.len().max(1));
        for slot in from.iter().chain(before) {
            // two who come first at the same moment: one of them makes it, and the other one finds it
            let slot = slot.get_or_init(|| Slot { name: name.into(), kind, value: V::default() });
            if slot.kind == kind && *slot.name == *name {
                return &slot.value;
            }
        }
        &self.other.value
    }

    /// Every value that was asked for, with its name and kind.
    pub fn all(&self) -> impl Iterator<Item = (&str, usize, &V)> {
        let slots = self.slots.iter().filter_map(OnceLock::get);
        slots.chain([&self.other]).map(|slot| (&*slot.name, slot.kind, &slot.value))
    }
}

/// FNV-1a: short names, and no secret in them.
fn hash(name: &str, kind: usize) -> usize {
    let mix = |hash: u64, byte: u64| (hash ^ byte).wrapping_mul(0x0100_0000_01b3);
    let hash = name.bytes().fold(mix(0xcbf2_9ce4_8422_2325, kind as u64), |hash, byte| mix(hash, byte.into()));
    usize::try_from(hash ^ (hash >> 32)).unwrap_or((hash & 0xffff) as usize)
}

/// How a write unit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitOutcome {
    Committed,
    /// The unit itself refused, or a rule of the database for which the program has words.
    Refused,
    /// It collided with others until its time was over.
    Busy,
    /// The connection broke during the commit.
    Unknown,
    Failed,
}

impl UnitOutcome {
    pub const ALL: [(UnitOutcome, &str); 5] = [
        (UnitOutcome::Committed, "committed"),
        (UnitOutcome::Refused, "refused"),
        (UnitOutcome::Busy, "busy"),
        (UnitOutcome::Unknown, "unknown"),
        (UnitOutcome::Failed, "failed"),
    ];
}

/// The figures of the write units of one name.
#[derive(Debug, Default)]
pub struct UnitMeasures {
    /// From the moment it was handed over until its answer.
    pub seconds: Histogram,
    pub tries: AtomicU64,
    outcomes: [AtomicU64; UnitOutcome::ALL.len()],
}

impl UnitMeasures {
    pub(super) fn ended(&self, outcome: UnitOutcome, tries: u32, took: Duration) {
        if let Some(count) = self.outcomes.get(outcome as usize) {
            count.fetch_add(1, Relaxed);
        }
        self.tries.fetch_add(tries.into(), Relaxed);
        self.seconds.observe(took.as_secs_f64());
    }

    /// How many ended in each way.
    pub fn outcomes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counts = self.outcomes.iter().map(|count| count.load(Relaxed));
        UnitOutcome::ALL.into_iter().zip(counts).map(|((_, name), count)| (name, count))
    }
}

/// The figures of one database.
#[derive(Debug)]
pub struct Measures {
    pub units: Table<UnitMeasures>,
    /// Units in each commit on SQLite.
    pub group_sizes: Histogram,
    /// Who waits for a connection of the pool, and on SQLite, for the writer.
    pub waiting: Waiting,
    pub waiting_to_write: Waiting,
    /// Who was told to come back, because no connection was free for too long.
    pub timeouts: AtomicU64,
}

impl Default for Measures {
    fn default() -> Self {
        Measures {
            units: Table::new(256),
            group_sizes: Histogram::new(UNITS),
            waiting: Waiting::default(),
            waiting_to_write: Waiting::default(),
            timeouts: AtomicU64::new(0),
        }
    }
}

/// How many wait now.
#[derive(Clone, Debug, Default)]
pub struct Waiting(std::sync::Arc<AtomicI64>);

impl Waiting {
    /// One more, until the guard is dropped.
    pub(super) fn enter(&self) -> WaitingGuard {
        self.0.fetch_add(1, Relaxed);
        WaitingGuard(self.clone())
    }

    #[must_use]
    pub fn now(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// One who waits.
#[derive(Debug)]
pub(super) struct WaitingGuard(Waiting);

impl Drop for WaitingGuard {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_is_at_most_its_bound() {
        let histogram = Histogram::new(&[1.0, 2.0]);
        [0.5, 1.0, 1.5, 2.0, 99.0].iter().for_each(|value| histogram.observe(*value));
        assert_eq!(histogram.read(), (104.0, 5, vec![(1.0, 2), (2.0, 2), (f64::INFINITY, 1)]));
    }

    #[test]
    fn a_name_is_one_value_whoever_asks_first() {
        let table: Table<AtomicU64> = Table::new(64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for n in 0..2_000 {
                        table.get(["a", "b", "c"][n % 3], n % 2).fetch_add(1, Relaxed);
                    }
                });
            }
        });
        let counts: Vec<u64> = table.all().map(|(.., count)| count.load(Relaxed)).filter(|count| *count > 0).collect();
        assert_eq!((counts.len(), counts.iter().sum::<u64>()), (6, 8_000));
    }

    #[test]
    fn more_names_than_there_is_room_for_share_one_value() {
        let table: Table<AtomicU64> = Table::new(8);
        for n in 0..1_000 {
            table.get(&n.to_string(), 0).fetch_add(1, Relaxed);
        }
        let found: Vec<(&str, u64)> = table.all().map(|(name, _, count)| (name, count.load(Relaxed))).collect();
        assert_eq!(found.len(), 9);
        assert!(found.contains(&("other", 992)), "{found:?}");
    }
}
