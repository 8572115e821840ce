//! The parts of the OpenAPI document that the page shows.

use serde_json::{Map, Value};

/// Operations that belong together.
pub struct Group {
    pub name: String,
    pub description: String,
    pub operations: Vec<Operation>,
}

/// One operation of the API.
pub struct Operation {
    /// Unique; the part of the page has it as its id.
    pub id: String,
    /// The method in capitals.
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: Vec<String>,
    pub token: Token,
    pub parameters: Vec<Row>,
    pub body: Option<Kind>,
    /// Status, meaning and schema of each answer.
    pub answers: Vec<(String, String, Option<Kind>)>,
}

/// Whether a token is needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Token {
    No,
    Possible,
    Needed,
}

/// A named form of data.
pub struct Schema {
    pub name: String,
    pub description: String,
    pub rows: Vec<Row>,
}

/// A field or a parameter.
pub struct Row {
    pub name: String,
    /// "in the path", "may be left out"; may be empty.
    pub note: &'static str,
    pub kind: Kind,
    pub description: String,
}

/// The kind of a value in words, and the schema that says more.
pub struct Kind {
    pub words: String,
    pub schema: Option<String>,
}

/// The groups that have operations, in the order of the document's tags.
pub fn groups(document: &Value) -> Vec<Group> {
    let operations = all_operations(document);
    let of_tag = |tag: &Value| {
        let name = text(tag, "name");
        let operations: Vec<Operation> = operations
            .iter()
            .filter(|(_, _, operation)| operation["tags"][0] == tag["name"])
            .map(operation_of)
            .collect();
        Group { name, description: text(tag, "description"), operations }
    };
    items(&document["tags"]).iter().map(of_tag).filter(|group| !group.operations.is_empty()).collect()
}

/// Every named form of data, by name.
pub fn schemas(document: &Value) -> Vec<Schema> {
    let schema = |(name, schema): (&String, &Value)| Schema {
        name: name.clone(),
        description: text(schema, "description"),
        rows: rows_of(schema),
    };
    fields(&document["components"]["schemas"]).map(schema).collect()
}

fn all_operations(document: &Value) -> Vec<(&String, &String, &Value)> {
    let paths = fields(&document["paths"]);
    paths.flat_map(|(path, item)| fields(item).map(move |(method, operation)| (path, method, operation))).collect()
}

fn operation_of((path, method, operation): &(&String, &String, &Value)) -> Operation {
    let answers = fields(&operation["responses"]).filter(|(status, _)| *status != "default");
    let answer = |(status, answer): (&String, &Value)| {
        (status.clone(), text(answer, "description"), content(&answer["content"]))
    };
    Operation {
        id: text(operation, "operationId"),
        method: method.to_uppercase(),
        path: (*path).clone(),
        summary: text(operation, "summary"),
        description: text(operation, "description")
            .split("\n\n")
            .map(str::to_owned)
            .filter(|p| !p.is_empty())
            .collect(),
        token: token(&operation["security"]),
        parameters: items(&operation["parameters"]).iter().map(parameter).collect(),
        body: content(&operation["requestBody"]["content"]),
        answers: answers.map(answer).collect(),
    }
}

fn token(security: &Value) -> Token {
    match security.as_array() {
        None => Token::No,
        Some(ways) if ways.iter().any(|way| way.as_object().is_some_and(Map::is_empty)) => Token::Possible,
        Some(_) => Token::Needed,
    }
}

fn parameter(parameter: &Value) -> Row {
    let note = match (parameter["in"].as_str(), parameter["required"].as_bool()) {
        (Some("path"), _) => "in the path",
        (Some("header"), Some(true)) => "header",
        (Some("header"), _) => "header, may be left out",
        (_, Some(true)) => "",
        _ => "may be left out",
    };
    Row {
        name: text(parameter, "name"),
        note,
        kind: kind_of(&parameter["schema"]),
        description: text(parameter, "description"),
    }
}

/// The first media type of a body, for all of them hold the same.
fn content(content: &Value) -> Option<Kind> {
    let (_, first) = fields(content).next()?;
    Some(kind_of(&first["schema"]))
}

fn rows_of(schema: &Value) -> Vec<Row> {
    let required = items(&schema["required"]);
    let row = |(name, field): (&String, &Value)| Row {
        name: name.clone(),
        note: if required.iter().any(|one| one == name.as_str()) { "" } else { "may be left out" },
        kind: kind_of(field),
        description: text(field, "description"),
    };
    let own = fields(&schema["properties"]).map(row);
    let parts = items(&schema["allOf"]).iter().flat_map(|part| match reference(part) {
        Some(name) => vec![Row {
            name: "…".to_owned(),
            note: "",
            kind: Kind { words: format!("all of {name}"), schema: Some(name) },
            description: String::new(),
        }],
        None => rows_of(part),
    });
    own.chain(parts).collect()
}

fn kind_of(schema: &Value) -> Kind {
    if let Some(name) = reference(schema) {
        return Kind { words: name.clone(), schema: Some(name) };
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        let choices = items(&schema[choice]);
        if !choices.is_empty() {
            let kinds: Vec<Kind> = choices.iter().map(kind_of).collect();
            let words = kinds.iter().map(|kind| kind.words.as_str()).collect::<Vec<_>>();
            return Kind { words: words.join(" or "), schema: kinds.iter().find_map(|kind| kind.schema.clone()) };
        }
    }
    let values = items(&schema["enum"]);
    if !values.is_empty() {
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        return Kind { words: values.join(" or "), schema: None };
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let mut found = None;
    let words: Vec<String> = types.iter().map(|one| plain_kind(one, schema, &mut found)).collect();
    Kind { words: words.join(" or "), schema: found }
}

fn plain_kind(name: &str, schema: &Value, found: &mut Option<String>) -> String {
    match name {
        "string" => match schema["format"].as_str() {
            Some(format) => format!("text ({format})"),
            None => "text".to_owned(),
        },
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => {
            let kind = kind_of(&schema["items"]);
            *found = kind.schema;
            format!("list of {}", kind.words)
        }
        other => other.to_owned(),
    }
}

fn reference(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.rsplit('/').next().map(str::to_owned)
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().trim().to_owned()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_read_as_words() {
        for (schema, words) in [
            (json!({ "type": "string", "format": "date-time" }), "text (date-time)"),
            (json!({ "type": ["integer", "null"] }), "whole number or null"),
            (json!({ "type": "array", "items": { "$ref": "#/components/schemas/Doctor" } }), "list of Doctor"),
            (json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Doctor" }] }), "null or Doctor"),
            (json!({ "type": "string", "enum": ["patient", "doctor"] }), "patient or doctor"),
        ] {
            assert_eq!(kind_of(&schema).words, words);
        }
        let list = json!({ "type": "array", "items": { "$ref": "#/components/schemas/Doctor" } });
        assert_eq!(kind_of(&list).schema.as_deref(), Some("Doctor"));
    }
}
