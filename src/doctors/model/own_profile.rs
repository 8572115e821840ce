//! The profile, as its doctor edits it.

use serde::{Deserialize, Serialize};

/// Most characters of the text about a doctor.
pub const MAX_ABOUT: u32 = 2_000;
/// Specialties of one doctor.
pub const MAX_SPECIALTIES: usize = 3;

/// A profile with all choices of its form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnProfile {
    pub slug: String,
    pub name: String,
    pub designation: String,
    pub registration_number: String,
    pub about: String,
    /// Where the doctor's video calls take place; may be empty.
    pub video_url: String,
    /// Ids, the first is the one that a card shows.
    pub specialties: Vec<String>,
    /// ISO 639-1 codes.
    pub languages: Vec<String>,
    pub accepts_new_patients: bool,
    /// Whether the doctor lets clinic staff read patients' reasons.
    pub staff_read_reasons: bool,
    /// What a form carries, so that it overwrites nothing unseen.
    pub version: i64,
    pub by_staff: bool,
    /// Whether only staff may still change the registration number.
    pub registration_fixed: bool,
    pub visibility: Visibility,
    /// Whether the reader may hide or show the profile now.
    pub can_switch: bool,
    pub has_hours: bool,
    pub has_visit_types: bool,
    /// Every specialty of the clinic, as id and name.
    pub all_specialties: Vec<(String, String)>,
    /// Every language, as code and name.
    pub all_languages: Vec<(String, String)>,
}

/// Whether patients see a profile, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    Visible,
    /// Staff have not approved the doctor yet.
    Waiting,
    /// Staff said no.
    Rejected {
        note: String,
    },
    PausedByClinic,
    HiddenByDoctor,
    /// The doctor is leaving, or has left.
    Leaving,
}

/// A profile as it was typed. The languages come separately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileForm {
    pub name: String,
    pub designation: String,
    /// Left alone when only staff may change it.
    pub registration_number: String,
    pub about: String,
    /// Where the doctor's video calls take place; may be empty.
    pub video_url: String,
    /// Ids; the second and the third may be empty.
    pub specialty_1: String,
    pub specialty_2: String,
    pub specialty_3: String,
    /// `true` or nothing.
    pub accepts_new_patients: String,
}
