//! A person's appointments for the copy of their own data: each row with what the person wrote, answered, and what
//! happened to it. Who did something is told by role, because the copy names nobody else.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    answers,
    appointment::{Appointment, agreed, from_agreed},
    thread::{Thread, thread},
};
use crate::{
    booking::{Action, ActorRole, Answered, Status},
    clinic::server::ClinicSettings,
    db::{Conn, Error},
    ids::{AppointmentId, PersonId},
    notifications::server::{
        calendar::{self, Event, Method, Shown},
        sender::sender,
    },
    state::AppState,
    time::Timestamp,
};

/// An appointment of the person.
pub struct OwnAppointment {
    pub row: Appointment,
    /// What was written for the doctor.
    pub reason: String,
    /// None when the key is missing with which they could be read.
    pub answers: Option<Vec<Answered>>,
    /// The oldest event first.
    pub history: Vec<OwnEvent>,
}

/// One event of it.
pub struct OwnEvent {
    pub at: Timestamp,
    pub by: &'static str,
    pub action: Action,
    pub status: Status,
}

#[derive(FromRow)]
struct EventRow {
    appointment_id: AppointmentId,
    at: Timestamp,
    actor_id: Option<PersonId>,
    actor_role: ActorRole,
    action: Action,
    to_status: Status,
}

/// Who did something, to the person whom it is about.
#[must_use]
pub fn by_words(role: ActorRole, is_person: bool) -> &'static str {
    match role {
        ActorRole::Patient if !is_person => "somebody who acts for you",
        ActorRole::Patient => "you",
        ActorRole::Visitor => "a visitor who had not signed in",
        ActorRole::Doctor => "the doctor",
        ActorRole::Receptionist | ActorRole::Admin => "the clinic\u{2019}s staff",
        ActorRole::System => "the program",
    }
}

/// Every appointment of the person, by time; times that were only held are left out.
///
/// # Errors
/// The database's.
pub async fn own_copy(conn: &mut Conn<'_>, app: &AppState, person: PersonId) -> Result<Vec<OwnAppointment>, Error> {
    const ROWS: &str = concat!(
        "select ",
        agreed!(),
        from_agreed!(),
        "where a.patient_id = $1 and a.status <> 'held' and (a.status <> 'expired' or a.answer_by is not null)
        order by a.starts_at, a.chain_position, a.id"
    );
    const EVENTS: &str = "select e.appointment_id, e.at, e.actor_id, e.actor_role, e.action, e.to_status
        from appointments a join appointment_events e on e.appointment_id = a.id
        where a.patient_id = $1 order by e.appointment_id, e.version";
    let rows: Vec<Appointment> = conn.fetch_all(ROWS, (person,)).await?;
    let mut events: HashMap<AppointmentId, Vec<OwnEvent>> = HashMap::new();
    for event in conn.fetch_all::<EventRow>(EVENTS, (person,)).await? {
        let by = by_words(event.actor_role, event.actor_id == Some(person));
        let told = OwnEvent { at: event.at, by, action: event.action, status: event.to_status };
        events.entry(event.appointment_id).or_default().push(told);
    }
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let answers = answers::own(conn, app, &row).await?;
        let history = events.remove(&row.id).unwrap_or_default();
        all.push(OwnAppointment { reason: row.reason.clone(), row, answers, history });
    }
    Ok(all)
}

/// The appointments as one calendar file, without those that gave way to another time.
///
/// # Errors
/// The database's.
pub async fn own_calendar_file(
    conn: &mut Conn<'_>,
    app: &AppState,
    clinic: &ClinicSettings,
    all: &[OwnAppointment],
) -> Result<String, Error> {
    let organizer = sender(&app.settings, &clinic.name)?;
    let mut shown: Vec<(&Appointment, Thread)> = Vec::new();
    for own in all.iter().filter(|own| own.row.status != Status::Rescheduled) {
        shown.push((&own.row, thread(conn, &own.row).await?));
    }
    let event = |(appointment, thread)| Event {
        method: Method::Publish,
        shown: Shown::Appointment { name: None },
        appointment,
        thread,
        clinic: &clinic.name,
        organizer: &organizer,
        attendee: None,
        now: app.clock.now(),
    };
    let events: Vec<Event<'_>> = shown.into_iter().map(event).collect();
    Ok(calendar::feed(&clinic.name, &events))
}
