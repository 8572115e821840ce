//! Tells the owner of an account that strangers try passwords for it.

use uuid::Uuid;

use super::account_mail;
use crate::{
    db::{Error, Tx, WriteUnit},
    ids::PersonId,
    notifications::model::Kind,
    state::AppState,
    time::Timestamp,
};

/// Seconds between two such messages: a day.
const APART: i64 = 24 * 3600;

/// Writes the message, at most once a day, if an account has this address. The owner can sign in without it, so a
/// failure is only logged.
pub(super) async fn warn_owner(app: AppState, email: String) {
    let unit = WarnOwner { email, message: Uuid::now_v7(), now: app.clock.now() };
    if let Err(error) = app.db.write(unit).await {
        tracing::warn!(%error, "a message about wrong passwords could not be written");
    }
}

/// Puts the message into the outbox.
struct WarnOwner {
    email: String,
    /// Names the message.
    message: Uuid,
    now: Timestamp,
}

impl WriteUnit for WarnOwner {
    const NAME: &'static str = "warn_of_wrong_passwords";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "select id from persons where email = $1 and password_hash is not null and status = 'active'";
        let user: Option<PersonId> = tx.fetch_optional_value(SQL, (&self.email,)).await?;
        let Some(user) = user else {
            return Ok(());
        };
        if account_mail::wait(tx, Kind::WrongPasswords, user, APART, self.now).await? > 0 {
            return Ok(());
        }
        account_mail::send(tx, Kind::WrongPasswords, user, self.message, self.now).await
    }
}
