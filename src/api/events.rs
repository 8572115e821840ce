//! Streams that report changes of a doctor's times.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::{
        IntoResponse, Response,
        sse::{KeepAlive, Sse},
    },
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    auth::OptionalActor,
    extract::{Id, Query},
    problem::Problem,
};
use crate::{
    availability::server::schedule_changes,
    error::{AppError, FieldCode},
    ids::DoctorId,
    state::AppState,
};

/// Pause between two signs of life on a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Asks proxies to pass every event on at once.
const UNBUFFERED: [(HeaderName, &str); 1] = [(HeaderName::from_static("x-accel-buffering"), "no")];

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(slot_events))
}

/// The last event that the program has.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventsQuery {
    /// The last number that was received; nothing is sent until there is another. `Last-Event-ID` has the same meaning.
    #[param(value_type = Option<i64>, minimum = 0)]
    since: Option<i64>,
}

/// One event of the stream.
#[derive(ToSchema)]
#[allow(dead_code)]
struct SlotEvent {
    /// The number; send it back as `Last-Event-ID` or `since`.
    id: String,
    /// The same number.
    data: String,
}

fn not_a_number() -> AppError {
    AppError::field("since", FieldCode::OutOfRange(0, i64::MAX))
}

/// Listen for changes of a doctor's times
///
/// The answer is a stream of server-sent events. Each event has a number that rises with every change; the first event
/// has the present number. Ask for the times again after each event. A time that becomes too close to book is no
/// change. Comments between the events show that the connection is open.
#[utoipa::path(
    get,
    path = "/doctors/{id}/slots/events",
    tag = "directory",
    params(Id<DoctorId>, EventsQuery),
    responses((
        status = 200,
        description = "A stream that ends when the server stops.",
        content_type = "text/event-stream",
        body = SlotEvent,
    )),
)]
async fn slot_events(
    State(app): State<AppState>,
    OptionalActor(request_context): OptionalActor,
    Id(doctor): Id<DoctorId>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // a browser that comes back says what it heard last
    let since = query.since.map(|number| number.try_into().map_err(|_| not_a_number())).transpose()?;
    let last = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok()?.parse().ok());
    let stream = schedule_changes::listen(&app, doctor, request_context.address, last.or(since)).await?;
    Ok((UNBUFFERED, Sse::new(stream).keep_alive(KeepAlive::new().interval(HEARTBEAT))).into_response())
}
