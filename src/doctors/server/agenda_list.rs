//! A doctor's coming appointments, one after another.

use super::{
    agenda_load::owner,
    agenda_rows::{coming, coming_counts},
};
use crate::{
    availability::server::{calendar_at_desk, note_calendar_read},
    db::Error,
    doctors::{AgendaList, Show},
    error::AppError,
    state::AppState,
    web::request::Actor,
};

/// Appointments on one page.
const PER_PAGE: i64 = 50;

/// One page of the appointments to come or under way. A page past the end is the last one.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] when there is no such calendar for this person, or the
/// database's.
pub async fn agenda_list(
    app: &AppState,
    actor: &Actor,
    slug: &str,
    show: Show,
    page: u32,
) -> Result<AgendaList, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let calendar = calendar_at_desk(conn, *actor, slug).await?;
    let (booked, waiting) = coming_counts(conn, calendar.doctor, now).await?;
    let (count, kinds) = match show {
        Show::All => (booked + waiting, (true, true)),
        Show::Waiting => (waiting, (false, true)),
        Show::Booked => (booked, (true, false)),
    };
    let pages = (count.max(1) + PER_PAGE - 1) / PER_PAGE;
    let page = i64::from(page).clamp(1, pages);
    let rows = coming(conn, calendar.doctor, kinds, (PER_PAGE, (page - 1) * PER_PAGE), now).await?;
    drop(reader);
    note_calendar_read(app, *actor, calendar.doctor, &calendar.name).await;
    let appointment = |row: &super::agenda_rows::AppointmentRow| {
        row.in_words(rows.iter().any(|other| row.clashes_with(other)), &calendar.zone, now)
    };
    let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(AgendaList {
        owner: owner(&calendar),
        show,
        counts: [booked + waiting, waiting, booked].map(number),
        page: number(page),
        pages: number(pages),
        appointments: rows.iter().map(appointment).collect::<Result<_, Error>>()?,
    })
}
