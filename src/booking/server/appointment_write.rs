//! The one way to write an appointment: a new row, or a change that compares status and version; with each, a line of
//! the history, and what else the unit writes with it. What was agreed besides the time is stored once
//! ([`super::terms`]).

use super::appointment::{Appointment, Author};
use crate::{
    booking::{Action, Status, next_status},
    db::{Batch, Error, Statement, Tx},
    error::AppError,
    ids::DoctorId,
    time::Timestamp,
};

/// An action that changed an appointment's row in memory and is not yet written.
#[must_use]
pub(super) struct UnwrittenChange {
    /// The status and the version that the stored row still has.
    from: Status,
    version: i32,
    action: Action,
    by: Author,
}

macro_rules! insert_row {
    () => {
        "insert into appointments (
                id, reference, doctor_id, patient_id, holder_hash, terms_id, status, version, overbook, starts_at, ends_at,
                utc_offset_seconds, held_until, hold_extensions, buffer_before_minutes, buffer_after_minutes, reason,
                contact_phone, rescheduled_from, created_at, updated_at, answer_by, override_reason, chain_position,
                would_replace, video_room, video_url, resource_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20, $21, $22,
                $26, $27, $28, $29, $30)"
    };
}

macro_rules! update_row {
    () => {
        "update appointments set
                status = $4, version = $5, patient_id = $6, held_until = $7, hold_extensions = $8, reason = $9,
                contact_phone = $10, cancelled_by = $11, cancel_reason = $12, cancelled_late = $13,
                rescheduled_to = $14, updated_at = $15, answer_by = $16, resource_id = $20
            where id = $1 and status = $2 and version = $3"
    };
}

macro_rules! insert_event {
    () => {
        "insert into appointment_events (
            appointment_id, version, at, actor_id, actor_role, action, from_status, to_status, reason_code)"
    };
}

/// Writes a new row and the first line of its history, in one exchange with the database.
const INSERT: Statement = Statement {
    sqlite: concat!(insert_row!(), "; ", insert_event!(), " values ($1, $8, $20, $23, $24, $25, null, $7, null)"),
    postgres: concat!(
        "with made as (",
        insert_row!(),
        " returning id) ",
        insert_event!(),
        " select id, $8, $20, $23, $24, $25, null, $7, null from made"
    ),
};

/// Changes the row if it still has the status and the version that were read, and then adds a line to its history.
const CHANGE: Statement = Statement {
    sqlite: concat!(
        update_row!(),
        "; ",
        insert_event!(),
        " select $1, $5, $15, $17, $18, $19, $2, $4, $12 where changes() > 0"
    ),
    postgres: concat!(
        "with changed as (",
        update_row!(),
        " returning id) ",
        insert_event!(),
        " select id, $5, $15, $17, $18, $19, $2, $4, $12 from changed"
    ),
};

impl Appointment {
    /// Writes a new appointment and the first line of its history, and declares that its doctor's free times change.
    ///
    /// # Errors
    /// The overlap rules of the database, as a [`crate::db::Violation`].
    pub async fn insert(&self, tx: &mut Tx<'_>, action: Action, by: Author) -> Result<(), Error> {
        let nothing_else = tx.batch();
        self.insert_with(tx, action, by, nothing_else).await
    }

    /// As [`Self::insert`], with what else the unit writes.
    ///
    /// # Errors
    /// Those of [`Self::insert`] and of the batch.
    pub async fn insert_with(
        &self,
        tx: &mut Tx<'_>,
        action: Action,
        by: Author,
        mut batch: Batch,
    ) -> Result<(), Error> {
        if next_status(None, action, by.role) != Some(self.status) {
            return Err(AppError::Conflict.into());
        }
        let terms = self.terms().store(tx, &mut batch).await?;
        tx.execute_with(
            INSERT,
            (
                self.id,
                &self.reference,
                self.doctor_id,
                self.patient_id,
                &self.holder_hash,
                terms,
                self.status,
                self.version,
                self.overbook,
                self.starts_at,
                self.ends_at,
                self.utc_offset_seconds,
                self.held_until,
                self.hold_extensions,
                self.buffer_before_minutes,
                self.buffer_after_minutes,
                &self.reason,
                &self.contact_phone,
                self.rescheduled_from,
                self.created_at,
                self.answer_by,
                &self.override_reason,
                by.actor,
                by.role,
                action,
                self.chain_position,
                self.would_replace,
                &self.video_room,
                &self.video_url,
                self.resource_id,
            ),
            AppError::Conflict,
            batch,
        )
        .await?;
        self.declare_changed(tx).await
    }

    /// Takes `action`: sets the status, writes the row unless another write changed it meanwhile, adds to the history,
    /// and declares that the doctor's free times change. Other columns that the caller changed beforehand are written
    /// along.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the status or the role does not allow it, or the row changed since it was read; the
    /// overlap rules of the database, as a [`crate::db::Violation`].
    pub async fn change(&mut self, tx: &mut Tx<'_>, action: Action, by: Author, now: Timestamp) -> Result<(), Error> {
        let change = self.take(action, by, now)?;
        let nothing_else = tx.batch();
        self.write(tx, change, nothing_else).await
    }

    /// The first half of [`Self::change`], for a unit that writes something with it which depends on the new row:
    /// nothing is written before [`Self::write`].
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the status or the role does not allow the action.
    pub(super) fn take(&mut self, action: Action, by: Author, now: Timestamp) -> Result<UnwrittenChange, AppError> {
        let (from, version) = (self.status, self.version);
        self.status = next_status(Some(from), action, by.role).ok_or(AppError::Conflict)?;
        self.version += 1;
        self.updated_at = now;
        if self.status == Status::Booked {
            self.answer_by = None;
        }
        Ok(UnwrittenChange { from, version, action, by })
    }

    /// Writes the row that [`Self::take`] changed, with what else the unit writes.
    ///
    /// # Errors
    /// Those of [`Self::change`] and of the batch.
    pub(super) async fn write(&self, tx: &mut Tx<'_>, change: UnwrittenChange, batch: Batch) -> Result<(), Error> {
        let UnwrittenChange { from, version, action, by } = change;
        tx.execute_with(
            CHANGE,
            (
                self.id,
                from,
                version,
                self.status,
                self.version,
                self.patient_id,
                self.held_until,
                self.hold_extensions,
                &self.reason,
                &self.contact_phone,
                self.cancelled_by,
                self.cancel_reason,
                self.cancelled_late,
                self.rescheduled_to,
                self.updated_at,
                self.answer_by,
                by.actor,
                by.role,
                action,
                self.resource_id,
            ),
            AppError::Conflict,
            batch,
        )
        .await?;
        self.declare_changed(tx).await
    }

    /// Declares that free times change: of the doctor and, where a room or device is used, of every doctor who needs one
    /// of its kind. This appointment may have taken the last of them, or have given it back.
    async fn declare_changed(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "select distinct v.doctor_id from visit_types v
            join resources r on r.kind_id = v.resource_kind_id where r.id = $1 and v.active";
        tx.schedule_changed(self.doctor_id);
        let Some(resource) = self.resource_id else { return Ok(()) };
        let doctors: Vec<DoctorId> = tx.fetch_values(SQL, (resource,)).await?;
        doctors.into_iter().for_each(|doctor| tx.schedule_changed(doctor));
        Ok(())
    }
}
