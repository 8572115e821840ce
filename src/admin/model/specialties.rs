//! Specialties.

use serde::{Deserialize, Serialize};

use crate::ids::SpecialtyId;

/// One specialty, as staff see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialtyRow {
    pub id: SpecialtyId,
    /// Its part of addresses, made from its first name and never changed.
    pub slug: String,
    pub name: String,
    /// Doctors who have it, whether patients see them or not.
    pub doctors: u32,
}
