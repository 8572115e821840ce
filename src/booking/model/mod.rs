//! Types and rules of booking that browser and server share. No I/O.

mod lifecycle;
mod shown;

pub use lifecycle::*;
pub use shown::*;
