//! Types and rules of booking that browser and server share. No I/O.

pub mod absence_resolution;
mod attendance;
pub mod front_desk;
mod lifecycle;
pub mod series;
pub mod soonest;
pub mod time_off;
mod views;
pub mod zone_change;

pub use attendance::*;
pub use lifecycle::*;
pub use views::*;
