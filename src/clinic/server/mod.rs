//! Reading and writing what belongs to the clinic as a whole.

pub mod audit;
pub mod data_keys;
pub mod imports;
pub mod keys;
mod second_factor_rule;
mod settings;
mod zone;

pub use second_factor_rule::SecondFactorRule;
pub use settings::{ClinicSettings, ClinicSettingsCache, answer_by_words, load_settings};
pub use zone::{change_zone, clinic_moment, clinic_zone, keep_zone};
