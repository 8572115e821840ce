//! The keys that encrypt what patients entrust to the clinic: answers to questions, and files.
//!
//! They are made on the first start and live in the database, so that a backup is complete. The machine's key may wrap
//! them (`web/machine_key.rs`): then the database, or a backup of it, opens nothing without it. The newest key that every
//! process knows encrypts; every other one, retired or not, decrypts what it once encrypted.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use rand::RngCore;

pub use crate::web::machine_key::{DecryptError, LoadError};
pub(crate) use crate::web::machine_key::{open, seal};
use crate::{
    config::Settings,
    db::{self, Conn, Db, Tx, WriteUnit},
    random,
    time::Timestamp,
    web::keys::{SPREAD_SECONDS, newest_in_use},
    web::machine_key::{MachineKey, is_plain, unwrap, wrap},
};

const KEY_BYTES: usize = 32;
/// The first byte of what [`DataKeys::encrypt`] returns.
const FORMAT: u8 = 1;
const DAMAGED: db::Error = db::Error::Corrupt("data_keys.secret");

/// The keys of this clinic. They change while the process runs: see [`DataKeys::refresh`].
pub struct DataKeys {
    machine: Option<MachineKey>,
    set: RwLock<Arc<KeySet>>,
}

struct KeySet {
    newest: String,
    ciphers: HashMap<String, XChaCha20Poly1305>,
}

impl DataKeys {
    /// The keys of this database. The first one is made here, and keys that stand there as they are get wrapped once
    /// the machine has a key.
    ///
    /// # Errors
    /// The database cannot be read or written, a stored key is damaged, or the machine's key is missing or wrong.
    pub async fn load(db: &Db, settings: &Settings, now: Timestamp) -> Result<Self, LoadError> {
        let machine = MachineKey::of(settings)?;
        let set = db.write(LoadOrCreate { machine: machine.clone(), now }).await?;
        let set = set.ok_or_else(|| MachineKey::wrong(machine.as_ref()))?;
        Ok(DataKeys { machine, set: RwLock::new(Arc::new(set)) })
    }

    /// Reads the keys again: other processes make new ones, and a new one begins to encrypt.
    ///
    /// # Errors
    /// The database cannot be read, or a stored key is damaged or encrypted with another key of a machine. The keys in
    /// memory stay then.
    pub async fn refresh(&self, db: &Db, now: Timestamp) -> Result<(), db::Error> {
        let rows = stored(&mut db.read().await?.conn()).await?;
        let ciphers = open_all(self.machine.as_ref(), &rows)?.ok_or(DAMAGED)?;
        let newest = in_use(&rows, now).ok_or(DAMAGED)?.id.clone();
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(KeySet { newest, ciphers });
        Ok(())
    }

    /// Encrypts with the newest key. `context` says what the value is, such as a word and the id of its row: only the
    /// same context decrypts it, so that nobody moves it to another row.
    #[must_use]
    pub fn encrypt(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let set = self.set();
        let id = set.newest.as_bytes();
        let mut kept = vec![FORMAT, u8::try_from(id.len()).unwrap_or_default()];
        kept.extend_from_slice(id);
        let bound = [kept.as_slice(), context].concat();
        if let Some(cipher) = set.ciphers.get(&set.newest) {
            kept.extend(seal(cipher, &bound, plain));
        }
        kept
    }

    /// What [`Self::encrypt`] was given, with the same context.
    ///
    /// # Errors
    /// Each [`DecryptError`].
    pub fn decrypt(&self, context: &[u8], kept: &[u8]) -> Result<Vec<u8>, DecryptError> {
        let [FORMAT, length, rest @ ..] = kept else { return Err(DecryptError::Format) };
        let (id, sealed) = rest.split_at_checked((*length).into()).ok_or(DecryptError::Format)?;
        let name = std::str::from_utf8(id).map_err(|_| DecryptError::UnknownKey)?;
        let set = self.set();
        let cipher = set.ciphers.get(name).ok_or(DecryptError::UnknownKey)?;
        let bound = [&[FORMAT, *length], id, context].concat();
        open(cipher, &bound, sealed)
    }

    fn set(&self) -> Arc<KeySet> {
        self.set.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads every key, and makes the first one. Keys that stand there as they are get wrapped. None: the machine's key is
/// missing or wrong.
struct LoadOrCreate {
    machine: Option<MachineKey>,
    now: Timestamp,
}

impl WriteUnit for LoadOrCreate {
    const NAME: &'static str = "load_or_create_data_keys";
    type Output = Option<KeySet>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, db::Error> {
        let (machine, mut rows) = (self.machine.as_ref(), stored(tx).await?);
        // a wrong key of the machine makes and wraps nothing
        if open_all(machine, &rows)?.is_none() {
            return Ok(None);
        }
        if machine.is_some() && rows.iter().any(|row| is_plain(&row.secret)) {
            rewrap(tx, machine, machine).await?;
        }
        if in_use(&rows, self.now).is_none() {
            create(tx, machine, self.now).await?;
            rows = stored(tx).await?;
        }
        let (ciphers, newest) = (open_all(machine, &rows)?, in_use(&rows, self.now));
        Ok(ciphers.zip(newest).map(|(ciphers, newest)| KeySet { newest: newest.id.clone(), ciphers }))
    }
}

/// A key as it is stored.
#[derive(sqlx::FromRow)]
pub(super) struct StoredKey {
    pub id: String,
    pub secret: Vec<u8>,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

/// The key that encrypts at this moment.
pub(super) fn in_use(rows: &[StoredKey], now: Timestamp) -> Option<&StoredKey> {
    newest_in_use(rows, now, |row| (row.created_at, row.retired_at))
}

/// None when the machine's key is missing or wrong.
fn open_all(
    machine: Option<&MachineKey>,
    rows: &[StoredKey],
) -> Result<Option<HashMap<String, XChaCha20Poly1305>>, db::Error> {
    let mut ciphers = HashMap::new();
    for row in rows {
        let Some(secret) = unwrap(machine, row.id.as_bytes(), &row.secret).map_err(|_| DAMAGED)? else {
            return Ok(None);
        };
        let cipher = XChaCha20Poly1305::new_from_slice(&secret).map_err(|_| DAMAGED)?;
        ciphers.insert(row.id.clone(), cipher);
    }
    Ok(Some(ciphers))
}

/// Every key, the newest first.
pub(super) async fn stored(conn: &mut Conn<'_>) -> Result<Vec<StoredKey>, db::Error> {
    const SQL: &str = "select id, secret, created_at, retired_at from data_keys
        order by created_at desc, retired_at is not null, id";
    conn.fetch_all(SQL, ()).await
}

/// Makes a key, and returns its id.
async fn create(tx: &mut Tx<'_>, machine: Option<&MachineKey>, now: Timestamp) -> Result<String, db::Error> {
    let id = random::reference();
    let mut secret = [0; KEY_BYTES];
    rand::rng().fill_bytes(&mut secret);
    const SQL: &str = "insert into data_keys (id, secret, created_at) values ($1, $2, $3)";
    tx.execute(SQL, (&id, wrap(machine, id.as_bytes(), &secret), now)).await?;
    Ok(id)
}

/// Makes a new key, which encrypts once every process knows it. The others go on decrypting. Returns its id.
pub(super) async fn rotate(tx: &mut Tx<'_>, machine: Option<&MachineKey>, now: Timestamp) -> Result<String, db::Error> {
    // a server whose machine's key is no longer the right one makes no key that others cannot open
    if open_all(machine, &stored(tx).await?)?.is_none() {
        return Err(DAMAGED);
    }
    const SQL: &str = "update data_keys set retired_at = $1 where retired_at is null";
    tx.execute(SQL, (now.plus_seconds(SPREAD_SECONDS),)).await?;
    create(tx, machine, now).await
}

/// Wraps every key by another key of a machine. False: the present one does not open them.
pub(super) async fn rewrap(
    tx: &mut Tx<'_>,
    present: Option<&MachineKey>,
    next: Option<&MachineKey>,
) -> Result<bool, db::Error> {
    for row in stored(tx).await? {
        let Some(secret) = unwrap(present, row.id.as_bytes(), &row.secret).map_err(|_| DAMAGED)? else {
            return Ok(false);
        };
        const SQL: &str = "update data_keys set secret = $1 where id = $2";
        tx.execute(SQL, (wrap(next, row.id.as_bytes(), &secret), &row.id)).await?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[(&str, u8)]) -> DataKeys {
        let cipher = |byte| XChaCha20Poly1305::new(&[byte; KEY_BYTES].into());
        let ciphers = names.iter().map(|(name, byte)| ((*name).to_owned(), cipher(*byte))).collect();
        let set = KeySet { newest: names[0].0.to_owned(), ciphers };
        DataKeys { machine: None, set: RwLock::new(Arc::new(set)) }
    }

    #[test]
    fn what_was_encrypted_comes_back_under_its_own_context_alone() {
        let keys = keys(&[("new", 1)]);
        for plain in [&b""[..], b"a", &[7; 100_000]] {
            let kept = keys.encrypt(b"answer 1", plain);
            assert_eq!(keys.decrypt(b"answer 1", &kept).as_deref(), Ok(plain));
            for other in [&b"answer 2"[..], b"answer", b"", b"answer 11"] {
                assert_eq!(keys.decrypt(other, &kept), Err(DecryptError::Refused));
            }
            assert_ne!(kept, keys.encrypt(b"answer 1", plain), "one nonce twice");
        }
    }

    #[test]
    fn a_change_of_any_byte_is_refused() {
        let keys = keys(&[("new", 1), ("neu", 1)]);
        let kept = keys.encrypt(b"answer 1", b"pain in the left knee");
        for at in 0..kept.len() {
            for flip in [1, 0x80] {
                let mut changed = kept.clone();
                changed[at] ^= flip;
                assert!(keys.decrypt(b"answer 1", &changed).is_err(), "byte {at}");
            }
            assert!(keys.decrypt(b"answer 1", &kept[..at]).is_err(), "cut off at {at}");
        }
        // the same secret under another name: the name itself is bound
        let mut renamed = kept.clone();
        renamed[2..5].copy_from_slice(b"neu");
        assert_eq!(keys.decrypt(b"answer 1", &renamed), Err(DecryptError::Refused));
        // what stands before the context cannot be taken for a part of it
        assert!(keys.decrypt(b"", b"").is_err());
    }

    #[test]
    fn older_keys_read_and_unknown_ones_are_named() {
        let kept = keys(&[("old", 1)]).encrypt(b"c", b"text");
        assert_eq!(keys(&[("new", 2), ("old", 1)]).decrypt(b"c", &kept).as_deref(), Ok(&b"text"[..]));
        assert_eq!(keys(&[("new", 2)]).decrypt(b"c", &kept), Err(DecryptError::UnknownKey));
        assert_eq!(keys(&[("old", 2)]).decrypt(b"c", &kept), Err(DecryptError::Refused));
    }
}
