//! The keys that sign access tokens and encrypt short-lived cookies.
//!
//! They are made on the first start and live in the database, so that no default secret exists and every process of one
//! clinic has the same; the machine's key may encrypt them there. A new key is known to every process before it signs
//! ([`SPREAD_SECONDS`]). An old one verifies until the tokens that it signed have ended, and then reads only what says
//! that a browser has signed in before, which is good for a year.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use cookie::Key;
use jsonwebtoken::{DecodingKey, EncodingKey};
use rand::RngCore;
use sqlx::FromRow;

use super::machine_key::{LoadError, MachineKey, is_plain, unwrap, wrap};
use crate::{
    config::Settings,
    db::{self, Conn, Db, Tx, WriteUnit},
    random,
    time::Timestamp,
};

const SIGNING_BYTES: usize = 32;
const COOKIE_BYTES: usize = 64;
/// Seconds from the making of a key until it is used. Every process reads the keys again many times in between.
pub const SPREAD_SECONDS: i64 = 120;
/// Seconds for which an old key verifies: the longest life of an access token, and a little for clocks that differ.
const VERIFIES_SECONDS: i64 = 11 * 60;
/// Seconds for which an old key reads cookies: longer than all of them last, but for that of the device.
const READS_SECONDS: i64 = 3_600;
/// Lifetime of the cookie of a device, a year: for so long an old key reads it.
pub const DEVICE_SECONDS: u32 = 31_536_000;
const DAMAGED: db::Error = db::Error::Corrupt("signing_keys.secret");

/// The keys in force. They change while the process runs: see [`Keys::refresh`].
pub struct Keys {
    machine: Option<MachineKey>,
    signing: RwLock<Arc<SigningKeys>>,
    cookies: CookieKeys,
}

struct SigningKeys {
    newest: String,
    signing: EncodingKey,
    /// By id, with the moment at which the key ends.
    verifying: HashMap<String, (DecodingKey, Option<Timestamp>)>,
}

/// The keys of encrypted cookies.
pub struct CookieKeys(RwLock<Arc<CookieSet>>);

struct CookieSet {
    seals: Key,
    /// All that open a cookie of any kind, that one among them.
    opens: Vec<Key>,
    /// Those that open the cookie of a device and nothing else.
    of_devices: Vec<Key>,
}

impl Keys {
    /// The keys of this database. The first one is made here, and keys that stand there as they are get wrapped once
    /// the machine has a key.
    ///
    /// # Errors
    /// The database cannot be read or written, a stored key is damaged, or the machine's key is missing or wrong.
    pub async fn load_or_create(db: &Db, settings: &Settings, now: Timestamp) -> Result<Self, LoadError> {
        let machine = MachineKey::of(settings)?;
        let opened = db.write(LoadOrCreate { machine: machine.clone(), now }).await?;
        let opened = opened.ok_or_else(|| MachineKey::wrong(machine.as_ref()))?;
        let (signing, cookies) = in_force(&opened, now).ok_or(DAMAGED)?;
        Ok(Keys {
            machine,
            signing: RwLock::new(Arc::new(signing)),
            cookies: CookieKeys(RwLock::new(Arc::new(cookies))),
        })
    }

    /// Reads the keys again: other processes make new ones and end old ones, and a new one begins to sign.
    ///
    /// # Errors
    /// The database cannot be read, or a stored key is damaged or encrypted with another key of a machine. The keys in
    /// force stay then.
    pub async fn refresh(&self, db: &Db, now: Timestamp) -> Result<(), db::Error> {
        let rows = stored(&mut db.read().await?.conn()).await?;
        let opened = open_all(self.machine.as_ref(), &rows)?.ok_or(DAMAGED)?;
        let (signing, cookies) = in_force(&opened, now).ok_or(DAMAGED)?;
        *self.signing.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(signing);
        *self.cookies.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(cookies);
        Ok(())
    }

    /// The id and the key that sign new tokens.
    #[must_use]
    pub fn signing(&self) -> (String, EncodingKey) {
        let keys = self.signing.read().unwrap_or_else(PoisonError::into_inner).clone();
        (keys.newest.clone(), keys.signing.clone())
    }

    /// The key with this id, unless it is unknown or has ended.
    #[must_use]
    pub fn verifying(&self, id: &str, now: Timestamp) -> Option<DecodingKey> {
        let keys = self.signing.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (key, ends) = keys.verifying.get(id)?;
        ends.is_none_or(|ends| now < ends).then(|| key.clone())
    }

    /// The keys of encrypted cookies.
    #[must_use]
    pub fn cookies(&self) -> &CookieKeys {
        &self.cookies
    }

    /// Keys of a test, which need no database. All of them are in force, and the first one signs.
    #[cfg(test)]
    pub fn for_test(secrets: &[(&str, u8)]) -> Self {
        let opened: Vec<_> = secrets
            .iter()
            .map(|(id, byte)| Opened {
                id: (*id).to_owned(),
                signing: Some(vec![*byte; SIGNING_BYTES]),
                cookies: vec![*byte; COOKIE_BYTES],
                created_at: Timestamp(0),
                retired_at: None,
            })
            .collect();
        let (signing, cookies) = in_force(&opened, Timestamp(1_000)).unwrap();
        Keys {
            machine: None,
            signing: RwLock::new(Arc::new(signing)),
            cookies: CookieKeys(RwLock::new(Arc::new(cookies))),
        }
    }
}

impl CookieKeys {
    /// What a function does with the key that encrypts.
    pub fn with_newest<T>(&self, work: impl FnOnce(&Key) -> T) -> T {
        work(&self.set().seals)
    }

    /// What the first key gets out of a cookie that can; `of_device` is for the cookie of a device.
    pub fn first<T>(&self, of_device: bool, work: impl Fn(&Key) -> Option<T>) -> Option<T> {
        let set = self.set();
        let old = set.of_devices.iter().filter(|_| of_device);
        set.opens.iter().chain(old).find_map(work)
    }

    fn set(&self) -> Arc<CookieSet> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
impl From<&[u8; COOKIE_BYTES]> for CookieKeys {
    fn from(key: &[u8; COOKIE_BYTES]) -> Self {
        let key = Key::from(key);
        CookieKeys(RwLock::new(Arc::new(CookieSet { seals: key.clone(), opens: vec![key], of_devices: Vec::new() })))
    }
}

/// A key that could be read. One that no longer signs or verifies has its cookie part alone.
struct Opened {
    id: String,
    signing: Option<Vec<u8>>,
    cookies: Vec<u8>,
    created_at: Timestamp,
    retired_at: Option<Timestamp>,
}

impl Opened {
    fn is_over(&self, seconds: i64, now: Timestamp) -> bool {
        self.retired_at.is_some_and(|retired| retired.plus_seconds(seconds) <= now)
    }
}

/// What a key that is among `keys`, the newest first, may begin at this moment: the newest that every process knows.
/// Where none is old enough there is none before it, and the oldest signs.
pub fn newest_in_use<T>(
    keys: &[T],
    now: Timestamp,
    times: impl Fn(&T) -> (Timestamp, Option<Timestamp>),
) -> Option<&T> {
    let in_force = |key: &&T| times(key).1.is_none_or(|retired| now < retired);
    let is_known = |key: &&T| times(key).0.plus_seconds(SPREAD_SECONDS) <= now;
    let mut in_force = keys.iter().filter(in_force);
    in_force.clone().find(is_known).or_else(|| in_force.next_back())
}

/// The keys in force at this moment, from those that are stored, the newest first.
fn in_force(opened: &[Opened], now: Timestamp) -> Option<(SigningKeys, CookieSet)> {
    let newest = newest_in_use(opened, now, |key| (key.created_at, key.retired_at))?;
    let verifying = |key: &Opened| {
        let ends = key.retired_at.map(|retired| retired.plus_seconds(VERIFIES_SECONDS));
        Some((key.id.clone(), (DecodingKey::from_secret(key.signing.as_deref()?), ends)))
    };
    let signing = SigningKeys {
        newest: newest.id.clone(),
        signing: EncodingKey::from_secret(newest.signing.as_deref()?),
        verifying: opened.iter().filter_map(verifying).collect(),
    };
    let key = |key: &Opened| Key::from(&key.cookies);
    let (old, recent): (Vec<_>, Vec<_>) = opened.iter().partition(|key| key.is_over(READS_SECONDS, now));
    let still = old.into_iter().filter(|key| !key.is_over(DEVICE_SECONDS.into(), now));
    let cookies = CookieSet {
        seals: key(newest),
        opens: recent.into_iter().map(key).collect(),
        of_devices: still.map(key).collect(),
    };
    Some((signing, cookies))
}

/// Reads the keys, and makes the first one. Keys that stand there as they are get wrapped. None: the machine's key is
/// missing or wrong.
struct LoadOrCreate {
    machine: Option<MachineKey>,
    now: Timestamp,
}

impl WriteUnit for LoadOrCreate {
    const NAME: &'static str = "load_or_create_keys";
    type Output = Option<Vec<Opened>>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, db::Error> {
        let (machine, mut rows) = (self.machine.as_ref(), stored(tx).await?);
        let Some(opened) = open_all(machine, &rows)? else { return Ok(None) };
        let bare = rows.iter().zip(&opened).filter(|(row, _)| machine.is_some() && is_plain(&row.secret));
        for (row, key) in bare {
            store(tx, machine, &row.id, &key.secret()).await?;
        }
        if newest_in_use(&opened, self.now, |key| (key.created_at, key.retired_at)).is_none() {
            create(tx, machine, self.now).await?;
            rows = stored(tx).await?;
        }
        open_all(machine, &rows)
    }
}

/// A key as it is stored.
#[derive(FromRow)]
pub struct StoredKey {
    pub id: String,
    pub secret: Vec<u8>,
    pub created_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

/// What a stored key is still good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Signs, from this moment if that is to come.
    Signs(Timestamp),
    /// Verifies what it has signed, until then.
    Verifies(Timestamp),
    /// Reads the cookies of devices, until then.
    Devices(Timestamp),
}

impl StoredKey {
    #[must_use]
    pub fn is_in_use(&self, now: Timestamp) -> Use {
        match self.retired_at {
            Some(retired) if retired.plus_seconds(VERIFIES_SECONDS) <= now => {
                Use::Devices(retired.plus_seconds(DEVICE_SECONDS.into()))
            }
            Some(retired) if retired <= now => Use::Verifies(retired.plus_seconds(VERIFIES_SECONDS)),
            _ => Use::Signs(self.created_at.plus_seconds(SPREAD_SECONDS)),
        }
    }
}

impl Opened {
    fn secret(&self) -> Vec<u8> {
        [self.signing.as_deref().unwrap_or_default(), self.cookies.as_slice()].concat()
    }
}

/// What a wrapped key is bound to.
fn bound(id: &str) -> Vec<u8> {
    ["signing key ", id].concat().into_bytes()
}

/// None when the machine's key is missing or wrong.
fn open_all(machine: Option<&MachineKey>, rows: &[StoredKey]) -> Result<Option<Vec<Opened>>, db::Error> {
    let mut opened = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(secret) = unwrap(machine, &bound(&row.id), &row.secret).map_err(|_| DAMAGED)? else {
            return Ok(None);
        };
        // one stored secret holds both keys: they are drawn independently of each other
        let (signing, cookies) = match secret.len().checked_sub(COOKIE_BYTES) {
            Some(0) => (None, secret),
            Some(SIGNING_BYTES) => {
                let (signing, cookies) = secret.split_at(SIGNING_BYTES);
                (Some(signing.to_vec()), cookies.to_vec())
            }
            _ => return Err(DAMAGED),
        };
        let (id, created_at, retired_at) = (row.id.clone(), row.created_at, row.retired_at);
        opened.push(Opened { id, signing, cookies, created_at, retired_at });
    }
    Ok(Some(opened))
}

/// Every key, the newest first.
///
/// # Errors
/// The database's.
pub async fn stored(conn: &mut Conn<'_>) -> Result<Vec<StoredKey>, db::Error> {
    const SQL: &str = "select id, secret, created_at, retired_at from signing_keys
        order by created_at desc, retired_at is not null, id";
    conn.fetch_all(SQL, ()).await
}

async fn store(tx: &mut Tx<'_>, machine: Option<&MachineKey>, id: &str, secret: &[u8]) -> Result<(), db::Error> {
    const SQL: &str = "update signing_keys set secret = $1 where id = $2";
    tx.execute(SQL, (wrap(machine, &bound(id), secret), id)).await?;
    Ok(())
}

/// Makes a key, and returns its id.
async fn create(tx: &mut Tx<'_>, machine: Option<&MachineKey>, now: Timestamp) -> Result<String, db::Error> {
    let id = random::reference();
    let mut secret = vec![0; SIGNING_BYTES + COOKIE_BYTES];
    rand::rng().fill_bytes(&mut secret);
    const SQL: &str = "insert into signing_keys (id, secret, created_at) values ($1, $2, $3)";
    tx.execute(SQL, (&id, wrap(machine, &bound(&id), &secret), now)).await?;
    Ok(id)
}

/// Makes a new key, and has the others sign until every process knows it; with `at_once`, removes them. Returns its id.
///
/// # Errors
/// The database's.
pub async fn rotate(
    tx: &mut Tx<'_>,
    machine: Option<&MachineKey>,
    at_once: bool,
    now: Timestamp,
) -> Result<String, db::Error> {
    // a server whose machine's key is no longer the right one makes no key that others cannot open
    if open_all(machine, &stored(tx).await?)?.is_none() {
        return Err(DAMAGED);
    }
    if at_once {
        tx.execute("delete from signing_keys", ()).await?;
    } else {
        const SQL: &str = "update signing_keys set retired_at = $1 where retired_at is null";
        tx.execute(SQL, (now.plus_seconds(SPREAD_SECONDS),)).await?;
    }
    create(tx, machine, now).await
}

/// Takes from each old key what has ended: the part that verifies, and then the key. Returns how many changed.
///
/// # Errors
/// The database's.
pub async fn remove_ended(tx: &mut Tx<'_>, machine: Option<&MachineKey>, now: Timestamp) -> Result<usize, db::Error> {
    let rows = stored(tx).await?;
    let Some(opened) = open_all(machine, &rows)? else { return Ok(0) };
    let mut changed = 0;
    for key in &opened {
        if key.is_over(DEVICE_SECONDS.into(), now) {
            tx.execute("delete from signing_keys where id = $1", (&key.id,)).await?;
        } else if key.signing.is_some() && key.is_over(VERIFIES_SECONDS, now) {
            store(tx, machine, &key.id, &key.cookies).await?;
        } else {
            continue;
        }
        changed += 1;
    }
    Ok(changed)
}

/// Wraps every key by another key of a machine. False: the present one does not open them.
///
/// # Errors
/// The database's.
pub async fn rewrap(
    tx: &mut Tx<'_>,
    present: Option<&MachineKey>,
    next: Option<&MachineKey>,
) -> Result<bool, db::Error> {
    let rows = stored(tx).await?;
    let Some(opened) = open_all(present, &rows)? else { return Ok(false) };
    for key in &opened {
        store(tx, next, &key.id, &key.secret()).await?;
    }
    Ok(true)
}
