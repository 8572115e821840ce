//! Types and rules of booking that browser and server share. No I/O.

mod attendance;
pub mod desk;
mod lifecycle;
pub mod settle;
mod shown;

pub use attendance::*;
pub use lifecycle::*;
pub use shown::*;
