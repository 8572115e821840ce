//! What every feature asks of the clinic: its settings, its time zone, its audit log, and how a doctor stands with it.

mod model;
#[cfg(feature = "ssr")]
pub mod server;

pub use model::{ActorRole, Approval, DoctorStatus, PausedBy};
