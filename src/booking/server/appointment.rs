//! The appointment's row, and the one way to change it: compare status and version, write, and add to the history.

use sqlx::FromRow;

pub use crate::clinic::server::audit::Author;
use uuid::Uuid;

use crate::{
    availability::server::ran_out,
    booking::{Action, ActorRole, CancelReason, LateCancel, Mode, Status, next_status},
    db::{Batch, Conn, Error, Statement, Tx},
    error::AppError,
    ids::{AppointmentId, DoctorId, LocationId, UserId, VisitTypeId},
    notifications::model::BookingMail,
    time::{Timestamp, server::Zone},
};

/// The columns of an appointment `a` with those of its doctor `d` that go with it.
macro_rules! with_doctor {
    () => {
        "a.*, d.slug as doctor_slug, d.user_id as doctor_user_id, d.booking_mail as doctor_booking_mail,
            d.video_url as doctor_video_url"
    };
}

/// A row of `appointments`; the columns are explained in the migration.
#[derive(Clone, Debug, FromRow)]
pub struct Appointment {
    pub id: AppointmentId,
    pub reference: String,
    pub chain_position: i32,
    pub doctor_id: DoctorId,
    pub patient_id: Option<UserId>,
    pub holder_hash: Option<Vec<u8>>,
    pub visit_type_id: VisitTypeId,
    pub location_id: LocationId,
    pub status: Status,
    pub version: i32,
    pub overbook: bool,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub time_zone: String,
    pub local_start: String,
    pub utc_offset_seconds: i32,
    pub held_until: Option<Timestamp>,
    pub hold_extensions: i32,
    pub doctor_name: String,
    pub visit_type_name: String,
    pub mode: Mode,
    pub location_name: String,
    pub location_address: String,
    pub location_phone: String,
    pub instructions: String,
    pub buffer_before_minutes: i32,
    pub buffer_after_minutes: i32,
    pub needs_approval: bool,
    pub cutoff_minutes: i32,
    pub late_cancel: LateCancel,
    /// What the patient wrote for the doctor. It leaves this folder as [`super::access::ReasonRule`] allows, and not
    /// otherwise.
    pub(super) reason: String,
    pub contact_phone: String,
    pub cancelled_by: Option<ActorRole>,
    pub cancel_reason: Option<CancelReason>,
    pub cancelled_late: bool,
    pub rescheduled_from: Option<AppointmentId>,
    pub rescheduled_to: Option<AppointmentId>,
    /// Of a request to move: the booked appointment that stays until this is accepted.
    pub would_replace: Option<AppointmentId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// When a request runs out, or ran out. What is booked, and what never was a request, has none.
    pub answer_by: Option<Timestamp>,
    /// Why the clinic set a rule aside; patients never see it.
    pub override_reason: String,
    /// The random part of a video call's address.
    pub video_room: String,
    /// The address that was set for this video call; may be empty.
    pub video_url: String,
    /// The doctor's, from `doctors`: for links.
    #[sqlx(default)]
    pub doctor_slug: String,
    /// The doctor's account, from `doctors`: for messages.
    #[sqlx(default)]
    pub doctor_user_id: Option<UserId>,
    /// What the doctor wants to hear of at once, from `doctors`.
    #[sqlx(default)]
    pub doctor_booking_mail: BookingMail,
    /// Where the doctor's video calls take place, from `doctors`; may be empty.
    #[sqlx(default)]
    pub doctor_video_url: String,
}

/// An action that changed an appointment's row in memory and is not yet written.
#[must_use]
pub(super) struct Transition {
    /// The status and the version that the stored row still has.
    from: Status,
    version: i32,
    action: Action,
    by: Author,
}

/// What stands for the random part in the setting that makes addresses of video calls.
const ROOM: &str = "{room}";
/// Minutes before its start from which a video call can be joined.
const JOIN_MINUTES: i64 = 15;

macro_rules! insert_row {
    () => {
        "insert into appointments (
                id, reference, doctor_id, patient_id, holder_hash, visit_type_id, location_id, status, version, overbook,
                starts_at, ends_at, time_zone, local_start, utc_offset_seconds, held_until, hold_extensions,
                doctor_name, visit_type_name, mode, location_name, location_address, location_phone, instructions,
                buffer_before_minutes, buffer_after_minutes, needs_approval, cutoff_minutes, late_cancel,
                reason, contact_phone, rescheduled_from, created_at, updated_at, answer_by, override_reason,
                chain_position, would_replace, video_room, video_url)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $33, $34, $35, $40, $41, $42, $43)"
    };
}

macro_rules! update_row {
    () => {
        "update appointments set
                status = $4, version = $5, patient_id = $6, held_until = $7, hold_extensions = $8, reason = $9,
                contact_phone = $10, cancelled_by = $11, cancel_reason = $12, cancelled_late = $13,
                rescheduled_to = $14, updated_at = $15, answer_by = $16
            where id = $1 and status = $2 and version = $3"
    };
}

macro_rules! insert_event {
    () => {
        "insert into appointment_events (
            id, appointment_id, doctor_id, version, at, actor_id, actor_role, action, from_status, to_status, reason_code)"
    };
}

/// Writes a new row and the first line of its history, in one exchange with the database.
const INSERT: Statement = Statement {
    sqlite: concat!(
        insert_row!(),
        "; ",
        insert_event!(),
        " values ($36, $1, $3, $9, $33, $37, $38, $39, null, $8, null)"
    ),
    postgres: concat!(
        "with made as (",
        insert_row!(),
        " returning id) ",
        insert_event!(),
        " select $36, id, $3, $9, $33, $37, $38, $39, null, $8, null from made"
    ),
};

/// Changes the row if it still has the status and the version that were read, and then adds a line to its history.
const CHANGE: Statement = Statement {
    sqlite: concat!(
        update_row!(),
        "; ",
        insert_event!(),
        " select $17, $1, $18, $5, $15, $19, $20, $21, $2, $4, $12 where changes() > 0"
    ),
    postgres: concat!(
        "with changed as (",
        update_row!(),
        " returning id) ",
        insert_event!(),
        " select $17, id, $18, $5, $15, $19, $20, $21, $2, $4, $12 from changed"
    ),
};

impl Appointment {
    /// The appointment that this row counts as where times overlap: a request to move an appointment is that appointment.
    pub fn counts_as(&self) -> AppointmentId {
        self.would_replace.unwrap_or(self.id)
    }

    /// The appointment with this id.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none.
    pub async fn find(conn: &mut Conn<'_>, id: AppointmentId) -> Result<Appointment, Error> {
        const SQL: &str = concat!(
            "select ",
            with_doctor!(),
            " from appointments a join doctors d on d.id = a.doctor_id where a.id = $1"
        );
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// The booked video calls that start after `from` and until `until`.
    ///
    /// # Errors
    /// The database's.
    pub async fn video_calls(
        conn: &mut Conn<'_>,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        const SQL: &str = concat!(
            "select ",
            with_doctor!(),
            " from appointments a join doctors d on d.id = a.doctor_id
            where a.starts_at > $1 and a.starts_at <= $2 and a.status = 'booked' and a.mode = 'video'"
        );
        conn.fetch_all(SQL, (from, until)).await
    }

    /// What is booked at a location, or requested and not run out, and has not begun, by start.
    ///
    /// # Errors
    /// The database's.
    pub async fn requested_or_booked_at(
        conn: &mut Conn<'_>,
        location: LocationId,
        now: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        const SQL: &str = concat!(
            "select ",
            with_doctor!(),
            " from appointments a join doctors d on d.id = a.doctor_id
            where a.location_id = $1 and a.starts_at > $2
                and (a.status = 'booked' or (a.status = 'requested' and a.answer_by > $2))
            order by a.starts_at, a.id"
        );
        conn.fetch_all(SQL, (location, now)).await
    }

    /// The holds at a location that have not begun.
    pub(super) async fn held_at(
        conn: &mut Conn<'_>,
        location: LocationId,
        now: Timestamp,
    ) -> Result<Vec<Appointment>, Error> {
        const SQL: &str = "select * from appointments where location_id = $1 and starts_at > $2 and status = 'held'";
        conn.fetch_all(SQL, (location, now)).await
    }

    /// Where the video call takes place: the address set for it, else its doctor's, else one made of the setting and
    /// its own room. None for what is no video call, and without any of the three.
    #[must_use]
    pub fn video_address(&self, template: &str) -> Option<String> {
        if self.mode != Mode::Video {
            return None;
        }
        let set = [&self.video_url, &self.doctor_video_url].into_iter().find(|url| !url.is_empty());
        let made = || {
            let known = !template.is_empty() && !self.video_room.is_empty();
            known.then(|| template.replace(ROOM, &self.video_room))
        };
        set.cloned().or_else(made)
    }

    /// From when on the patient knows the address of the video call: the day before.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for a zone that does not exist.
    pub fn video_told_from(&self) -> Result<Timestamp, Error> {
        let zone = Zone::parse(&self.time_zone).ok_or(Error::Corrupt("unknown time zone"))?;
        Ok(zone.window_start(zone.local_date(self.starts_at).plus_days(-1), 0))
    }

    /// From when on the video call can be joined.
    #[must_use]
    pub fn video_opens(&self) -> Timestamp {
        self.starts_at.plus_minutes(-JOIN_MINUTES)
    }

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
    pub async fn insert_with(&self, tx: &mut Tx<'_>, action: Action, by: Author, batch: Batch) -> Result<(), Error> {
        if next_status(None, action, by.role) != Some(self.status) {
            return Err(AppError::Conflict.into());
        }
        tx.execute_with(
            INSERT,
            (
                self.id,
                &self.reference,
                self.doctor_id,
                self.patient_id,
                &self.holder_hash,
                self.visit_type_id,
                self.location_id,
                self.status,
                self.version,
                self.overbook,
                self.starts_at,
                self.ends_at,
                &self.time_zone,
                &self.local_start,
                self.utc_offset_seconds,
                self.held_until,
                self.hold_extensions,
                &self.doctor_name,
                &self.visit_type_name,
                self.mode,
                &self.location_name,
                &self.location_address,
                &self.location_phone,
                &self.instructions,
                self.buffer_before_minutes,
                self.buffer_after_minutes,
                self.needs_approval,
                self.cutoff_minutes,
                self.late_cancel,
                &self.reason,
                &self.contact_phone,
                self.rescheduled_from,
                self.created_at,
                self.answer_by,
                &self.override_reason,
                Uuid::now_v7(),
                by.actor,
                by.role,
                action,
                self.chain_position,
                self.would_replace,
                &self.video_room,
                &self.video_url,
            ),
            AppError::Conflict,
            batch,
        )
        .await?;
        tx.schedule_changed(self.doctor_id);
        Ok(())
    }

    /// Takes `action`: sets the status, writes the row unless another write changed it meanwhile, adds to the history,
    /// and declares that the doctor's free times change. Other columns that the caller changed beforehand are written
    /// along.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the status or the role does not allow it, or the row changed since it was read; the
    /// overlap rules of the database, as a [`crate::db::Violation`].
    pub async fn change(&mut self, tx: &mut Tx<'_>, action: Action, by: Author, now: Timestamp) -> Result<(), Error> {
        let transition = self.take(action, by, now)?;
        let nothing_else = tx.batch();
        self.write(tx, transition, nothing_else).await
    }

    /// The first half of [`Self::change`], for a unit that writes something with it which depends on the new row:
    /// nothing is written before [`Self::write`].
    ///
    /// # Errors
    /// [`AppError::Conflict`] when the status or the role does not allow the action.
    pub(super) fn take(&mut self, action: Action, by: Author, now: Timestamp) -> Result<Transition, AppError> {
        let (from, version) = (self.status, self.version);
        self.status = next_status(Some(from), action, by.role).ok_or(AppError::Conflict)?;
        self.version += 1;
        self.updated_at = now;
        if self.status == Status::Booked {
            self.answer_by = None;
        }
        Ok(Transition { from, version, action, by })
    }

    /// Writes the row that [`Self::take`] changed, with what else the unit writes.
    ///
    /// # Errors
    /// Those of [`Self::change`] and of the batch.
    pub(super) async fn write(&self, tx: &mut Tx<'_>, transition: Transition, batch: Batch) -> Result<(), Error> {
        let Transition { from, version, action, by } = transition;
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
                Uuid::now_v7(),
                self.doctor_id,
                by.actor,
                by.role,
                action,
            ),
            AppError::Conflict,
            batch,
        )
        .await?;
        tx.schedule_changed(self.doctor_id);
        Ok(())
    }
}

/// Ends the holds and requests of a doctor and of a patient whose time ran out, so that they no longer occupy; `except`
/// stays as it is. Every unit that takes a time, from one moment until another, does so first. Holds that ran out at
/// other times block no booking, and a unit that reads less collides with fewer other writes.
pub(super) async fn expire_overlapping(
    tx: &mut Tx<'_>,
    doctor: DoctorId,
    patient: Option<UserId>,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
    except: Option<AppointmentId>,
) -> Result<(), Error> {
    const SQL: &str = concat!(
        "select * from appointments
        where (doctor_id = $1 or patient_id = $2) and starts_at > $5 and starts_at < $6 and ends_at > $7 and ",
        ran_out!("appointments", "$3"),
        " and (id <> $4 or $4 is null)"
    );
    let run_out: Vec<Appointment> =
        tx.fetch_all(SQL, (doctor, patient, now, except, from.day_before(), until, from)).await?;
    for mut row in run_out {
        row.expire(tx, now).await?;
    }
    Ok(())
}
