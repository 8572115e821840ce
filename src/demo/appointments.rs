//! Writes many appointments at once, each with its history: one statement for any number of rows.

use std::collections::HashMap;

use serde::Serialize;
use uuid::Uuid;

use crate::{
    booking::{CancelReason, Status, server::Terms},
    db::{Error, Statement, Tx},
    ids::{LocationId, PersonId, VisitTypeId},
    random,
    time::{Timestamp, server::Zone},
};

/// An appointment to write. What is agreed besides comes from its visit type, doctor and location.
#[derive(Clone, Copy)]
pub struct Appointment<'a> {
    pub patient: PersonId,
    pub visit_type: VisitTypeId,
    pub location: LocationId,
    pub zone: &'a Zone,
    pub start: Timestamp,
    pub end: Timestamp,
    /// [`Status::Booked`], [`Status::Requested`], [`Status::Completed`], [`Status::NoShow`] or [`Status::Cancelled`].
    pub status: Status,
    /// The person who cancelled it, when it is cancelled.
    pub cancelled_by: Canceller,
    pub booked_at: Timestamp,
    /// When it runs out, if it is a request.
    pub answer_by: Option<Timestamp>,
    /// What the patient told the doctor.
    pub reason: &'a str,
}

/// The people who cancel an appointment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Canceller {
    #[default]
    Patient,
    /// After the cut-off.
    PatientLate,
    Doctor,
    Admin,
}

impl Canceller {
    fn role(self) -> &'static str {
        match self {
            Canceller::Patient | Canceller::PatientLate => "patient",
            Canceller::Doctor => "doctor",
            Canceller::Admin => "admin",
        }
    }

    fn reason(self) -> CancelReason {
        match self {
            Canceller::Patient | Canceller::PatientLate => CancelReason::CannotAttend,
            Canceller::Doctor => CancelReason::DoctorAway,
            Canceller::Admin => CancelReason::PatientAsked,
        }
    }
}

/// One element per column, in the order of the statements below.
#[derive(Serialize)]
struct Row<'a>(
    String,
    String,
    String,
    String,
    String,
    Status,
    i64,
    i64,
    i32,
    i64,
    i64,
    i32,
    Option<&'static str>,
    Option<CancelReason>,
    &'a str,
    bool,
    Option<i64>,
);

#[derive(Serialize)]
struct EventRow(String, i32, i64, &'static str, Option<Status>, Status, Option<CancelReason>, &'static str);

const APPOINTMENTS: Statement = Statement {
    sqlite: "
        insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version,
            starts_at, ends_at, utc_offset_seconds, buffer_before_minutes, buffer_after_minutes, reason, cancelled_by,
            cancel_reason, created_at, updated_at, cancelled_late, answer_by)
        select unhex(v.value->>0), v.value->>1, t.doctor_id, unhex(v.value->>2), unhex(v.value->>4), v.value->>5,
            v.value->>11, v.value->>6, v.value->>7, v.value->>8, t.buffer_before_minutes, t.buffer_after_minutes,
            v.value->>14, v.value->>12, v.value->>13, v.value->>9, v.value->>10, v.value->>15, v.value->>16
        from json_each($1) v
        join visit_types t on t.id = unhex(v.value->>3)",
    postgres: "
        insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version,
            starts_at, ends_at, utc_offset_seconds, buffer_before_minutes, buffer_after_minutes, reason,
            cancelled_by, cancel_reason, created_at, updated_at, cancelled_late, answer_by)
        select (v.value->>0)::uuid, v.value->>1, t.doctor_id, (v.value->>2)::uuid, (v.value->>4)::uuid, v.value->>5,
            (v.value->>11)::integer, to_timestamp((v.value->>6)::bigint), to_timestamp((v.value->>7)::bigint),
            (v.value->>8)::integer, t.buffer_before_minutes, t.buffer_after_minutes, v.value->>14,
            v.value->>12, v.value->>13, to_timestamp((v.value->>9)::bigint), to_timestamp((v.value->>10)::bigint),
            (v.value->>15)::boolean, to_timestamp((v.value->>16)::bigint)
        from json_array_elements($1::json) v(value)
        join visit_types t on t.id = (v.value->>3)::uuid",
};

/// What is agreed for a visit type at a location.
const TERMS: &str = "select v.id as visit_type_id, l.id as location_id, l.time_zone, d.name as doctor_name,
        v.name as visit_type_name, v.mode, l.name as location_name, l.address as location_address,
        l.phone as location_phone, v.instructions, v.needs_approval, v.cutoff_minutes, v.late_cancel
    from visit_types v join doctors d on d.id = v.doctor_id cross join locations l where v.id = $1 and l.id = $2";

/// The patient is that of the appointment, which is there already.
const EVENTS: Statement = Statement {
    sqlite: "
        insert into appointment_events (appointment_id, version, at, actor_id, actor_role, action, from_status,
            to_status, reason_code)
        select a.id, v.value->>1, v.value->>2, case when v.value->>7 = 'patient' then a.patient_id end, v.value->>7,
            v.value->>3, v.value->>4, v.value->>5, v.value->>6
        from json_each($1) v join appointments a on a.id = unhex(v.value->>0)",
    postgres: "
        insert into appointment_events (appointment_id, version, at, actor_id, actor_role, action, from_status,
            to_status, reason_code)
        select a.id, (v.value->>1)::integer, to_timestamp((v.value->>2)::bigint),
            case when v.value->>7 = 'patient' then a.patient_id end, v.value->>7, v.value->>3, v.value->>4,
            v.value->>5, v.value->>6
        from json_array_elements($1::json) v(value) join appointments a on a.id = (v.value->>0)::uuid",
};

/// Writes the appointments, each under the reference that `reference` gives for its index in the list.
///
/// # Errors
/// The database's.
pub async fn insert(
    tx: &mut Tx<'_>,
    appointments: &[Appointment<'_>],
    reference: impl Fn(usize) -> String,
) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(appointments.len());
    let mut events = Vec::with_capacity(appointments.len());
    let mut stored: HashMap<(VisitTypeId, LocationId), Uuid> = HashMap::new();
    for (index, appointment) in appointments.iter().enumerate() {
        let id = hex(random::id());
        let agreed = (appointment.visit_type, appointment.location);
        let terms = match stored.get(&agreed) {
            Some(terms) => *terms,
            None => {
                let of_now: Terms = tx.fetch_one(TERMS, agreed).await?;
                let terms = of_now.write(tx).await?;
                stored.insert(agreed, terms);
                terms
            }
        };
        rows.push(appointment.row(id.clone(), terms, reference(index)));
        appointment.push_events(&id, &mut events);
    }
    write(tx, APPOINTMENTS, &rows).await?;
    write(tx, EVENTS, &events).await
}

async fn write(tx: &mut Tx<'_>, statement: Statement, rows: &impl Serialize) -> Result<(), Error> {
    let sql = statement;
    let json = serde_json::to_string(rows).map_err(|error| sqlx::Error::Encode(error.into()))?;
    tx.execute(sql, (&json,)).await?;
    Ok(())
}

impl<'a> Appointment<'a> {
    fn row(&self, id: String, terms: Uuid, reference: String) -> Row<'a> {
        let cancelled = self.status == Status::Cancelled;
        Row(
            id,
            reference,
            hex(self.patient.0),
            hex(self.visit_type.0),
            hex(terms),
            self.status,
            self.start.0,
            self.end.0,
            self.zone.offset_seconds(self.start),
            self.booked_at.0,
            self.changed_at().0,
            if matches!(self.status, Status::Booked | Status::Requested) { 1 } else { 2 },
            cancelled.then_some(self.cancelled_by.role()),
            cancelled.then_some(self.cancelled_by.reason()),
            self.reason,
            cancelled && self.cancelled_by == Canceller::PatientLate,
            self.answer_by.map(|at| at.0),
        )
    }

    /// What led to the status, as the table of transitions allows it.
    fn push_events(&self, appointment: &str, events: &mut Vec<EventRow>) {
        let mut push = |version, at: Timestamp, action, (from, to), reason, role| {
            events.push(EventRow(appointment.to_owned(), version, at.0, action, from, to, reason, role));
        };
        match self.status {
            Status::Requested => push(1, self.booked_at, "request", (None, Status::Requested), None, "patient"),
            _ => push(1, self.booked_at, "book", (None, Status::Booked), None, "patient"),
        }
        let end = (Some(Status::Booked), self.status);
        match self.status {
            Status::Cancelled => {
                let by = self.cancelled_by;
                push(2, self.changed_at(), "cancel", end, Some(by.reason()), by.role());
            }
            Status::Completed => push(2, self.changed_at(), "complete", end, None, "doctor"),
            Status::NoShow => push(2, self.changed_at(), "no_show", end, None, "doctor"),
            _ => {}
        }
    }

    /// When it got its status. Late is an hour before it begins.
    fn changed_at(&self) -> Timestamp {
        match self.status {
            Status::Completed | Status::NoShow => self.end,
            Status::Cancelled if self.cancelled_by == Canceller::PatientLate => {
                self.booked_at.max(self.start.plus_minutes(-60))
            }
            Status::Cancelled => self.booked_at.plus_minutes(90),
            _ => self.booked_at,
        }
    }
}

fn hex(id: Uuid) -> String {
    id.simple().to_string()
}
