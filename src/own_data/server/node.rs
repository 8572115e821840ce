//! The content of a person's copy: one tree, which is written as JSON and as a page.

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::time::{Timestamp, server::rfc3339};

/// A value of the copy.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Nothing,
    Text(String),
    Number(i64),
    Flag(bool),
    /// In UTC as RFC 3339 in JSON, in words on the page.
    Moment(Timestamp),
    List(Vec<Node>),
    /// In this order.
    Record(Vec<(&'static str, Node)>),
}

impl Node {
    pub fn text(text: impl Into<String>) -> Node {
        Node::Text(text.into())
    }

    pub fn moment(at: Option<Timestamp>) -> Node {
        at.map_or(Node::Nothing, Node::Moment)
    }
}

impl<T: Into<String>> From<Option<T>> for Node {
    fn from(text: Option<T>) -> Self {
        text.map_or(Node::Nothing, |text| Node::Text(text.into()))
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Nothing => serializer.serialize_none(),
            Node::Text(text) => serializer.serialize_str(text),
            Node::Number(number) => serializer.serialize_i64(*number),
            Node::Flag(flag) => serializer.serialize_bool(*flag),
            Node::Moment(at) => serializer.serialize_str(&rfc3339(*at, 0)),
            Node::List(list) => serializer.collect_seq(list),
            Node::Record(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order_and_moments_are_utc() {
        let tree = Node::Record(vec![
            ("z", Node::List(vec![Node::Number(1), Node::Flag(true)])),
            ("a", Node::Moment(Timestamp(1_767_600_000))),
            ("m", Node::from(None::<&str>)),
        ]);
        let json = serde_json::to_string(&tree).unwrap();
        assert_eq!(json, r#"{"z":[1,true],"a":"2026-01-05T08:00:00+00:00","m":null}"#);
    }
}
