//! The clinic's records against later changes: seals over the history and the audit log, and the check of everything.
//!
//! Promises: no booking waits for a seal, and what was sealed cannot be changed, re-ordered or removed behind the
//! program's back without `docslot verify` naming it, unless the seals are made again from there on. Whoever noted the
//! head of the clinic's chain elsewhere finds that too.

#[cfg(feature = "ssr")]
pub mod server;
