//! A person's place on the waiting list, and its end.

use sqlx::FromRow;

use super::wishes::Wishes;
use crate::{
    booking::{
        Change, Status,
        server::{appointment::Appointment, views},
        waiting::EntryEnd,
    },
    db::{Conn, Error, Tx},
    error::AppError,
    ids::{AppointmentId, LocationId, PersonId, VisitTypeId, WaitingEntryId},
    time::{Timestamp, server::LocalDate},
};

/// A row of `waiting_entries`, as far as it is read; the columns are explained in the migration.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Entry {
    pub id: WaitingEntryId,
    pub person_id: PersonId,
    pub account_id: PersonId,
    pub visit_type_id: Option<VisitTypeId>,
    pub location_id: Option<LocationId>,
    weekdays: i32,
    day_parts: i32,
    earliest_date: LocalDate,
    latest_date: LocalDate,
    notice_minutes: i32,
    pub appointment_id: Option<AppointmentId>,
    pub seen_versions: String,
    pub created_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub end_reason: Option<EntryEnd>,
}

/// The appointment that an entry names, as it is now.
pub(super) enum Named {
    /// There is none, or it was cancelled: an offer is for an appointment of its own.
    None,
    /// It would be given up.
    Booked(Box<Appointment>),
    /// It has begun, or can no longer be changed online: nothing earlier is looked for.
    Over,
}

impl Named {
    /// The appointment that an accepted offer moves.
    pub fn booked(&self) -> Option<&Appointment> {
        match self {
            Named::Booked(appointment) => Some(appointment),
            Named::None | Named::Over => None,
        }
    }
}

impl Entry {
    /// The entry with this id.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none.
    pub async fn find(conn: &mut Conn<'_>, id: WaitingEntryId) -> Result<Entry, Error> {
        const SQL: &str = "select * from waiting_entries where id = $1";
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    pub fn wishes(&self) -> Wishes {
        Wishes {
            weekdays: self.weekdays,
            day_parts: self.day_parts,
            earliest: self.earliest_date,
            latest: self.latest_date,
            notice_minutes: self.notice_minutes,
        }
    }

    /// The appointment to give up, wherever its patient has moved it since.
    pub async fn named(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<Named, Error> {
        const SQL: &str = "select id from appointments
            where reference = (select reference from appointments where id = $1)
                and status in ('booked', 'arrived', 'completed', 'no_show')
            order by chain_position desc limit 1";
        let Some(named) = self.appointment_id else { return Ok(Named::None) };
        let found: Option<AppointmentId> = conn.fetch_optional_value(SQL, (named,)).await?;
        let Some(found) = found else { return Ok(Named::None) };
        let appointment = Appointment::find(conn, found).await?;
        let free = appointment.status == Status::Booked && views::change_now(&appointment, now) == Change::Free;
        Ok(if free { Named::Booked(Box::new(appointment)) } else { Named::Over })
    }

    /// Ends the entry, if it has not ended.
    pub async fn end(&self, tx: &mut Tx<'_>, why: EntryEnd, now: Timestamp) -> Result<(), Error> {
        const SQL: &str =
            "update waiting_entries set ended_at = $2, end_reason = $3 where id = $1 and ended_at is null";
        tx.execute(SQL, (self.id, now, why)).await?;
        Ok(())
    }
}

/// Ends the entries whose latest date is over at every location, unless an offer is open. An entry ends for good, so
/// this may run on several servers at once.
pub(super) async fn end_passed(tx: &mut Tx<'_>, today: LocalDate, now: Timestamp) -> Result<u64, Error> {
    const SQL: &str = "update waiting_entries set ended_at = $2, end_reason = 'passed'
        where ended_at is null and latest_date < $1
            and not exists (select 1 from offers o where o.entry_id = waiting_entries.id and o.outcome is null)";
    tx.execute(SQL, (today, now)).await
}
