//! The history of an appointment, through all its moves: who did what, and when.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{appointment::Appointment, views};
use crate::{
    accounts::Permission,
    booking::{Action, ActorRole, HistoryEntry, Status},
    db::{Conn, Error, ids_json, in_ids},
    ids::{AppointmentId, DoctorId, PersonId},
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

/// An event of one row of the chain, with what the row is about.
#[derive(FromRow)]
struct EventRow {
    at: Timestamp,
    actor_id: Option<PersonId>,
    actor_role: ActorRole,
    action: Action,
    from_status: Option<Status>,
    actor_name: Option<String>,
    patient_id: Option<PersonId>,
    id: AppointmentId,
    starts_at: Timestamp,
    time_zone: String,
    doctor_id: DoctorId,
    doctor_name: String,
    rescheduled_from: Option<AppointmentId>,
    rescheduled_to: Option<AppointmentId>,
    would_replace: Option<AppointmentId>,
}

impl EventRow {
    /// Who did it, as its reader sees them: one who acted for the patient by name.
    fn who(&self, reader: Actor) -> String {
        let is_reader = self.actor_id == Some(reader.user);
        match (&self.actor_name, self.actor_role) {
            (Some(name), ActorRole::Patient) if !is_reader && self.actor_id != self.patient_id => {
                acting(name, self.patient_id == Some(reader.user))
            }
            (_, role) => views::who(role, is_reader).to_owned(),
        }
    }
}

/// Who acted for the patient, by name.
fn acting(name: &str, reader_is_patient: bool) -> String {
    let whom = if reader_is_patient { ", for you" } else { ", for the patient" };
    [name, whom].concat()
}

/// Who cancelled appointments, as the events say.
#[derive(FromRow)]
struct CancellerRow {
    appointment_id: AppointmentId,
    actor_id: Option<PersonId>,
    actor_name: Option<String>,
}

/// Who cancelled each of these appointments, in words for this reader: who acted for the patient by name. Only what
/// patients and those who act for them cancelled is looked up.
///
/// # Errors
/// The database's.
pub(super) async fn cancelled_words(
    conn: &mut Conn<'_>,
    reader: Actor,
    appointments: impl Iterator<Item = &Appointment> + Clone,
) -> Result<HashMap<AppointmentId, String>, Error> {
    let sql = in_ids!(
        "select e.appointment_id, e.actor_id, p.display_name as actor_name
        from appointment_events e left join persons p on p.id = e.actor_id
        where e.action = 'cancel' and e.appointment_id",
        " order by e.version"
    );
    let by_patients = |appointment: &&Appointment| {
        appointment.status == Status::Cancelled && appointment.cancelled_by == Some(ActorRole::Patient)
    };
    let ids: Vec<_> = appointments.clone().filter(by_patients).map(|appointment| appointment.id.0).collect();
    let rows: Vec<CancellerRow> = match ids.as_slice() {
        [] => Vec::new(),
        _ => conn.fetch_all(sql, (&ids_json(ids.iter().copied()),)).await?,
    };
    let cancellers: HashMap<AppointmentId, CancellerRow> =
        rows.into_iter().map(|row| (row.appointment_id, row)).collect();
    let words = appointments.filter_map(|appointment| {
        let who = match appointment.cancelled_by? {
            ActorRole::Patient | ActorRole::Visitor => {
                let row = cancellers.get(&appointment.id);
                let (actor, name) = row.map_or((None, None), |row| (row.actor_id, row.actor_name.as_ref()));
                match name {
                    Some(_) if actor == Some(reader.user) => "you".to_owned(),
                    Some(name) if actor != appointment.patient_id => {
                        acting(name, appointment.patient_id == Some(reader.user))
                    }
                    _ if appointment.patient_id == Some(reader.user) => "you".to_owned(),
                    _ => "the patient".to_owned(),
                }
            }
            ActorRole::Doctor => "the doctor".to_owned(),
            ActorRole::Receptionist | ActorRole::Admin | ActorRole::System => "the clinic".to_owned(),
        };
        Some((appointment.id, ["Cancelled by ", &who].concat()))
    });
    Ok(words.collect())
}

/// Everything that happened to the appointment under its reference, the oldest first. A doctor does not read of times
/// with the colleague to whom it was given later.
///
/// # Errors
/// The database's.
pub(super) async fn history(
    conn: &mut Conn<'_>,
    appointment: &Appointment,
    reader: Actor,
    now: Timestamp,
) -> Result<Vec<HistoryEntry>, Error> {
    const SQL: &str = "select e.at, e.actor_id, e.actor_role, e.action, e.from_status, p.display_name as actor_name,
            a.patient_id, a.id, a.starts_at, t.time_zone, a.doctor_id, t.doctor_name, a.rescheduled_from, a.rescheduled_to,
            a.would_replace
        from appointments a join appointment_terms t on t.id = a.terms_id
        join appointment_events e on e.appointment_id = a.id
            left join persons p on p.id = e.actor_id
        where a.reference = $1 and (a.chain_position <= $2 or a.doctor_id = $3)
        order by e.at, a.chain_position, e.version";
    let until = if reader.may(Permission::KnowOtherAppointments) { i32::MAX } else { appointment.chain_position };
    let rows: Vec<EventRow> = conn.fetch_all(SQL, (&appointment.reference, until, appointment.doctor_id)).await?;
    let chain = Chain { rows: rows.iter().map(|row| (row.id, row)).collect(), events: &rows, now };
    let mut entries = Vec::new();
    for row in &rows {
        let who = row.who(reader);
        if let Some(what) = chain.words(row, &who)? {
            entries.push(views::history_entry(appointment, row.at, what, now)?);
        }
    }
    Ok(entries)
}

/// The rows of a chain as far as its reader sees them.
struct Chain<'a> {
    rows: HashMap<AppointmentId, &'a EventRow>,
    events: &'a [EventRow],
    now: Timestamp,
}

impl Chain<'_> {
    /// What an event is in words; nothing for one that another line tells of.
    fn words(&self, row: &EventRow, who: &str) -> Result<Option<String>, Error> {
        // the row that was there before, or that is there while this one is asked for
        let before = row.would_replace.or(row.rescheduled_from).and_then(|id| self.rows.get(&id).copied());
        let request = row.would_replace.is_some() || before.is_some_and(|before| self.was_booked(before));
        let to = self.time_of(row, before)?;
        let from_to = match before {
            Some(before) => format!("from {} to {to}", self.time_of(before, None)?),
            None => format!("to {to}"),
        };
        Ok(match (row.action, before) {
            (Action::Reschedule, _) if row.rescheduled_to.is_some_and(|to| self.rows.contains_key(&to)) => None,
            (Action::Book, Some(_)) => Some(format!("Moved {from_to} by {who}")),
            (Action::Restore | Action::RestoreRequest, Some(_)) if row.from_status.is_none() => {
                Some(format!("Move taken back by {who}: {from_to}"))
            }
            (Action::Request, Some(_)) if request => Some(format!("Asked to move {from_to} by {who}")),
            (Action::Request, Some(_)) => Some(format!("Request moved {from_to} by {who}")),
            (Action::Accept, Some(_)) if request => Some(format!("Moved {from_to}: accepted by {who}")),
            (Action::Decline, _) if row.would_replace.is_some() => Some(format!("Move to {to} declined by {who}")),
            (Action::Cancel, _) if row.would_replace.is_some() => {
                Some(format!("Request to move to {to} ended by {who}"))
            }
            (Action::Expire, _) if row.would_replace.is_some() => {
                Some(format!("Request to move to {to} ran out: the clinic did not answer in time"))
            }
            (Action::Expire, _) if row.from_status == Some(Status::Requested) => Some(views::RAN_OUT.to_owned()),
            (action, _) => views::event_words(action, who),
        })
    }

    /// Whether this row was agreed when another one took its place.
    fn was_booked(&self, row: &EventRow) -> bool {
        self.events.iter().any(|event| {
            event.id == row.id && event.action == Action::Reschedule && event.from_status == Some(Status::Booked)
        })
    }

    /// "Tuesday 6 January, 9am", and with whom, when that is another doctor than before.
    fn time_of(&self, row: &EventRow, before: Option<&EventRow>) -> Result<String, Error> {
        let zone = Zone::parse(&row.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        let moment = zone.moment_words(row.starts_at, self.now);
        Ok(match before {
            Some(before) if before.doctor_id != row.doctor_id => [&moment, " with ", &row.doctor_name].concat(),
            _ => moment,
        })
    }
}
