//! Reading and writing what belongs to the clinic as a whole.

pub mod audit;
mod settings;
mod zone;

pub use settings::{ClinicSettings, ClinicSettingsCache, load_settings};
pub use zone::{change_zone, clinic_moment, clinic_zone, keep_zone};
