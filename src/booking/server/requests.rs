//! Requests for appointments that need approval: until when they are answered, the answer, and what happens without
//! one.
//!
//! A request occupies its time until it is answered or runs out. From the moment it runs out it counts as free, as a
//! hold that ran out does: the next booking of the time ends it, or [`expire_requests`] does.

use super::{
    appointment::{Appointment, Author},
    thread::take_over,
};
use crate::{
    accounts::Permission,
    booking::{Action, Status, server::access::find_for},
    clinic::server::load_settings,
    config::ClinicDefaults,
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::AppointmentId,
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Requests looked at in one go.
const BATCH: usize = 100;

/// When a request made `now` for an appointment at `starts_at` runs out.
///
/// # Errors
/// The database's.
pub(super) async fn answer_by(
    conn: &mut Conn<'_>,
    configured: &ClinicDefaults,
    starts_at: Timestamp,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    Ok(load_settings(conn, configured).await?.answer_by(starts_at, now))
}

impl Appointment {
    /// Whether this is a request that was not answered in time, and not a hold that ran out.
    pub(super) fn was_request(&self) -> bool {
        self.status == Status::Expired && self.answer_by.is_some()
    }

    /// Whether this is a hold, live or run out.
    pub(super) fn is_hold(&self) -> bool {
        matches!(self.status, Status::Held | Status::Expired) && !self.was_request()
    }

    /// Whether this is a request whose time to answer is over, and that has not been ended yet.
    pub(super) fn ran_out(&self, now: Timestamp) -> bool {
        self.status == Status::Requested && self.answer_by.is_some_and(|until| until <= now)
    }

    /// Ends a hold or a request whose time ran out. Its patient is told of a request in the same unit.
    pub(super) async fn expire(&mut self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        let was_request = self.status == Status::Requested;
        self.change(tx, Action::Expire, Author::SYSTEM, now).await?;
        if was_request { self.tell(tx, Kind::RequestExpired, now).await } else { Ok(()) }
    }

    /// Tells the patient what became of their request. It is said once, because an appointment is requested once.
    async fn tell(&self, tx: &mut Tx<'_>, kind: Kind, now: Timestamp) -> Result<(), Error> {
        let Some(to) = self.patient_id else { return Ok(()) };
        let dedupe_key = format!("{}:{}", kind.into_str(), self.id);
        enqueue(tx, now, Message { kind, to, appointments: &[self.id], dedupe_key: &dedupe_key }).await
    }
}

/// Accepts or declines a request for an appointment that needs approval. Answering twice the same way is answering
/// once. An accepted request to move takes the place of its appointment; after a declined one, that stays as it was.
///
/// # Errors
/// [`AppError::Forbidden`] for patients, [`AppError::NotFound`] when it is not this doctor's, [`AppError::Conflict`]
/// when it is no longer a request, ran out, or does not have the version any more that the page showed.
pub async fn answer_request(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    accept: bool,
) -> Result<(), AppError> {
    actor.needs(Permission::WorkAtDesk)?;
    let unit = AnswerRequest { actor, id, version, accept, now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Accepts or declines a request, and tells its patient.
struct AnswerRequest {
    actor: Actor,
    id: AppointmentId,
    version: i32,
    accept: bool,
    now: Timestamp,
}

impl WriteUnit for AnswerRequest {
    const NAME: &'static str = "answer_request";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let mut appointment = find_for(tx, self.actor, self.id, self.now).await?;
        let (action, wanted, kind) = if self.accept {
            (Action::Accept, Status::Booked, Kind::RequestAccepted)
        } else {
            (Action::Decline, Status::Declined, Kind::RequestDeclined)
        };
        if appointment.status == wanted {
            return Ok(());
        }
        if self.version != appointment.version {
            return Err(AppError::Conflict.into());
        }
        // a request gives no right to a time that other patients can already book
        if appointment.ran_out(self.now) {
            return Err(AppError::Conflict.into());
        }
        if let (Some(moved), true) = (appointment.would_replace, self.accept) {
            let mut moved = Appointment::find(tx, moved).await?;
            moved.change(tx, Action::Reschedule, self.actor.into(), self.now).await?;
            take_over(tx, &moved, &mut appointment).await?;
        }
        appointment.change(tx, action, self.actor.into(), self.now).await?;
        appointment.tell(tx, kind, self.now).await
    }
}

/// Ends every request whose time to answer ran out, each in a unit of its own, and says how many. Another process may
/// do the same at the same time: a request is ended once.
///
/// # Errors
/// The database cannot be reached.
pub async fn expire_requests(app: &AppState) -> Result<u64, AppError> {
    let mut ended = 0;
    loop {
        let now = app.clock.now();
        let due = run_out(app, now).await?;
        let mut progress = false;
        for id in &due {
            match app.db.write(ExpireRequest { id: *id, now }).await {
                Ok(true) => {
                    ended += 1;
                    progress = true;
                }
                // it was answered, or another process ended it
                Ok(false) | Err(Error::App(AppError::Conflict)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if due.len() < BATCH || !progress {
            return Ok(ended);
        }
    }
}

/// Ends a request if its time to answer ran out; whether it did.
struct ExpireRequest {
    id: AppointmentId,
    now: Timestamp,
}

impl WriteUnit for ExpireRequest {
    const NAME: &'static str = "expire_request";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        let mut appointment = Appointment::find(tx, self.id).await?;
        let due = appointment.ran_out(self.now);
        if due {
            appointment.expire(tx, self.now).await?;
        }
        Ok(due)
    }
}

async fn run_out(app: &AppState, now: Timestamp) -> Result<Vec<AppointmentId>, Error> {
    const SQL: &str = "select id from appointments
        where status = 'requested' and answer_by <= $1
        order by answer_by limit $2";
    let mut reader = app.db.read().await?;
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    reader.conn().fetch_values(SQL, (now, most)).await
}
