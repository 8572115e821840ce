//! Versions: what an answer's `ETag` names and a request's `If-Match` wants.

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderValue,
        header::{ETAG, HeaderName, IF_MATCH},
        request::Parts,
    },
};

use super::problem::Problem;
use crate::error::{AppError, FieldCode};

/// The `ETag` of something in this version.
#[must_use]
pub fn etag(version: i64) -> (HeaderName, HeaderValue) {
    let value = HeaderValue::try_from(format!("\"{version}\""));
    (ETAG, value.unwrap_or(HeaderValue::from_static("\"\"")))
}

/// The version that `If-Match` names; none without the header, or with `*`, which any version fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    Absent,
    Any,
    Version(i64),
    /// One that was never an `ETag` of ours: it cannot fit.
    Foreign,
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(IF_MATCH).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(IfMatch::Absent),
            (Some(value), None) => Ok(read(value)),
            _ => Err(AppError::field("If-Match", FieldCode::Unknown).into()),
        }
    }
}

fn read(value: &HeaderValue) -> IfMatch {
    let text = value.to_str().unwrap_or_default().trim();
    let version =
        text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|version| version.parse().ok());
    match version {
        _ if text == "*" => IfMatch::Any,
        Some(version) => IfMatch::Version(version),
        None => IfMatch::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_what_is_wanted() {
        let (_, sent) = etag(7);
        assert_eq!(read(&sent), IfMatch::Version(7));
        assert_eq!(read(&HeaderValue::from_static("*")), IfMatch::Any);
        for foreign in ["7", "W/\"7\"", "\"x\"", "\"1\", \"2\"", ""] {
            assert_eq!(read(&HeaderValue::from_static(foreign)), IfMatch::Foreign, "{foreign}");
        }
    }
}
