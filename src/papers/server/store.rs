//! Where the bytes are: a folder, or what speaks S3. Each file is encrypted with a key of its own.

use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use object_store::{
    ObjectStore, ObjectStoreExt, PutPayload, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem, path::Path,
};
use rand::RngCore;

use crate::{
    clinic::server::data_keys::{DataKeys, DecryptError, open, seal},
    config::PaperSettings,
    db::private,
    ids::PaperId,
    web::outgoing::encrypt_with_ring,
};

/// How long a store that does not answer is asked again.
const PATIENCE: Duration = Duration::from_secs(15);
const KEY_BYTES: usize = 32;

/// Why bytes could not be kept, read or deleted.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0}")]
    Store(#[from] object_store::Error),
    #[error("the folder of papers: {0}")]
    Folder(#[from] std::io::Error),
    #[error("{0}")]
    Decrypt(#[from] DecryptError),
}

/// The store of files. It is opened when it is first needed.
pub struct PaperStore {
    settings: PaperSettings,
    opened: OnceLock<Arc<dyn ObjectStore>>,
}

/// The key of one file, as its row holds it.
fn key_context(id: PaperId) -> Vec<u8> {
    [b"paper key ", id.0.as_bytes().as_slice()].concat()
}

/// What is bound to the bytes of a file, so that nobody gives one the place of another.
fn bytes_context(id: PaperId) -> Vec<u8> {
    [b"paper ", id.0.as_bytes().as_slice()].concat()
}

/// The place of a file: its id alone, never what its sender called it.
fn place(id: PaperId) -> Path {
    Path::from(["papers/", &id.to_string()].concat())
}

impl PaperStore {
    #[must_use]
    pub fn new(settings: &PaperSettings) -> Self {
        PaperStore { settings: settings.clone(), opened: OnceLock::new() }
    }

    /// Keeps the bytes, and returns their key for the row.
    ///
    /// # Errors
    /// The store's.
    pub async fn put(&self, keys: &DataKeys, id: PaperId, bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut key = [0; KEY_BYTES];
        rand::rng().fill_bytes(&mut key);
        let sealed = seal(&XChaCha20Poly1305::new(&key.into()), &bytes_context(id), bytes);
        self.open()?.put(&place(id), PutPayload::from(sealed)).await?;
        Ok(keys.encrypt(&key_context(id), &key))
    }

    /// The bytes that [`Self::put`] was given.
    ///
    /// # Errors
    /// The store's; or what it holds, or the key, was changed.
    pub async fn get(&self, keys: &DataKeys, id: PaperId, key: &[u8]) -> Result<Vec<u8>, StoreError> {
        let key = keys.decrypt(&key_context(id), key)?;
        let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| DecryptError::Format)?;
        let sealed = self.open()?.get(&place(id)).await?.bytes().await?;
        Ok(open(&cipher, &bytes_context(id), &sealed)?)
    }

    /// Deletes the bytes. Done as well when there are none.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete(&self, id: PaperId) -> Result<(), StoreError> {
        match self.open()?.delete(&place(id)).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn open(&self) -> Result<Arc<dyn ObjectStore>, StoreError> {
        if let Some(store) = self.opened.get() {
            return Ok(store.clone());
        }
        let store: Arc<dyn ObjectStore> = if self.settings.s3_bucket.is_empty() {
            let folder = PathBuf::from(&self.settings.folder);
            private::make_folder(&folder)?;
            Arc::new(LocalFileSystem::new_with_prefix(folder)?)
        } else {
            Arc::new(bucket(&self.settings)?)
        };
        Ok(self.opened.get_or_init(|| store).clone())
    }

    /// What to do if other accounts can read the folder, in one sentence.
    #[must_use]
    pub fn exposed(&self) -> Option<String> {
        let is_folder = self.settings.s3_bucket.is_empty();
        is_folder.then(|| private::exposed_folder(std::path::Path::new(&self.settings.folder))).flatten()
    }
}

fn bucket(settings: &PaperSettings) -> Result<object_store::aws::AmazonS3, StoreError> {
    encrypt_with_ring();
    let retry = RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&settings.s3_bucket)
        .with_region(&settings.s3_region)
        .with_access_key_id(&settings.s3_access_key)
        .with_secret_access_key(settings.s3_secret_key.expose())
        .with_retry(retry);
    if !settings.s3_endpoint.is_empty() {
        let plain = settings.s3_endpoint.starts_with("http:");
        builder = builder.with_endpoint(&settings.s3_endpoint).with_allow_http(plain);
    }
    Ok(builder.build()?)
}
