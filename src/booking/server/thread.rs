//! An appointment's position in its chain of moves, and its neighbours there.
//!
//! The rows of a chain have one reference. A row that was moved points to the one that took its place, and the other
//! way round. A request to move a booked appointment only names it, until it is accepted.

use sqlx::FromRow;

use super::appointment::{Appointment, agreed, from_agreed};
use crate::{
    booking::Status,
    db::{Conn, Error, Tx},
    ids::AppointmentId,
    time::Timestamp,
};

/// An appointment stays one event in people's calendars, however often it is moved. A request to move it is another
/// event, until it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The first appointment of the chain.
    pub first: AppointmentId,
    /// Rises with every event of every appointment of the chain.
    pub sequence: i64,
}

#[derive(FromRow)]
struct Link {
    id: AppointmentId,
    version: i32,
    rescheduled_from: Option<AppointmentId>,
}

/// The position of this appointment in its chain.
///
/// # Errors
/// The database's.
pub async fn thread(conn: &mut Conn<'_>, appointment: &Appointment) -> Result<Thread, Error> {
    const SQL: &str = "with recursive chain (id, version, rescheduled_from) as (
            select id, version, rescheduled_from from appointments where id = $1
            union all
            select a.id, a.version, a.rescheduled_from from appointments a join chain c on a.id = c.rescheduled_from)
        select id, version, rescheduled_from from chain";
    let own = i64::from(appointment.version) - 1;
    let Some(before) = appointment.rescheduled_from else {
        return Ok(Thread { first: appointment.id, sequence: own });
    };
    let links: Vec<Link> = conn.fetch_all(SQL, (before,)).await?;
    let first = links.iter().find(|link| link.rescheduled_from.is_none()).map_or(before, |link| link.id);
    // the rows of a chain do not change once they have a successor
    Ok(Thread { first, sequence: own + links.iter().map(|link| i64::from(link.version)).sum::<i64>() })
}

/// The request to move this appointment that waits for an answer. It may have run out without having been ended.
///
/// # Errors
/// The database's.
pub async fn open_request(conn: &mut Conn<'_>, appointment: &Appointment) -> Result<Option<Appointment>, Error> {
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        ", d.slug as doctor_slug",
        from_agreed!(),
        "join doctors d on d.id = a.doctor_id
        where a.reference = $1 and a.would_replace = $2 and a.status = 'requested'"
    );
    conn.fetch_optional(SQL, (&appointment.reference, appointment.id)).await
}

/// The appointment that its patient keeps until this request to move it is accepted, and when it is not. None for what
/// is no such request, and when that appointment is no longer booked.
///
/// # Errors
/// The database's.
pub async fn kept(conn: &mut Conn<'_>, request: &Appointment) -> Result<Option<Appointment>, Error> {
    let Some(id) = request.would_replace else { return Ok(None) };
    let appointment = Appointment::find(conn, id).await?;
    Ok(Some(appointment).filter(|kept| matches!(kept.status, Status::Booked | Status::Arrived)))
}

/// The request to move that ended because this appointment was moved otherwise or cancelled, or because this newer
/// request took its place.
///
/// # Errors
/// The database's.
pub async fn ended_with(conn: &mut Conn<'_>, appointment: &Appointment) -> Result<Option<Appointment>, Error> {
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        from_agreed!(),
        "where a.reference = $1 and a.would_replace is not null and a.id <> $2
            and (a.rescheduled_to = $2 or (a.would_replace = $2 and a.status = 'cancelled' and a.updated_at = $3))
        order by a.chain_position desc limit 1"
    );
    let cancelled_at = Some(appointment.updated_at).filter(|_| appointment.status == Status::Cancelled);
    let at = cancelled_at.unwrap_or(Timestamp::FOREVER);
    conn.fetch_optional(SQL, (&appointment.reference, appointment.id, at)).await
}

/// Makes `new` the next row of the chain of `old`: for the same person, with the same reference.
///
/// # Errors
/// The database's.
pub(super) async fn continue_chain(tx: &mut Tx<'_>, old: &Appointment, new: &mut Appointment) -> Result<(), Error> {
    const SQL: &str = "select max(chain_position) from appointments where reference = $1";
    let last: i32 = tx.fetch_value(SQL, (&old.reference,)).await?;
    new.chain_position = last + 1;
    new.reference.clone_from(&old.reference);
    new.patient_id = old.patient_id;
    new.reason.clone_from(&old.reason);
    new.contact_phone.clone_from(&old.contact_phone);
    if new.doctor_id == old.doctor_id {
        new.video_url.clone_from(&old.video_url);
    }
    Ok(())
}

/// A row that gave its time up points to the one that took its place.
///
/// # Errors
/// The database's.
pub(super) async fn link(tx: &mut Tx<'_>, old: AppointmentId, new: AppointmentId) -> Result<(), Error> {
    const SQL: &str = "update appointments set rescheduled_to = $2 where id = $1";
    tx.execute(SQL, (old, new)).await?;
    Ok(())
}

/// The request takes the place of the appointment that it names, which has given its time up already.
///
/// # Errors
/// The database's.
pub(super) async fn take_over(tx: &mut Tx<'_>, old: &Appointment, request: &mut Appointment) -> Result<(), Error> {
    const SQL: &str = "update appointments set rescheduled_from = would_replace, would_replace = null where id = $1";
    request.rescheduled_from = request.would_replace.take();
    tx.execute(SQL, (request.id,)).await?;
    link(tx, old.id, request.id).await
}
