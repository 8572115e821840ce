//! A message to a person without an account goes to those who act for them.

use super::{
    outbox::{Claimed, Message},
    reminders,
};
use crate::{
    db::{Db, Error, Tx, WriteUnit},
    ids::{AppointmentId, PersonId},
    notifications::model::Kind,
    time::Timestamp,
};
use uuid::Uuid;

/// Writes the message of a person who has no account once for each of these accounts, which act for them. Done again, it
/// changes nothing.
pub(super) async fn pass_on(db: &Db, row: &Claimed, accounts: Vec<PersonId>, now: Timestamp) -> Result<(), Error> {
    let kind = row.kind.parse().map_err(|_| Error::Corrupt("kind of a message"))?;
    let appointments = serde_json::from_str(&row.appointments).map_err(|_| Error::Corrupt("list of appointments"))?;
    db.write(PassOn { id: row.id, kind, appointments, written_at: row.created_at, accounts, now }).await
}

/// Writes one message for each of some accounts.
struct PassOn {
    /// Of the message that is passed on.
    id: Uuid,
    kind: Kind,
    appointments: Vec<AppointmentId>,
    written_at: Timestamp,
    accounts: Vec<PersonId>,
    now: Timestamp,
}

impl WriteUnit for PassOn {
    const NAME: &'static str = "pass_message_on";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let mut batch = tx.batch();
        for account in &self.accounts {
            // who wants no reminders still gets the link to a video call
            let kind = match self.kind {
                Kind::Reminder if !reminders::are_on(tx, *account).await? => Kind::VideoLink,
                kind => kind,
            };
            let dedupe_key = &format!("{}:{account}", self.id);
            let message = Message { kind, to: *account, appointments: &self.appointments, dedupe_key };
            // as old as the one that is passed on: what is true of it depends on when it was written
            message.add_to(&mut batch, self.written_at, self.now)?;
        }
        tx.execute_batch(batch).await
    }
}
