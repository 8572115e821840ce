//! From counts by date to the groups that a page shows, and what of them may be shown.
//!
//! A group of one to four people is hidden, and sums are made of the numbers that are shown, so that no sum of a figure
//! holds one that is hidden. Another figure may count the same appointments: as soon as a group is hidden anywhere on the page,
//! every other count is rounded to the nearest five, and comparing two figures leaves a hidden number open. This protects
//! one page or file; people who may see the appointments themselves are trusted not to compare many.

use std::collections::BTreeMap;

use super::tally::{Cell, LEAD_FROM, MIN_PEOPLE, Measure, Tally};
use crate::time::server::LocalDate;

/// More days than these are shown by week.
const MAX_DAY_BARS: i64 = 62;
const HOURS: usize = 7 * 24;
const CANCELLED_BY: usize = 4;

/// The groups of one page.
pub(super) struct Bins {
    pub first: LocalDate,
    pub last: LocalDate,
    /// Whether `periods` are weeks, by their Mondays; days otherwise.
    pub by_week: bool,
    /// Appointments of each day or week, in order and without gaps.
    pub periods: Vec<(LocalDate, Cell)>,
    /// Booked minutes by hour of the week.
    pub hours: Vec<Cell>,
    /// Mondays, each with appointments that were attended and missed in that week.
    pub weeks: Vec<(LocalDate, Cell, Cell)>,
    pub lead: Vec<Cell>,
    pub cancelled: Vec<Cell>,
}

impl Bins {
    /// The groups of the counts from `first` to `last`, both included.
    pub fn new(tally: &Tally, first: LocalDate, last: LocalDate) -> Bins {
        let by_week = last.days_since(first) >= MAX_DAY_BARS;
        let days = || (0..=last.days_since(first)).map(|days| first.plus_days(days));
        let mut periods: BTreeMap<LocalDate, Cell> = BTreeMap::new();
        let mut weeks: BTreeMap<LocalDate, (Cell, Cell)> = BTreeMap::new();
        for day in days() {
            periods.entry(if by_week { day.monday() } else { day }).or_default();
            weeks.entry(day.monday()).or_default();
        }
        let empty = |cells: usize| vec![Cell::default(); cells];
        let (mut hours, mut lead, mut cancelled) = (empty(HOURS), empty(LEAD_FROM.len()), empty(CANCELLED_BY));
        for (date, day) in tally.0.range(first..=last) {
            for ((measure, cell), counted) in day {
                let place = usize::try_from(*cell).unwrap_or(usize::MAX);
                let bin = match measure {
                    Measure::Appointments => {
                        Some(periods.entry(if by_week { date.monday() } else { *date }).or_default())
                    }
                    Measure::Attended => Some(&mut weeks.entry(date.monday()).or_default().0),
                    Measure::Missed => Some(&mut weeks.entry(date.monday()).or_default().1),
                    Measure::Minutes => hours.get_mut(place),
                    Measure::Lead => lead.get_mut(place),
                    Measure::Cancelled => cancelled.get_mut(place),
                };
                if let Some(bin) = bin {
                    bin.join(counted);
                }
            }
        }
        let weeks = weeks.into_iter().map(|(monday, (attended, missed))| (monday, attended, missed)).collect();
        let periods = periods.into_iter().collect();
        Bins { first, last, by_week, periods, hours, weeks, lead, cancelled }
    }

    /// Whether nothing at all was counted.
    pub fn are_empty(&self) -> bool {
        self.periods.iter().map(|(_, cell)| cell).chain(&self.cancelled).all(|cell| cell.total == 0)
    }

    /// What may be shown of these groups.
    pub fn guard(&self) -> Guard {
        let weeks = self.weeks.iter().flat_map(|(_, attended, missed)| [attended, missed]);
        let periods = self.periods.iter().map(|(_, cell)| cell);
        let mut groups = periods.chain(weeks).chain(&self.hours).chain(&self.lead).chain(&self.cancelled);
        Guard { rounded: groups.any(|cell| cell.people.are_few()) }
    }
}

/// Several groups together.
pub(super) fn together<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> Cell {
    let mut all = Cell::default();
    cells.into_iter().for_each(|cell| all.join(cell));
    all
}

/// The sum of the numbers that are shown; none when all that is not zero is hidden.
pub(super) fn sum_of_shown(numbers: &[Option<i64>]) -> Option<i64> {
    let sum = numbers.iter().flatten().sum();
    (sum > 0 || numbers.iter().all(Option::is_some)).then_some(sum)
}

/// Decides what is shown of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guard {
    /// Whether a group of the page is hidden.
    pub rounded: bool,
}

impl Guard {
    /// The number of appointments, or none when it is hidden.
    pub fn count(self, cell: &Cell) -> Option<i64> {
        (!cell.people.are_few()).then(|| self.round(cell.total, MIN_PEOPLE as i64))
    }

    /// `part` of `whole` in percent, both as they are shown.
    pub fn percent(self, part: i64, whole: i64) -> i64 {
        if whole > 0 { (200 * part + whole) / (2 * whole) } else { 0 }
    }

    /// Minutes of a group, or none when they are hidden.
    pub fn minutes(self, cell: &Cell) -> Option<i64> {
        (!cell.people.are_few()).then(|| self.round(cell.total, 60))
    }

    fn round(self, number: i64, to: i64) -> i64 {
        if self.rounded { (2 * number + to) / (2 * to) * to } else { number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::server::statistics::tally::{Day, People};

    fn cell(total: i64, people: u64) -> Cell {
        let mut marks = People::default();
        (0..people).for_each(|mark| marks.add(mark));
        Cell { total, people: marks }
    }

    #[test]
    fn one_hidden_group_rounds_every_other_count() {
        let open = Guard { rounded: false };
        let careful = Guard { rounded: true };
        assert_eq!(open.count(&cell(12, 9)), Some(12));
        assert_eq!(open.count(&cell(12, 4)), None);
        assert_eq!(open.count(&cell(0, 0)), Some(0));
        assert_eq!([5, 7, 8, 12, 13].map(|n| careful.count(&cell(n, 5))), [5, 5, 10, 10, 15].map(Some));
        assert_eq!(careful.count(&cell(0, 0)), Some(0));
        assert_eq!(careful.minutes(&cell(100, 5)), Some(120));
        assert_eq!((open.percent(1, 8), open.percent(0, 0)), (13, 0));
    }

    #[test]
    fn a_sum_holds_what_is_shown_and_is_hidden_when_nothing_is() {
        assert_eq!(sum_of_shown(&[Some(10), None, Some(5)]), Some(15));
        assert_eq!(sum_of_shown(&[Some(0), Some(0)]), Some(0));
        assert_eq!(sum_of_shown(&[Some(0), None]), None);
    }

    #[test]
    fn long_times_are_shown_by_week_and_gaps_are_zeros() {
        let date = |text: &str| text.parse::<LocalDate>().unwrap();
        let mut tally = Tally::default();
        let day = |total| Day::from([((Measure::Appointments, 0), cell(total, 7))]);
        tally.0.insert(date("2026-11-03"), day(10));
        tally.0.insert(date("2026-11-05"), day(11));
        tally.0.insert(date("2026-12-01"), day(50));
        let bins = Bins::new(&tally, date("2026-11-02"), date("2026-11-08"));
        assert_eq!(bins.periods.iter().map(|(_, cell)| cell.total).collect::<Vec<_>>(), [0, 10, 0, 11, 0, 0, 0]);
        let bins = Bins::new(&tally, date("2026-09-01"), date("2026-11-30"));
        assert_eq!((bins.by_week, bins.periods[0].0), (true, date("2026-08-31")));
        assert_eq!(bins.periods.iter().map(|(_, cell)| cell.total).sum::<i64>(), 21);
        assert!(Bins::new(&tally, date("2026-11-06"), date("2026-11-20")).are_empty());
    }
}
