//! A reader of JSON that refuses a repeated key, of which `serde_json::Value` silently keeps the last.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads one JSON text.
///
/// # Errors
/// The text is not JSON, or one of its objects has a key twice.
pub fn read(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str(text).map(|Strict(value)| value)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, words: &mut fmt::Formatter) -> fmt::Result {
        words.write_str("JSON whose objects have each key once")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((key, Strict(value))) = fields.next_entry::<String, Strict>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format!("the key \"{key}\" is repeated")));
            }
            object.insert(key, value);
        }
        Ok(object.into())
    }
}

#[test]
fn a_repeated_key_is_refused_at_every_depth() {
    for good in ["null", "7", "-7", "0.5", "\"x\"", "[]", r#"{"a": 1, "b": {"a": [true, {"a": null}]}}"#] {
        let plain: Value = serde_json::from_str(good).expect("JSON");
        assert_eq!(read(good).expect("JSON without repeated keys"), plain, "{good}");
    }
    for bad in [r#"{"a": 1, "a": 1}"#, r#"{"x": {"a": 1, "b": 2, "a": 3}}"#, r#"[{"a": [], "\u0061": []}]"#] {
        assert!(serde_json::from_str::<Value>(bad).is_ok(), "{bad}");
        let error = read(bad).expect_err(bad).to_string();
        assert!(error.contains("the key \"a\" is repeated"), "{bad}: {error}");
    }
    assert!(read("").is_err() && read("{").is_err() && read("{} {}").is_err());
}
