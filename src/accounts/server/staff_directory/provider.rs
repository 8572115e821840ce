//! The provider of the clinic's directory: where it is asked, and the keys by which it signs.
//!
//! Both are read when they are first needed. A token that is signed by a key which is not known has the keys read again,
//! once a minute at most: providers change them without a word.

use std::{
    error::Error,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use openidconnect::{
    IssuerUrl, JsonWebKeySet,
    core::{CoreJsonWebKeySet, CoreProviderMetadata},
};

use super::http::{Http, HttpError};
use crate::{
    config::{OidcSettings, Settings},
    error::DirectoryRefusal,
    state::Clock,
    time::Timestamp,
};

/// Where the provider sends people back to.
pub(super) const RETURN: &str = "/sign-in/directory/return";
/// Seconds after which the provider's description is read again.
const DESCRIPTION_SECONDS: i64 = 60 * 60;
/// Seconds between two times that the keys are read.
const KEYS_SECONDS: i64 = 60;
/// Seconds for which a provider that did not answer is not asked again: each attempt may take ten.
const REST_SECONDS: i64 = 5;

/// What is known of the provider.
#[derive(Clone)]
pub(super) struct Provider {
    pub metadata: Arc<CoreProviderMetadata>,
    pub keys: Arc<CoreJsonWebKeySet>,
    read_at: Timestamp,
    keys_at: Timestamp,
}

#[derive(Default)]
struct Known {
    provider: Option<Provider>,
    failed_at: Option<Timestamp>,
}

/// The clinic's directory as this process knows it.
pub struct StaffDirectory {
    pub(super) settings: OidcSettings,
    /// Where the provider sends people back to, as it knows it.
    pub(super) redirect: String,
    http: OnceLock<Http>,
    known: Mutex<Known>,
}

impl StaffDirectory {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        StaffDirectory {
            settings: settings.oidc.clone(),
            redirect: [&settings.public_url(), RETURN].concat(),
            http: OnceLock::new(),
            known: Mutex::default(),
        }
    }

    /// What the button of the sign-in page says, while anybody signs in by the directory.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.settings.is_on().then_some(self.settings.name.as_str())
    }

    /// Whether the provider answers, in one sentence.
    ///
    /// # Errors
    /// What is wrong.
    pub async fn test(&self) -> Result<String, String> {
        if !self.settings.is_on() {
            return Ok("switched off: nobody signs in by the clinic's directory".into());
        }
        let issuer = &self.settings.issuer;
        match self.read(Clock::system().now()).await {
            Ok(provider) => Ok(format!(
                "{issuer} answers, with {} keys; it has to know {}",
                provider.keys.keys().len(),
                self.redirect
            )),
            Err(error) => Err(format!("{issuer}: {error}")),
        }
    }

    pub(super) fn http(&self) -> Result<&Http, HttpError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = Http::new(&self.settings.issuer)?;
        Ok(self.http.get_or_init(|| http))
    }

    /// The provider, read anew if that is an hour ago.
    pub(super) async fn provider(&self, now: Timestamp) -> Result<Provider, DirectoryRefusal> {
        let (kept, failed_at) = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            (known.provider.clone(), known.failed_at)
        };
        if let Some(provider) = kept.as_ref().filter(|kept| now.0 - kept.read_at.0 < DESCRIPTION_SECONDS) {
            return Ok(provider.clone());
        }
        let rests = failed_at.is_some_and(|failed| now.0 - failed.0 < REST_SECONDS);
        let read = if rests { Err("it did not answer a moment ago".to_owned()) } else { self.read(now).await };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match (read, kept) {
            (Ok(provider), _) => {
                *known = Known { provider: Some(provider.clone()), failed_at: None };
                Ok(provider)
            }
            (Err(error), kept) => {
                if !rests {
                    known.failed_at = Some(now);
                    tracing::warn!(error, "the clinic's directory does not describe itself");
                }
                // an old description mostly holds; whether the provider answers shows at the next step
                kept.ok_or(DirectoryRefusal::Away)
            }
        }
    }

    /// The same provider with its keys read anew; none when they were read a moment ago.
    pub(super) async fn with_new_keys(&self, provider: &Provider, now: Timestamp) -> Option<Provider> {
        if now.0 - provider.keys_at.0 < KEYS_SECONDS {
            return None;
        }
        let renewed = |keys: Arc<CoreJsonWebKeySet>| Provider { keys, keys_at: now, ..provider.clone() };
        let read = JsonWebKeySet::fetch_async(provider.metadata.jwks_uri(), self.http().ok()?).await;
        let renewed = match read {
            Ok(keys) => renewed(Arc::new(keys)),
            Err(error) => {
                tracing::warn!(error = in_words(&error), "the keys of the clinic's directory cannot be read");
                renewed(provider.keys.clone())
            }
        };
        self.known.lock().unwrap_or_else(PoisonError::into_inner).provider = Some(renewed.clone());
        Some(renewed)
    }

    async fn read(&self, now: Timestamp) -> Result<Provider, String> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| error.to_string())?;
        let http = self.http().map_err(|error| in_words(&error))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, http).await.map_err(|error| in_words(&error))?;
        let keys = Arc::new(metadata.jwks().clone());
        Ok(Provider { metadata: Arc::new(metadata), keys, read_at: now, keys_at: now })
    }
}

/// An error with what led to it.
pub(super) fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = [&words, ": ", &error.to_string()].concat();
        source = error.source();
    }
    words
}
