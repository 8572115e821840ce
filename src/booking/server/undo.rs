//! Taking back a move or a cancellation by the clinic, while nobody has been told of it.
//!
//! Messages about both leave [`TELL_AFTER_MINUTES`] later. Until then the change is taken back together with its
//! messages in one unit: a message that a worker has begun to send ends the time in which that is possible, and one
//! that was withdrawn is never sent. What the appointment had before it has again, unless somebody took its time.

use sqlx::FromRow;

use super::{
    appointment::{Appointment, expire_overlapping},
    front_desk::{clinic_only, refused},
    reschedule_actor::TELL_AFTER_MINUTES,
    thread::{continue_chain, ended_with, link, open_request},
};
use crate::{
    booking::{
        Action, ActorRole, Status,
        front_desk::{ChangeKind, UndoOffer},
        server::access::find_for,
    },
    db::{Conn, Error, Tx, WriteUnit, ids_json, in_ids},
    error::AppError,
    ids::{AppointmentId, DoctorId},
    notifications::{model::Kind, server::withdraw},
    random,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// The event that a row's status is from.
#[derive(FromRow)]
struct LastEvent {
    actor_role: ActorRole,
    from_status: Option<Status>,
}

/// What the clinic did last to an appointment.
struct ClinicChange {
    kind: ChangeKind,
    /// The status before.
    from: Status,
}

/// What the clinic did to `row` last, if that can still be taken back `now`. Of a move, `row` is the one that gave its
/// time up.
async fn open_change(conn: &mut Conn<'_>, row: &Appointment, now: Timestamp) -> Result<Option<ClinicChange>, Error> {
    const SQL: &str =
        "select actor_role, from_status from appointment_events where appointment_id = $1 and version = $2";
    let kind = match row.status {
        Status::Cancelled => ChangeKind::Cancelled,
        Status::Rescheduled => ChangeKind::Moved,
        _ => return Ok(None),
    };
    if now >= row.updated_at.plus_minutes(TELL_AFTER_MINUTES) {
        return Ok(None);
    }
    let event: Option<LastEvent> = conn.fetch_optional(SQL, (row.id, row.version)).await?;
    let clinic = [ActorRole::Doctor, ActorRole::Receptionist, ActorRole::Admin];
    let event = event.filter(|event| clinic.contains(&event.actor_role));
    // the appointment that a request to move named may have changed
    let from = event.and_then(|event| event.from_status).filter(|_| row.would_replace.is_none());
    Ok(from.map(|from| ClinicChange { kind, from }))
}

/// What can be taken back of an appointment that a page shows: its cancellation, or the move that made it.
///
/// # Errors
/// The database's.
pub(super) async fn offer(
    conn: &mut Conn<'_>,
    shown: &Appointment,
    now: Timestamp,
) -> Result<Option<UndoOffer>, Error> {
    let changed = match (shown.status, shown.rescheduled_from) {
        (Status::Cancelled, _) => shown.clone(),
        (Status::Booked, Some(before)) if shown.version == 1 => Appointment::find(conn, before).await?,
        _ => return Ok(None),
    };
    let change = open_change(conn, &changed, now).await?;
    Ok(change.map(|change| UndoOffer { id: changed.id, version: changed.version, kind: change.kind }))
}

/// A move or a cancellation by the clinic that nobody has been told of yet.
#[derive(Clone, Debug, FromRow)]
pub struct RecentChange {
    pub id: AppointmentId,
    pub version: i32,
    pub doctor_id: DoctorId,
    pub status: Status,
    /// Of the time that was given up.
    pub starts_at: Timestamp,
    pub patient: String,
    pub updated_at: Timestamp,
}

impl RecentChange {
    /// The moment from which on it cannot be taken back.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.updated_at.plus_minutes(TELL_AFTER_MINUTES)
    }
}

/// What the clinic did to appointments of these doctors and can take back, the oldest first.
///
/// # Errors
/// The database's.
pub async fn recent_changes(
    conn: &mut Conn<'_>,
    doctors: impl Iterator<Item = DoctorId>,
    now: Timestamp,
) -> Result<Vec<RecentChange>, Error> {
    let sql = in_ids!(
        "select a.id, a.version, a.doctor_id, a.status, a.starts_at, p.display_name as patient, a.updated_at
        from appointments a join persons p on p.id = a.patient_id
        join appointment_events e on e.appointment_id = a.id and e.version = a.version
        where a.updated_at > $2 and a.status in ('cancelled', 'rescheduled')
            and e.actor_role in ('doctor', 'receptionist', 'admin')
            and a.would_replace is null and a.doctor_id",
        " order by a.updated_at, a.id"
    );
    let ids = ids_json(doctors.map(|doctor| doctor.0));
    conn.fetch_all(sql, (&ids, now.plus_minutes(-TELL_AFTER_MINUTES))).await
}

/// Takes back what the clinic did last to an appointment: cancelled, it is booked again; moved, it goes back. `id` and
/// `version` are those of the row that was cancelled, or gave its time up. Returns the id of the appointment that
/// stands.
///
/// # Errors
/// [`AppError::UndoOver`] when it is no longer possible: three minutes have passed, somebody has been told, or the
/// appointment has changed since; [`AppError::TimeGone`] when the time was taken meanwhile; [`AppError::Forbidden`] for
/// patients; [`AppError::NotFound`] for another doctor's appointment.
pub async fn undo(app: &AppState, actor: Actor, id: AppointmentId, version: i32) -> Result<AppointmentId, AppError> {
    clinic_only(actor)?;
    let unit = UndoChange { actor, id, version, now: app.clock.now() };
    app.db.write(unit).await.map_err(refused)
}

/// Takes back a move or a cancellation, with the messages about it.
struct UndoChange {
    actor: Actor,
    id: AppointmentId,
    version: i32,
    now: Timestamp,
}

impl WriteUnit for UndoChange {
    const NAME: &'static str = "undo_change";
    type Output = AppointmentId;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<AppointmentId, Error> {
        let row = find_for(tx, self.actor, self.id, self.now).await?;
        let change = open_change(tx, &row, self.now).await?.filter(|_| row.version == self.version);
        let change = change.ok_or(Error::App(AppError::UndoOver))?;
        match change.kind {
            ChangeKind::Cancelled => self.restore(tx, row, change.from).await,
            ChangeKind::Moved => self.move_back(tx, &row, change.from).await,
        }
    }
}

/// What makes an appointment again what it was.
fn restored(from: Status) -> Action {
    if from == Status::Requested { Action::RestoreRequest } else { Action::Restore }
}

impl UndoChange {
    /// A cancelled appointment is as it was. A request to move it that ended with it does not come back, so then it
    /// stays cancelled.
    async fn restore(&self, tx: &mut Tx<'_>, mut row: Appointment, from: Status) -> Result<AppointmentId, Error> {
        if ended_with(tx, &row).await?.is_some() || self.ran_out(&row, from) {
            return Err(AppError::UndoOver.into());
        }
        self.withdraw(tx, [Kind::AppointmentsCancelled, Kind::DoctorCancelled], row.id).await?;
        self.make_room(tx, &row).await?;
        (row.cancelled_by, row.cancel_reason, row.cancelled_late) = (None, None, false);
        row.change(tx, restored(from), self.actor.into(), self.now).await?;
        if from == Status::Arrived {
            row.change(tx, Action::Arrive, self.actor.into(), self.now).await?;
        }
        Ok(row.id)
    }

    /// A moved appointment goes back to where it was, under the terms that it had there.
    async fn move_back(&self, tx: &mut Tx<'_>, row: &Appointment, from: Status) -> Result<AppointmentId, Error> {
        const SQL: &str = "select count(*) from appointments where rescheduled_to = $1";
        let over = || Error::App(AppError::UndoOver);
        let mut moved = Appointment::find(tx, row.rescheduled_to.ok_or_else(over)?).await?;
        let gave_way: i64 = tx.fetch_value(SQL, (moved.id,)).await?;
        let touched = moved.version != 1 || open_request(tx, &moved).await?.is_some();
        if gave_way != 1 || touched || self.ran_out(row, from) {
            return Err(over());
        }
        self.withdraw(tx, [Kind::AppointmentsMoved, Kind::DoctorMoved], moved.id).await?;
        let (now, by) = (self.now, self.actor.into());
        let mut back = Appointment {
            id: AppointmentId(random::id()),
            status: from,
            version: 1,
            rescheduled_to: None,
            created_at: now,
            updated_at: now,
            ..row.clone()
        };
        moved.change(tx, Action::Reschedule, by, now).await?;
        self.make_room(tx, &back).await?;
        continue_chain(tx, &moved, &mut back).await?;
        back.rescheduled_from = Some(moved.id);
        back.insert(tx, restored(from), by).await?;
        link(tx, moved.id, back.id).await?;
        Ok(back.id)
    }

    /// Whether this was a request whose time to answer is over.
    fn ran_out(&self, row: &Appointment, from: Status) -> bool {
        from == Status::Requested && row.answer_by.is_none_or(|until| until <= self.now)
    }

    /// Ends what ran out at the time that is taken again.
    async fn make_room(&self, tx: &mut Tx<'_>, row: &Appointment) -> Result<(), Error> {
        let span = (row.starts_at, row.ends_at);
        expire_overlapping(tx, row.doctor_id, row.patient_id, row.resource_id, span, self.now, Some(row.id)).await
    }

    /// Withdraws the message to the patient, which there always is, and the one to the doctor.
    async fn withdraw(&self, tx: &mut Tx<'_>, kinds: [Kind; 2], id: AppointmentId) -> Result<(), Error> {
        let [patients, doctors] = kinds.map(|kind| format!("{}:{id}", kind.into_str()));
        let told = !withdraw(tx, &patients, self.now).await?.is_withdrawn();
        if told || withdraw(tx, &doctors, self.now).await?.was_begun() {
            return Err(AppError::UndoOver.into());
        }
        Ok(())
    }
}
