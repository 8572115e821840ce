//! Who had a time when: of a doctor or a patient, by start.

use std::collections::{BTreeMap, HashMap};

use super::{history::Nanos, ledger::Span};

/// Times of appointments are shorter than a day.
const LONGEST: i64 = 24 * 60 * 60;

/// The spans in which the appointments at one start had it.
#[derive(Default)]
struct Times {
    end: i64,
    /// By their beginning, each with the latest end up to it.
    spans: Vec<(Nanos, Nanos)>,
}

/// The spans of many owners.
#[derive(Default)]
pub struct Occupancy(HashMap<u128, BTreeMap<i64, Times>>);

impl Occupancy {
    pub fn add(&mut self, owner: u128, (start, end): (i64, i64), span: Span) {
        let times = self.0.entry(owner).or_default().entry(start).or_default();
        times.end = times.end.max(end);
        times.spans.push((span.from, span.until));
    }

    /// Makes it ready for questions.
    pub fn sort(&mut self) {
        for times in self.0.values_mut().flat_map(BTreeMap::values_mut) {
            times.spans.sort_unstable();
            let mut latest = 0;
            for (_, until) in &mut times.spans {
                latest = latest.max(*until);
                *until = latest;
            }
        }
    }

    /// Whether anything that overlaps this time had it at some point of the span.
    pub fn meets(&self, owner: u128, (start, end): (i64, i64), span: Span) -> bool {
        let Some(times) = self.0.get(&owner) else { return false };
        times.range(start - LONGEST..end.max(start + 1)).any(|(_, times)| {
            let before = times.spans.partition_point(|(from, _)| *from <= span.until);
            let latest = before.checked_sub(1).and_then(|last| times.spans.get(last));
            times.end > start && latest.is_some_and(|(_, until)| *until >= span.from)
        })
    }
}

/// A time that one appointment had for certain in a span.
#[derive(Clone, Copy, Debug)]
pub struct Certain {
    pub id: u128,
    pub start: i64,
    pub end: i64,
    pub span: Span,
}

/// Two appointments that overlap, had by one owner at the same moment.
pub fn double(certain: &mut [Certain]) -> Option<(Certain, Certain)> {
    certain.sort_unstable_by_key(|one| (one.span.from, one.span.until));
    let mut had: BTreeMap<i64, Certain> = BTreeMap::new();
    for one in certain.iter() {
        let overlapping = had.range(one.start - LONGEST..one.end).map(|(_, other)| *other);
        let mut both = overlapping.filter(|other| other.end > one.start && other.span.until > one.span.from);
        if let Some(other) = both.find(|other| other.id != one.id) {
            return Some((other, *one));
        }
        // what ended last at this start is the one that matters
        had.insert(one.start, *one);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn span(from: Nanos, until: Nanos) -> Span {
        Span { from, until }
    }

    #[test]
    fn a_refusal_is_justified_by_what_overlaps_in_both_times() {
        let mut occupancy = Occupancy::default();
        occupancy.add(1, (100, 200), span(10, 20));
        occupancy.add(1, (100, 200), span(40, 50));
        occupancy.sort();
        assert!(occupancy.meets(1, (100, 200), span(15, 16)));
        assert!(occupancy.meets(1, (150, 250), span(0, 10)));
        assert!(!occupancy.meets(1, (100, 200), span(21, 39)));
        assert!(occupancy.meets(1, (100, 200), span(21, 40)));
        assert!(!occupancy.meets(1, (200, 300), span(15, 16)));
        assert!(!occupancy.meets(2, (100, 200), span(15, 16)));
    }

    #[test]
    fn times_that_overlap_cannot_be_had_at_the_same_moment() {
        let one = |id, start, from, until| Certain { id, start, end: start + 100, span: span(from, until) };
        assert!(double(&mut [one(1, 0, 0, 10), one(2, 0, 10, 20), one(3, 100, 0, 20)]).is_none());
        assert!(double(&mut [one(1, 0, 0, 10), one(2, 50, 9, 20)]).is_some());
        assert!(double(&mut [one(2, 50, 9, 20), one(1, 0, 0, Nanos::MAX)]).is_some());
    }
}
