//! Messages: each change that its patient is told of has its message, and no message is about what did not happen.
//!
//! A message is written in the unit of its change, so both are of one moment. What happened before the oldest message
//! that is kept is not asked for one: it was brought along from elsewhere. What doctors are told follows their settings
//! of that time, and reminders follow the clock, so of those only the appointment is looked for.

use std::collections::{BTreeMap, HashMap};

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    super::rows::{AppointmentRow, EventRow},
    Check, DifferenceKind, PART,
    appointments::{Stored, Told},
};
use crate::{
    db::{Conn, Error, Statement, ids_json, in_ids},
    notifications::model::Kind,
    time::Timestamp,
};

/// The kinds that tell of each action, and whether one of them has to be there.
const TOLD: [(&str, &[Kind]); 6] = [
    ("book", &[Kind::AppointmentBooked, Kind::AppointmentAdded, Kind::AppointmentsMoved, Kind::AppointmentsChanged]),
    ("request", &[Kind::RequestReceived, Kind::AppointmentsMoved, Kind::AppointmentsChanged]),
    ("accept", &[Kind::RequestAccepted]),
    ("decline", &[Kind::RequestDeclined]),
    ("expire", &[Kind::RequestExpired]),
    ("cancel", &[Kind::AppointmentsCancelled, Kind::AppointmentsChanged]),
];

/// Kinds about appointments that no single action leads to.
const ABOUT_APPOINTMENTS: [Kind; 7] = [
    Kind::Reminder,
    Kind::VideoLink,
    Kind::DoctorBooked,
    Kind::DoctorRequested,
    Kind::DoctorMoved,
    Kind::DoctorCancelled,
    Kind::DoctorChanged,
];

/// A message as far as the check looks at it.
#[derive(FromRow)]
struct MessageRow {
    id: Uuid,
    kind: String,
    person_id: Option<Uuid>,
    appointments: String,
    created_at: Timestamp,
}

impl MessageRow {
    /// The appointments it is about; none when they cannot be read.
    fn about(&self) -> Option<Vec<Uuid>> {
        serde_json::from_str(&self.appointments).ok()
    }
}

/// The moment of the oldest message.
pub(super) async fn since(conn: &mut Conn<'_>) -> Result<Option<Timestamp>, Error> {
    const SQL: &str = "select min(created_at) from outbox";
    conn.fetch_value(SQL, ()).await
}

impl Check<'_> {
    /// Looks for the messages about the events of these appointments.
    pub(super) async fn check_told(
        &mut self,
        conn: &mut Conn<'_>,
        part: &BTreeMap<Uuid, Stored>,
        since: Timestamp,
    ) -> Result<(), Error> {
        let told: Vec<Told<'_>> = part.values().flat_map(told).filter(|told| told.at >= since).collect();
        let messages = of_moments(conn, told.iter().map(|told| told.at)).await?;
        for Told { row, patient, at, event } in told {
            let kinds = kinds_of(event);
            let found = messages.get(&(at, patient)).into_iter().flatten();
            let found = found.filter(|(kind, about)| kinds.contains(kind) && about.contains(&row.id)).count();
            // a request to move that ends with its appointment is told of with the news of that one
            let may_be_none = row.would_replace.is_some() && matches!(&*event.action, "cancel" | "decline");
            if found > 1 || (found == 0 && !may_be_none) {
                let subject = format!("{}, event {} ({})", row.name(), event.version, event.action);
                let found = if found == 0 { "none".to_owned() } else { found.to_string() };
                self.differs(DifferenceKind::Message, subject, "one message to its patient", found);
            }
        }
        Ok(())
    }

    /// Looks for what the messages tell of.
    pub(super) async fn check_messages(&mut self, conn: &mut Conn<'_>) -> Result<(), Error> {
        const SQL: &str = "select id, kind, person_id, appointments, created_at from outbox
            where id > $1 order by id limit $2";
        const EVENTS: Statement =
            in_ids!("select appointment_id, action, at from appointment_events where appointment_id", "");
        let mut after = Uuid::nil();
        loop {
            let part: Vec<MessageRow> = conn.fetch_all(SQL, (after, PART)).await?;
            let Some(last) = part.last() else { return Ok(()) };
            after = last.id;
            let about = part.iter().filter_map(MessageRow::about).flatten();
            let events: Vec<(Uuid, String, Timestamp)> = conn.fetch_all(EVENTS, (&ids_json(about),)).await?;
            let mut happened: HashMap<Uuid, Vec<(String, Timestamp)>> = HashMap::new();
            for (appointment, action, at) in events {
                happened.entry(appointment).or_default().push((action, at));
            }
            for message in &part {
                self.check_message(message, &happened);
            }
            self.report.messages += part.len() as u64;
            self.watch.progress("messages", self.report.messages);
        }
    }

    fn check_message(&mut self, message: &MessageRow, happened: &HashMap<Uuid, Vec<(String, Timestamp)>>) {
        let Ok(kind) = message.kind.parse::<Kind>() else {
            let subject = format!("message {}", message.id);
            return self.differs(DifferenceKind::Message, subject, "a kind that exists", message.kind.as_str());
        };
        let actions: Vec<&str> =
            TOLD.iter().filter(|(_, kinds)| kinds.contains(&kind)).map(|(action, _)| *action).collect();
        if actions.is_empty() && !ABOUT_APPOINTMENTS.contains(&kind) {
            return;
        }
        let subject = || format!("message {} ({})", message.id, message.kind);
        let Some(about) = message.about().filter(|about| !about.is_empty()) else {
            return self.differs(DifferenceKind::Message, subject(), "a list of appointments", "none that can be read");
        };
        for appointment in about {
            let tells_of = |(action, at): &(String, Timestamp)| {
                (actions.is_empty() || actions.contains(&action.as_str())) && *at <= message.created_at
            };
            if !happened.get(&appointment).is_some_and(|events| events.iter().any(tells_of)) {
                let expected = format!("that it happened to appointment {appointment}");
                self.differs(DifferenceKind::Message, subject(), expected, "no such event");
            }
        }
    }
}

/// The kinds that may tell of an event; none for one that nobody is told of.
fn kinds_of(event: &EventRow) -> &'static [Kind] {
    // a hold that runs out is nobody's news
    let is_request = event.action != "expire" || event.from_status.as_deref() == Some("requested");
    let known = TOLD.iter().find(|(action, _)| *action == event.action && is_request);
    known.map_or(&[], |(_, kinds)| kinds)
}

fn told(stored: &Stored) -> impl Iterator<Item = Told<'_>> {
    let row: Option<&AppointmentRow> = stored.row.as_ref();
    let events = stored.events.iter().filter(|event| !kinds_of(event).is_empty());
    events.filter_map(move |event| Some(Told { row: row?, patient: row?.patient_id?, at: event.at, event }))
}

/// Messages by moment and person, each with its kind and what it is about.
type Messages = HashMap<(Timestamp, Uuid), Vec<(Kind, Vec<Uuid>)>>;

async fn of_moments(conn: &mut Conn<'_>, moments: impl Iterator<Item = Timestamp>) -> Result<Messages, Error> {
    const SQL: Statement = Statement {
        sqlite: "select id, kind, person_id, appointments, created_at from outbox
            where created_at in (select value from json_each($1))",
        postgres: "select id, kind, person_id, appointments, created_at from outbox
            where created_at = any(array(
                select to_timestamp(value::bigint) from json_array_elements_text($1::json)))",
    };
    let mut moments: Vec<i64> = moments.map(|at| at.0).collect();
    moments.sort_unstable();
    moments.dedup();
    if moments.is_empty() {
        return Ok(HashMap::new());
    }
    let json = serde_json::to_string(&moments).map_err(|_| Error::Corrupt("moments"))?;
    let rows: Vec<MessageRow> = conn.fetch_all(SQL, (&json,)).await?;
    let mut messages = Messages::new();
    for row in rows {
        if let (Some(user), Ok(kind), Some(about)) = (row.person_id, row.kind.parse(), row.about()) {
            messages.entry((row.created_at, user)).or_default().push((kind, about));
        }
    }
    Ok(messages)
}
