//! From counts by date to the groups that the figures show.

use super::tally::{CANCELLED_BY, Cell, LEAD_FROM, Measure, Tally};
use crate::time::server::LocalDate;

/// More days than these are shown by week.
const MAX_DAY_BARS: i64 = 62;
const HOURS: usize = 7 * 24;

/// The groups of one page.
pub(super) struct Bins {
    pub first: LocalDate,
    pub last: LocalDate,
    /// Whether `periods` are weeks, by their Mondays; days otherwise.
    pub by_week: bool,
    /// Appointments of each day or week, in order and without gaps.
    pub periods: Vec<(LocalDate, Cell)>,
    /// Booked minutes by hour of the week.
    pub hours: [Cell; HOURS],
    /// The weeks, in order and without gaps.
    pub weeks: Vec<Week>,
    /// Appointments by days ahead, as in [`LEAD_FROM`].
    pub lead: [Cell; LEAD_FROM.len()],
    /// Cancelled appointments, as in [`CANCELLED_BY`].
    pub cancelled: [Cell; CANCELLED_BY],
}

/// The appointments of a week whose outcome is recorded.
pub(super) struct Week {
    pub monday: LocalDate,
    pub attended: Cell,
    pub missed: Cell,
}

impl Week {
    /// Attended and missed appointments together.
    pub fn known(&self) -> Cell {
        let mut known = self.attended.clone();
        known.join(&self.missed);
        known
    }
}

impl Bins {
    /// The groups of these counts, which are from `first` to `last`, both included.
    pub fn new(tally: &Tally, first: LocalDate, last: LocalDate) -> Bins {
        let by_week = last.days_since(first) >= MAX_DAY_BARS;
        let every = |from: LocalDate, step: usize| {
            (0..=last.days_since(from)).step_by(step).map(move |days| from.plus_days(days))
        };
        let mondays = every(first.monday(), 7);
        let week = |measure, monday: LocalDate| sum(tally, measure, 0, monday, monday.plus_days(6));
        let all = |measure, place: usize| sum(tally, measure, i32::try_from(place).unwrap_or(i32::MAX), first, last);
        Bins {
            first,
            last,
            by_week,
            periods: if by_week {
                mondays.clone().map(|monday| (monday, week(Measure::Appointments, monday))).collect()
            } else {
                every(first, 1).map(|day| (day, sum(tally, Measure::Appointments, 0, day, day))).collect()
            },
            hours: std::array::from_fn(|hour| all(Measure::Minutes, hour)),
            weeks: mondays
                .map(|monday| Week {
                    monday,
                    attended: week(Measure::Attended, monday),
                    missed: week(Measure::Missed, monday),
                })
                .collect(),
            lead: std::array::from_fn(|group| all(Measure::Lead, group)),
            cancelled: std::array::from_fn(|who| all(Measure::Cancelled, who)),
        }
    }

    /// Whether nothing at all was counted.
    pub fn are_empty(&self) -> bool {
        self.periods.iter().map(|(_, cell)| cell).chain(&self.cancelled).all(|cell| cell.total == 0)
    }
}

fn sum(tally: &Tally, measure: Measure, place: i32, from: LocalDate, until: LocalDate) -> Cell {
    let mut sum = Cell::default();
    tally.range((measure, place, from)..=(measure, place, until)).for_each(|(_, cell)| sum.join(cell));
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_shown_by_week_and_gaps_are_zeros() {
        let date = |text: &str| text.parse::<LocalDate>().unwrap();
        let day = |text: &str, total| ((Measure::Appointments, 0, date(text)), Cell { total, ..Cell::default() });
        let tally = Tally::from([day("2026-11-03", 10), day("2026-11-05", 11)]);
        let bins = Bins::new(&tally, date("2026-11-02"), date("2026-11-08"));
        assert_eq!(bins.periods.iter().map(|(_, cell)| cell.total).collect::<Vec<_>>(), [0, 10, 0, 11, 0, 0, 0]);
        let bins = Bins::new(&tally, date("2026-09-01"), date("2026-11-30"));
        assert_eq!((bins.by_week, bins.periods[0].0), (true, date("2026-08-31")));
        assert_eq!(bins.periods.iter().map(|(_, cell)| cell.total).sum::<i64>(), 21);
        assert!(Bins::new(&Tally::new(), date("2026-11-06"), date("2026-11-20")).are_empty());
    }
}
