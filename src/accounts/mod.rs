//! Accounts: registering, signing in and out, and who is looking at a page.
//!
//! Passwords are hashed with argon2id. Guessing is slowed down but never locks an account. A session can be ended at
//! once.

pub mod actions;
pub mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::{Permission, Role, SignedInUser};
