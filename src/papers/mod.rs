//! Papers: files that patients send along with an appointment, and that its doctor adds.
//!
//! Promises: a file is what its content says, whatever its name; nobody opens one that the virus scanner has not seen,
//! where there is one; the store holds nothing that can be read without the database; every opening is noted; and of
//! what was taken away, only that it was there remains.

pub mod actions;
mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::*;
