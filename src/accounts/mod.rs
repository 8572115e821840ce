//! Accounts: registering, signing in and out, and who is looking at a page.
//!
//! Passwords are hashed with argon2id, guesses are slowed down and never locked out, and a session can be ended at once.

pub mod actions;
pub mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::{Role, SignedInUser};
