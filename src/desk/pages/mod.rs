//! The page of the desk.

mod address;
pub(crate) mod column;
mod desk;
#[cfg_attr(any(feature = "ssr", feature = "desk"), path = "live/mod.rs")]
#[cfg_attr(not(any(feature = "ssr", feature = "desk")), path = "not_live.rs")]
mod live;
mod tools;

pub use desk::DeskPage;
