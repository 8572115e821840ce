//! Versions of things that change: `ETag` on what is read, `If-Match` on what changes it (RFC 9110).

use axum::{
    Json,
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderValue,
        header::{ETAG, IF_MATCH},
        request::Parts,
    },
};

use utoipa::IntoParams;

use super::problem::Problem;
use crate::error::AppError;

/// The version that a request wants to change. A change needs it, so that it undoes nothing that was not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoParams)]
#[into_params(names("If-Match"), parameter_in = Header)]
pub struct IfMatch(
    /// The `ETag` that was read; 428 without it.
    #[param(value_type = Option<String>)]
    pub i64,
);

impl IfMatch {
    /// Turns a function's conflict about an older version into the answer to `If-Match`.
    #[must_use]
    pub fn failed(error: AppError) -> AppError {
        if error == AppError::Conflict { AppError::PreconditionFailed } else { error }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(IfMatch(wanted(&parts.headers)?))
    }
}

fn wanted(headers: &HeaderMap) -> Result<i64, AppError> {
    let tag = headers.get(IF_MATCH).ok_or(AppError::PreconditionRequired)?;
    let tag = tag.to_str().unwrap_or_default().trim();
    if tag == "*" {
        // `*` matches any version, so it does not protect an unseen change
        return Err(AppError::PreconditionRequired);
    }
    let version = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    version.and_then(|version| version.parse().ok()).ok_or(AppError::PreconditionFailed)
}

/// Adds the `ETag` of this version.
pub fn tag(headers: &mut HeaderMap, version: i64) {
    if let Ok(value) = HeaderValue::try_from(format!("\"{version}\"")) {
        headers.insert(ETAG, value);
    }
}

/// An answer with the `ETag` of its version.
pub type Tagged<T> = (HeaderMap, Json<T>);

/// The answer with this body, which is of this version.
pub fn tagged<T>(version: i64, body: T) -> Tagged<T> {
    let mut headers = HeaderMap::new();
    tag(&mut headers, version);
    (headers, Json(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_survives_its_tag() {
        let mut headers = HeaderMap::new();
        assert_eq!(wanted(&headers), Err(AppError::PreconditionRequired));
        tag(&mut headers, 7);
        let etag = headers[ETAG].clone();
        headers.insert(IF_MATCH, etag);
        assert_eq!(wanted(&headers), Ok(7));
        for (other, error) in [
            ("*", AppError::PreconditionRequired),
            ("W/\"7\"", AppError::PreconditionFailed),
            ("7", AppError::PreconditionFailed),
            ("\"seven\"", AppError::PreconditionFailed),
        ] {
            headers.insert(IF_MATCH, HeaderValue::from_static(other));
            assert_eq!(wanted(&headers), Err(error), "{other}");
        }
    }
}
