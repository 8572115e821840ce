//! The keys that sign access tokens and encrypt short-lived cookies.
//!
//! They are made on the first start and live in the database, so that no default secret exists and every process of one
//! clinic has the same. The newest key signs; older ones verify until they are retired.

use std::collections::HashMap;

use cookie::Key;
use jsonwebtoken::{DecodingKey, EncodingKey};
use rand::RngCore;

use crate::random;
use crate::{
    db::{self, Conn, Db, Tx, WriteUnit},
    time::Timestamp,
};

const SIGNING_BYTES: usize = 32;
const COOKIE_BYTES: usize = 64;

/// The keys in force.
pub struct Keys {
    newest: String,
    signing: EncodingKey,
    verifying: HashMap<String, DecodingKey>,
    cookies: Key,
}

impl Keys {
    /// The keys of this database; the first one is made here.
    ///
    /// # Errors
    /// The database cannot be read or written, or a stored key is damaged.
    pub async fn load_or_create(db: &Db, now: Timestamp) -> Result<Self, db::Error> {
        let rows = db.write(LoadOrCreate { now }).await?;
        Self::from_rows(&rows).ok_or(db::Error::Corrupt("signing_keys.secret"))
    }

    /// Keys from ids and secrets, the newest first.
    fn from_rows(rows: &[(String, Vec<u8>)]) -> Option<Self> {
        let (newest, secret) = rows.first()?;
        let (signing, cookies) = split(secret)?;
        let verifying: Option<_> =
            rows.iter().map(|(id, secret)| Some((id.clone(), DecodingKey::from_secret(split(secret)?.0)))).collect();
        Some(Keys {
            newest: newest.clone(),
            signing: EncodingKey::from_secret(signing),
            verifying: verifying?,
            cookies: Key::from(cookies),
        })
    }

    /// The id and the key that sign new tokens.
    #[must_use]
    pub fn signing(&self) -> (&str, &EncodingKey) {
        (&self.newest, &self.signing)
    }

    /// The key with this id, unless it is unknown or retired.
    #[must_use]
    pub fn verifying(&self, id: &str) -> Option<&DecodingKey> {
        self.verifying.get(id)
    }

    /// The key of encrypted cookies.
    #[must_use]
    pub fn cookies(&self) -> &Key {
        &self.cookies
    }

    /// Keys of a test, which need no database.
    #[cfg(test)]
    pub fn for_test(secrets: &[(&str, u8)]) -> Self {
        let rows: Vec<_> =
            secrets.iter().map(|(id, byte)| ((*id).to_owned(), vec![*byte; SIGNING_BYTES + COOKIE_BYTES])).collect();
        Self::from_rows(&rows).unwrap()
    }
}

/// Reads the ids and secrets of the keys in force, the newest first; makes the first one.
struct LoadOrCreate {
    now: Timestamp,
}

impl WriteUnit for LoadOrCreate {
    const NAME: &'static str = "load_or_create_keys";
    type Output = Vec<(String, Vec<u8>)>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, db::Error> {
        let mut rows = stored(tx).await?;
        if rows.is_empty() {
            rows.push(create(tx, self.now).await?);
        }
        Ok(rows)
    }
}

/// One stored secret holds both keys: they are drawn independently of each other.
fn split(secret: &[u8]) -> Option<(&[u8], &[u8])> {
    (secret.len() == SIGNING_BYTES + COOKIE_BYTES).then(|| secret.split_at(SIGNING_BYTES))
}

async fn stored(conn: &mut Conn<'_>) -> Result<Vec<(String, Vec<u8>)>, db::Error> {
    const SQL: &str = "select id, secret from signing_keys where retired_at is null order by created_at desc, id";
    conn.fetch_all(SQL, ()).await
}

async fn create(tx: &mut Tx<'_>, now: Timestamp) -> Result<(String, Vec<u8>), db::Error> {
    let id = random::reference();
    let mut secret = vec![0; SIGNING_BYTES + COOKIE_BYTES];
    rand::rng().fill_bytes(&mut secret);
    const SQL: &str = "insert into signing_keys (id, secret, created_at) values ($1, $2, $3)";
    tx.execute(SQL, (&id, &secret, now)).await?;
    Ok((id, secret))
}
