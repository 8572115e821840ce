//! The five figures of a page, from the groups and what may be shown of them.

use std::ops::Range;

use super::{
    bins::{Bins, Guard, sum_of_shown, together},
    findings::{self, PATIENTS, clock_of},
    tally::{Cell, LEAD_FROM},
};
use crate::{
    admin::model::statistics::{FEW, Figure, HeatCell, HeatRow, NOT_SHOWN, Plot, Row, Table},
    availability::server::HourMinutes,
    time::server::LocalDate,
    ui::{Bar, Point},
};

/// Labels along time, at most: more do not fit on a phone.
const MAX_LABELS: usize = 4;
/// With so many marks or fewer, each says its number.
const MAX_NUMBERS: usize = 10;
/// Days of a year: labels of a longer time have the year.
const YEAR: i64 = 366;
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const LEAD_WORDS: [(&str, &str); LEAD_FROM.len()] = [
    ("Same day", "on the same day"),
    ("1 to 2 days", "1 to 2 days ahead"),
    ("3 to 7 days", "3 to 7 days ahead"),
    ("8 to 14 days", "8 to 14 days ahead"),
    ("15 to 28 days", "15 to 28 days ahead"),
    ("29 days or more", "29 days or more ahead"),
];
const CANCELLED_WORDS: [&str; 4] = ["Patients, in time", "Patients, late", "Doctors", "Clinic staff"];

pub(super) fn figures(bins: &Bins, offered: &HourMinutes) -> Vec<Figure> {
    let guard = bins.guard();
    vec![
        per_period(bins, guard),
        by_hour(bins, offered, guard),
        missed(bins, guard),
        lead(bins, guard),
        cancelled(bins, guard),
    ]
}

fn per_period(bins: &Bins, guard: Guard) -> Figure {
    let shown: Vec<(LocalDate, Option<i64>)> =
        bins.periods.iter().map(|(date, cell)| (*date, guard.count(cell))).collect();
    let most = shown.iter().filter_map(|(_, appointments)| *appointments).max().filter(|most| *most > 0);
    let highest = shown.iter().position(|(_, appointments)| appointments.is_some() && *appointments == most);
    let labels = labels(bins, &shown.iter().map(|(date, _)| *date).collect::<Vec<_>>());
    let bar = |(index, label): (usize, String)| {
        let value = shown.get(index).and_then(|(_, appointments)| *appointments);
        let speaks = Some(index) == highest
            || (shown.len() <= MAX_NUMBERS && value.is_some_and(|appointments| appointments > 0));
        let text = value.filter(|_| speaks).map_or_else(String::new, |appointments| appointments.to_string());
        Bar { label, value, text }
    };
    let (unit, column) = if bins.by_week { ("week", "Week from") } else { ("day", "Day") };
    let row = |(date, appointments): &(LocalDate, Option<i64>)| Row {
        label: date.date_words(),
        code: date.to_string(),
        cells: vec![count_words(*appointments)],
    };
    let incomplete = if bins.by_week { " The first and the last week may have fewer than 7 days." } else { "" };
    Figure {
        id: "days".into(),
        heading: format!("Appointments per {unit}"),
        finding: findings::busiest(&shown, bins.by_week),
        description: format!("One bar for each {unit}, {} in all.", shown.len()),
        counted: format!(
            "Appointments agreed for each {unit}, by the clock of the place where they are, whether the patient came or not. \
            Requests without an answer, moved and cancelled appointments are not counted.{incomplete}"
        ),
        plot: Plot::Columns(labels.into_iter().enumerate().map(bar).collect()),
        table: Table { columns: label(&[column, "Appointments"]), rows: shown.iter().map(row).collect() },
    }
}

/// One hour of the week: place, booked minutes as they are shown, offered minutes.
type Hour = (usize, Option<i64>, i64);

fn by_hour(bins: &Bins, offered: &HourMinutes, guard: Guard) -> Figure {
    let hours: Vec<Hour> = (0..)
        .zip(bins.hours.iter().zip(offered))
        .map(|(place, (booked, offered))| (place, guard.minutes(booked), *offered))
        .collect();
    let percent = |(place, booked, offered): &Hour| {
        let booked = (*booked).filter(|_| *offered > 0)?;
        Some((*place, guard.percent(booked, *offered)))
    };
    let shares: Vec<(usize, i64)> = hours.iter().filter_map(percent).collect();
    let in_use: Vec<&Hour> = hours.iter().filter(|(_, booked, offered)| *offered > 0 || *booked != Some(0)).collect();
    let times = in_use.iter().map(|(place, ..)| place % 24);
    let (from, until) = (times.clone().min().unwrap_or(1), times.max().unwrap_or(0));
    let heat_row = |time: usize| {
        let cells = (0..7).filter_map(|weekday| hours.get(weekday * 24 + time)).map(|hour| heat(hour, guard)).collect();
        HeatRow { hour: clock_of(time), cells }
    };
    let row = |(place, booked, offered): &&Hour| {
        let weekday = WEEKDAYS.get(place / 24).copied().unwrap_or_default();
        let share = percent(&(*place, *booked, *offered)).map(|(_, share)| format!("{share}%"));
        let hidden = if booked.is_none() { NOT_SHOWN } else { "no hours" };
        Row {
            label: format!("{weekday}, {}", clock_of(place % 24)),
            code: format!("{weekday} {:02}:00", place % 24),
            cells: vec![count_words(*booked), offered.to_string(), share.unwrap_or_else(|| hidden.to_owned())],
        }
    };
    let all_booked = sum_of_shown(&in_use.iter().map(|(_, booked, _)| *booked).collect::<Vec<_>>());
    let all_offered: i64 = in_use.iter().filter(|(_, booked, _)| booked.is_some()).map(|(.., offered)| offered).sum();
    let all = all_booked.filter(|_| all_offered > 0).map(|booked| guard.percent(booked, all_offered));
    Figure {
        id: "hours".into(),
        heading: "How full the hours are".into(),
        finding: match all_booked {
            None => "So few people booked that the numbers are hidden".to_owned(),
            Some(_) => findings::fullest(&shares, all),
        },
        description: "A table with a row for each hour of the day and a column for each day of the week.".into(),
        counted: "Booked minutes as a share of the minutes in which doctors see patients: their weekly hours with all \
            changes for single dates, without time off and closures. Hours of doctors who have left are not offered, \
            but their appointments are counted."
            .into(),
        plot: Plot::Heat((from..=until).map(heat_row).collect()),
        table: Table {
            columns: label(&["Hour", "Booked minutes", "Offered minutes", "Booked"]),
            rows: in_use.iter().map(row).collect(),
        },
    }
}

fn heat((_, booked, offered): &Hour, guard: Guard) -> HeatCell {
    let cell = |text: &str, level| HeatCell { text: text.to_owned(), level };
    match (booked, offered) {
        (None, _) => cell("<5", 0),
        (Some(0), 0) => cell("–", 0),
        (Some(_), 0) => cell("no hours", 0),
        (Some(booked), offered) => {
            let share = guard.percent(*booked, *offered);
            let level = match share {
                ..=0 => 0,
                1..40 => 1,
                40..65 => 2,
                65..85 => 3,
                _ => 4,
            };
            cell(&format!("{share}%"), level)
        }
    }
}

/// A week: its Monday, appointments with a known outcome, and those that were missed.
struct Week {
    monday: LocalDate,
    known: Option<i64>,
    missed: Option<i64>,
    /// Whether `missed` is hidden because few people came, not because few did not.
    few_came: bool,
}

impl Week {
    fn new(guard: Guard, monday: LocalDate, attended: &Cell, missed: &Cell) -> Week {
        let few_came = attended.people.are_few();
        let known = guard.count(&together([attended, missed]));
        Week { monday, known, missed: guard.count(missed).filter(|_| !few_came && known.is_some()), few_came }
    }

    fn share(&self, guard: Guard) -> Option<i64> {
        let known = self.known.filter(|known| *known > 0)?;
        Some(guard.percent(self.missed?, known))
    }
}

fn missed(bins: &Bins, guard: Guard) -> Figure {
    let weeks: Vec<Week> =
        bins.weeks.iter().map(|(monday, attended, missed)| Week::new(guard, *monday, attended, missed)).collect();
    let mondays: Vec<LocalDate> = weeks.iter().map(|week| week.monday).collect();
    let labels = labels(bins, &mondays);
    let most = weeks.iter().filter_map(|week| week.share(guard)).max();
    let highest = weeks.iter().position(|week| most.is_some() && week.share(guard) == most);
    let point = |(index, (week, label)): (usize, (&Week, String))| {
        let value = week.share(guard);
        let speaks = weeks.len() <= MAX_NUMBERS || Some(index) == highest;
        let text = match value {
            Some(share) if speaks => format!("{share}%"),
            None if week.known != Some(0) => NOT_SHOWN.to_owned(),
            _ => String::new(),
        };
        let detail = match week.known {
            _ if label.is_empty() => String::new(),
            Some(known) => format!("n {known}"),
            None => "n <5".to_owned(),
        };
        Point { label, detail, value, text }
    };
    let row = |week: &Week| {
        let missed = match week.missed {
            None if week.few_came || week.known.is_none() => NOT_SHOWN.to_owned(),
            missed => count_words(missed),
        };
        let share = match week.share(guard) {
            Some(share) => format!("{share}%"),
            None if week.known == Some(0) => "no appointments".to_owned(),
            None => NOT_SHOWN.to_owned(),
        };
        let cells = vec![count_words(week.known), missed, share];
        Row { label: week.monday.date_words(), code: week.monday.to_string(), cells }
    };
    let open: Vec<&Week> = weeks.iter().filter(|week| week.missed.is_some()).collect();
    let known = sum_of_shown(&open.iter().map(|week| week.known).collect::<Vec<_>>());
    let missed = sum_of_shown(&weeks.iter().map(|week| week.missed).collect::<Vec<_>>());
    Figure {
        id: "missed".into(),
        heading: "Appointments to which nobody came".into(),
        finding: findings::missed(guard, known, missed, open.len() == weeks.len()),
        description: format!("A line with one point for each week, {} in all, in percent.", weeks.len()),
        counted:
            "Patients who did not attend, as a share of the appointments whose outcome is recorded (n). Weeks begin on \
            Monday."
                .into(),
        plot: Plot::Line(weeks.iter().zip(labels).enumerate().map(point).collect()),
        table: Table {
            columns: label(&["Week from", "Appointments with an outcome (n)", "Did not attend", "Share"]),
            rows: weeks.iter().map(row).collect(),
        },
    }
}

fn lead(bins: &Bins, guard: Guard) -> Figure {
    let shown: Vec<Option<i64>> = bins.lead.iter().map(|cell| guard.count(cell)).collect();
    let all = sum_of_shown(&shown);
    let named: Vec<(&str, Option<i64>)> =
        LEAD_WORDS.iter().zip(&shown).map(|((_, words), appointments)| (*words, *appointments)).collect();
    let row = |((label, _), appointments): (&(&str, &str), &Option<i64>)| {
        let share = appointments.zip(all).map(|(appointments, all)| format!("{}%", guard.percent(appointments, all)));
        let cells = vec![count_words(*appointments), share.unwrap_or_else(|| NOT_SHOWN.to_owned())];
        Row { label: (*label).to_owned(), code: (*label).to_owned(), cells }
    };
    let bars = LEAD_WORDS.iter().zip(&shown).map(|((label, _), appointments)| group_bar(label, *appointments));
    Figure {
        id: "lead".into(),
        heading: "How long ahead people book".into(),
        finding: findings::lead(guard, &named, all),
        description: "One bar for each group of days between booking and appointment, the shortest first.".into(),
        counted:
            "Days from the day on which an appointment was booked, or moved to its time, to the appointment. The same appointments as \
            in the first figure."
                .into(),
        plot: Plot::Rows(bars.collect()),
        table: Table {
            columns: label(&["Days ahead", "Appointments", "Share"]),
            rows: LEAD_WORDS.iter().zip(&shown).map(row).collect(),
        },
    }
}

fn cancelled(bins: &Bins, guard: Guard) -> Figure {
    let shown: Vec<Option<i64>> = bins.cancelled.iter().map(|cell| guard.count(cell)).collect();
    let part = |locations: Range<usize>| sum_of_shown(shown.get(locations).unwrap_or_default());
    let groups = [(PATIENTS, part(0..2)), ("doctors", part(2..3)), ("clinic staff", part(3..4))];
    let row = |(label, appointments): (&&str, &Option<i64>)| {
        let label = (*label).to_owned();
        Row { code: label.clone(), label, cells: vec![count_words(*appointments)] }
    };
    let bars = CANCELLED_WORDS.iter().zip(&shown).map(|(label, appointments)| group_bar(label, *appointments));
    Figure {
        id: "cancelled".into(),
        heading: "Who cancels".into(),
        finding: findings::cancelled(&groups, part(0..4), part(1..2)),
        description: "One bar for each group: patients in time, patients late, doctors, clinic staff.".into(),
        counted:
            "Appointments of this time that were called off. Late means after the time until which patients can cancel \
            freely. An appointment that was moved is not cancelled."
                .into(),
        plot: Plot::Rows(bars.collect()),
        table: Table {
            columns: label(&["Cancelled by", "Appointments"]),
            rows: CANCELLED_WORDS.iter().zip(&shown).map(row).collect(),
        },
    }
}

fn group_bar(label: &str, appointments: Option<i64>) -> Bar {
    Bar { label: label.to_owned(), value: appointments, text: count_words(appointments) }
}

fn count_words(number: Option<i64>) -> String {
    number.map_or_else(|| FEW.to_owned(), |number| number.to_string())
}

fn label(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| (*column).to_owned()).collect()
}

/// A label for some of the dates, for the others none: Mondays where there are days, and not more than fit.
fn labels(bins: &Bins, dates: &[LocalDate]) -> Vec<String> {
    // with a Monday among them, days are named by their Mondays
    let mondays_only = dates.len() > 7;
    let named = |date: &LocalDate| !mondays_only || date.weekday() == 1;
    let every = dates.iter().filter(|date| named(date)).count().div_ceil(MAX_LABELS).max(1);
    let long = bins.last.days_since(bins.first) > YEAR;
    let mut place = 0;
    let label = |date: &LocalDate| {
        if !named(date) {
            return String::new();
        }
        place += 1;
        if (place - 1) % every == 0 { short(*date, long) } else { String::new() }
    };
    dates.iter().map(label).collect()
}

/// "3 Nov", or "Nov 2026" in a time of more than a year.
fn short(date: LocalDate, long: bool) -> String {
    let (_, day, month) = date.tile_words();
    let (name, year) = month.split_once(' ').unwrap_or((&month, ""));
    let name: String = name.chars().take(3).collect();
    if long { format!("{name} {year}") } else { format!("{day} {name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::server::statistics::tally::{Day, Measure, People, Tally};

    /// A week in which `hidden` appointments of one patient stand in one cell of a measure, beside enough of everything else.
    fn with(measure: Measure, place: i32, hidden: i64) -> Vec<Figure> {
        let first: LocalDate = "2026-11-02".parse().unwrap();
        let mut crowd = People::default();
        (0..9).for_each(|mark| crowd.add(mark));
        let mut one = People::default();
        one.add(1);
        let mut tally = Tally::default();
        for day in 0..14 {
            let cell = || Cell { total: 11 + day, people: crowd.clone() };
            let mut cells = Day::new();
            for (measure, locations) in [
                (Measure::Appointments, 0..1),
                (Measure::Minutes, 33..35),
                (Measure::Attended, 0..1),
                (Measure::Missed, 0..1),
                (Measure::Lead, 1..3),
                (Measure::Cancelled, 0..2),
            ] {
                cells.extend(locations.map(|place| ((measure, place), cell())));
            }
            tally.0.insert(first.plus_days(day), cells);
        }
        let later = first.plus_days(if measure == Measure::Missed { 14 } else { 13 });
        let cells = tally.0.entry(later).or_default();
        if measure == Measure::Missed {
            cells.insert((Measure::Attended, 0), Cell { total: 40 - hidden, people: crowd });
        }
        cells.insert((measure, place), Cell { total: hidden, people: one });
        let bins = Bins::new(&tally, first, first.plus_days(20));
        assert!(bins.guard().rounded);
        figures(&bins, &[600; 168])
    }

    #[test]
    fn nothing_on_the_page_depends_on_how_many_appointments_are_hidden() {
        for (measure, place) in [
            (Measure::Appointments, 0),
            (Measure::Minutes, 80),
            (Measure::Missed, 0),
            (Measure::Lead, 4),
            (Measure::Cancelled, 2),
        ] {
            let pages: Vec<Vec<Figure>> = (1..=4).map(|hidden| with(measure, place, hidden)).collect();
            assert!(pages.windows(2).all(|pair| pair[0] == pair[1]), "{measure:?}");
        }
    }
}
