//! Types and rules of booking that browser and server share. No I/O.

pub mod desk;
mod lifecycle;
pub mod settle;
mod shown;

pub use lifecycle::*;
pub use shown::*;
