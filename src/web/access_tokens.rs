//! Access tokens: signed, short-lived names of a session (JWT, RFC 7519; typed as in RFC 9068).
//!
//! A token alone is not enough: every request also reads the session's row. The time is the application's clock, so a
//! test can let a token expire.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{
    error::AppError,
    ids::{PersonId, SessionId},
    time::Timestamp,
};
use crate::{web::answer, web::keys::Keys};

const AUDIENCE: &str = "docslot";
const TYPE: &str = "at+jwt";
/// Seconds by which the clocks of two servers may differ.
const LEEWAY: i64 = 5;

/// What a token says. Times are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    pub sub: PersonId,
    /// The session.
    pub sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// A new token of this session, valid for `minutes` from `now`. `issuer` is the public address of the website.
///
/// # Errors
/// [`AppError::Internal`]: the signing key is of no use.
pub fn issue(
    keys: &Keys,
    issuer: &str,
    user: PersonId,
    session: SessionId,
    now: Timestamp,
    minutes: u32,
) -> Result<String, AppError> {
    let (id, key) = keys.signing();
    let header = Header { typ: Some(TYPE.into()), kid: Some(id), ..Header::new(Algorithm::HS256) };
    let claims = Claims {
        iss: issuer.into(),
        aud: AUDIENCE.into(),
        sub: user,
        sid: session,
        iat: now.0,
        nbf: now.0,
        exp: now.plus_minutes(minutes.into()).0,
    };
    jsonwebtoken::encode(&header, &claims, &key).map_err(|error| answer::internal("signing a token", &error))
}

/// What the token says, if it is one of ours and good at `now`.
#[must_use]
pub fn verify(keys: &Keys, issuer: &str, now: Timestamp, token: &str) -> Option<Claims> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.typ.as_deref() != Some(TYPE) {
        return None;
    }
    let key = keys.verifying(header.kid.as_deref()?, now)?;
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation(issuer)).ok()?.claims;
    let good = claims.nbf <= now.0 + LEEWAY && now.0 < claims.exp.saturating_add(LEEWAY);
    good.then_some(claims)
}

/// Signature, issuer and audience. The times are compared with the application's clock instead of the library's.
fn validation(issuer: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "nbf", "exp"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use jsonwebtoken::EncodingKey;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const ISSUER: &str = "https://clinic.example";
    const NOW: Timestamp = Timestamp(1_700_000_000);

    fn keys() -> Keys {
        Keys::for_test(&[("new", 1), ("old", 2)])
    }

    fn claims() -> Value {
        json!({
            "iss": ISSUER, "aud": "docslot", "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2),
            "iat": NOW.0, "nbf": NOW.0, "exp": NOW.0 + 600,
        })
    }

    fn header() -> Header {
        Header { typ: Some("at+jwt".into()), kid: Some("new".into()), ..Header::new(Algorithm::HS256) }
    }

    fn sign(header: &Header, claims: &Value, byte: u8) -> String {
        jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(&[byte; 32])).unwrap()
    }

    fn accepted(token: &str) -> bool {
        verify(&keys(), ISSUER, NOW, token).is_some()
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[name] = value;
        claims
    }

    fn without(name: &str) -> Value {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let (user, session) = (PersonId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)));
        let token = issue(&keys(), ISSUER, user, session, NOW, 10).unwrap();
        let at = |seconds| verify(&keys(), ISSUER, NOW.plus_seconds(seconds), &token);
        let good = at(0).unwrap();
        assert_eq!((good.sub, good.sid), (user, session));
        assert!(at(604).is_some());
        assert!(at(605).is_none());
        assert!(at(-5).is_some());
        assert!(at(-6).is_none());
    }

    #[test]
    fn an_older_key_still_verifies_and_an_unknown_one_does_not() {
        let old = Header { kid: Some("old".into()), ..header() };
        assert!(accepted(&sign(&old, &claims(), 2)));
        let retired = Header { kid: Some("retired".into()), ..header() };
        assert!(!accepted(&sign(&retired, &claims(), 1)));
    }

    #[test]
    fn a_forged_token_names_no_person() {
        assert!(accepted(&sign(&header(), &claims(), 1)), "the corpus starts from a good token");
        let wrong_key = sign(&header(), &claims(), 9);
        let key_of_another_id = sign(&header(), &claims(), 2);
        let other_algorithm = sign(&Header { alg: Algorithm::HS512, ..header() }, &claims(), 1);
        let no_key_id = sign(&Header { kid: None, ..header() }, &claims(), 1);
        let other_type = sign(&Header { typ: Some("JWT".into()), ..header() }, &claims(), 1);
        let no_type = sign(&Header { typ: None, ..header() }, &claims(), 1);
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let none = |alg: &str| {
            format!("{}.{}.", encode(&json!({"alg": alg, "typ": "at+jwt", "kid": "new"})), encode(&claims()))
        };
        let mut tampered = sign(&header(), &claims(), 1);
        tampered.replace_range(tampered.rfind('.').unwrap() + 1.., &"A".repeat(43));
        let forged = [
            wrong_key,
            key_of_another_id,
            other_algorithm,
            no_key_id,
            other_type,
            no_type,
            none("none"),
            none("None"),
            none("HS256"),
            tampered,
            String::new(),
            "..".into(),
            "a.b.c".into(),
            "é".into(),
        ];
        for token in forged {
            assert!(!accepted(&token), "{token}");
        }
    }

    #[test]
    fn a_token_with_a_wrong_or_missing_claim_names_no_person() {
        let cases = [
            with("exp", json!((NOW.0 + 600).to_string())),
            with("exp", json!(NOW.0 - 6)),
            with("exp", json!(null)),
            with("exp", json!(-1)),
            with("nbf", json!(NOW.0 + 60)),
            with("nbf", json!("0")),
            with("iss", json!("https://evil.example")),
            with("iss", json!([ISSUER, "https://evil.example"])),
            with("aud", json!("other")),
            with("sub", json!("not an id")),
            with("sid", json!(7)),
            without("exp"),
            without("nbf"),
            without("iss"),
            without("aud"),
            without("sub"),
            without("sid"),
            without("iat"),
        ];
        for claims in cases {
            assert!(!accepted(&sign(&header(), &claims, 1)), "{claims}");
        }
    }
}
