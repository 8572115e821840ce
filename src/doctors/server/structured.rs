//! A doctor's profile for search engines: schema.org's Physician, written as JSON-LD.

use serde_json::{Map, Value, json};

use crate::doctors::model::{DoctorProfile, PublicLocation};

/// What the public page shows of the doctor, and nothing else, as it may stand inside a `script` element. `location` is
/// the public address of this website.
#[must_use]
pub fn structured_data(profile: &DoctorProfile, location: &str) -> String {
    let card = &profile.card;
    let description = if profile.about.is_empty() { &profile.designation } else { &profile.about };
    let fields = [
        ("@context", json!("https://schema.org")),
        ("@type", json!("Physician")),
        ("name", json!(card.name)),
        ("url", json!([location, "/doctors/", &card.slug].concat())),
        ("description", json!(description)),
        ("identifier", json!(profile.registration_number)),
        ("medicalSpecialty", json!(profile.specialties)),
        ("knowsLanguage", json!(card.languages)),
        ("isAcceptingNewPatients", json!(card.accepts_new_patients)),
        ("telephone", json!(profile.locations.first().map(|location| &location.phone))),
        ("address", json!(profile.locations.first().map(|location| &location.address))),
        ("location", json!(profile.locations.iter().map(clinic).collect::<Vec<_>>())),
    ];
    let says_something = |value: &Value| !matches!(value, Value::Null) && *value != json!("") && *value != json!([]);
    let fields = fields.into_iter().filter(|(_, value)| says_something(value));
    inside_script(
        &Value::Object(fields.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>()).to_string(),
    )
}

fn clinic(location: &PublicLocation) -> Value {
    json!({ "@type": "MedicalClinic", "name": location.name, "address": location.address, "telephone": location.phone })
}

/// JSON in which nothing can end the element around it, or begin another one.
fn inside_script(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_the_script_and_none_is_changed() {
        let nasty = "</script><script>alert(1)</script><!-- &amp; \u{2028} ]]> \"\\";
        let text = inside_script(&json!({ "name": nasty }).to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["name"], nasty);
    }
}
