//! An appointment's position in its chain of moves.

use sqlx::FromRow;

use super::appointment::Appointment;
use crate::{
    db::{Conn, Error},
    ids::AppointmentId,
};

/// An appointment stays one event in people's calendars, however often it is moved.
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
