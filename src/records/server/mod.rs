//! Sealing, and checking what is stored.

mod chain;
mod rows;
mod seal;
pub mod verify;

pub use seal::{Sealer, seal_everything};
