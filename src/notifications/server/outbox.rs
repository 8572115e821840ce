//! The outbox: messages that wait to be sent.

use sqlx::FromRow;
use uuid::Uuid;

use super::links::{self, Link};
use crate::{
    db::{Batch, Conn, Db, Error, Tx, WriteUnit},
    ids::{AppointmentId, InvitationId, PersonId},
    notifications::{
        model::{DeliveryError, Kind, State},
        server::links::LinkedMessage,
    },
    time::Timestamp,
};

/// Seconds for which a claimed message is one worker's own.
const LEASE: i64 = 300;
/// Seconds that must be left of a lease to begin sending: more than [`super::transport::SEND_TIMEOUT`] and the update
/// after it.
const MIN_LEFT: i64 = 90;

/// One message to one person about some of their appointments.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// What happened.
    pub kind: Kind,
    pub to: PersonId,
    /// The appointments it is about; of those that were moved, the new ones.
    pub appointments: &'a [AppointmentId],
    /// The same change asks for the same message once, however often its unit runs.
    pub dedupe_key: &'a str,
}

/// One message that is not about appointments that changed.
#[derive(Clone, Debug)]
pub struct Notice<'a> {
    pub kind: Kind,
    pub to: To,
    /// What else the kind needs, such as a date. Never text about a person: the outbox holds none.
    pub about: &'a str,
    /// The same occasion asks for the same message once, however often its unit runs.
    pub dedupe_key: &'a str,
}

/// The recipient of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// The account's address as it is when the message is sent.
    Person(PersonId),
    /// The address that the clinic invited.
    Invited(InvitationId),
    /// The address in the registration whose id is [`Notice::about`].
    Registrant,
}

/// Puts a message into the outbox. The same key twice is one message.
///
/// # Errors
/// The database's.
pub async fn enqueue(tx: &mut Tx<'_>, now: Timestamp, message: Message<'_>) -> Result<(), Error> {
    enqueue_for(tx, now, now, message).await
}

/// As [`enqueue`], to be sent at `due` at the earliest.
///
/// # Errors
/// The database's.
pub async fn enqueue_for(tx: &mut Tx<'_>, now: Timestamp, due: Timestamp, message: Message<'_>) -> Result<(), Error> {
    let mut batch = tx.batch();
    message.add_to(&mut batch, now, due)?;
    tx.execute_batch(batch).await
}

impl Message<'_> {
    /// Puts the message into the outbox with a unit's other writes, to be sent at `due` at the earliest. The same key
    /// twice is one message.
    ///
    /// # Errors
    /// A value cannot be encoded.
    pub fn add_to(&self, batch: &mut Batch, now: Timestamp, due: Timestamp) -> Result<(), Error> {
        let appointments = serde_json::to_string(self.appointments).map_err(|_| Error::Corrupt("appointment ids"))?;
        let row = NewRow {
            kind: self.kind,
            to: To::Person(self.to),
            appointments: &appointments,
            about: "",
            dedupe_key: self.dedupe_key,
        };
        row.add_to(batch, now, due)
    }
}

/// Puts a message that is not about changed appointments into the outbox. The same key twice is one message.
///
/// # Errors
/// The database's.
pub async fn enqueue_notice(tx: &mut Tx<'_>, now: Timestamp, notice: Notice<'_>) -> Result<(), Error> {
    let Notice { kind, to, about, dedupe_key } = notice;
    let mut batch = tx.batch();
    NewRow { kind, to, appointments: "[]", about, dedupe_key }.add_to(&mut batch, now, now)?;
    tx.execute_batch(batch).await
}

struct NewRow<'a> {
    kind: Kind,
    to: To,
    /// JSON list of appointment ids.
    appointments: &'a str,
    about: &'a str,
    dedupe_key: &'a str,
}

impl NewRow<'_> {
    fn add_to(&self, batch: &mut Batch, now: Timestamp, due: Timestamp) -> Result<(), Error> {
        const SQL: &str =
            "insert into outbox (id, dedupe_key, kind, person_id, invitation_id, appointments, about, due_at,
                state, attempts, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', 0, $9, $9)
            on conflict (dedupe_key) do nothing";
        let (user, invitation) = match self.to {
            To::Person(user) => (Some(user), None),
            To::Invited(invitation) => (None, Some(invitation)),
            To::Registrant => (None, None),
        };
        batch.add(
            SQL,
            (Uuid::now_v7(), self.dedupe_key, self.kind, user, invitation, self.appointments, self.about, due, now),
        )
    }
}

/// A message that one worker holds. Kind and appointments are as stored: an invalid value must not keep the other
/// messages from being read.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Claimed {
    pub id: Uuid,
    pub kind: String,
    /// None for an invitation and a registration, which go to an address.
    pub person_id: Option<PersonId>,
    pub invitation_id: Option<InvitationId>,
    pub appointments: String,
    pub about: String,
    /// This attempt included. With the id, it names the claim: a worker that lost the lease changes nothing.
    pub attempts: i32,
    pub leased_until: Timestamp,
    pub created_at: Timestamp,
    /// The links that this attempt may put into the message; their tokens exist only here.
    #[sqlx(skip)]
    pub links: Vec<Link>,
}

impl Claimed {
    /// The token of the link for this purpose, if the message has one.
    pub fn token(&self, purpose: links::Purpose) -> Option<&str> {
        self.links.iter().find(|link| link.purpose == purpose).map(|link| link.token.as_str())
    }

    /// What its links depend on.
    pub fn linked(&self) -> LinkedMessage<'_> {
        LinkedMessage {
            id: self.id,
            kind: &self.kind,
            person_id: self.person_id,
            invitation_id: self.invitation_id,
            appointments: &self.appointments,
            about: &self.about,
        }
    }

    /// Whether the lease still lasts for one more message.
    pub fn can_begin(&self, now: Timestamp) -> bool {
        now.plus_seconds(MIN_LEFT) <= self.leased_until
    }
}

/// Whether any message waits whose time has come. Cheap, and takes no lock.
pub(super) async fn any_due(conn: &mut Conn<'_>, now: Timestamp) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from (select 1 from outbox
        where (state = 'queued' and due_at <= $1) or (state = 'sending' and leased_until <= $1) limit 1) due";
    let found: i64 = conn.fetch_value(SQL, (now,)).await?;
    Ok(found > 0)
}

/// Takes up to `most` due messages, including those whose worker did not come back.
pub(super) async fn claim(db: &Db, now: Timestamp, most: i64) -> Result<Vec<Claimed>, Error> {
    db.write(ClaimMessages { now, most }).await
}

/// Takes messages and makes their links: a link is in the database before its message is on its way.
struct ClaimMessages {
    now: Timestamp,
    most: i64,
}

impl WriteUnit for ClaimMessages {
    const NAME: &'static str = "claim_messages";
    type Output = Vec<Claimed>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<Claimed>, Error> {
        let mut rows = lease(tx, self.now, self.most).await?;
        for row in &mut rows {
            row.links = links::make(tx, &row.linked(), self.now).await?;
        }
        Ok(rows)
    }
}

/// On PostgreSQL workers step over each other's rows; on SQLite there is one writer at a time.
async fn lease(conn: &mut Conn<'_>, now: Timestamp, most: i64) -> Result<Vec<Claimed>, Error> {
    const SQLITE: &str =
        "update outbox set state = 'sending', attempts = attempts + 1, leased_until = $2, updated_at = $1
        where id in (select id from outbox
            where (state = 'queued' and due_at <= $1) or (state = 'sending' and leased_until <= $1)
            order by due_at limit $3)
        returning id, kind, person_id, invitation_id, appointments, about, attempts, leased_until, created_at";
    const POSTGRES: &str = "with due as materialized (select id from outbox
            where (state = 'queued' and due_at <= $1) or (state = 'sending' and leased_until <= $1)
            order by due_at limit $3::bigint for update skip locked)
        update outbox o set state = 'sending', attempts = attempts + 1, leased_until = $2, updated_at = $1
        from due where o.id = due.id
        returning o.id, o.kind, o.person_id, o.invitation_id, o.appointments, o.about, o.attempts, o.leased_until,
            o.created_at";
    let until = now.plus_seconds(LEASE);
    let sql = crate::db::Statement { sqlite: SQLITE, postgres: POSTGRES };
    conn.fetch_all(sql, (now, until, most)).await
}

/// Gives back messages that were claimed and not begun.
pub(super) async fn give_back(db: &Db, rows: Vec<Claimed>, now: Timestamp) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    db.write(GiveBackMessages { rows, now }).await
}

/// Queues claimed messages again, as if they had not been claimed.
struct GiveBackMessages {
    rows: Vec<Claimed>,
    now: Timestamp,
}

impl WriteUnit for GiveBackMessages {
    const NAME: &'static str = "give_back_messages";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str =
            "update outbox set state = 'queued', attempts = attempts - 1, leased_until = null, updated_at = $3
            where id = $1 and attempts = $2 and state = 'sending'";
        for row in &self.rows {
            tx.execute(SQL, (row.id, row.attempts, self.now)).await?;
        }
        Ok(())
    }
}

/// Has the messages whose time has come wait for the operator, with the reason where staff see it. No attempt is counted.
pub(super) async fn hold_back(db: &Db, reason: DeliveryError, now: Timestamp) -> Result<u64, Error> {
    db.write(HoldBackMessages { reason, now }).await
}

/// Gives due messages a reason why they wait.
struct HoldBackMessages {
    reason: DeliveryError,
    now: Timestamp,
}

impl WriteUnit for HoldBackMessages {
    const NAME: &'static str = "hold_back_messages";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, Error> {
        const SQL: &str = "update outbox set state = 'queued', last_error = $2, leased_until = null, updated_at = $1
            where (state = 'queued' and due_at <= $1 and (last_error is null or last_error <> $2))
                or (state = 'sending' and leased_until <= $1)";
        tx.execute(SQL, (self.now, self.reason)).await
    }
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Sent,
    /// The person has no account: those who act for them get messages of their own.
    PassedOn,
    /// No longer true, or without a recipient.
    Suppressed,
    Failed(DeliveryError),
    /// Another attempt, at this moment at the earliest.
    Later(DeliveryError, Timestamp),
}

impl Outcome {
    /// The outcome and its error, as they are counted.
    pub(super) fn name(self) -> String {
        let with = |outcome: &str, error: DeliveryError| {
            let error = serde_json::to_value(error).ok();
            [outcome, error.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default()].join("/")
        };
        match self {
            Outcome::Sent => "sent".to_owned(),
            Outcome::PassedOn => "passed_on".to_owned(),
            Outcome::Suppressed => "suppressed".to_owned(),
            Outcome::Failed(error) => with("failed", error),
            Outcome::Later(error, _) => with("retried", error),
        }
    }
}

/// Writes down what became of an attempt to send to this address; an empty one if there was none.
pub(super) async fn finish(
    db: &Db,
    row: &Claimed,
    outcome: Outcome,
    address: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let (user, address) = (row.person_id, address.to_owned());
    db.write(FinishAttempt { id: row.id, attempts: row.attempts, user, address, outcome, now }).await
}

/// Ends a claim with what became of its attempt.
struct FinishAttempt {
    id: Uuid,
    attempts: i32,
    user: Option<PersonId>,
    address: String,
    outcome: Outcome,
    now: Timestamp,
}

impl WriteUnit for FinishAttempt {
    const NAME: &'static str = "finish_attempt";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str =
            "update outbox set state = $3, last_error = $4, due_at = coalesce($5, due_at), leased_until = null,
                updated_at = $6
            where id = $1 and attempts = $2 and state = 'sending'";
        let (state, delivery_error, due) = match self.outcome {
            Outcome::Sent | Outcome::PassedOn => (State::Sent, None, None),
            Outcome::Suppressed => (State::Suppressed, None, None),
            Outcome::Failed(delivery_error) => (State::Failed, Some(delivery_error), None),
            Outcome::Later(delivery_error, due) => (State::Queued, Some(delivery_error), Some(due)),
        };
        let finished = tx.execute(SQL, (self.id, self.attempts, state, delivery_error, due, self.now)).await?;
        if finished > 0 { self.note_reach(tx).await } else { Ok(()) }
    }
}

impl FinishAttempt {
    /// Notes with the person whether messages reach their address. One that was sent to an address which they want
    /// instead says nothing about the one they have.
    async fn note_reach(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const REACHED: &str = "update persons set mail_failed_at = null
            where id = $1 and email = $2 and mail_failed_at is not null";
        const FAILED: &str = "update persons set mail_failed_at = $3
            where id = $1 and email = $2 and mail_failed_at is null";
        match self.outcome {
            Outcome::Sent => tx.execute(REACHED, (self.user, &self.address)).await?,
            Outcome::Failed(error) if error.is_about_recipient() => {
                tx.execute(FAILED, (self.user, &self.address, self.now)).await?
            }
            _ => 0,
        };
        Ok(())
    }
}
