//! The times that the rows of a file take, so that two of them do not overlap. Only what is to come is kept.

use std::collections::{BTreeMap, HashMap};

use super::mark;
use crate::time::Timestamp;

/// Times by doctor and by patient: start, with end and row.
#[derive(Default)]
pub(super) struct Taken(HashMap<u64, BTreeMap<i64, (i64, u64)>>);

impl Taken {
    /// Takes a time for each of `others`, or says whose other row overlaps it.
    pub fn take(
        &mut self,
        row: u64,
        (start, end): (Timestamp, Timestamp),
        others: [(&'static str, String); 2],
    ) -> Option<(&'static str, u64)> {
        let marks = others.map(|(whose, id)| (whose, mark((whose, id))));
        for (whose, mark) in marks {
            // none of those that were taken overlap: the last that begins before the end is the only one to look at
            let before = self.0.get(&mark).and_then(|times| times.range(..end.0).next_back());
            if let Some((_, (_, other))) = before.filter(|(_, (other_end, _))| *other_end > start.0) {
                return Some((whose, *other));
            }
        }
        for (_, mark) in marks {
            self.0.entry(mark).or_default().insert(start.0, (end.0, row));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_touch_do_not_overlap() {
        let mut taken = Taken::default();
        let mut take = |row, start, end, patient: &str| {
            let others = [("doctor", "d".to_owned()), ("patient", patient.to_owned())];
            taken.take(row, (Timestamp(start), Timestamp(end)), others)
        };
        assert_eq!(take(2, 100, 200, "a"), None);
        assert_eq!(take(3, 200, 300, "b"), None);
        assert_eq!(take(4, 50, 100, "c"), None);
        assert_eq!(take(5, 150, 160, "d"), Some(("doctor", 2)));
        assert_eq!(take(6, 10, 1000, "d"), Some(("doctor", 3)));
    }
}
