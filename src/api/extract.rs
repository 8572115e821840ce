//! The arguments of a handler: parsed strictly, and every rejection is a [`Problem`] that names the field.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{
        HeaderMap, StatusCode,
        header::{ACCEPT, CONTENT_TYPE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::de::{DeserializeOwned, Error, IgnoredAny};
use serde_json::Value;
use serde_path_to_error::Path;

use super::problem::Problem;
use crate::error::{AppError, FieldCode};

/// The number of characters of a field's name that an answer repeats.
const MAX_NAME: usize = 80;

/// A JSON body of exactly this form.
pub struct Json<T>(pub T);

/// The query part of the address, of exactly this form.
pub struct Query<T>(pub T);

/// The id in the address. Other text is answered with 404.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !says_json(request.headers()) {
            return Err(AppError::UnsupportedMediaType.into());
        }
        let body = Bytes::from_request(request, state).await.map_err(|refused| {
            let too_large = refused.status() == StatusCode::PAYLOAD_TOO_LARGE;
            if too_large { AppError::TooLarge } else { AppError::BadRequest }
        })?;
        let value = read(&body)?;
        match nul_in(&body) {
            Some(field) => Err(AppError::field(&field, FieldCode::BadCharacters).into()),
            None => Ok(Json(value)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default().as_bytes();
        let value = read_query(query)?;
        match form_urlencoded::parse(query).find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => Err(AppError::field(shortened(&name), FieldCode::BadCharacters).into()),
            None => Ok(Query(value)),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let id = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        id.map(|axum::extract::Path(id)| Id(id)).map_err(|_| AppError::NotFound.into())
    }
}

/// Refuses programs that do not take JSON, before anything is done.
pub async fn accept_json(request: Request, next: Next) -> Response {
    accept(&["application/json", "application/problem+json"], request, next).await
}

/// Refuses programs that do not take a stream of events.
pub async fn accept_events(request: Request, next: Next) -> Response {
    accept(&["text/event-stream"], request, next).await
}

async fn accept(kinds: &[&str], request: Request, next: Next) -> Response {
    if kinds.iter().any(|kind| takes(request.headers(), kind)) {
        next.run(request).await
    } else {
        Problem::from(AppError::NotAcceptable).into_response()
    }
}

/// Whether `Accept` lets this media type through: the most specific range that covers it decides.
fn takes(headers: &HeaderMap, kind: &str) -> bool {
    let ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges: Vec<&str> =
        ranges.flat_map(|value| value.split(',')).filter(|range| !range.trim().is_empty()).collect();
    if ranges.is_empty() {
        return true;
    }
    let group = kind.split_once('/').map_or(kind, |(group, _)| group);
    let fit = |range: &&str| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let exactness = if name == kind {
            2
        } else if name.strip_suffix("/*") == Some(group) {
            1
        } else if name == "*/*" {
            0
        } else {
            return None;
        };
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        Some((exactness, quality > 0.0))
    };
    ranges.iter().filter_map(fit).max().is_some_and(|(_, wanted)| wanted)
}

fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The value of a body that is a JSON object.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    // an array would do for the reader: its items in the order of the fields
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(AppError::BadRequest);
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize(&mut reader) {
        Ok(value) => reader.end().map(|()| value).map_err(|_| AppError::BadRequest),
        Err(wrong) if wrong.inner().is_data() || is_json(body) => Err(misread(wrong.path(), wrong.inner())),
        Err(_) => Err(AppError::BadRequest),
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// The value of an address's query.
fn read_query<T: DeserializeOwned>(query: &[u8]) -> Result<T, AppError> {
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query));
    serde_path_to_error::deserialize(reader).map_err(|wrong| misread(wrong.path(), wrong.inner()))
}

/// The error that names the field that could not be read, and the reason.
///
/// The path leads to the field, or to the object in which a field is missing or repeated. The name of that field and
/// the kind of fault are only in the first words of serde's error.
fn misread(path: &Path, wrong: &impl Error) -> AppError {
    let words = wrong.to_string();
    let named = |start: &str| words.strip_prefix(start)?.split('`').next();
    let within = |name: &str| if path.iter().len() == 0 { name.to_owned() } else { format!("{path}.{name}") };
    let (field, code) = if let Some(name) = named("missing field `") {
        (within(name), FieldCode::Missing)
    } else if let Some(name) = named("duplicate field `") {
        (within(name), FieldCode::WrongType)
    } else if path.iter().len() == 0 {
        return AppError::BadRequest;
    } else if named("unknown field `").is_some() {
        (path.to_string(), FieldCode::NotAField)
    } else if named("unknown variant `").is_some() {
        (path.to_string(), FieldCode::Unknown)
    } else {
        (path.to_string(), FieldCode::WrongType)
    };
    AppError::field(shortened(&field), code)
}

fn shortened(name: &str) -> &str {
    name.char_indices().nth(MAX_NAME).map_or(name, |(end, _)| name.get(..end).unwrap_or_default())
}

/// The first text that holds NUL, which no database keeps. JSON can only write it as an escape.
fn nul_in(body: &[u8]) -> Option<String> {
    if !body.windows(6).any(|six| six == b"\\u0000") {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    path_of_nul(&value, String::new())
}

fn path_of_nul(value: &Value, path: String) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| path_of_nul(item, format!("{path}[{at}]")))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            path_of_nul(value, if path.is_empty() { name.clone() } else { format!("{path}.{name}") })
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Appointment {
        page: u8,
        role: Option<Kind>,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        list: Vec<u8>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[allow(dead_code)]
    enum Kind {
        Patient,
        Doctor,
    }

    fn body(text: &str) -> AppError {
        read::<Appointment>(text.as_bytes()).unwrap_err()
    }

    fn query(text: &str) -> AppError {
        read_query::<Appointment>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_body_that_does_not_fit_names_its_field() {
        for (text, field, code) in [
            (r#"{}"#, "page", FieldCode::Missing),
            (r#"{"page": "x"}"#, "page", FieldCode::WrongType),
            (r#"{"page": 300}"#, "page", FieldCode::WrongType),
            (r#"{"page": null}"#, "page", FieldCode::WrongType),
            (r#"{"page": 1, "page": 2}"#, "page", FieldCode::WrongType),
            (r#"{"page": 1, "colour": 2}"#, "colour", FieldCode::NotAField),
            (r#"{"page": 1, "role": "admin"}"#, "role", FieldCode::Unknown),
            (r#"{"page": 1, "role": 7}"#, "role", FieldCode::WrongType),
            (r#"{"page": 1, "inner": {}}"#, "inner.list", FieldCode::Missing),
            (r#"{"page": 1, "inner": {"x": 1, "list": []}}"#, "inner.x", FieldCode::NotAField),
            (r#"{"page": 1, "inner": {"list": [1, "x"]}}"#, "inner.list[1]", FieldCode::WrongType),
        ] {
            assert_eq!(body(text), AppError::field(field, code), "{text}");
        }
        for text in ["", "{", "[1, \"doctor\", null]", "[]", "null", "{\"page\": ", "7", "\"x\"", &"[".repeat(10_000)] {
            assert_eq!(body(text), AppError::BadRequest, "{}", shortened(text));
        }
    }

    #[test]
    fn a_query_that_does_not_fit_names_its_field() {
        for (text, field, code) in [
            ("", "page", FieldCode::Missing),
            ("page=x", "page", FieldCode::WrongType),
            ("page=", "page", FieldCode::WrongType),
            ("page=1&page=2", "page", FieldCode::WrongType),
            ("page=1&colour=2", "colour", FieldCode::NotAField),
            ("page=1&role=admin", "role", FieldCode::Unknown),
        ] {
            assert_eq!(query(text), AppError::field(field, code), "{text}");
        }
    }

    #[test]
    fn nul_is_found_wherever_it_is_written() {
        assert_eq!(nul_in(br#"{"a": ["x", {"b": "\u0000"}]}"#).as_deref(), Some("a[1].b"));
        assert_eq!(nul_in(br#"{"a": "\\u0000"}"#), None);
        assert_eq!(nul_in(br#"{"a": 1}"#), None);
    }

    #[test]
    fn the_most_specific_range_of_accept_decides() {
        let json = |accept: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            takes(&headers, "application/json")
        };
        assert!(takes(&HeaderMap::new(), "application/json"));
        for good in
            ["*/*", "application/*", "Application/JSON", "text/html, application/json;q=0.1", "text/*;q=0,*/*", ""]
        {
            assert!(json(good), "{good}");
        }
        for bad in
            ["text/html", "application/xml", "application/json;q=0", "*/*, application/json;q=0", "*/*;q=0", "json"]
        {
            assert!(!json(bad), "{bad}");
        }
    }
}
