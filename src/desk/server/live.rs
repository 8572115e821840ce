//! What an open desk asks for: columns that changed, a free time, patients, one appointment; and the stream that tells
//! it whose day changed.

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderName},
    response::{
        IntoResponse, Response,
        sse::{KeepAlive, Sse},
    },
};
use leptos::prelude::RenderHtml;
use serde::Deserialize;
use std::time::Duration;

use super::{
    access::allow,
    day::range,
    entries::{Piece, column, pieces},
    load::{Day, Shown},
};
use crate::{
    accounts::server::people_search::Among,
    availability::server::{Audience, VisitType, calendar_at_desk, schedule_changes},
    booking::{
        front_desk::FoundPatient,
        server::{
            appointment,
            front_desk::{patients::find, visit_types::visit_types_at},
        },
    },
    clinic::server::audit::{Entry, note_reading},
    desk::{
        model::{BookPanel, ColumnPatch, DeskColumn, DeskQuery, Patches, Range},
        pages::column::list_view,
    },
    doctors::{AgendaAppointment, server::agenda_appointment},
    error::AppError,
    ids::AppointmentId,
    random,
    state::AppState,
    time::Timestamp,
    web::{
        answer,
        request::{Actor, RequestContext},
    },
};

/// Pause between two signs of life on a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks proxies to pass every event on at once.
const UNBUFFERED: [(HeaderName, &str); 1] = [(HeaderName::from_static("x-accel-buffering"), "no")];

/// The columns of the doctors that the query names, for a page that shows these hours.
///
/// # Errors
/// As [`super::day()`].
pub async fn columns(app: &AppState, actor: Actor, query: &DeskQuery, shown: Range) -> Result<Patches, AppError> {
    allow(actor)?;
    let day = Day::load(app, &mut app.db.read().await?.conn(), query).await?;
    let columns: Vec<(&Shown, Vec<Piece>)> = day.shown.iter().map(|doctor| (doctor, pieces(&day, doctor))).collect();
    let needed = range(&day, &columns);
    let has_hours = columns.iter().any(|(_, pieces)| !pieces.is_empty());
    if has_hours && (needed.first < shown.first || needed.last > shown.last) {
        return Ok(Patches { columns: Vec::new(), reload: true });
    }
    let columns = columns.into_iter().map(|(doctor, pieces)| patch(&column(&day, doctor, pieces, shown)));
    Ok(Patches { columns: columns.collect(), reload: false })
}

fn patch(column: &DeskColumn) -> ColumnPatch {
    ColumnPatch {
        slug: column.slug.clone(),
        name: column.name.clone(),
        summary: column.summary.clone(),
        html: list_view(column).to_html(),
    }
}

/// What is needed to book at `start` with a doctor.
///
/// # Errors
/// [`AppError::Forbidden`]; [`AppError::NotFound`] for an unknown doctor.
pub async fn free_time(app: &AppState, actor: Actor, doctor: &str, start: Timestamp) -> Result<BookPanel, AppError> {
    allow(actor)?;
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = calendar_at_desk(conn, actor, doctor).await?;
    let visit_types = visit_types_at(app, conn, &calendar, start).await?;
    let words = |(visit_type, open): &(VisitType, bool)| {
        let against = if *open { "" } else { " (not at this time)" };
        let label = format!("{}, {} minutes{against}", visit_type.name, visit_type.rules.minutes);
        (visit_type.id.to_string(), label)
    };
    // what can be booked, rather for every patient than for new ones or known ones alone
    let rank = |(visit_type, open): &&(VisitType, bool)| (!open, visit_type.rules.audience != Audience::Any);
    let proposed = visit_types.iter().min_by_key(rank).map(|(visit_type, _)| visit_type.id.to_string());
    Ok(BookPanel {
        key: AppointmentId(random::id()),
        slug: calendar.slug,
        doctor: calendar.name,
        start: start.0,
        when: calendar.zone.moment_words(start, now),
        visit_types: visit_types.iter().map(words).collect(),
        visit_type: proposed.unwrap_or_default(),
    })
}

/// Patients whom a search finds.
///
/// # Errors
/// [`AppError::Forbidden`]; the database's.
pub async fn patients(app: &AppState, actor: Actor, typed: &str) -> Result<Vec<FoundPatient>, AppError> {
    allow(actor)?;
    let country = app.settings.clinic.phone_country();
    Ok(find(&mut app.db.read().await?.conn(), Among::Patients, typed, country).await?)
}

/// One appointment, with what can be done with it now. The audit log keeps that it was read.
///
/// # Errors
/// [`AppError::Forbidden`]; [`AppError::NotFound`]; the database's.
pub async fn card(app: &AppState, actor: Actor, id: AppointmentId) -> Result<AgendaAppointment, AppError> {
    allow(actor)?;
    let found = agenda_appointment(&mut app.db.read().await?.conn(), id, app.clock.now()).await?;
    let card = found.ok_or(AppError::NotFound)?;
    let (subject_id, details) = (Some(id.0), card.reference.as_str());
    let entry = Entry { action: "appointment.read", subject: "appointment", subject_id, details };
    note_reading(app, actor.into(), entry).await;
    Ok(card)
}

/// What happened to an appointment last, in words: "Cancelled by the clinic, Monday 5 January, 8am". For whoever was
/// refused because of it.
///
/// # Errors
/// Those of [`card`].
pub async fn happened(app: &AppState, actor: Actor, id: AppointmentId) -> Result<String, AppError> {
    allow(actor)?;
    let last = appointment(app, actor, id).await?.history.pop();
    Ok(last.map(|entry| [&entry.what, ", ", &entry.when].concat()).unwrap_or_default())
}

/// The last event that the page has.
#[derive(Deserialize)]
pub struct Since {
    since: Option<u64>,
}

/// Where the page learns whose days change: a stream of doctors.
pub async fn changes(
    State(app): State<AppState>,
    actor: Result<Actor, AppError>,
    asked: Result<Query<Since>, QueryRejection>,
    headers: HeaderMap,
    Extension(context): Extension<RequestContext>,
) -> Response {
    let asked = actor.and_then(allow).and_then(|()| asked.map_err(|_| AppError::BadRequest));
    let stream = asked.and_then(|Query(Since { since })| {
        let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
        schedule_changes::listen_to_all(&app, context.address, last.or(since))
    });
    match stream {
        Ok(stream) => (UNBUFFERED, Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT))).into_response(),
        Err(error) => answer::refuse(error),
    }
}
