//! What pages show of patients' records: finished words.

use serde::{Deserialize, Serialize};

use crate::{
    accounts::model::record::RecordValues,
    booking::front_desk::{FoundPatient, PatientAppointment},
    ids::{MatchPairId, MergeId, PersonId},
};

/// What a search finds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientsPage {
    pub query: String,
    /// None when nothing was typed.
    pub found: Option<Vec<FoundPatient>>,
    /// Pairs that wait for staff; for doctors, none.
    pub pairs: u32,
    pub by_staff: bool,
}

/// The record of a patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatientPage {
    pub id: PersonId,
    pub values: RecordValues,
    /// As it is dialled in the clinic's country.
    pub phone: String,
    /// "9 December 1906"; empty when it is not known.
    pub birth_date: String,
    pub version: i32,
    pub has_account: bool,
    pub suspended: bool,
    /// The record that has what was this one's.
    pub merged_into: Option<PersonId>,
    /// Whether the reader is staff, who change it.
    pub by_staff: bool,
    pub appointments: Vec<PatientAppointment>,
    /// Slug and name of the doctors with whom staff can book.
    pub doctors: Vec<(String, String)>,
    /// Newest first; for admins alone.
    pub history: Vec<RecordChange>,
    /// The last merge, as long as it can be undone.
    pub undo: Option<(MergeId, String)>,
}

/// A change of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordChange {
    /// "Thursday 3 December, 2:20pm"
    pub when: String,
    /// The name of who changed it.
    pub who: String,
    /// "Phone number"
    pub field: String,
    pub before: String,
    pub after: String,
}

/// Two records, and what making them one would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergePage {
    pub id: PersonId,
    pub name: String,
    pub query: String,
    /// Others to choose from, while none is chosen.
    pub found: Option<Vec<FoundPatient>>,
    /// Both, when the other one is chosen.
    pub plan: Option<MergePlan>,
}

/// What is known of a merge before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergePlan {
    /// The one that stays: the one with an account.
    pub kept: MergeSide,
    pub merged: MergeSide,
    /// Names of the fields in which both say something else.
    pub differing: Vec<String>,
    /// Appointments that come along.
    pub appointments: u32,
    /// Whether both have an account, which keeps them apart.
    pub two_accounts: bool,
    /// The times at which both have an appointment, in words, which keep them apart.
    pub overlaps: Vec<String>,
}

impl MergePlan {
    #[must_use]
    pub fn is_possible(&self) -> bool {
        !self.two_accounts && self.overlaps.is_empty()
    }
}

/// One of two records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeSide {
    pub id: PersonId,
    pub version: i32,
    pub values: RecordValues,
    /// "9 December 1906"; empty when it is not known.
    pub birth_date: String,
    pub has_account: bool,
}

impl MergeSide {
    /// What this record says in a field, in words.
    #[must_use]
    pub fn words(&self, field: &str) -> &str {
        let text = if field == "birth_date" { self.birth_date.as_str() } else { self.values.get(field) };
        if text.is_empty() { "Nothing" } else { text }
    }
}

/// From which record each field is taken: `merged`, or the one that stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MergeForm {
    pub name: String,
    pub call_name: String,
    pub birth_date: String,
    pub phone: String,
    pub email: String,
    pub clinic_number: String,
    pub language: String,
    pub access_needs: String,
    pub desk_notes: String,
}

/// Sent for a field that is taken from the record that goes.
pub const FROM_MERGED: &str = "merged";
/// Sent for a field that is taken from the record that stays.
pub const FROM_KEPT: &str = "kept";

impl MergeForm {
    /// Whether this field is taken from the record that goes.
    #[must_use]
    pub fn takes(&self, field: &str) -> bool {
        let chosen = match field {
            "name" => &self.name,
            "call_name" => &self.call_name,
            "birth_date" => &self.birth_date,
            "phone" => &self.phone,
            "email" => &self.email,
            "clinic_number" => &self.clinic_number,
            "language" => &self.language,
            "access_needs" => &self.access_needs,
            "desk_notes" => &self.desk_notes,
            _ => return false,
        };
        chosen == FROM_MERGED
    }
}

/// Two people who may be one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchPair {
    pub id: MatchPairId,
    /// With an account.
    pub one: FoundPatient,
    /// Without one.
    pub other: FoundPatient,
    /// "They have the same phone number."
    pub why: String,
}
