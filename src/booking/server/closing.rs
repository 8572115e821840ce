//! What becomes of appointments when their patient closes the account, and what is erased of them.

use sqlx::FromRow;

use super::{
    appointment::{Appointment, Author, agreed, from_agreed},
    cancel::cancel_appointment,
    views,
    waiting::leave_all,
};
use crate::{
    booking::{Action, Change, Status},
    db::{Conn, Error, Tx, ids_json, in_ids},
    ids::{AppointmentId, PersonId},
    time::Timestamp,
    web::request::Actor,
};

/// An appointment that has not ended, as the page before the closing shows it.
#[derive(Clone, Debug)]
pub struct Ahead {
    pub id: AppointmentId,
    pub version: i32,
    pub patient: PersonId,
    /// "Tuesday 6 January, 9am"
    pub when: String,
    pub doctor: String,
    /// [`Change::Free`], or late; everything else has to be cancelled by the clinic, or to be over, first.
    pub change: Change,
}

impl Ahead {
    /// Whether its patient can still cancel it.
    #[must_use]
    pub fn can_be_cancelled(&self) -> bool {
        matches!(self.change, Change::Free | Change::LateCancelOnly)
    }
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    row: Appointment,
}

/// The appointments of these people that have not ended, by time. A request to move one is that appointment.
///
/// # Errors
/// The database's.
pub async fn ahead(conn: &mut Conn<'_>, persons: &[PersonId], now: Timestamp) -> Result<Vec<Ahead>, Error> {
    let sql = in_ids!(
        concat!(
            "select ",
            agreed!(),
            from_agreed!(),
            "where a.status in ('requested', 'booked', 'arrived') and a.would_replace is null and a.ends_at > $2
                and (a.status <> 'requested' or a.answer_by > $2) and a.patient_id"
        ),
        " order by a.starts_at, a.id"
    );
    let ids = ids_json(persons.iter().map(|person| person.0));
    let rows: Vec<Row> = conn.fetch_all(sql, (&ids, now)).await?;
    let mut all = Vec::with_capacity(rows.len());
    for Row { row } in rows {
        let Some(patient) = row.patient_id else { continue };
        all.push(Ahead {
            id: row.id,
            version: row.version,
            patient,
            when: views::moment(&row, now)?,
            doctor: row.doctor_name.clone(),
            change: views::change_now(&row, now),
        });
    }
    Ok(all)
}

/// Cancels these appointments as their patient does, one by one, with the messages that belong to it.
///
/// # Errors
/// Those of cancelling.
pub async fn cancel_all(tx: &mut Tx<'_>, actor: Actor, ahead: &[Ahead], now: Timestamp) -> Result<(), Error> {
    for appointment in ahead {
        cancel_appointment(tx, actor, appointment.id, appointment.version, None, now).await?;
    }
    Ok(())
}

/// Gives back what the person holds, and ends what they wait for.
///
/// # Errors
/// The database's.
pub async fn let_go(tx: &mut Tx<'_>, person: PersonId, by: Author, now: Timestamp) -> Result<(), Error> {
    const HELD: &str = "select id from appointments where patient_id = $1 and status = 'held' order by id";
    leave_all(tx, person, by, now).await?;
    let held: Vec<AppointmentId> = tx.fetch_values(HELD, (person,)).await?;
    for id in held {
        let mut hold = Appointment::find(tx, id).await?;
        if hold.held_until.is_some_and(|until| until <= now) {
            hold.expire(tx, now).await?;
        } else if hold.status == Status::Held {
            hold.change(tx, Action::Release, by, now).await?;
        }
    }
    Ok(())
}

/// Erases what was written with the person's appointments. When they were, with whom, and what became of them stays.
/// No event and no version changes: none of it is in a seal.
///
/// # Errors
/// The database's.
pub async fn erase_words(tx: &mut Tx<'_>, person: PersonId) -> Result<(), Error> {
    const WORDS: &str =
        "update appointments set reason = '', contact_phone = '', override_reason = '', video_room = '',
            video_url = '', holder_hash = null
        where patient_id = $1";
    const ANSWERS: &str = "delete from appointment_answers
        where appointment_id in (select id from appointments where patient_id = $1)";
    tx.execute(WORDS, (person,)).await?;
    tx.execute(ANSWERS, (person,)).await?;
    Ok(())
}
