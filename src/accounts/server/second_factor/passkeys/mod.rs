//! Passkeys: keys in a telephone, a computer or a security key, which their owner unlocks with a finger, a face or a PIN
//! (WebAuthn, by the library webauthn-rs).
//!
//! A passkey is two factors by itself: the device, and what unlocks it, which is always asked for. It signs its owner in
//! without a password, it counts as the second factor, and it stands in for a code wherever one is asked for. It works
//! at the address of this website alone, so nobody can be talked into using it elsewhere.

pub mod add;
pub(crate) mod assertion;
pub(crate) mod challenge;
pub mod remove;
pub mod sign_in;
pub(crate) mod store;
