//! Passkeys as they are stored.

use sqlx::FromRow;
use webauthn_rs::prelude::Passkey;

use crate::{
    accounts::model::second_factor::OwnPasskey,
    db::{Conn, Error, Tx},
    error::AppError,
    ids::{PasskeyId, PersonId},
    time::{Timestamp, server::Zone},
    web::answer::internal,
};

/// A passkey as it is stored.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct Stored {
    pub id: PasskeyId,
    pub person_id: PersonId,
    /// What the device calls it.
    pub credential_id: Vec<u8>,
    /// The public key and what is known of the device, as JSON.
    pub credential: String,
    pub name: String,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

impl Stored {
    /// What the library reads.
    ///
    /// # Errors
    /// [`AppError::Internal`]: the row was changed by hand.
    pub fn passkey(&self) -> Result<Passkey, AppError> {
        serde_json::from_str(&self.credential).map_err(|error| internal("reading a passkey", &error))
    }

    /// As its owner sees it.
    pub fn own(self, zone: &Zone, now: Timestamp) -> OwnPasskey {
        OwnPasskey {
            id: self.id,
            name: self.name,
            added: zone.moment_words(self.created_at, now),
            used: self.last_used_at.map(|at| zone.moment_words(at, now)),
        }
    }
}

/// A person's passkeys, the oldest first.
pub(crate) async fn list(conn: &mut Conn<'_>, user: PersonId) -> Result<Vec<Stored>, Error> {
    const SQL: &str = "select id, person_id, credential_id, credential, name, created_at, last_used_at from passkeys
        where person_id = $1 order by created_at, id";
    conn.fetch_all(SQL, (user,)).await
}

/// The passkey that a device calls so.
pub(super) async fn find(conn: &mut Conn<'_>, credential_id: &[u8]) -> Result<Option<Stored>, Error> {
    const SQL: &str = "select id, person_id, credential_id, credential, name, created_at, last_used_at from passkeys
        where credential_id = $1";
    conn.fetch_optional(SQL, (credential_id.to_vec(),)).await
}

/// How many passkeys a person has.
pub(crate) async fn count(conn: &mut Conn<'_>, user: PersonId) -> Result<i64, Error> {
    const SQL: &str = "select count(*) from passkeys where person_id = $1";
    conn.fetch_value(SQL, (user,)).await
}

/// Deletes every passkey of a person.
pub(crate) async fn forget_all(tx: &mut Tx<'_>, user: PersonId) -> Result<(), Error> {
    const SQL: &str = "delete from passkeys where person_id = $1";
    tx.execute(SQL, (user,)).await?;
    Ok(())
}
