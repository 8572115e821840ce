//! Specialties.

use serde::{Deserialize, Serialize};

use crate::ids::SpecialtyId;

/// Characters of the other words for a specialty.
pub const MAX_OTHER_WORDS: u32 = 300;

/// One specialty, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialtyRow {
    pub id: SpecialtyId,
    /// Its part of addresses, made from its first name and never changed.
    pub slug: String,
    pub name: String,
    /// What patients say for it, with commas between; may be empty.
    pub other_words: String,
    /// Doctors who have it, whether patients see them or not.
    pub doctors: u32,
}
