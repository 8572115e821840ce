//! The row of a file.

use sqlx::FromRow;

use crate::{
    accounts::Permission,
    booking::{Status, server::Appointment},
    clinic::server::data_keys::DataKeys,
    db::{Conn, Error},
    error::AppError,
    ids::{PaperId, PersonId},
    papers::{PaperKind, PaperState},
    time::Timestamp,
    web::request::Actor,
};

/// A row of `papers`; the columns are explained in the migration.
#[derive(Clone, Debug, FromRow)]
pub(super) struct PaperRow {
    pub id: PaperId,
    pub reference: String,
    pub added_by: PersonId,
    pub added_role: String,
    pub name: Vec<u8>,
    pub kind: PaperKind,
    pub size: i32,
    pub state: PaperState,
    pub added_at: Timestamp,
}

impl PaperRow {
    /// The file with this id among those of an appointment.
    pub async fn find(conn: &mut Conn<'_>, appointment: &Appointment, id: PaperId) -> Result<Self, Error> {
        const SQL: &str = "select id, reference, added_by, added_role, name, kind, size, state, added_at
            from papers where id = $1 and reference = $2";
        let found = conn.fetch_optional(SQL, (id, &appointment.reference)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// The files of an appointment, the oldest first.
    pub async fn of(conn: &mut Conn<'_>, appointment: &Appointment) -> Result<Vec<Self>, Error> {
        const SQL: &str = "select id, reference, added_by, added_role, name, kind, size, state, added_at
            from papers where reference = $1 order by added_at, id";
        conn.fetch_all(SQL, (&appointment.reference,)).await
    }

    /// What its sender called it.
    pub fn name(&self, keys: &DataKeys) -> Result<String, Error> {
        let name = keys.decrypt(&name_context(self.id), &self.name).ok();
        name.and_then(|name| String::from_utf8(name).ok()).ok_or(Error::Corrupt("papers.name"))
    }
}

/// What is bound to the name of a file.
pub(super) fn name_context(id: PaperId) -> Vec<u8> {
    [b"paper name ", id.0.as_bytes().as_slice()].concat()
}

/// The side on which this person sends files: `papers.added_role`.
pub(super) fn side(actor: Actor) -> Option<&'static str> {
    let side = if actor.may(Permission::WorkAtDesk) { "doctor" } else { "patient" };
    actor.may(Permission::SendPapers).then_some(side)
}

/// Whether files can still be sent along with the appointment. One that was moved has left its files to the new one.
pub(super) fn takes_files(appointment: &Appointment) -> bool {
    matches!(appointment.status, Status::Requested | Status::Booked | Status::Arrived | Status::Completed)
}

/// Whether the files go with this row of the appointment.
pub(super) fn has_files(appointment: &Appointment) -> bool {
    appointment.status != Status::Rescheduled
}
