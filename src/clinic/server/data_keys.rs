//! The keys that encrypt what patients entrust to the clinic: answers to questions, and files.
//!
//! They are made on the first start and live in the database, so that a backup is complete. With `data.key_file`, a key
//! of the machine wraps them: then the database, or a backup of it, opens nothing without that file. The newest key
//! encrypts; every other one, retired or not, decrypts what it once encrypted.

use std::{collections::HashMap, fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::RngCore;

use crate::{
    config::{Settings, SettingsError},
    db::{self, Conn, Db, Tx, WriteUnit, private},
    random,
    time::Timestamp,
};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// The first byte of what [`DataKeys::encrypt`] returns.
const FORMAT: u8 = 1;
/// The first byte of a stored key that stands there as it is.
const PLAIN: u8 = 0;
/// The first byte of a stored key that the machine's key wraps.
const WRAPPED: u8 = 1;
const SETTING: &str = "data.key_file";

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The machine's key is missing, is none, or is another one.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Why a kept value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// It was not written by [`DataKeys::encrypt`], or was cut off.
    #[error("the encrypted value has no known format")]
    Format,
    /// The key that encrypted it is not in the database.
    #[error("the key of the encrypted value is unknown")]
    UnknownKey,
    /// It was changed, or belongs to another row.
    #[error("the encrypted value was changed, or belongs elsewhere")]
    Refused,
}

/// The keys of this clinic.
pub struct DataKeys {
    newest: String,
    ciphers: HashMap<String, XChaCha20Poly1305>,
}

impl DataKeys {
    /// The keys of this database. The first one is made here, and keys that stand there as they are get wrapped once
    /// the machine has a key.
    ///
    /// # Errors
    /// The database cannot be read or written, a stored key is damaged, or `data.key_file` is missing or wrong.
    pub async fn load(db: &Db, settings: &Settings, now: Timestamp) -> Result<Self, LoadError> {
        let machine = MachineKey::of(settings)?;
        let opened = db.write(LoadOrCreate { machine: machine.clone(), now }).await?;
        let ciphers = opened.keys.ok_or_else(|| match machine {
            None => SettingsError::new(SETTING, "is not set, and this database was made with such a file: name it"),
            Some(machine) => SettingsError::new(
                SETTING,
                format!("{} holds another key than the one that this database was made with", machine.file),
            ),
        })?;
        Ok(DataKeys { newest: opened.newest, ciphers })
    }

    /// Encrypts with the newest key. `context` says what the value is, such as a word and the id of its row: only the
    /// same context decrypts it, so that nobody moves it to another row.
    #[must_use]
    pub fn encrypt(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let id = self.newest.as_bytes();
        let mut kept = vec![FORMAT, u8::try_from(id.len()).unwrap_or_default()];
        kept.extend_from_slice(id);
        let bound = [kept.as_slice(), context].concat();
        if let Some(cipher) = self.ciphers.get(&self.newest) {
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
        let cipher = self.ciphers.get(name).ok_or(DecryptError::UnknownKey)?;
        let bound = [&[FORMAT, *length], id, context].concat();
        open(cipher, &bound, sealed)
    }
}

/// Encrypts under a nonce drawn for it, which stands in front. `bound` has to be the same to open it.
///
/// The cipher takes up to 256 GiB; more than memory holds is the only way for it to fail.
pub(crate) fn seal(cipher: &XChaCha20Poly1305, bound: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    rand::rng().fill_bytes(&mut nonce);
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound }).unwrap_or_default();
    [&nonce[..], &sealed].concat()
}

/// What [`seal`] was given.
///
/// # Errors
/// It was cut off, changed, or sealed for something else.
pub(crate) fn open(cipher: &XChaCha20Poly1305, bound: &[u8], sealed: &[u8]) -> Result<Vec<u8>, DecryptError> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(DecryptError::Format)?;
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: bound }).map_err(|_| DecryptError::Refused)
}

/// The key of the machine that wraps those in the database.
#[derive(Clone)]
struct MachineKey {
    file: String,
    cipher: XChaCha20Poly1305,
}

impl MachineKey {
    /// The key in the file that the settings name, if they name one.
    fn of(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let file = settings.data.key_file.clone();
        if file.is_empty() {
            return Ok(None);
        }
        let text =
            fs::read_to_string(&file).map_err(|error| SettingsError::new(SETTING, format!("{file}: {error}")))?;
        if let Some(words) = private::exposed_file(Path::new(&file)) {
            return Err(SettingsError::new(SETTING, words));
        }
        let key = STANDARD.decode(text.trim()).ok().and_then(|key| XChaCha20Poly1305::new_from_slice(&key).ok());
        let cipher = key.ok_or_else(|| {
            let words = format!("{file} must hold 32 bytes in base64: openssl rand -base64 32 > {file}");
            SettingsError::new(SETTING, words)
        })?;
        Ok(Some(MachineKey { file, cipher }))
    }
}

/// Whether the machine's key can be read, in a sentence; nothing without one.
///
/// # Errors
/// What is wrong with it.
pub fn check_key_file(settings: &Settings) -> Result<String, String> {
    match MachineKey::of(settings).map_err(|error| error.to_string())? {
        Some(machine) => Ok(format!("{} wraps the keys of what patients entrust to the clinic", machine.file)),
        None => Ok("the keys of what patients entrust to the clinic stand in the database".into()),
    }
}

struct Opened {
    newest: String,
    /// None when a stored key is wrapped by another key of a machine, or by one that is not there.
    keys: Option<HashMap<String, XChaCha20Poly1305>>,
}

/// Reads every key, and makes the first one. A key that stands there as it is gets wrapped.
struct LoadOrCreate {
    machine: Option<MachineKey>,
    now: Timestamp,
}

impl WriteUnit for LoadOrCreate {
    const NAME: &'static str = "load_or_create_data_keys";
    type Output = Opened;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Opened, db::Error> {
        let rows = stored(tx).await?;
        let mut keys = Some(HashMap::new());
        for row in &rows {
            let secret = self.unwrap(row)?;
            if let (Some(secret), Some(&PLAIN)) = (&secret, row.secret.first())
                && self.machine.is_some()
            {
                const SQL: &str = "update data_keys set secret = $1 where id = $2";
                tx.execute(SQL, (self.wrap(&row.id, secret), &row.id)).await?;
            }
            keys = keys.zip(secret).map(|(mut keys, secret)| {
                keys.insert(row.id.clone(), XChaCha20Poly1305::new(&secret.into()));
                keys
            });
        }
        let newest = match rows.iter().find(|row| !row.is_retired) {
            Some(row) => row.id.clone(),
            // a wrong file of the machine makes no key
            None if keys.is_none() => String::new(),
            None => {
                let (id, cipher) = self.create(tx).await?;
                keys.get_or_insert_default().insert(id.clone(), cipher);
                id
            }
        };
        Ok(Opened { newest, keys })
    }
}

impl LoadOrCreate {
    fn wrap(&self, id: &str, secret: &[u8]) -> Vec<u8> {
        match &self.machine {
            Some(machine) => [&[WRAPPED], &seal(&machine.cipher, id.as_bytes(), secret)[..]].concat(),
            None => [&[PLAIN], secret].concat(),
        }
    }

    /// The key itself; none when the machine's key does not open it.
    fn unwrap(&self, row: &StoredKey) -> Result<Option<[u8; KEY_BYTES]>, db::Error> {
        let damaged = db::Error::Corrupt("data_keys.secret");
        let secret = match (row.secret.split_first(), &self.machine) {
            (Some((&PLAIN, secret)), _) => secret.to_vec(),
            (Some((&WRAPPED, _)), None) => return Ok(None),
            (Some((&WRAPPED, sealed)), Some(machine)) => match open(&machine.cipher, row.id.as_bytes(), sealed) {
                Ok(secret) => secret,
                Err(DecryptError::Refused) => return Ok(None),
                Err(_) => return Err(damaged),
            },
            _ => return Err(damaged),
        };
        secret.try_into().map(Some).map_err(|_| damaged)
    }

    async fn create(&self, tx: &mut Tx<'_>) -> Result<(String, XChaCha20Poly1305), db::Error> {
        let id = random::reference();
        let mut secret = [0; KEY_BYTES];
        rand::rng().fill_bytes(&mut secret);
        const SQL: &str = "insert into data_keys (id, secret, created_at) values ($1, $2, $3)";
        tx.execute(SQL, (&id, self.wrap(&id, &secret), self.now)).await?;
        Ok((id, XChaCha20Poly1305::new(&secret.into())))
    }
}

#[derive(sqlx::FromRow)]
struct StoredKey {
    id: String,
    secret: Vec<u8>,
    is_retired: bool,
}

/// Every key, the newest first.
async fn stored(conn: &mut Conn<'_>) -> Result<Vec<StoredKey>, db::Error> {
    const SQL: &str = "select id, secret, retired_at is not null as is_retired from data_keys
        order by created_at desc, id";
    conn.fetch_all(SQL, ()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[(&str, u8)]) -> DataKeys {
        let cipher = |byte| XChaCha20Poly1305::new(&[byte; KEY_BYTES].into());
        let ciphers = names.iter().map(|(name, byte)| ((*name).to_owned(), cipher(*byte))).collect();
        DataKeys { newest: names[0].0.to_owned(), ciphers }
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
