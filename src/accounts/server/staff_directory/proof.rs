//! The person behind a code that the provider sent: the code is exchanged for an ID token, and the token is checked.

use std::{
    borrow::Cow,
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use openidconnect::{
    AccessToken, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, Client, ClientId,
    ClientSecret, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenClaims,
    IdTokenFields, IdTokenVerifier, Nonce, OAuth2TokenResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    http::HttpError,
    pending::{Pending, Wanted},
    provider::{Provider, StaffDirectory, in_words},
};
use crate::{error::DirectoryRefusal, time::Timestamp};

/// Seconds by which the clocks of the provider and of this server may differ.
const CLOCKS_DIFFER: i64 = 60;
/// Seconds after which a token is too old, whatever it says of itself: it was made for this very sign-in.
const OLDEST_TOKEN: i64 = 600;
/// The signatures that count: those of a key that only the provider has. A shared secret is not one, and `none` is none.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims that the standard does not name: groups, and whatever else the clinic's settings name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OtherClaims {
    #[serde(flatten)]
    all: HashMap<String, Value>,
}

impl AdditionalClaims for OtherClaims {}

type Fields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Token = IdToken<OtherClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type Claims = IdTokenClaims<OtherClaims, CoreGenderClaim>;
type TokenError = RequestTokenError<HttpError, StandardErrorResponse<CoreErrorResponseType>>;
/// The library's client, with the addresses that a provider's description has.
pub(super) type Asking = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A person of the directory, as its provider has just proved.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Proved {
    pub issuer: String,
    pub subject: String,
    /// As the provider writes it; may be empty.
    pub email: String,
    /// Whether the provider says that the address is the person's own.
    pub is_email_proved: bool,
    /// May be empty.
    pub name: String,
    pub groups: Vec<String>,
}

impl StaffDirectory {
    /// The client for this provider.
    pub(super) fn asking(&self, provider: &Provider) -> Result<Asking, DirectoryRefusal> {
        let (id, secret) = (self.settings.client_id.clone(), self.settings.client_secret.expose().to_owned());
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|error| {
            tracing::error!(%error, "people cannot come back from the clinic's directory: see server.public_url");
            DirectoryRefusal::Away
        })?;
        let metadata = (*provider.metadata).clone();
        let client = Client::from_provider_metadata(metadata, ClientId::new(id), Some(ClientSecret::new(secret)));
        let methods = provider.metadata.token_endpoint_auth_methods_supported();
        let in_header = methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let auth_type = if in_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        Ok(client.set_auth_type(auth_type).set_redirect_uri(redirect))
    }

    /// The person for whom the provider gave this code, after the sign-in that the browser began.
    pub(super) async fn prove(
        &self,
        now: Timestamp,
        pending: &Pending,
        code: &str,
    ) -> Result<Proved, DirectoryRefusal> {
        let provider = self.provider(now).await?;
        let asking = self.asking(&provider)?;
        let tokens = self.exchange(&asking, pending, code).await?;
        let token = tokens.id_token().ok_or_else(|| not_proved("there is no ID token"))?;
        let claims = self.checked(token, &provider, pending, now).await?;
        let mut proved = self.person(
            &claims.issuer().to_string(),
            claims.subject().as_str(),
            Told {
                email: claims.email().map(|email| email.as_str()),
                is_verified: claims.email_verified(),
                name: claims.name().and_then(|name| name.get(None)).map(|name| name.as_str()),
                others: &claims.additional_claims().all,
            },
        );
        let has_groups = claims.additional_claims().all.contains_key(&self.settings.groups_claim);
        if (proved.email.is_empty() || !has_groups) && asking.user_info_url().is_some() {
            self.ask_more(&asking, tokens.access_token().clone(), claims, has_groups, &mut proved).await?;
        }
        Ok(proved)
    }

    async fn exchange(&self, asking: &Asking, pending: &Pending, code: &str) -> Result<Tokens, DirectoryRefusal> {
        let request = asking.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(|error| away(&error))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()));
        let http = self.http().map_err(|error| away(&error))?;
        request.request_async(http).await.map_err(|error| refused(&error))
    }

    /// The claims of a token whose signature and content are right.
    async fn checked<'t>(
        &self,
        token: &'t Token,
        provider: &Provider,
        pending: &Pending,
        now: Timestamp,
    ) -> Result<&'t Claims, DirectoryRefusal> {
        let nonce = Nonce::new(pending.nonce.clone());
        let first = token.claims(&self.verifier(provider, pending, now), &nonce);
        let claims = match first {
            Err(ClaimsVerificationError::SignatureVerification(error)) => {
                // providers change their keys without a word
                let renewed = self.with_new_keys(provider, now).await.ok_or_else(|| not_proved(&error.to_string()))?;
                token.claims(&self.verifier(&renewed, pending, now), &nonce)
            }
            other => other,
        };
        let claims = claims.map_err(|error| not_proved(kind(&error)))?;
        // who else the token is for is refused above; whom it was made for has to be us, too
        let made_for = claims.authorized_party();
        if made_for.is_some_and(|party| party.as_str() != self.settings.client_id) {
            return Err(not_proved("the token was made for another program"));
        }
        Ok(claims)
    }

    fn verifier(
        &self,
        provider: &Provider,
        pending: &Pending,
        now: Timestamp,
    ) -> IdTokenVerifier<'static, CoreJsonWebKey> {
        let (id, issuer) = (ClientId::new(self.settings.client_id.clone()), provider.metadata.issuer().clone());
        let (began, is_again) = (pending.began.0, matches!(pending.wanted, Wanted::Again(_)));
        // without the secret: a token that is signed with it proves nothing
        IdTokenVerifier::new_public_client(id, issuer, (*provider.keys).clone())
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || moment(now.0 - CLOCKS_DIFFER).into())
            .set_issue_time_verifier_fn(move |issued| {
                let age = now.0 - issued.timestamp();
                let is_new = (-CLOCKS_DIFFER..=OLDEST_TOKEN).contains(&age);
                if is_new { Ok(()) } else { Err("it is too old, or of the future".to_owned()) }
            })
            .set_auth_time_verifier_fn(move |proved| {
                let is_since = proved.is_some_and(|proved| proved.timestamp() >= began - CLOCKS_DIFFER);
                if is_since || !is_again { Ok(()) } else { Err("nothing was asked of the person".to_owned()) }
            })
    }

    /// Asks for what the token does not tell. Some providers keep it apart.
    async fn ask_more(
        &self,
        asking: &Asking,
        access: AccessToken,
        claims: &Claims,
        has_groups: bool,
        proved: &mut Proved,
    ) -> Result<(), DirectoryRefusal> {
        let request = asking.user_info(access, Some(claims.subject().clone())).map_err(|error| away(&error))?;
        let http = self.http().map_err(|error| away(&error))?;
        let told: Result<UserInfoClaims<OtherClaims, CoreGenderClaim>, _> = request.request_async(http).await;
        let told = told.map_err(|error| away(&error))?;
        let more = self.person(
            &proved.issuer,
            &proved.subject,
            Told {
                email: told.email().map(|email| email.as_str()),
                is_verified: told.email_verified(),
                name: told.name().and_then(|name| name.get(None)).map(|name| name.as_str()),
                others: &told.additional_claims().all,
            },
        );
        if proved.email.is_empty() {
            (proved.email, proved.is_email_proved) = (more.email, more.is_email_proved);
        }
        if proved.name.is_empty() {
            proved.name = more.name;
        }
        if !has_groups {
            proved.groups = more.groups;
        }
        Ok(())
    }

    fn person(&self, issuer: &str, subject: &str, told: Told<'_>) -> Proved {
        let claim = &self.settings.verified_claim;
        let is_email_proved = match claim.as_str() {
            "email_verified" => told.is_verified == Some(true),
            other => told.others.get(other).is_some_and(is_yes),
        };
        Proved {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            email: told.email.unwrap_or_default().to_owned(),
            is_email_proved,
            name: told.name.unwrap_or_default().to_owned(),
            groups: told.others.get(&self.settings.groups_claim).map(texts).unwrap_or_default(),
        }
    }
}

/// What a token or an answer tells of a person.
struct Told<'a> {
    email: Option<&'a str>,
    is_verified: Option<bool>,
    name: Option<&'a str>,
    others: &'a HashMap<String, Value>,
}

/// Entra ID writes booleans as texts and numbers, too.
fn is_yes(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => text == "1" || text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// One text, or several.
fn texts(value: &Value) -> Vec<String> {
    let values = value.as_array().map_or(Cow::Owned(vec![value.clone()]), Cow::Borrowed);
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn moment(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// What is wrong with a token, without what it says: that names a person.
fn kind(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "the token is over, or of another time",
        ClaimsVerificationError::InvalidAudience(_) => "the token is for others",
        ClaimsVerificationError::InvalidAuthTime(_) => "the person has not just signed in",
        ClaimsVerificationError::InvalidIssuer(_) => "the token is of another provider",
        ClaimsVerificationError::InvalidNonce(_) => "the token belongs to another sign-in",
        ClaimsVerificationError::SignatureVerification(_) => "the signature is not right",
        ClaimsVerificationError::Unsupported(_) => "the token is of a kind that is not read",
        _ => "the token is not right",
    }
}

/// A sign-in that proves nothing, for the log.
pub(super) fn not_proved(reason: &str) -> DirectoryRefusal {
    tracing::warn!(reason, "a sign-in by the clinic's directory proves nothing");
    DirectoryRefusal::NotProved
}

fn away(error: &dyn std::error::Error) -> DirectoryRefusal {
    tracing::warn!(error = in_words(error), "the clinic's directory does not answer as it should");
    DirectoryRefusal::Away
}

/// What a provider answers instead of tokens. Its own words may name a person, so only its code is logged.
fn refused(error: &TokenError) -> DirectoryRefusal {
    match error {
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            CoreErrorResponseType::InvalidGrant => not_proved("the provider does not know the code, or no longer"),
            CoreErrorResponseType::Extension(_) => away(&Unusual("an error of its own")),
            other => away(&Unusual(other.as_ref())),
        },
        RequestTokenError::Request(error) => away(error),
        RequestTokenError::Parse(..) => away(&Unusual("no answer of a token endpoint")),
        RequestTokenError::Other(_) => away(&Unusual("an empty answer")),
    }
}

/// An answer that a provider should not give.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unusual<'a>(&'a str);

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_are_one_text_or_several_and_nothing_else() {
        assert_eq!(texts(&json!(["a", "b"])), ["a", "b"]);
        assert_eq!(texts(&json!("a")), ["a"]);
        assert_eq!(texts(&json!(["a", 1, null, ["b"]])), ["a"]);
        assert!(texts(&json!({ "a": "b" })).is_empty() && texts(&json!(null)).is_empty());
    }

    #[test]
    fn an_address_is_proved_by_a_plain_yes_alone() {
        for yes in [json!(true), json!(1), json!("1"), json!("true"), json!("True")] {
            assert!(is_yes(&yes), "{yes}");
        }
        for no in [json!(false), json!(0), json!(2), json!("yes"), json!(null), json!([true]), json!({})] {
            assert!(!is_yes(&no), "{no}");
        }
    }
}
