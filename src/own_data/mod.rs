//! What people can do with what the clinic keeps of them: have it as files, see who looked at it, and close their account.
//!
//! Promises: a copy holds what is about its person and nothing about anybody else; it is encrypted where it is kept, and
//! every opening is noted.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;
