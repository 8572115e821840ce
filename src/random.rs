//! Randomness from the system's generator, in the forms the program needs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Crockford's base 32: no I, L, O or U, so that a code survives being read out on the phone.
const CROCKFORD: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A code that a person can read out, such as `K7F4-M2PQ`: 40 random bits.
#[must_use]
pub fn reference() -> String {
    let random = rand::rng().next_u64();
    let character = |place: u32| char::from(CROCKFORD[(random >> (place * 5)) as usize & 31]);
    let mut code: String = (0..8).map(character).collect();
    code.insert(4, '-');
    code
}

tokio::task_local! {
    /// The code of the request that this task works for.
    static OF_REQUEST: String;
}

/// Runs `work` under this code: what fails in it fails under the same one.
pub async fn with_reference<F: Future>(code: String, work: F) -> F::Output {
    OF_REQUEST.scope(code, work).await
}

/// `work` for a task of its own, under the code of the task that starts it.
pub fn with_same_reference<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let code = OF_REQUEST.try_with(Clone::clone).ok();
    async move {
        match code {
            Some(code) => OF_REQUEST.scope(code, work).await,
            None => work.await,
        }
    }
}

/// The code of the request that this task works for; a new one elsewhere.
#[must_use]
pub fn reference_of_request() -> String {
    OF_REQUEST.try_with(Clone::clone).unwrap_or_else(|_| reference())
}

/// An id without an order, UUID version 4: for what many people make at the same time; see [`crate::ids`].
#[must_use]
pub fn id() -> Uuid {
    Uuid::new_v4()
}

/// A secret that cannot be guessed: 256 random bits in URL-safe base 64.
#[must_use]
pub fn token() -> String {
    let mut random = [0; 32];
    rand::rng().fill_bytes(&mut random);
    URL_SAFE_NO_PAD.encode(random)
}

/// SHA-256 of a token: what the database keeps of it.
#[must_use]
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_two_groups_of_four_readable_characters() {
        for _ in 0..200 {
            let code = reference();
            let (first, second) = code.split_once('-').unwrap();
            assert_eq!((first.len(), second.len()), (4, 4), "{code}");
            assert!(code.bytes().all(|c| c == b'-' || CROCKFORD.contains(&c)), "{code}");
        }
    }

    #[test]
    fn tokens_differ_and_hold_256_bits() {
        let (one, two) = (token(), token());
        assert_ne!(one, two);
        assert_eq!(URL_SAFE_NO_PAD.decode(&one).unwrap().len(), 32);
        assert_eq!(token_hash(&one), token_hash(&one));
        assert_ne!(token_hash(&one), token_hash(&two));
    }

    #[test]
    fn every_bit_of_a_token_comes_from_a_cryptographic_generator() {
        fn is_cryptographic(_: &impl rand::CryptoRng) {}
        is_cryptographic(&rand::rng());
        let mut ones = [0_u32; 256];
        for _ in 0..1000 {
            let bytes = URL_SAFE_NO_PAD.decode(token()).unwrap();
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(bytes[bit / 8] >> (bit % 8) & 1);
            }
        }
        assert!(ones.iter().all(|count| (350..=650).contains(count)), "{ones:?}");
    }
}
