//! The numbers of the figures as tables, for the clinic's staff or for sharing.
//!
//! In a table for sharing, a group of one to four people is hidden and every other number is rounded, appointments to
//! the nearest five and minutes to whole hours; shares are computed from the numbers shown. Rounding protects tables
//! that are compared: the same appointments count in several of them, and the difference of exact numbers would give a
//! hidden one away.

use super::{
    bins::{Bins, Week},
    findings::clock_of,
    tally::{CANCELLED_BY, Cell, LEAD_FROM},
};
use crate::{
    admin::model::statistics::{Row, Table},
    availability::server::HourMinutes,
    time::server::LocalDate,
};

/// Replaces a number about fewer than five people.
const FEW: &str = "fewer than 5 people";
/// Replaces a number that would give away another one.
const NOT_SHOWN: &str = "not shown";
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// The groups of days between booking and appointment.
pub(super) const LEAD: [&str; LEAD_FROM.len()] =
    ["Same day", "1 to 2 days", "3 to 7 days", "8 to 14 days", "15 to 28 days", "29 days or more"];
/// The people who cancel appointments.
pub(super) const CANCELLED: [&str; CANCELLED_BY] = ["Patients, in time", "Patients, late", "Doctors", "Clinic staff"];

/// The readers of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// The clinic's staff, who may open every appointment: every number as it is.
    Staff,
    /// People outside the clinic.
    Outside,
}

impl Audience {
    fn appointments(self, cell: &Cell) -> Option<i64> {
        self.number(cell, 5)
    }

    fn minutes(self, cell: &Cell) -> Option<i64> {
        self.number(cell, 60)
    }

    /// None when the number is hidden.
    fn number(self, cell: &Cell, step: i64) -> Option<i64> {
        match self {
            Audience::Staff => Some(cell.total),
            Audience::Outside if cell.people.are_few() => None,
            Audience::Outside => Some((2 * cell.total + step) / (2 * step) * step),
        }
    }
}

/// The table of the figure `id`; none when there is no such figure.
pub(super) fn table(id: &str, bins: &Bins, offered: &HourMinutes, audience: Audience) -> Option<Table> {
    match id {
        "days" => Some(days(bins, audience)),
        "hours" => Some(hours(bins, offered, audience)),
        "missed" => Some(missed(bins, audience)),
        "lead" => Some(lead(bins, audience)),
        "cancelled" => Some(cancelled(bins, audience)),
        _ => None,
    }
}

pub(super) fn days(bins: &Bins, audience: Audience) -> Table {
    let period = if bins.by_week { "Week from" } else { "Day" };
    let row =
        |(date, appointments): &(LocalDate, Cell)| date_row(*date, vec![number(audience.appointments(appointments))]);
    table_of(&[period, "Appointments"], bins.periods.iter().map(row))
}

/// The hours of the week with offered or booked time: index, booked and offered minutes.
pub(super) fn hours_in_use<'a>(
    bins: &'a Bins,
    offered: &'a HourMinutes,
) -> impl Iterator<Item = (usize, &'a Cell, i64)> + Clone {
    let hours = bins.hours.iter().zip(offered).enumerate().map(|(place, (booked, offered))| (place, booked, *offered));
    hours.filter(|(_, booked, offered)| booked.total > 0 || *offered > 0)
}

pub(super) fn hours(bins: &Bins, offered: &HourMinutes, audience: Audience) -> Table {
    let row = |(place, booked, offered): (usize, &Cell, i64)| {
        let weekday = WEEKDAYS.get(place / 24).copied().unwrap_or_default();
        let minutes = audience.minutes(booked);
        let share = match minutes {
            Some(_) if offered == 0 => "no hours".to_owned(),
            minutes => share(minutes, offered),
        };
        Row {
            label: format!("{weekday}, {}", clock_of(place % 24)),
            code: format!("{weekday} {:02}:00", place % 24),
            cells: vec![number(minutes), offered.to_string(), share],
        }
    };
    table_of(&["Hour", "Booked minutes", "Offered minutes", "Booked"], hours_in_use(bins, offered).map(row))
}

pub(super) fn missed(bins: &Bins, audience: Audience) -> Table {
    let row = |week: &Week| {
        let (known, missed) = (audience.appointments(&week.known()), audience.appointments(&week.missed));
        let cells = match known {
            // attended appointments are the difference of the two
            Some(all) if audience.appointments(&week.attended).is_some() => {
                [number(known), number(missed), if all > 0 { share(missed, all) } else { "no appointments".to_owned() }]
            }
            _ => [number(known), NOT_SHOWN.to_owned(), NOT_SHOWN.to_owned()],
        };
        date_row(week.monday, cells.into())
    };
    let columns = ["Week from", "Appointments with an outcome (n)", "Did not attend", "Share"];
    table_of(&columns, bins.weeks.iter().map(row))
}

pub(super) fn lead(bins: &Bins, audience: Audience) -> Table {
    let shown: Vec<Option<i64>> = bins.lead.iter().map(|cell| audience.appointments(cell)).collect();
    let all = shown.iter().flatten().sum();
    let row = |(label, appointments): (&&str, &Option<i64>)| {
        group_row(label, vec![number(*appointments), share(*appointments, all)])
    };
    table_of(&["Days ahead", "Appointments", "Share"], LEAD.iter().zip(&shown).map(row))
}

pub(super) fn cancelled(bins: &Bins, audience: Audience) -> Table {
    let row =
        |(label, appointments): (&&str, &Cell)| group_row(label, vec![number(audience.appointments(appointments))]);
    table_of(&["Cancelled by", "Appointments"], CANCELLED.iter().zip(&bins.cancelled).map(row))
}

/// `part` of `whole` in percent; 0 of nothing.
pub(super) fn percent(part: i64, whole: i64) -> i64 {
    if whole > 0 { (200 * part + whole) / (2 * whole) } else { 0 }
}

fn table_of(columns: &[&str], rows: impl Iterator<Item = Row>) -> Table {
    Table { columns: columns.iter().map(|column| (*column).to_owned()).collect(), rows: rows.collect() }
}

fn date_row(date: LocalDate, cells: Vec<String>) -> Row {
    Row { label: date.date_words(), code: date.to_string(), cells }
}

fn group_row(label: &str, cells: Vec<String>) -> Row {
    Row { label: label.to_owned(), code: label.to_owned(), cells }
}

fn number(number: Option<i64>) -> String {
    number.map_or_else(|| FEW.to_owned(), |number| number.to_string())
}

fn share(part: Option<i64>, whole: i64) -> String {
    part.map_or_else(|| NOT_SHOWN.to_owned(), |part| format!("{}%", percent(part, whole)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::server::statistics::tally::{Measure, People, Tally};

    fn cell(total: i64, people: u64) -> Cell {
        let mut marks = People::default();
        (0..people).for_each(|mark| marks.add(mark));
        Cell { total, people: marks }
    }

    #[test]
    fn staff_see_numbers_as_they_are_and_others_no_small_group_and_no_exact_number() {
        let staff = |cell: &Cell| Audience::Staff.appointments(cell);
        assert_eq!([cell(12, 9), cell(3, 1), cell(0, 0)].map(|cell| staff(&cell)), [12, 3, 0].map(Some));
        let outside = |cell: Cell| Audience::Outside.appointments(&cell);
        assert_eq!((outside(cell(12, 4)), outside(cell(0, 0))), (None, Some(0)));
        assert_eq!([5, 7, 8, 12, 13].map(|appointments| outside(cell(appointments, 5))), [5, 5, 10, 10, 15].map(Some));
        assert_eq!(Audience::Outside.minutes(&cell(100, 5)), Some(120));
        assert_eq!((percent(1, 8), percent(0, 0)), (13, 0));
    }

    /// Tables for sharing of three weeks in which `hidden` appointments of one patient are in one cell of a measure,
    /// next to enough of all the rest.
    fn with(measure: Measure, place: i32, hidden: i64) -> Vec<Option<Table>> {
        let first: LocalDate = "2026-11-02".parse().unwrap();
        let mut tally = Tally::new();
        for day in 0..14 {
            for (measure, locations) in [
                (Measure::Appointments, 0..1),
                (Measure::Minutes, 33..35),
                (Measure::Attended, 0..1),
                (Measure::Missed, 0..1),
                (Measure::Lead, 1..3),
                (Measure::Cancelled, 0..2),
            ] {
                tally.extend(locations.map(|place| ((measure, place, first.plus_days(day)), cell(11 + day, 9))));
            }
        }
        let later = first.plus_days(14);
        if measure == Measure::Missed {
            tally.insert((Measure::Attended, 0, later), cell(40 - hidden, 9));
        }
        tally.insert((measure, place, later), cell(hidden, 1));
        let bins = Bins::new(&tally, first, first.plus_days(20));
        let figures = ["days", "hours", "missed", "lead", "cancelled"];
        figures.map(|id| table(id, &bins, &[600; 168], Audience::Outside)).into()
    }

    #[test]
    fn nothing_for_sharing_depends_on_how_many_appointments_are_hidden() {
        for (measure, place) in [
            (Measure::Appointments, 0),
            (Measure::Minutes, 80),
            (Measure::Missed, 0),
            (Measure::Lead, 4),
            (Measure::Cancelled, 2),
        ] {
            let tables: Vec<_> = (1..=4).map(|hidden| with(measure, place, hidden)).collect();
            assert!(tables.windows(2).all(|pair| pair[0] == pair[1]), "{measure:?}");
        }
    }
}
