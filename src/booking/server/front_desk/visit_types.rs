//! What can be booked at a chosen time.

use super::availability_for;
use crate::{
    availability::server::{Calendar, VisitType, load_visit_types},
    booking::server::read_window::{ReadWindow, Start},
    db::{Conn, Error},
    state::AppState,
    time::Timestamp,
};

/// The visit types of a calendar, each with whether any patient could book it at this start.
///
/// # Errors
/// The database's.
pub(crate) async fn visit_types_at(
    app: &AppState,
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    start: Timestamp,
) -> Result<Vec<(VisitType, bool)>, Error> {
    let about = ReadWindow::day_of(app.clock.now(), Start::At(start));
    let visit_types = load_visit_types(conn, &[calendar.doctor]).await?.remove(&calendar.doctor).unwrap_or_default();
    let mut found = Vec::with_capacity(visit_types.len());
    for visit_type in visit_types {
        let id = visit_type.id.to_string();
        let availability = availability_for(conn, &app.calendars, calendar, &id, None, about).await?;
        found.push((visit_type, availability.reasons_against(start).is_empty()));
    }
    Ok(found)
}
