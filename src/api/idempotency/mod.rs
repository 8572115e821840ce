//! `Idempotency-Key`: a request that is sent again has one effect, and gets the first answer again.
//!
//! A key belongs to one person and one address. A booking, a move and a cancellation store their answer in
//! their own transaction: the key's uniqueness decides between requests that come at once, and after a crash there is
//! the change with the answer, or neither. Elsewhere, the first request takes the key for a while, does its work and stores its answer; another
//! request with it waits a little for that answer. A rejected request had no effect, so its key is free again. A
//! process that dies on the way leaves the key taken until its time runs out.

pub mod store;

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{CONTENT_TYPE, ETAG, IF_MATCH, LOCATION},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio::time::{Instant, sleep};
use tracing::Instrument;
use utoipa::IntoParams;
use uuid::Uuid;

use self::store::{Answer, Claimed, Key, KeyedRequest, Look};
use super::{names::PREFIX, problem::Problem};
use crate::{
    db::Error,
    error::{AppError, FieldCode},
    state::AppState,
    web::answer,
    web::forms::MAX_BODY,
    web::request::RequestContext,
};

/// The header, in lower case.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const MAX_KEY: usize = 255;
/// The size of the largest answer that is kept.
const MAX_ANSWER: usize = 256 * 1024;
/// The time for which a request waits for the first one with its key.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(40);
/// Sessions begin and end without keys: their answers are secrets, and a second session does no harm.
const WITHOUT: [&str; 5] = ["/login", "/register", "/open-account", "/refresh", "/logout"];
/// These store the answer in the same commit as what they make, so a process that dies leaves both or neither.
const IN_SAME_COMMIT: [&str; 5] =
    ["/holds", "/appointments", "/book", "/appointments/{id}/cancel", "/appointments/{id}/reschedule"];
/// The headers of an answer that are kept.
const HEADERS: [HeaderName; 3] = [CONTENT_TYPE, ETAG, LOCATION];

/// The header in the description of an operation that takes it.
#[derive(IntoParams)]
#[into_params(names("Idempotency-Key"), parameter_in = Header)]
pub struct KeyHeader(
    /// Sent again, the request has no second effect.
    #[param(min_length = 1, max_length = 255)]
    pub Option<String>,
);

/// The key of a request whose handler stores the answer itself; none for a request without one.
#[derive(Clone, Debug, Default)]
pub struct RequestKey(pub Option<KeyedRequest>);

impl<S: Sync> FromRequestParts<S> for RequestKey {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(RequestKey(parts.extensions.get().cloned()))
    }
}

/// Marks an answer with a secret, as an extension: it is never kept.
#[derive(Clone, Copy, Debug)]
pub struct ShownOnce;

/// Applies the keys to every route. Requests without a key or without a signed-in person pass.
pub async fn around(State(app): State<AppState>, request: Request, next: Next) -> Response {
    match keyed(&request) {
        Ok(None) => next.run(request).await,
        Ok(Some(key)) => match answer_once(app, key, request, next).await {
            Ok(response) => response,
            Err(error) => Problem::from(error).into_response(),
        },
        Err(error) => Problem::from(error).into_response(),
    }
}

/// The key of a request, with its owner and its operation.
fn keyed(request: &Request) -> Result<Option<Key>, AppError> {
    let mut keys = request.headers().get_all(IDEMPOTENCY_KEY).iter();
    let (Some(key), more) = (keys.next(), keys.next()) else { return Ok(None) };
    let path = request.extensions().get::<MatchedPath>().map(|_| request.uri().path());
    let actor = request.extensions().get::<RequestContext>().and_then(|request_context| request_context.actor);
    let (Some(path), Some(actor), &Method::POST) = (path, actor, request.method()) else { return Ok(None) };
    if WITHOUT.contains(&path) {
        return Ok(None);
    }
    let wrong = |code| AppError::field("Idempotency-Key", code);
    let key = key.to_str().map_err(|_| wrong(FieldCode::BadCharacters))?.trim();
    match key.len() {
        0 => Err(wrong(FieldCode::Missing)),
        1..=MAX_KEY if more.is_none() => {
            Ok(Some(Key { user: actor.user, operation: format!("POST {path}"), key: key.to_owned() }))
        }
        1..=MAX_KEY => Err(wrong(FieldCode::Unknown)),
        _ => Err(wrong(FieldCode::TooLong(MAX_KEY as u32))),
    }
}

/// Answers the first request with this key, and repeats that answer to the others.
async fn answer_once(app: AppState, key: Key, request: Request, next: Next) -> Result<Response, AppError> {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let route = route.and_then(|route| route.strip_prefix(PREFIX));
    let in_same_commit = route.is_some_and(|route| IN_SAME_COMMIT.contains(&route));
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| AppError::TooLarge)?;
    let keyed = KeyedRequest { key, hash: hash(&parts.headers, &body) };
    if in_same_commit {
        parts.extensions.insert(keyed.clone());
        return answer_from_commit(app, keyed, Request::from_parts(parts, Body::from(body)), next).await;
    }
    let KeyedRequest { key, hash } = keyed;
    let effect = match claim(&app, &key, &hash).await? {
        Claimed::Taken(effect) => effect,
        Claimed::Answered(Some(answer)) => return Ok(answer.into_response()),
        Claimed::Answered(None) => return Ok(Problem::shown_once().into_response()),
        Claimed::Reused => return Err(AppError::KeyReused),
        Claimed::UnderWay => return Err(AppError::KeyInUse),
    };
    let request = Request::from_parts(parts, Body::from(body));
    // goes on when the program that asked goes away, so that its next attempt finds the answer
    let work = async move {
        let response = next.run(request).await;
        finish(&app, key, effect, response).await
    };
    let work = tokio::spawn(work.in_current_span());
    work.await.unwrap_or_else(|failure| Err(answer::internal("a request panicked", &failure)))
}

/// Lets the handler store its answer. When it fails, an earlier request with this key may have been answered, or
/// another one at the same moment: then that answer is the answer.
async fn answer_from_commit(
    app: AppState,
    KeyedRequest { key, hash }: KeyedRequest,
    request: Request,
    next: Next,
) -> Result<Response, AppError> {
    let response = next.run(request).await;
    if response.status().is_success() {
        return Ok(response);
    }
    let mut looked = store::look(&app, &key, &hash).await;
    if looked.is_err() {
        // many requests with one key may have taken every connection
        sleep(PAUSE).await;
        looked = store::look(&app, &key, &hash).await;
    }
    match looked? {
        Look::At(Claimed::Answered(Some(answer))) => Ok(answer.into_response()),
        Look::At(Claimed::Reused) => Err(AppError::KeyReused),
        _ => Ok(response),
    }
}

/// The SHA-256 hash of everything that the answer depends on.
fn hash(headers: &HeaderMap, body: &Bytes) -> Vec<u8> {
    let mut hash = Sha256::new();
    for name in [CONTENT_TYPE, IF_MATCH] {
        hash.update(headers.get(name).map_or(&b""[..], HeaderValue::as_bytes));
        hash.update([0]);
    }
    hash.update(body);
    hash.finalize().to_vec()
}

/// Takes the key, or waits for the answer of the request that has it.
async fn claim(app: &AppState, key: &Key, hash: &[u8]) -> Result<Claimed, AppError> {
    let begun = Instant::now();
    loop {
        let mut claimed = store::claim(app, key, hash).await?;
        while matches!(claimed, Claimed::UnderWay) && begun.elapsed() < ANSWER_TIMEOUT {
            sleep(PAUSE).await;
            match store::look(app, key, hash).await? {
                Look::At(found) => claimed = found,
                Look::Free => break,
            }
        }
        if !matches!(claimed, Claimed::UnderWay) || begun.elapsed() >= ANSWER_TIMEOUT {
            return Ok(claimed);
        }
    }
}

/// Stores the answer of a request that had an effect. The key of a refused request is free again. The key of a failed
/// request stays its own, because the request may have had an effect: only the same one may be sent again.
async fn finish(app: &AppState, key: Key, effect: Uuid, response: Response) -> Result<Response, AppError> {
    let status = response.status();
    if !status.is_success() {
        let freed = if status.is_client_error() {
            store::forget(app, key, effect).await
        } else {
            store::give_back(app, key, effect).await
        };
        if let Err(error) = freed {
            tracing::warn!(%error, "an Idempotency-Key is free only when its time has run out");
        }
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_ANSWER).await.map_err(|error| answer::internal("an answer broke off", &error))?;
    let secret = parts.extensions.get::<ShownOnce>().is_some();
    let answer = Answer::new(parts.status, &parts.headers, &body, secret);
    if let Err(error) = store::keep(app, key, effect, answer).await {
        // what was done is done: the answer of this request is true, and only a repetition misses it
        tracing::warn!(%error, "an answer could not be kept");
    }
    Ok(Response::from_parts(parts, Body::from(body)))
}

impl Answer {
    /// The answer to keep, of JSON.
    ///
    /// # Errors
    /// The body cannot be written as JSON: a defect.
    pub fn json(status: StatusCode, mut headers: HeaderMap, body: &impl Serialize) -> Result<Self, Error> {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = serde_json::to_vec(body).map_err(|_| Error::Corrupt("an answer"))?;
        Ok(Answer::new(status, &headers, &body, false))
    }

    /// The answer to keep; without its body when that is a secret.
    fn new(status: StatusCode, headers: &HeaderMap, body: &[u8], secret: bool) -> Self {
        let kept = HEADERS.iter().filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.into()))
        });
        Answer {
            status: status.as_u16().into(),
            headers: serde_json::Value::Object(kept.collect()).to_string(),
            body: (!secret).then(|| String::from_utf8_lossy(body).into_owned()),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = u16::try_from(self.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let mut response = (status.unwrap_or(StatusCode::OK), self.body.unwrap_or_default()).into_response();
        let headers: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&self.headers).unwrap_or_default();
        for name in HEADERS {
            let value = headers.get(name.as_str()).and_then(|value| value.as_str());
            if let Some(Ok(value)) = value.map(HeaderValue::from_str) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
