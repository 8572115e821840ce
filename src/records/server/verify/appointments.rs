//! Appointments: the history is the one that was sealed, and leads to the row; the times on the wall are those of the
//! moments; and patients were told.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{
    super::{
        chain::Chain,
        rows::{AppointmentRow, EventRow, SealedRow, appointment_columns, event_columns},
    },
    Check, DifferenceKind, PART,
    messages::since,
    short,
};
use crate::{
    booking::{Status, TRANSITIONS},
    db::{Conn, Error},
    time::{
        Timestamp,
        server::{Zone, rfc3339},
    },
};

/// What is stored of one appointment.
#[derive(Default)]
pub(super) struct Stored {
    /// None for one that is gone.
    pub row: Option<AppointmentRow>,
    /// By version.
    pub events: Vec<EventRow>,
    /// By version.
    sealed: Vec<SealedRow>,
}

impl Check<'_> {
    pub(super) async fn check_appointments(&mut self, conn: &mut Conn<'_>) -> Result<(), Error> {
        let told_since = since(conn).await?;
        let mut after = Uuid::nil();
        loop {
            let (part, until) = read_part(conn, after).await?;
            for (id, stored) in &part {
                let name = stored.row.as_ref().map_or_else(|| format!("appointment {id}"), AppointmentRow::name);
                self.check_chain(&name, stored);
                self.check_history(&name, stored);
                if let Some(row) = &stored.row {
                    self.check_zone(&name, row);
                    self.report.appointments += 1;
                }
                self.report.events += stored.events.len() as u64;
            }
            if let Some(told_since) = told_since {
                self.check_told(conn, &part, told_since).await?;
            }
            self.watch.progress("appointments", self.report.appointments);
            match until {
                Some(until) => after = until,
                None => return Ok(()),
            }
        }
    }

    /// Compares the history with the heads that were sealed.
    fn check_chain(&mut self, name: &str, stored: &Stored) {
        let mut chain = Chain::begin(stored.row.as_ref());
        let mut events = stored.events.iter().peekable();
        let mut from = 1;
        for sealed in &stored.sealed {
            let mut head = None;
            while let Some(event) = events.next_if(|event| event.version <= sealed.version) {
                head = Some((event.version, chain.add(event)));
            }
            let which = if from == sealed.version {
                format!("event {from} as seal {} covers it", sealed.seal)
            } else {
                format!("events {from} to {} as seal {} covers them", sealed.version, sealed.seal)
            };
            let expected = format!("{which} ({})", short(&sealed.hash));
            match head {
                Some((version, head)) if version == sealed.version && head.as_slice() == sealed.hash => {}
                Some((version, head)) if version == sealed.version => {
                    let found = format!("another history or another appointment ({})", short(&head));
                    return self.differs(DifferenceKind::Chain, name, expected, found);
                }
                _ => {
                    let found = format!("no event {}", sealed.version);
                    return self.differs(DifferenceKind::Chain, name, expected, found);
                }
            }
            from = sealed.version + 1;
        }
        self.report.unsealed_events += events.count() as u64;
    }

    /// Replays the history: every event follows from the one before, and the row is where the last one leads.
    fn check_history(&mut self, name: &str, stored: &Stored) {
        let history = DifferenceKind::History;
        let mut before: Option<&str> = None;
        let mut place = 0;
        for event in &stored.events {
            place += 1;
            if event.version != place {
                let found = format!("event {}", event.version);
                return self.differs(history, name, format!("event {place}"), found);
            }
            let subject = || format!("{name}, event {place}");
            if event.from_status.as_deref() != before {
                let expected = format!("it to begin at {}", before.unwrap_or("nothing"));
                return self.differs(history, subject(), expected, event.from_status.as_deref().unwrap_or("nothing"));
            }
            if !is_allowed(event) {
                let found = format!("{} by {} to {}", event.action, event.actor_role, event.to_status);
                return self.differs(history, subject(), "a change that is allowed", found);
            }
            before = Some(&event.to_status);
        }
        match (&stored.row, stored.events.first(), stored.events.last()) {
            (Some(row), Some(first), Some(last)) => self.check_row(name, row, first, last),
            (Some(_), ..) => self.differs(history, name, "a history", "none"),
            (None, ..) => self.differs(history, name, "a row, as there is a history or a seal of it", "none"),
        }
    }

    fn check_row(&mut self, name: &str, row: &AppointmentRow, first: &EventRow, last: &EventRow) {
        let text = |code: Option<&String>| code.map_or("none", String::as_str).to_owned();
        let facts = [
            ("status", last.to_status.clone(), row.status.clone()),
            ("version", last.version.to_string(), row.version.to_string()),
            ("created_at", rfc3339(first.at, 0), rfc3339(row.created_at, 0)),
            ("updated_at", rfc3339(last.at, 0), rfc3339(row.updated_at, 0)),
            ("cancel_reason", text(last.reason_code.as_ref()), text(row.cancel_reason.as_ref())),
        ];
        for (column, expected, found) in facts.into_iter().filter(|(_, expected, found)| expected != found) {
            let expected = format!("{column} {expected}, as its history says");
            self.differs(DifferenceKind::History, name, expected, found);
        }
    }

    /// An appointment ahead still has the time on the wall that its patient was told.
    fn check_zone(&mut self, name: &str, row: &AppointmentRow) {
        let occupies = |status: &Status| status.occupies() && status.into_str() == row.status;
        let statuses = [Status::Held, Status::Requested, Status::Booked, Status::Arrived];
        if row.starts_at <= self.now || !statuses.iter().any(occupies) {
            return;
        }
        let stored = wall(&row.local_start, row.utc_offset_seconds, &row.time_zone);
        let Some(zone) = Zone::parse(&row.time_zone) else {
            return self.differs(DifferenceKind::Zone, name, "a zone that exists", stored);
        };
        let (start, offset) = (zone.local_start_text(row.starts_at), zone.offset_seconds(row.starts_at));
        if start != row.local_start || offset != row.utc_offset_seconds {
            let expected = format!("{}, by today's rules of the zone", wall(&start, offset, &row.time_zone));
            self.differs(DifferenceKind::Zone, name, expected, stored);
        }
    }
}

/// A time on the wall: "2026-01-06T09:00+00:00 Europe/London".
fn wall(start: &str, offset: i32, zone: &str) -> String {
    let (sign, ahead) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
    format!("{start}{sign}{:02}:{:02} {zone}", ahead / 60, ahead % 60)
}

fn is_allowed(event: &EventRow) -> bool {
    TRANSITIONS.iter().any(|allowed| {
        allowed.from.map(|status| status.into_str()) == event.from_status.as_deref()
            && allowed.action.into_str() == event.action
            && allowed.to.into_str() == event.to_status
            && allowed.by.iter().any(|role| role.into_str() == event.actor_role)
    })
}

/// What is stored of the appointments after this id, and up to which one; none: up to the last.
async fn read_part(conn: &mut Conn<'_>, after: Uuid) -> Result<(BTreeMap<Uuid, Stored>, Option<Uuid>), Error> {
    const ROWS: &str = concat!(appointment_columns!(), "a.id > $1 order by a.id limit $2");
    const EVENTS: &str =
        concat!(event_columns!(), "appointment_id > $1 and appointment_id <= $2 order by appointment_id, version");
    const SEALED: &str = "select seal, record_id, version, hash from sealed_records
        where record_id > $1 and record_id <= $2 and version > 0 order by record_id, version";
    let rows: Vec<AppointmentRow> = conn.fetch_all(ROWS, (after, PART)).await?;
    let is_last = i64::try_from(rows.len()).is_ok_and(|read| read < PART);
    let until = rows.last().filter(|_| !is_last).map(|row| row.id);
    let range = (after, until.unwrap_or(Uuid::max()));
    let events: Vec<EventRow> = conn.fetch_all(EVENTS, range).await?;
    let sealed: Vec<SealedRow> = conn.fetch_all(SEALED, range).await?;
    let mut part: BTreeMap<Uuid, Stored> = BTreeMap::new();
    for row in rows {
        let id = row.id;
        part.entry(id).or_default().row = Some(row);
    }
    for event in events {
        part.entry(event.appointment_id).or_default().events.push(event);
    }
    for row in sealed {
        part.entry(row.record_id).or_default().sealed.push(row);
    }
    Ok((part, until))
}

/// The moment and the patient of an event, for the messages about it.
pub(super) struct Told<'a> {
    pub row: &'a AppointmentRow,
    pub patient: Uuid,
    pub at: Timestamp,
    pub event: &'a EventRow,
}
