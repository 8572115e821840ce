//! Accounts: registering, signing in and out, second factors, roles and what they may do, who acts for whom.
//!
//! Passwords are hashed with argon2id. Guessing is slowed down but never locks an account. Where there is a second
//! factor, the password alone opens nothing. A session can be ended at once, and ends by itself.

pub mod actions;
pub mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::{Permission, Role, SignedInUser};
