//! The key of the machine, which encrypts the keys that stand in the database.
//!
//! It is given in the environment or in a file (`data.key`, `data.key_file`), and never stored. Then the database, or a
//! backup of it, opens nothing by itself.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::RngCore;

use crate::{
    config::{Settings, SettingsError},
    db::{self, private},
};

const NONCE_BYTES: usize = 24;
/// The first byte of a stored key that stands there as it is.
const PLAIN: u8 = 0;
/// The first byte of a stored key that the machine's key wraps.
const WRAPPED: u8 = 1;
const KEY: &str = "data.key";
const KEY_FILE: &str = "data.key_file";

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
    /// It has no format that is written here, or was cut off.
    #[error("the encrypted value has no known format")]
    Format,
    /// The key that encrypted it is not in the database.
    #[error("the key of the encrypted value is unknown")]
    UnknownKey,
    /// It was changed, or belongs to another row.
    #[error("the encrypted value was changed, or belongs elsewhere")]
    Refused,
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

/// The key itself, and where it was found.
#[derive(Clone)]
pub struct MachineKey {
    setting: &'static str,
    /// Of the file. Empty for a key in the settings.
    file: String,
    cipher: XChaCha20Poly1305,
}

impl MachineKey {
    /// The key in the settings, or in the file that they name.
    ///
    /// # Errors
    /// There are two, the file cannot be read or others can read it, or what is there is no key.
    pub fn of(settings: &Settings) -> Result<Option<Self>, SettingsError> {
        let (key, file) = (settings.data.key.expose(), &settings.data.key_file);
        match (key.is_empty(), file.is_empty()) {
            (true, true) => Ok(None),
            (true, false) => Self::in_file(file).map(Some),
            (false, true) => match cipher(key) {
                Some(cipher) => Ok(Some(MachineKey { setting: KEY, file: String::new(), cipher })),
                None => Err(SettingsError::new(KEY, "must be 32 bytes in base64: openssl rand -base64 32")),
            },
            (false, false) => Err(SettingsError::new(KEY, "and data.key_file are both set: keep one of them")),
        }
    }

    /// The key in this file.
    ///
    /// # Errors
    /// The file cannot be read or others can read it, or what is there is no key.
    pub fn in_file(file: &str) -> Result<Self, SettingsError> {
        let text =
            fs::read_to_string(file).map_err(|error| SettingsError::new(KEY_FILE, format!("{file}: {error}")))?;
        if let Some(words) = private::exposed_file(Path::new(file)) {
            return Err(SettingsError::new(KEY_FILE, words));
        }
        let cipher = cipher(text.trim()).ok_or_else(|| {
            let words = format!("{file} must hold 32 bytes in base64: openssl rand -base64 32 > {file}");
            SettingsError::new(KEY_FILE, words)
        })?;
        Ok(MachineKey { setting: KEY_FILE, file: file.to_owned(), cipher })
    }

    /// Why stored keys do not open, when that is the fault of the settings.
    #[must_use]
    pub fn wrong(machine: Option<&Self>) -> SettingsError {
        let Some(machine) = machine else {
            let words =
                "is not set, nor is data.key, and the keys in this database are encrypted with such a key: set it";
            return SettingsError::new(KEY_FILE, words);
        };
        let words = "another key than the one that this database was made with";
        match machine.setting {
            KEY => SettingsError::new(KEY, format!("is {words}")),
            setting => SettingsError::new(setting, format!("{} holds {words}", machine.file)),
        }
    }
}

fn cipher(text: &str) -> Option<XChaCha20Poly1305> {
    let key = STANDARD.decode(text.trim()).ok()?;
    XChaCha20Poly1305::new_from_slice(&key).ok()
}

/// Whether the machine's key can be read, in a sentence; nothing without one.
///
/// # Errors
/// What is wrong with it.
pub fn check_key_file(settings: &Settings) -> Result<String, String> {
    match MachineKey::of(settings).map_err(|error| error.to_string())? {
        Some(machine) if machine.setting == KEY => Ok("data.key encrypts the keys in the database".into()),
        Some(machine) => Ok(format!("{} encrypts the keys in the database", machine.file)),
        None => Ok("the keys stand in the database as they are".into()),
    }
}

/// A key as it is stored: wrapped by the machine's, if there is one. `bound` says which row it is.
#[must_use]
pub fn wrap(machine: Option<&MachineKey>, bound: &[u8], secret: &[u8]) -> Vec<u8> {
    match machine {
        Some(machine) => [&[WRAPPED], &seal(&machine.cipher, bound, secret)[..]].concat(),
        None => [&[PLAIN], secret].concat(),
    }
}

/// What [`wrap`] was given; none when the machine's key does not open it, or is missing.
///
/// # Errors
/// [`DecryptError::Format`]: it was not stored by [`wrap`].
pub fn unwrap(machine: Option<&MachineKey>, bound: &[u8], stored: &[u8]) -> Result<Option<Vec<u8>>, DecryptError> {
    match (stored.split_first(), machine) {
        (Some((&PLAIN, secret)), _) => Ok(Some(secret.to_vec())),
        (Some((&WRAPPED, _)), None) => Ok(None),
        (Some((&WRAPPED, sealed)), Some(machine)) => match open(&machine.cipher, bound, sealed) {
            Ok(secret) => Ok(Some(secret)),
            Err(DecryptError::Refused) => Ok(None),
            Err(error) => Err(error),
        },
        _ => Err(DecryptError::Format),
    }
}

/// Whether a stored key stands there as it is.
#[must_use]
pub fn is_plain(stored: &[u8]) -> bool {
    stored.first() == Some(&PLAIN)
}
