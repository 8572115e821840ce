//! Types and rules of booking that browser and server share. No I/O.

pub mod absence_resolution;
mod answers;
mod attendance;
mod days;
pub mod front_desk;
mod hold_address;
mod lifecycle;
pub mod series;
pub mod soonest;
pub mod time_off;
mod views;
pub mod waiting;
mod whom;
pub mod zone_change;

pub use answers::*;
pub use attendance::*;
pub use days::*;
pub use hold_address::*;
pub use lifecycle::*;
pub use views::*;
pub use whom::*;
