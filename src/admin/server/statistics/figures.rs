//! The five figures of a page: each a plot, what it says, and its table.

use super::{
    bins::{Bins, Week},
    findings::{self, clock_of},
    tables::{self, Audience, CANCELLED, LEAD, percent},
    tally::Cell,
};
use crate::{
    admin::model::statistics::{Figure, HeatCell, HeatRow, Plot},
    availability::server::HourMinutes,
    time::server::LocalDate,
    ui::{Bar, Point},
};

/// Labels along time, at most: more do not fit on a phone.
const MAX_LABELS: usize = 4;
/// Up to this number of marks, each shows its number.
const MAX_NUMBERS: usize = 10;
/// Days of a year: labels of a longer time have the year.
const YEAR: i64 = 366;

pub(super) fn figures(bins: &Bins, offered: &HourMinutes) -> Vec<Figure> {
    vec![per_period(bins), by_hour(bins, offered), missed(bins), lead(bins), cancelled(bins)]
}

fn per_period(bins: &Bins) -> Figure {
    let appointments: Vec<(LocalDate, i64)> = bins.periods.iter().map(|(date, cell)| (*date, cell.total)).collect();
    let most = appointments.iter().map(|(_, appointments)| *appointments).max().unwrap_or_default();
    let highest = appointments.iter().position(|(_, appointments)| *appointments == most);
    let bar = |(index, (label, (_, value))): (usize, (String, &(LocalDate, i64)))| {
        let speaks = Some(index) == highest || appointments.len() <= MAX_NUMBERS;
        let text = if speaks && *value > 0 { value.to_string() } else { String::new() };
        Bar { label, value: *value, text }
    };
    let labels = labels(bins, appointments.iter().map(|(date, _)| *date).collect());
    let unit = if bins.by_week { "week" } else { "day" };
    let incomplete = if bins.by_week { " The first and the last week may have fewer than 7 days." } else { "" };
    Figure {
        id: "days".into(),
        heading: format!("Appointments per {unit}"),
        finding: findings::busiest(&appointments, bins.by_week),
        description: format!("One bar for each {unit}, {} in all.", appointments.len()),
        counted: format!(
            "Appointments agreed for each {unit}, by the clock of the place where they are, whether the patient came or not. \
            Requests without an answer, moved and cancelled appointments are not counted.{incomplete}"
        ),
        plot: Plot::Columns(labels.into_iter().zip(&appointments).enumerate().map(bar).collect()),
        table: tables::days(bins, Audience::Staff),
    }
}

fn by_hour(bins: &Bins, offered: &HourMinutes) -> Figure {
    let in_use = tables::hours_in_use(bins, offered);
    let shares: Vec<(usize, i64)> = in_use
        .clone()
        .filter(|(.., offered)| *offered > 0)
        .map(|(place, booked, offered)| (place, percent(booked.total, offered)))
        .collect();
    let booked: i64 = bins.hours.iter().map(|cell| cell.total).sum();
    let all_offered: i64 = offered.iter().sum();
    let all = (all_offered > 0).then(|| percent(booked, all_offered));
    let times = in_use.map(|(place, ..)| place % 24);
    let (from, until) = (times.clone().min().unwrap_or(1), times.max().unwrap_or(0));
    let week: Vec<HeatCell> = bins.hours.iter().zip(offered).map(|(cell, offered)| heat(cell, *offered)).collect();
    let heat_row =
        |time: usize| HeatRow { hour: clock_of(time), cells: week.iter().skip(time).step_by(24).cloned().collect() };
    Figure {
        id: "hours".into(),
        heading: "How full the hours are".into(),
        finding: findings::fullest(&shares, all),
        description: "A table with a row for each hour of the day and a column for each day of the week.".into(),
        counted: "Booked minutes as a share of the minutes in which doctors see patients: their weekly hours with all \
            changes for single dates, without time off and closures. Hours of doctors who have left are not offered, \
            but their appointments are counted."
            .into(),
        plot: Plot::Heat((from..=until).map(heat_row).collect()),
        table: tables::hours(bins, offered, Audience::Staff),
    }
}

fn heat(booked: &Cell, offered: i64) -> HeatCell {
    let cell = |text: &str, level| HeatCell { text: text.to_owned(), level };
    match (booked.total, offered) {
        (0, 0) => cell("–", 0),
        (_, 0) => cell("no hours", 0),
        (booked, offered) => {
            let share = percent(booked, offered);
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

fn missed(bins: &Bins) -> Figure {
    let known = |week: &Week| week.attended.total + week.missed.total;
    let share = |week: &Week| (known(week) > 0).then(|| percent(week.missed.total, known(week)));
    let most = bins.weeks.iter().filter_map(share).max();
    let highest = bins.weeks.iter().position(|week| most.is_some() && share(week) == most);
    let point = |(index, (week, label)): (usize, (&Week, String))| {
        let value = share(week);
        let speaks = bins.weeks.len() <= MAX_NUMBERS || Some(index) == highest;
        let text = value.filter(|_| speaks).map_or_else(String::new, |share| format!("{share}%"));
        let detail = if label.is_empty() { String::new() } else { format!("n {}", known(week)) };
        Point { label, detail, value, text }
    };
    let labels = labels(bins, bins.weeks.iter().map(|week| week.monday).collect());
    Figure {
        id: "missed".into(),
        heading: "Missed appointments".into(),
        finding: findings::missed(
            bins.weeks.iter().map(known).sum(),
            bins.weeks.iter().map(|week| week.missed.total).sum(),
        ),
        description: format!("A line with one point for each week, {} in all, in percent.", bins.weeks.len()),
        counted:
            "Patients who did not attend, as a share of the appointments whose outcome is recorded (n). Weeks begin on \
            Monday."
                .into(),
        plot: Plot::Line(bins.weeks.iter().zip(labels).enumerate().map(point).collect()),
        table: tables::missed(bins, Audience::Staff),
    }
}

fn lead(bins: &Bins) -> Figure {
    Figure {
        id: "lead".into(),
        heading: "How long ahead people book".into(),
        finding: findings::lead(bins.lead.each_ref().map(|cell| cell.total)),
        description: "One bar for each group of days between booking and appointment, the shortest first.".into(),
        counted:
            "Days from the day on which an appointment was booked, or moved to its time, to the appointment. The same appointments as \
            in the first figure."
                .into(),
        plot: Plot::Rows(group_bars(&LEAD, &bins.lead)),
        table: tables::lead(bins, Audience::Staff),
    }
}

fn cancelled(bins: &Bins) -> Figure {
    Figure {
        id: "cancelled".into(),
        heading: "Who cancels".into(),
        finding: findings::cancelled(bins.cancelled.each_ref().map(|cell| cell.total)),
        description: "One bar for each group: patients in time, patients late, doctors, clinic staff.".into(),
        counted:
            "Appointments of this time that were cancelled. Late means after the time until which patients can cancel \
            freely. An appointment that was moved is not cancelled."
                .into(),
        plot: Plot::Rows(group_bars(&CANCELLED, &bins.cancelled)),
        table: tables::cancelled(bins, Audience::Staff),
    }
}

fn group_bars(labels: &[&str], cells: &[Cell]) -> Vec<Bar> {
    let bar = |(label, cell): (&&str, &Cell)| Bar {
        label: (*label).to_owned(),
        value: cell.total,
        text: cell.total.to_string(),
    };
    labels.iter().zip(cells).map(bar).collect()
}

/// A label for some of the dates, for the others none: Mondays where there are days, and not more than fit.
fn labels(bins: &Bins, dates: Vec<LocalDate>) -> Vec<String> {
    // with a Monday among them, days are named by their Mondays
    let mondays_only = dates.len() > 7;
    let named = |date: &LocalDate| !mondays_only || date.weekday() == 1;
    let every = dates.iter().filter(|date| named(date)).count().div_ceil(MAX_LABELS).max(1);
    let long = bins.last.days_since(bins.first) > YEAR;
    let mut place = 0;
    let label = |date: LocalDate| {
        if !named(&date) {
            return String::new();
        }
        place += 1;
        if (place - 1) % every == 0 { short(date, long) } else { String::new() }
    };
    dates.into_iter().map(label).collect()
}

/// "3 Nov", or "Nov 2026" in a time of more than a year.
fn short(date: LocalDate, long: bool) -> String {
    let (_, day, month) = date.tile_words();
    let (name, year) = month.split_once(' ').unwrap_or((&month, ""));
    let name: String = name.chars().take(3).collect();
    if long { format!("{name} {year}") } else { format!("{day} {name}") }
}
