//! What stands in one doctor's column, in order.

use super::{
    load::{Day, Shown},
    rows::AppointmentRow,
};
use crate::{
    availability::server::WorkingInterval,
    booking::Status,
    desk::model::{CardState, DeskColumn, DeskEntry, DeskThing, Range},
    doctors::server::{gaps, lanes, minutes, rows, summary, with_reason},
    time::Timestamp,
};

/// A time that is under way can be booked from the next full step on.
const STEP_SECONDS: i64 = 5 * 60;

/// A piece of a column, before it has a place on the page.
pub struct Piece {
    /// From and until; none when it is the whole day.
    pub span: Option<(Timestamp, Timestamp)>,
    pub what: DeskThing,
}

/// What one doctor's day has, by start; what counts for the whole day comes first.
pub fn pieces(day: &Day, doctor: &Shown) -> Vec<Piece> {
    let mut pieces = blocked(day, doctor);
    for row in &doctor.appointments {
        pieces.push(appointment(day, doctor, row));
    }
    pieces.extend(free(day, doctor).into_iter().map(|(start, end)| {
        let what = DeskThing::Free { start: start.0 };
        Piece { span: Some((start, end)), what }
    }));
    pieces.sort_by_key(|piece| piece.span.map_or(Timestamp(i64::MIN), |(start, _)| start));
    pieces
}

/// The working hours of the day at its location, booked or not.
pub fn working_intervals(day: &Day, doctor: &Shown) -> Vec<WorkingInterval> {
    let schedule = doctor.calendar.as_ref().map(|calendar| &calendar.schedule);
    let all = schedule.map(|schedule| schedule.intervals_on(day.date, &doctor.kinds())).unwrap_or_default();
    all.into_iter().filter(|interval| interval.location == day.location.id).collect()
}

fn appointment(day: &Day, doctor: &Shown, row: &AppointmentRow) -> Piece {
    let words_at = |at| day.location.zone.time_words(at);
    let what = if row.location_id != day.location.id {
        let words = ["At ", &row.location_name].concat();
        DeskThing::Blocked { until: words_at(row.ends_at), words }
    } else if row.status == Status::Held {
        DeskThing::Held
    } else {
        DeskThing::Appointment {
            id: row.id,
            version: row.version,
            patient: row.patient.clone().unwrap_or_default(),
            kind: row.visit_type_name.clone(),
            state: state(row, day.now),
            overlaps: doctor.appointments.iter().any(|other| row.clashes_with(other)),
        }
    };
    Piece { span: Some((row.starts_at, row.ends_at)), what }
}

fn state(row: &AppointmentRow, now: Timestamp) -> CardState {
    match row.status {
        Status::Requested => CardState::Requested,
        Status::Arrived => CardState::Arrived,
        Status::Completed => CardState::Completed,
        Status::NoShow => CardState::Missed,
        _ if row.ends_at <= now => CardState::Unclear,
        _ => CardState::Booked,
    }
}

fn blocked(day: &Day, doctor: &Shown) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let words_at = |at| day.location.zone.time_words(at);
    if let Some(words) = closed(day, doctor) {
        pieces.push(Piece { span: None, what: DeskThing::Blocked { until: String::new(), words } });
    }
    let (midnight, next) = day.span;
    for off in &doctor.time_off {
        let (start, end) = (off.starts_at.max(midnight), off.ends_at.min(next));
        let span = (start > midnight || end < next).then_some((start, end));
        let until = span.map(|(_, end)| words_at(end)).unwrap_or_default();
        let words = with_reason("Blocked", &off.private_reason);
        pieces.push(Piece { span, what: DeskThing::Blocked { until, words } });
    }
    pieces
}

/// Why the hours at this location fall away altogether.
fn closed(day: &Day, doctor: &Shown) -> Option<String> {
    let schedule = &doctor.calendar.as_ref()?.schedule;
    let closed = schedule.closed_on(day.date, &doctor.kinds());
    let (_, by_doctor) = closed.into_iter().find(|(location, _)| *location == day.location.id)?;
    let closure = day.closures.iter().find(|row| row.location_id == day.location.id);
    match closure {
        Some(closure) => Some(with_reason("Closed", &closure.reason)),
        None => by_doctor.then(|| "No appointments here on this date".to_owned()),
    }
}

/// The gaps between appointments in pieces of the shortest visit type, each at one of the times at which it starts.
fn free(day: &Day, doctor: &Shown) -> Vec<(Timestamp, Timestamp)> {
    let visit_types = doctor.calendar.iter().flat_map(|calendar| &calendar.visit_types);
    let Some(shortest) = visit_types.min_by_key(|visit_type| visit_type.rules.minutes) else { return Vec::new() };
    let (minutes, step) = (i64::from(shortest.rules.minutes).max(1), i64::from(shortest.rules.step_minutes).max(1));
    let occupying = doctor.appointments.iter().filter(|row| row.status.occupies());
    let busy: Vec<(Timestamp, Timestamp)> = occupying.map(|row| (row.starts_at, row.ends_at)).collect();
    let soonest = Timestamp((day.now.0 + STEP_SECONDS - 1).div_euclid(STEP_SECONDS) * STEP_SECONDS);
    let mut free = Vec::new();
    for interval in working_intervals(day, doctor) {
        for (from, until) in gaps(interval.start.max(soonest), interval.end, &busy) {
            free.extend(pieces_of((from, until), interval.steps_from, minutes * 60, step * 60));
        }
    }
    free
}

/// A gap in pieces of a length in seconds, each at a full step. A gap that is long enough and has none is one piece.
fn pieces_of(
    (from, until): (Timestamp, Timestamp),
    steps_from: Timestamp,
    length: i64,
    step: i64,
) -> Vec<(Timestamp, Timestamp)> {
    let next_step = |at: i64| steps_from.0 + (at - steps_from.0 + step - 1).div_euclid(step) * step;
    let mut pieces = Vec::new();
    let mut at = next_step(from.0);
    while at + length <= until.0 {
        pieces.push((Timestamp(at), Timestamp(at + length)));
        at = next_step(at + length);
    }
    if pieces.is_empty() && from.0 + length <= until.0 {
        pieces.push((from, until));
    }
    pieces
}

/// The column of a doctor, with places in the range that is shown.
pub fn column(day: &Day, doctor: &Shown, pieces: Vec<Piece>, range: Range) -> DeskColumn {
    let summary = summary_of(pieces.iter());
    let mut entries: Vec<DeskEntry> = pieces.into_iter().map(|piece| entry(day, piece, range)).collect();
    let is_card = |entry: &&mut DeskEntry| matches!(entry.what, DeskThing::Appointment { .. } | DeskThing::Held);
    let mut cards: Vec<&mut DeskEntry> = entries.iter_mut().filter(is_card).collect();
    cards.sort_by_key(|card| card.row);
    let spans: Vec<(u16, u16)> = cards.iter().map(|card| (card.row, card.rows)).collect();
    let (lanes, places) = lanes(&spans);
    cards.into_iter().zip(places).for_each(|(card, lane)| card.lane = lane);
    DeskColumn { doctor: doctor.id, slug: doctor.slug.clone(), name: doctor.name.clone(), summary, lanes, entries }
}

fn entry(day: &Day, piece: Piece, Range { first, last }: Range) -> DeskEntry {
    let zone = &day.location.zone;
    let whole = (first, last);
    let (row, rows) = rows(piece.span.map_or(whole, |span| minutes(zone, day.date, span)), whole);
    let time = piece.span.map_or_else(|| "All day".to_owned(), |(start, _)| zone.time_words(start));
    DeskEntry { row, rows, lane: 0, time, what: piece.what }
}

/// "11 booked, 2 free, 1 waiting for approval"
pub fn summary_of<'a>(pieces: impl Iterator<Item = &'a Piece>) -> String {
    let (mut booked, mut free, mut waiting) = (0, 0, 0);
    for piece in pieces {
        match &piece.what {
            DeskThing::Appointment { state: CardState::Requested, .. } => waiting += 1,
            DeskThing::Appointment { .. } => booked += 1,
            DeskThing::Free { .. } => free += 1,
            DeskThing::Held | DeskThing::Blocked { .. } => {}
        }
    }
    summary(booked, free, waiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(gap: (i64, i64)) -> Vec<i64> {
        let minutes = |n: i64| Timestamp(n * 60);
        let pieces = pieces_of((minutes(gap.0), minutes(gap.1)), minutes(0), 20 * 60, 20 * 60);
        pieces.into_iter().map(|(start, _)| start.0 / 60).collect()
    }

    #[test]
    fn a_gap_is_cut_at_the_steps_at_which_appointments_start() {
        assert_eq!(starts((0, 60)), [0, 20, 40]);
        assert_eq!(starts((10, 65)), [20, 40], "the first ten minutes and the last five are too short");
        assert_eq!(starts((10, 30)), [10], "long enough, though at no step");
        assert_eq!(starts((10, 29)), [0_i64; 0]);
    }
}
