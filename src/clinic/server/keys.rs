//! New keys in the place of old ones, by the clock or by hand.
//!
//! Every process reads the keys again every few seconds ([`follow`]), so a rotation needs no restart. What a new key is
//! used for, and when, stands in `web/keys.rs` and `data_keys.rs`.

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

use super::{
    audit::{Author, Entry, record},
    data_keys,
};
use crate::{
    db::{self, Tx, WriteUnit},
    state::AppState,
    time::Timestamp,
    web::keys::{self, SPREAD_SECONDS, Use},
    web::machine_key::{LoadError, MachineKey, is_plain},
};

/// Pause between two looks at the keys. Many of them fit into the time until a new key is used.
const EVERY: Duration = Duration::from_secs(5);
const DAY: i64 = 24 * 3_600;

/// What keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// They sign access tokens and encrypt cookies.
    SignIn,
    /// They encrypt what patients entrust to the clinic, and the secrets of second factors.
    Data,
}

impl KeyKind {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            KeyKind::SignIn => "sign-in",
            KeyKind::Data => "data",
        }
    }
}

/// A key of this database, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    pub id: String,
    pub kind: KeyKind,
    pub created_at: Timestamp,
    pub standing: Standing,
    /// Whether a key of the machine encrypts it where it is stored.
    pub is_encrypted: bool,
}

/// What a key does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It signs, or encrypts.
    InUse,
    /// It begins then.
    Begins(Timestamp),
    /// It verifies what it has signed, until then.
    Verifies(Timestamp),
    /// It recognises browsers that have signed in before, until then.
    Devices(Timestamp),
    /// It decrypts what it has encrypted.
    Decrypts,
}

/// Every key of this database, the newest of each kind first.
///
/// # Errors
/// The database's.
pub async fn list(app: &AppState) -> Result<Vec<KeyLine>, db::Error> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (signing, data) = (keys::stored(conn).await?, data_keys::stored(conn).await?);
    let signs = keys::newest_in_use(&signing, now, |key| (key.created_at, key.retired_at));
    let signs = signs.map(|key| key.id.as_str());
    let encrypts = data_keys::in_use(&data, now).map(|key| key.id.as_str());
    let sign_in = signing.iter().map(|key| {
        let standing = match key.is_in_use(now) {
            _ if signs == Some(&key.id) => Standing::InUse,
            Use::Signs(from) => Standing::Begins(from),
            Use::Verifies(until) => Standing::Verifies(until),
            Use::Devices(until) => Standing::Devices(until),
        };
        line(KeyKind::SignIn, &key.id, key.created_at, standing, &key.secret)
    });
    let data = data.iter().map(|key| {
        let begins = key.created_at.plus_seconds(SPREAD_SECONDS);
        let standing = match key.retired_at {
            _ if encrypts == Some(&key.id) => Standing::InUse,
            None if now < begins => Standing::Begins(begins),
            _ => Standing::Decrypts,
        };
        line(KeyKind::Data, &key.id, key.created_at, standing, &key.secret)
    });
    Ok(sign_in.chain(data).collect())
}

fn line(kind: KeyKind, id: &str, created_at: Timestamp, standing: Standing, secret: &[u8]) -> KeyLine {
    KeyLine { id: id.to_owned(), kind, created_at, standing, is_encrypted: !is_plain(secret) }
}

/// Makes a new key of each of these kinds, with an entry in the audit log, and returns their ids. `at_once` ends every
/// older key that signs, and with it the tokens that are under way: their owners stay signed in, because a session goes
/// on by its refresh token.
///
/// # Errors
/// The database's, or the machine's key is missing or wrong.
pub async fn rotate(app: &AppState, kinds: &[KeyKind], at_once: bool) -> Result<Vec<String>, LoadError> {
    let machine = MachineKey::of(&app.settings)?;
    let unit = Rotate { machine, kinds: kinds.to_vec(), at_once, older_than: None, now: app.clock.now() };
    let ids = app.db.write(unit).await?;
    refresh(app).await?;
    Ok(ids)
}

/// Rotates the keys that are older than `data.key_days`, and removes what has ended. Returns how many keys changed.
/// Several processes may do so at once.
///
/// # Errors
/// The database's, or the machine's key is missing or wrong.
pub async fn work(app: &AppState) -> Result<usize, LoadError> {
    let (now, days) = (app.clock.now(), i64::from(app.settings.data.key_days));
    let machine = MachineKey::of(&app.settings)?;
    let older_than = (days > 0).then(|| now.plus_seconds(-days * DAY));
    let is_due = |made: Option<&Timestamp>| older_than.zip(made).is_some_and(|(least, made)| *made <= least);
    let lines = list(app).await?;
    let newest = |kind| lines.iter().filter(|line| line.kind == kind).map(|line| line.created_at).max();
    let kinds = [KeyKind::SignIn, KeyKind::Data].into_iter().filter(|kind| is_due(newest(*kind).as_ref()));
    let kinds: Vec<KeyKind> = kinds.collect();
    let mut changed = 0;
    if !kinds.is_empty() {
        let unit = Rotate { machine: machine.clone(), kinds, at_once: false, older_than, now };
        let made = app.db.write(unit).await?.len();
        tracing::info!(made, "new keys take the place of old ones");
        changed += made;
    }
    let may_have_ended = |line: &KeyLine| matches!(line.standing, Standing::Devices(_));
    if lines.iter().any(may_have_ended) {
        changed += app.db.write(RemoveEnded { machine, now }).await?;
    }
    Ok(changed)
}

/// Reads the keys again.
///
/// # Errors
/// The database cannot be read, or a stored key cannot be opened.
pub async fn refresh(app: &AppState) -> Result<(), db::Error> {
    let now = app.clock.now();
    app.keys.refresh(&app.db, now).await?;
    app.data_keys.refresh(&app.db, now).await
}

/// Reads the keys again every few seconds until `stop` becomes true.
pub async fn follow(app: AppState, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(EVERY) => {}
        }
        if let Err(error) = refresh(&app).await {
            tracing::warn!(%error, "the keys could not be read again; trying again");
        }
    }
}

/// Makes a new key of each kind; with `older_than`, only where the newest is as old as that.
struct Rotate {
    machine: Option<MachineKey>,
    kinds: Vec<KeyKind>,
    at_once: bool,
    older_than: Option<Timestamp>,
    now: Timestamp,
}

impl WriteUnit for Rotate {
    const NAME: &'static str = "rotate_keys";
    type Output = Vec<String>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Vec<String>, db::Error> {
        let (machine, mut ids, mut details) = (self.machine.as_ref(), Vec::new(), Vec::new());
        for kind in &self.kinds {
            // another server may have been faster
            if !self.is_due(tx, *kind).await? {
                continue;
            }
            let id = match kind {
                KeyKind::SignIn => keys::rotate(tx, machine, self.at_once, self.now).await?,
                KeyKind::Data => data_keys::rotate(tx, machine, self.now).await?,
            };
            let ended = if self.at_once && *kind == KeyKind::SignIn { ", older ones ended at once" } else { "" };
            details.push(format!("{} key {id}{ended}", kind.words()));
            ids.push(id);
        }
        if !ids.is_empty() {
            let details = &details.join("; ");
            let rotated = Entry { action: "keys.rotated", subject: "keys", subject_id: None, details };
            record(tx, Author::SYSTEM, self.now, rotated).await?;
        }
        Ok(ids)
    }
}

impl Rotate {
    async fn is_due(&self, tx: &mut Tx<'_>, kind: KeyKind) -> Result<bool, db::Error> {
        let Some(least) = self.older_than else { return Ok(true) };
        let newest = match kind {
            KeyKind::SignIn => keys::stored(tx).await?.first().map(|key| key.created_at),
            KeyKind::Data => data_keys::stored(tx).await?.first().map(|key| key.created_at),
        };
        Ok(newest.is_some_and(|made| made <= least))
    }
}

struct RemoveEnded {
    machine: Option<MachineKey>,
    now: Timestamp,
}

impl WriteUnit for RemoveEnded {
    const NAME: &'static str = "remove_ended_keys";
    type Output = usize;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<usize, db::Error> {
        keys::remove_ended(tx, self.machine.as_ref(), self.now).await
    }
}

/// Encrypts the stored keys with the key of a machine in this file, in place of the present one.
///
/// # Errors
/// The database's, the file holds no key, or the present key is missing or wrong.
pub async fn rewrap(app: &AppState, file: &str) -> Result<(), LoadError> {
    let (present, next) = (MachineKey::of(&app.settings)?, MachineKey::in_file(file)?);
    let unit = Rewrap { present, next, now: app.clock.now() };
    let present = unit.present.clone();
    if app.db.write(unit).await? { Ok(()) } else { Err(MachineKey::wrong(present.as_ref()).into()) }
}

struct Rewrap {
    present: Option<MachineKey>,
    next: MachineKey,
    now: Timestamp,
}

impl WriteUnit for Rewrap {
    const NAME: &'static str = "rewrap_keys";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, db::Error> {
        let (present, next) = (self.present.as_ref(), Some(&self.next));
        if !(keys::rewrap(tx, present, next).await? && data_keys::rewrap(tx, present, next).await?) {
            return Ok(false);
        }
        let details = "encrypted with another key of the machine";
        let rewrapped = Entry { action: "keys.encrypted_anew", subject: "keys", subject_id: None, details };
        record(tx, Author::SYSTEM, self.now, rewrapped).await?;
        Ok(true)
    }
}
