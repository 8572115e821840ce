//! Hashing passwords without letting a flood of them starve the rest of the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking, time::timeout};

use crate::{error::AppError, text::composed, web::answer};

/// 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long a request waits for its turn.
const HASH_TIMEOUT: Duration = Duration::from_secs(5);

/// Hashes and checks passwords with argon2id, as many at a time as the machine has cores. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    turns: Arc<Semaphore>,
    /// Checked when there is no such account, or none that has a password, so that every answer takes as long.
    dummy: Arc<str>,
    compared: Arc<AtomicU64>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher {
    #[must_use]
    pub fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        // a salt and a hash of the right lengths that no password is known for
        let dummy =
            format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$ZG9jc2xvdG5vYm9keTAwMA${}", "A".repeat(43));
        Hasher { turns: Arc::new(Semaphore::new(cores)), dummy: dummy.into(), compared: Arc::default() }
    }

    /// Passwords compared with a hash since the start: the work that a sign-in costs.
    #[must_use]
    pub fn compared(&self) -> u64 {
        self.compared.load(Ordering::Relaxed)
    }

    /// The password's hash in PHC text form, with a salt of its own. A password is taken as it is, but for accents,
    /// which some keyboards type in one stroke and others in two (RFC 8265).
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the server is too busy.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = composed(password).into_owned();
        let hash = self.in_turn(move || Ok(argon2()?.hash_password(password.as_bytes())?.to_string())).await?;
        hash.map_err(|error: argon2::password_hash::Error| answer::internal("hashing a password", &error))
    }

    /// Whether the password belongs to this hash. Without a hash, or with a text that is none, the answer is no, after
    /// the same work: an account that the clinic made has no password, and must not answer sooner than others.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the server is too busy.
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        let hash = hash.filter(|hash| is_hash(hash));
        let known = hash.is_some();
        let (password, compared) = (composed(password).into_owned(), self.compared.clone());
        let hash = hash.unwrap_or(&self.dummy).to_owned();
        let fits = self.in_turn(move || {
            let (argon2, hash) = (argon2().ok()?, PasswordHash::new(&hash).ok()?);
            compared.fetch_add(1, Ordering::Relaxed);
            argon2.verify_password(password.as_bytes(), &hash).ok()
        });
        Ok(fits.await?.is_some() && known)
    }

    /// Runs the work on a blocking thread, when a core is free for it. The permit goes along: the work goes on when the
    /// request is dropped, and so must its claim to the core.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let busy = AppError::Unavailable { unchanged: true };
        let turn = timeout(HASH_TIMEOUT, self.turns.clone().acquire_owned()).await.map_err(|_| busy.clone())?;
        let turn = turn.map_err(|_| busy)?;
        let done = spawn_blocking(move || {
            let value = work();
            drop(turn);
            value
        });
        done.await.map_err(|error| answer::internal("hashing a password", &error))
    }
}

/// Whether comparing a password with this text takes any work.
fn is_hash(text: &str) -> bool {
    PasswordHash::new(text).is_ok_and(|hash| hash.salt.is_some() && hash.hash.is_some())
}

fn argon2() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_no_other() {
        let hasher = Hasher::new();
        let hash = hasher.hash("a garden of quiet bees").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify("a garden of quiet bees", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("a garden of quiet beef", Some(&hash)).await.unwrap());
        for none in [None, Some("none"), Some(""), Some("$argon2id$v=19$m=19456,t=2,p=1")] {
            let before = hasher.compared();
            assert!(!hasher.verify("none", none).await.unwrap(), "{none:?}");
            assert_eq!(hasher.compared(), before + 1, "{none:?} costs as much as a hash");
        }
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let hasher = Hasher::new();
        assert_ne!(
            hasher.hash("a garden of quiet bees").await.unwrap(),
            hasher.hash("a garden of quiet bees").await.unwrap()
        );
    }

    /// A malformed dummy would be refused at once, and the time would tell which accounts exist.
    #[test]
    fn the_dummy_costs_as_much_as_a_real_hash() {
        let hasher = Hasher::new();
        let dummy = PasswordHash::new(&hasher.dummy).unwrap();
        let real = argon2().unwrap().hash_password(b"a garden of quiet bees").unwrap().to_string();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!(dummy.params, real.params);
        assert_eq!(dummy.hash.unwrap().as_bytes().len(), real.hash.unwrap().as_bytes().len());
        assert_eq!(dummy.salt.unwrap().len(), real.salt.unwrap().len());
    }
}
