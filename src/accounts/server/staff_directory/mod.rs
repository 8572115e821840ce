//! Signing in by the clinic's own directory of the people who work for it: OpenID Connect, with the authorization code,
//! PKCE, a state and a nonce.
//!
//! The browser goes to the directory's provider and comes back with a code. What it left with ([`pending`]) waits in an
//! encrypted cookie. The provider is asked for the person behind the code ([`proof`]), whose groups say what they may be
//! here ([`groups`]), and [`entry`] finds or makes the account. Whatever is wrong leads back to the page that the person
//! came from, with one sentence; nothing is changed.

mod entry;
mod groups;
mod http;
mod identity;
mod pending;
mod proof;
mod provider;
pub mod routes;

pub(crate) use identity::made_for;
pub use identity::signs_in_only_there;
pub use provider::StaffDirectory;
