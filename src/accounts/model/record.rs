//! What the clinic keeps of a person, as staff type and read it.

use serde::{Deserialize, Serialize};

use super::MAX_NAME;

/// Characters of a clinic number, of a language.
pub const MAX_CLINIC_NUMBER: u32 = 40;
pub const MAX_LANGUAGE: u32 = 60;
/// Characters of what a person needs to come and to be understood.
pub const MAX_NEEDS: u32 = 500;
/// Characters of the notes for the desk.
pub const MAX_NOTES: u32 = 2_000;
/// Characters of what a person is called.
pub const MAX_CALLED: u32 = MAX_NAME;

/// The fields of a record in their order: the name in forms and in the history, and the label.
pub const RECORD_FIELDS: [(&str, &str); 9] = [
    ("name", "Name"),
    ("call_name", "What to call them"),
    ("birth_date", "Birth date"),
    ("phone", "Phone number"),
    ("email", "Email address"),
    ("clinic_number", "Clinic number"),
    ("language", "Language"),
    ("access_needs", "Access needs"),
    ("desk_notes", "Notes for the desk"),
];

/// The values of a record as they are typed and kept; an empty text is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordValues {
    pub name: String,
    pub call_name: String,
    /// "1906-12-09"; what cannot be read, as it was typed.
    pub birth_date: String,
    pub phone: String,
    pub email: String,
    pub clinic_number: String,
    pub language: String,
    pub access_needs: String,
    pub desk_notes: String,
}

impl RecordValues {
    /// The value of one of [`RECORD_FIELDS`]; of another name, nothing.
    #[must_use]
    pub fn get(&self, field: &str) -> &str {
        match field {
            "name" => &self.name,
            "call_name" => &self.call_name,
            "birth_date" => &self.birth_date,
            "phone" => &self.phone,
            "email" => &self.email,
            "clinic_number" => &self.clinic_number,
            "language" => &self.language,
            "access_needs" => &self.access_needs,
            "desk_notes" => &self.desk_notes,
            _ => "",
        }
    }

    /// Sets the value of one of [`RECORD_FIELDS`].
    pub fn set(&mut self, field: &str, value: String) {
        let place = match field {
            "name" => &mut self.name,
            "call_name" => &mut self.call_name,
            "birth_date" => &mut self.birth_date,
            "phone" => &mut self.phone,
            "email" => &mut self.email,
            "clinic_number" => &mut self.clinic_number,
            "language" => &mut self.language,
            "access_needs" => &mut self.access_needs,
            "desk_notes" => &mut self.desk_notes,
            _ => return,
        };
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_and_set_by_its_name() {
        let mut values = RecordValues::default();
        for (field, _) in RECORD_FIELDS {
            values.set(field, field.to_owned());
            assert_eq!(values.get(field), field);
        }
    }
}
