//! The rows that are sealed, as far as the seals and the checks look at them. Codes are read as text: a value that
//! means nothing is a finding, and must not end the check.

use sqlx::FromRow;
use uuid::Uuid;

use crate::time::Timestamp;

/// An appointment with its terms. It names the terms by a hash of them.
#[derive(Clone, Debug, FromRow)]
pub(super) struct AppointmentRow {
    pub id: Uuid,
    pub reference: String,
    pub chain_position: i32,
    pub doctor_id: Uuid,
    pub patient_id: Option<Uuid>,
    pub visit_type_id: Uuid,
    pub location_id: Uuid,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub time_zone: String,
    pub local_start: String,
    pub utc_offset_seconds: i32,
    pub overbook: bool,
    pub status: String,
    pub version: i32,
    pub cancel_reason: Option<String>,
    pub would_replace: Option<Uuid>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The columns of an [`AppointmentRow`].
macro_rules! appointment_columns {
    () => {
        "select a.id, a.reference, a.chain_position, a.doctor_id, a.patient_id, t.visit_type_id, t.location_id,
            a.starts_at, a.ends_at, t.time_zone, a.local_start, a.utc_offset_seconds, a.overbook, a.status, a.version,
            a.cancel_reason, a.would_replace, a.created_at, a.updated_at
        from appointments a join appointment_terms t on t.id = a.terms_id where "
    };
}
pub(super) use appointment_columns;

impl AppointmentRow {
    /// What a person finds it by: the reference, and after a move the place among the rows that share it.
    pub fn name(&self) -> String {
        match self.chain_position {
            1 => format!("appointment {}", self.reference),
            place => format!("appointment {} (row {place})", self.reference),
        }
    }
}

/// A line of an appointment's history.
#[derive(Clone, Debug, FromRow)]
pub(super) struct EventRow {
    pub appointment_id: Uuid,
    pub version: i32,
    pub at: Timestamp,
    pub actor_id: Option<Uuid>,
    pub actor_role: String,
    pub action: String,
    pub from_status: Option<String>,
    pub to_status: String,
    pub reason_code: Option<String>,
}

/// The columns of an [`EventRow`].
macro_rules! event_columns {
    () => {
        "select appointment_id, version, at, actor_id, actor_role, action, from_status, to_status,
            reason_code
        from appointment_events where "
    };
}
pub(super) use event_columns;

/// An entry of the audit log.
#[derive(Clone, Debug, FromRow)]
pub(super) struct AuditRow {
    pub id: Uuid,
    pub at: Timestamp,
    pub actor_id: Option<Uuid>,
    pub actor_role: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<Uuid>,
    pub details: String,
}

/// The columns of an [`AuditRow`].
macro_rules! audit_columns {
    () => {
        "select id, at, actor_id, actor_role, action, subject_kind, subject_id, details from audit_entries where "
    };
}
pub(super) use audit_columns;

/// A row of `seals`.
#[derive(Clone, Debug, FromRow)]
pub(super) struct SealRow {
    pub number: i64,
    pub at: Timestamp,
    pub sealed_until: Timestamp,
    pub records: i32,
    pub hash: Vec<u8>,
}

/// A row of `sealed_records`.
#[derive(Clone, Debug, FromRow)]
pub(super) struct SealedRow {
    pub seal: i64,
    pub record_id: Uuid,
    pub version: i32,
    pub hash: Vec<u8>,
}
