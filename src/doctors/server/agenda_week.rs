//! A doctor's week as columns of time: the position of each entry, in steps of five minutes by the clocks of its
//! location.

use super::{
    agenda::{HELD_WORDS, date_or_today},
    agenda_load::{Agenda, Line},
};
use crate::{
    availability::server::{calendar_at_desk, note_calendar_read},
    db::Error,
    doctors::{AgendaWeek, WeekDay, WeekEntry, WeekThing},
    error::AppError,
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone, clock_words},
    },
    web::request::Actor,
};

const DAYS: i64 = 7;
/// Monday to Friday are always shown.
const LAST_WORKDAY: u8 = 5;
const SUNDAY: u8 = 7;
const STEP_MINUTES: u16 = 5;
const MIDNIGHT: u16 = 24 * 60;
/// The hours of a week in which there is nothing.
const USUAL: (u16, u16) = (9 * 60, 17 * 60);
/// As many appointments side by side as the columns can show.
const MAX_LANES: u8 = 6;

/// The week with the date `of` ("2026-12-03"), this week when there is none. `slug` names the doctor for staff; doctors
/// see their own.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] when there is no such calendar for this person, an
/// invalid date, or the database's.
pub async fn agenda_week(app: &AppState, actor: &Actor, slug: &str, of: Option<&str>) -> Result<AgendaWeek, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let calendar = calendar_at_desk(conn, *actor, slug).await?;
    let today = calendar.zone.local_date(now);
    let present = present_week(today);
    let monday = match of.filter(|of| !of.is_empty()) {
        Some(of) => date_or_today(Some(of), today)?.monday(),
        None => present,
    };
    // on a Sunday, the present week begins with that day
    let first = if monday == present { today.min(monday) } else { monday };
    let length = monday.plus_days(DAYS).days_since(first);
    let agenda = Agenda::load(conn, calendar, first, length, now).await?;
    drop(reader);
    note_calendar_read(app, *actor, agenda.calendar.doctor, &agenda.calendar.name).await;
    let mut days = Vec::new();
    for date in (0..length).map(|day| first.plus_days(day)) {
        let lines = agenda.lines(date)?;
        let is_shown = date.weekday() <= LAST_WORKDAY || date == today;
        if is_shown || !lines.is_empty() || !agenda.working_intervals(date).is_empty() {
            days.push((date, lines));
        }
    }
    let last = days.last().map_or(monday, |(date, _)| *date);
    let range = range(&agenda, &days)?;
    Ok(AgendaWeek {
        owner: agenda.owner(),
        title: span_words(first, last, agenda.today),
        previous: monday.plus_days(-DAYS).to_string(),
        next: monday.plus_days(DAYS).to_string(),
        is_this_week: monday == present,
        summary: agenda.summary(days.iter().flat_map(|(_, lines)| lines)),
        hours: (range.0 / 60..range.1 / 60).map(|hour| clock_words(hour * 60)).collect(),
        days: days.iter().map(|(date, lines)| day(&agenda, *date, lines, range)).collect::<Result<_, Error>>()?,
    })
}

/// The Monday of the week that a page shows by itself: on a Sunday, of the one that begins the next day.
fn present_week(today: LocalDate) -> LocalDate {
    if today.weekday() == SUNDAY { today.plus_days(1) } else { today.monday() }
}

/// "Monday 5 to Friday 9 January"; a month or a year that changes in between is said twice.
fn span_words(first: LocalDate, last: LocalDate, today: LocalDate) -> String {
    let (from, to) = (first.day_words(today), last.day_words(today));
    if first.month_words() != last.month_words() {
        return format!("{from} to {to}");
    }
    let from: Vec<&str> = from.split(' ').take(2).collect();
    format!("{} to {to}", from.join(" "))
}

/// First and last minute of the day to show, full hours both.
fn range(agenda: &Agenda, days: &[(LocalDate, Vec<Line<'_>>)]) -> Result<(u16, u16), Error> {
    let mut range: Option<(u16, u16)> = None;
    let mut reach = |from: u16, until: u16| {
        let (first, last) = range.unwrap_or((from, until));
        range = Some((first.min(from), last.max(until)));
    };
    for (date, lines) in days {
        for (start, end, zone) in agenda.working_intervals(*date) {
            let (from, until) = minutes(zone, *date, (start, end));
            reach(from, until);
        }
        for line in lines {
            if let Line::Appointment { row, .. } | Line::Held(row) = line {
                let (from, until) = minutes(&row.zone()?, *date, (row.starts_at, row.ends_at));
                reach(from, until);
            }
        }
    }
    let (mut first, mut last) = range.unwrap_or(USUAL);
    // blocked time shows up, but an evening off does not stretch the week until midnight
    for (date, lines) in days {
        for line in lines {
            if let Line::Blocked { span: Some(span), .. } = line {
                let (from, until) = minutes(&agenda.calendar.zone, *date, *span);
                if from >= last {
                    last = until.min(from + 60);
                } else if until <= first {
                    first = from.max(until.saturating_sub(60));
                }
            }
        }
    }
    Ok((first / 60 * 60, last.div_ceil(60) * 60))
}

/// A span as minutes of its date on a wall clock, 0 to 1440.
pub(crate) fn minutes(zone: &Zone, date: LocalDate, (start, end): (Timestamp, Timestamp)) -> (u16, u16) {
    let from = if zone.local_date(start) < date { 0 } else { zone.minute_of_day(start) };
    let until = if zone.local_date(end) > date { MIDNIGHT } else { zone.minute_of_day(end) };
    (from, until.max(from))
}

fn day(agenda: &Agenda, date: LocalDate, lines: &[Line<'_>], range: (u16, u16)) -> Result<WeekDay, Error> {
    let mut entries = Vec::with_capacity(lines.len());
    for line in lines {
        entries.push(entry(agenda, date, line, range)?);
    }
    Ok(WeekDay {
        label: date.day_words(agenda.today),
        date: date.to_string(),
        is_today: date == agenda.today,
        lanes: share_lanes(&mut entries),
        entries,
    })
}

fn entry(agenda: &Agenda, date: LocalDate, line: &Line<'_>, range: (u16, u16)) -> Result<WeekEntry, Error> {
    let at = |zone: &Zone, span: (Timestamp, Timestamp), what: WeekThing| {
        let (row, rows) = rows(minutes(zone, date, span), range);
        WeekEntry { row, rows, lane: 0, time: zone.time_words(span.0), what }
    };
    Ok(match line {
        Line::Appointment { row, overlaps } => {
            let state = row.state(agenda.now);
            let is_plain = row.status == crate::booking::Status::Booked;
            let what = WeekThing::Appointment {
                id: row.id,
                patient: row.patient.clone().unwrap_or_default(),
                status: if is_plain { String::new() } else { row.status.clinic_words().to_owned() },
                state,
                overlaps: *overlaps,
            };
            at(&row.zone()?, (row.starts_at, row.ends_at), what)
        }
        Line::Held(row) => {
            let zone = row.zone()?;
            let what = WeekThing::Blocked { until: zone.time_words(row.ends_at), words: HELD_WORDS.to_owned() };
            at(&zone, (row.starts_at, row.ends_at), what)
        }
        Line::Free { start, end, location } => {
            let what = WeekThing::Free { until: location.zone.time_words(*end), start: start.0 };
            at(&location.zone, (*start, *end), what)
        }
        Line::Blocked { span: Some(span), words } => {
            let zone = &agenda.calendar.zone;
            at(zone, *span, WeekThing::Blocked { until: zone.time_words(span.1), words: words.clone() })
        }
        Line::Blocked { span: None, words } => {
            let (row, rows) = rows(range, range);
            let what = WeekThing::Blocked { until: String::new(), words: words.clone() };
            WeekEntry { row, rows, lane: 0, time: "All day".to_owned(), what }
        }
    })
}

/// Where minutes of the day stand in the range that is shown. Both ends are rounded down, so that what only touches in
/// time does not overlap on the page.
pub(crate) fn rows((from, until): (u16, u16), (first, last): (u16, u16)) -> (u16, u16) {
    let step = |minute: u16| (minute.clamp(first, last) - first) / STEP_MINUTES;
    let last_row = (last - first) / STEP_MINUTES;
    let row = step(from).min(last_row.saturating_sub(1));
    (row, step(until).saturating_sub(row).max(1))
}

/// Puts appointments that overlap on the page side by side and returns how many lanes that takes. The entries are in
/// order.
fn share_lanes(entries: &mut [WeekEntry]) -> u8 {
    let mut appointments: Vec<&mut WeekEntry> =
        entries.iter_mut().filter(|entry| matches!(entry.what, WeekThing::Appointment { .. })).collect();
    appointments.sort_by_key(|appointment| appointment.row);
    let spans: Vec<(u16, u16)> = appointments.iter().map(|entry| (entry.row, entry.rows)).collect();
    let (count, lanes) = lanes(&spans);
    appointments.into_iter().zip(lanes).for_each(|(appointment, lane)| appointment.lane = lane);
    count
}

/// The lane of each span of rows (first row, and how many), from 1 on; 0 for one that has the whole width. With how many
/// lanes that takes, at least one. The spans are in the order of their first rows.
pub(crate) fn lanes(spans: &[(u16, u16)]) -> (u8, Vec<u8>) {
    let (mut count, mut lanes, mut rest) = (1, Vec::with_capacity(spans.len()), spans);
    while !rest.is_empty() {
        let (group, others) = rest.split_at(group_of(rest));
        if group.len() > 1 {
            count = count.max(spread(group, &mut lanes));
        } else {
            lanes.push(0);
        }
        rest = others;
    }
    (count, lanes)
}

/// How many of the first spans hang together, each overlapping one before it.
fn group_of(spans: &[(u16, u16)]) -> usize {
    let mut reached = 0;
    let apart = |(index, (row, rows)): &(usize, &(u16, u16))| {
        let apart = *index > 0 && *row >= reached;
        reached = reached.max(row + rows);
        apart
    };
    spans.iter().enumerate().find(apart).map_or(spans.len(), |(index, _)| index)
}

fn spread(group: &[(u16, u16)], lanes: &mut Vec<u8>) -> u8 {
    let mut ends: Vec<u16> = Vec::new();
    for (row, rows) in group {
        let free = ends.iter().position(|end| end <= row);
        let lane = free.unwrap_or(ends.len());
        match ends.get_mut(lane) {
            Some(last) => *last = row + rows,
            None => ends.push(row + rows),
        }
        lanes.push(u8::try_from(lane + 1).unwrap_or(MAX_LANES).min(MAX_LANES));
    }
    u8::try_from(ends.len()).unwrap_or(MAX_LANES).min(MAX_LANES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{doctors::AgendaState, ids::AppointmentId};

    fn appointment(row: u16, rows: u16) -> WeekEntry {
        let what = WeekThing::Appointment {
            id: AppointmentId(uuid::Uuid::nil()),
            patient: String::new(),
            status: String::new(),
            state: AgendaState::Coming,
            overlaps: false,
        };
        WeekEntry { row, rows, lane: 0, time: String::new(), what }
    }

    fn lanes_of(spans: &[(u16, u16)]) -> (u8, Vec<u8>) {
        let mut entries: Vec<WeekEntry> = spans.iter().map(|(row, rows)| appointment(*row, *rows)).collect();
        let lanes = share_lanes(&mut entries);
        (lanes, entries.iter().map(|entry| entry.lane).collect())
    }

    #[test]
    fn appointments_that_overlap_stand_side_by_side_and_the_others_have_the_whole_width() {
        assert_eq!(lanes_of(&[]), (1, vec![]));
        assert_eq!(lanes_of(&[(0, 4), (4, 4)]), (1, vec![0, 0]));
        assert_eq!(lanes_of(&[(0, 4), (2, 4), (5, 2), (10, 2)]), (2, vec![1, 2, 1, 0]));
        assert_eq!(lanes_of(&[(0, 9), (0, 9), (0, 9), (9, 1)]), (3, vec![1, 2, 3, 0]));
    }

    #[test]
    fn a_span_is_cut_to_what_is_shown_and_never_vanishes() {
        let day = (9 * 60, 17 * 60);
        assert_eq!(rows((9 * 60, 9 * 60 + 30), day), (0, 6));
        assert_eq!(rows((10 * 60 + 3, 10 * 60 + 4), day), (12, 1));
        assert_eq!(rows((0, 10 * 60), day), (0, 12));
        assert_eq!(rows((17 * 60, 24 * 60), day), (95, 1));
        assert_eq!(rows(day, day), (0, 96));
    }
}
