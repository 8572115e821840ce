//! Reading and writing what belongs to the clinic as a whole.

pub mod audit;
pub mod data_keys;
pub mod imports;
mod settings;
mod zone;

pub use settings::{ClinicSettings, ClinicSettingsCache, answer_by_words, load_settings};
pub use zone::{change_zone, clinic_moment, clinic_zone, keep_zone};
