//! The whole page: every doctor of a location on a day.

use super::{
    access::allow,
    entries::{Piece, column, pieces, summary_of, working_intervals},
    load::{Day, Shown},
};
use crate::{
    booking::{
        Status,
        server::{RecentChange, recent_changes},
    },
    clinic::server::audit::{Entry, note_reading},
    db::{Conn, Error},
    desk::model::{DeskDay, DeskDoctor, DeskLocation, DeskQuery, DeskThing, Range, Undoable},
    doctors::server::minutes,
    error::AppError,
    state::AppState,
    time::server::clock_words,
    web::request::Actor,
};

/// The hours of a day on which nobody works.
const USUAL: Range = Range { first: 9 * 60, last: 17 * 60 };

/// The desk of a location on a day. Without a location it is the one made first, without a date today.
///
/// # Errors
/// [`AppError::Forbidden`] for whoever may not use the desk; [`AppError::NotFound`] for an unknown location, or in a
/// clinic without one; an invalid date; the database's.
pub async fn day(app: &AppState, actor: Actor, query: &DeskQuery) -> Result<DeskDay, AppError> {
    allow(actor)?;
    let changes = format!("/desk/changes?since={}", app.schedule_changes.latest());
    let mut reader = app.db.read().await?;
    let day = Day::load(app, &mut reader.conn(), query).await?;
    let undo = undoable(&mut reader.conn(), &day).await?;
    drop(reader);
    note_desk_read(app, actor, &day).await;
    let columns: Vec<(&Shown, Vec<Piece>)> = day.shown.iter().map(|doctor| (doctor, pieces(&day, doctor))).collect();
    let range = range(&day, &columns);
    let summary = summary_of(columns.iter().flat_map(|(_, pieces)| pieces));
    let columns = columns.into_iter().map(|(doctor, pieces)| column(&day, doctor, pieces, range)).collect();
    let doctor = |(row, chosen): &(super::rows::DoctorRow, bool)| DeskDoctor {
        slug: row.slug.clone(),
        name: row.name.clone(),
        chosen: *chosen,
    };
    let mut locations: Vec<(String, String)> =
        day.locations.values().map(|location| (location.id.to_string(), location.name.clone())).collect();
    locations.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    Ok(DeskDay {
        location: DeskLocation {
            id: day.location.id,
            name: day.location.name.clone(),
            zone_words: day.location.zone.label(),
        },
        locations,
        date: day.date.to_string(),
        previous: day.date.plus_days(-1).to_string(),
        next: day.date.plus_days(1).to_string(),
        title: day.date.day_words(day.today),
        is_today: day.date == day.today,
        summary,
        range,
        hours: (range.first / 60..range.last / 60).map(|hour| clock_words(hour * 60)).collect(),
        now: now(&day, range),
        changes,
        doctors: day.doctors.iter().map(doctor).collect(),
        left_out: day.left_out,
        columns,
        undo,
    })
}

/// What can be taken back of what the clinic did to appointments of the doctors who are shown.
async fn undoable(conn: &mut Conn<'_>, day: &Day) -> Result<Vec<Undoable>, Error> {
    let recent = recent_changes(conn, day.shown.iter().map(|doctor| doctor.id), day.now).await?;
    let undoable = |change: RecentChange| {
        let doctor = day.shown.iter().find(|doctor| doctor.id == change.doctor_id)?;
        let time = day.location.zone.time_words(change.starts_at);
        let what = if change.status == Status::Cancelled { "cancelled" } else { "moved" };
        Some(Undoable {
            id: change.id,
            version: change.version,
            slug: doctor.slug.clone(),
            words: [&change.patient, ", ", &time, ", ", what].concat(),
            left: u32::try_from(change.until().0 - day.now.0).unwrap_or_default(),
        })
    };
    Ok(recent.into_iter().filter_map(undoable).collect())
}

/// Notes in the audit log that the names of a location's patients were read: once for each reader and day.
async fn note_desk_read(app: &AppState, actor: Actor, day: &Day) {
    let (subject_id, details) = (Some(day.location.id.0), day.location.name.as_str());
    let entry = Entry { action: "desk.read", subject: "location", subject_id, details };
    note_reading(app, actor.into(), entry).await;
}

/// The present minute, on a day that shows it.
fn now(day: &Day, Range { first, last }: Range) -> Option<(u16, String)> {
    let minute = day.location.zone.minute_of_day(day.now);
    let is_shown = day.date == day.today && first <= minute && minute < last;
    is_shown.then(|| (minute, day.location.zone.time_words(day.now)))
}

/// First and last hour to show: those in which somebody works or has an appointment. Blocked time shows up, but an
/// evening off does not stretch the day until midnight.
pub(super) fn range(day: &Day, columns: &[(&Shown, Vec<Piece>)]) -> Range {
    let zone = &day.location.zone;
    let mut range: Option<(u16, u16)> = None;
    let mut reach = |(from, until): (u16, u16)| {
        let (first, last) = range.unwrap_or((from, until));
        range = Some((first.min(from), last.max(until)));
    };
    for (doctor, pieces) in columns {
        let hours = working_intervals(day, doctor).into_iter().map(|interval| (interval.start, interval.end));
        let taken = pieces.iter().filter(|piece| !matches!(piece.what, DeskThing::Blocked { .. }));
        hours.chain(taken.filter_map(|piece| piece.span)).for_each(|span| reach(minutes(zone, day.date, span)));
    }
    let (first, last) = range.unwrap_or((USUAL.first, USUAL.last));
    Range { first: first / 60 * 60, last: last.div_ceil(60) * 60 }
}
