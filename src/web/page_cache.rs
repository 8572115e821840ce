//! Pages as visitors see them, kept until something changes and for a second at most.
//!
//! Most requests for the public pages come from browsers without a session, and what they get is the same for all of
//! them. So such a page is made once a second. It is made again as soon as this process commits anything, so that the
//! next page after a change shows it; changes of other processes show after a second more than without this cache.
//!
//! Each answer has its own nonce in its policy and in its scripts: a kept page is cut where the nonce stands.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{MatchedPath, Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_SECURITY_POLICY, SET_COOKIE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::nonce::Nonce;

use crate::{
    config::Settings,
    state::AppState,
    time::Timestamp,
    web::{
        answer,
        cookies::{self, CookieName},
        local_path::came_from,
    },
};

/// The pages that depend on nothing but their address, the colours and the clinic.
const PUBLIC: [&str; 7] = ["/", "/accessibility", "/doctors", DOCTOR, "/doctors/{slug}/times", "/help", "/privacy"];
/// A doctor's page depends on one thing more: it leads back to the list that its reader came from.
const DOCTOR: &str = "/doctors/{slug}";
/// Path of that list.
const LIST: &str = "/doctors";
/// What a browser may send for a kept page: the colours, which are a part of the key, and what counts only for signing in.
const HARMLESS: [CookieName; 2] = [cookies::THEME, cookies::DEVICE];
/// How long a page is kept.
const MAX_AGE: Duration = Duration::from_secs(1);
/// Pages kept at once.
const MAX_PAGES: usize = 256;
/// Bytes of a page that is kept.
const MAX_BYTES: usize = 256 * 1024;

/// The pages that one process keeps.
#[derive(Default)]
pub struct PageCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    made: Option<Made>,
    pages: HashMap<Key, Arc<Page>>,
}

/// When pages were made: what the clock showed, how much this process had committed, and a clock that only runs on.
#[derive(Clone, Copy)]
struct Made {
    now: Timestamp,
    commits: u64,
    at: Instant,
}

/// Path and query, the colours, and the list to which a doctor's page leads back.
type Key = (String, String, Option<String>);

struct Page {
    headers: HeaderMap,
    /// The policy before and after the nonce.
    policy: (String, String),
    /// The text between the places of the nonce.
    parts: Vec<Bytes>,
}

impl Made {
    fn now(app: &AppState) -> Self {
        Made { now: app.clock.now(), commits: app.db.commits(), at: Instant::now() }
    }

    /// Whether what was made then can be shown now.
    fn is_good(self, now: Made) -> bool {
        self.now == now.now && self.commits == now.commits && now.at.saturating_duration_since(self.at) < MAX_AGE
    }
}

impl PageCache {
    fn find(&self, key: &Key, now: Made) -> Option<Arc<Page>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.made.filter(|made| made.is_good(now)).and_then(|_| kept.pages.get(key).cloned())
    }

    /// Keeps a page whose making began at `made`.
    fn keep(&self, key: Key, made: Made, page: Page) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.made {
            // one that was begun before what is kept is not kept
            Some(newer) if newer.at > made.at && !newer.is_good(made) => return,
            Some(older) if older.is_good(made) => {}
            _ => *kept = Kept { made: Some(made), pages: HashMap::new() },
        }
        if kept.pages.len() < MAX_PAGES {
            kept.pages.insert(key, Arc::new(page));
        }
    }
}

impl Page {
    /// Cuts a page where its nonce stands; nothing for a page without one.
    fn cut(headers: HeaderMap, body: &Bytes) -> Option<Page> {
        let (policy, nonce) = policy_and_nonce(&headers)?;
        let text = std::str::from_utf8(body).ok()?;
        let mut parts = Vec::new();
        let mut from = 0;
        for (at, _) in text.match_indices(&nonce) {
            parts.push(body.slice(from..at));
            from = at + nonce.len();
        }
        parts.push(body.slice(from..));
        Some(Page { headers, policy, parts })
    }

    fn answer(&self) -> Response {
        let nonce = Nonce::new();
        let nonce: &str = nonce.as_inner();
        let length = self.parts.iter().map(Bytes::len).sum::<usize>() + nonce.len() * self.parts.len();
        let mut text = Vec::with_capacity(length);
        for (index, part) in self.parts.iter().enumerate() {
            if index > 0 {
                text.extend_from_slice(nonce.as_bytes());
            }
            text.extend_from_slice(part);
        }
        let mut response = Body::from(text).into_response();
        *response.headers_mut() = self.headers.clone();
        if let Ok(policy) = HeaderValue::try_from([&self.policy.0, nonce, &self.policy.1].concat()) {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// A page's policy, cut where its nonce stands, and the nonce.
fn policy_and_nonce(headers: &HeaderMap) -> Option<((String, String), String)> {
    let policy = headers.get(CONTENT_SECURITY_POLICY)?.to_str().ok()?;
    let (before, rest) = policy.split_once("'nonce-")?;
    let (nonce, after) = rest.split_once('\'')?;
    let cut = ([before, "'nonce-"].concat(), ["'", after].concat());
    (!nonce.is_empty()).then(|| (cut, nonce.to_owned()))
}

/// Around every page. Answers from memory where a visitor asks for a public page that is kept.
pub async fn around(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let Some(key) = key_of(&request, &app.settings) else {
        return next.run(request).await;
    };
    let made = Made::now(&app);
    if let Some(page) = app.page_cache.find(&key, made) {
        return page.answer();
    }
    let response = next.run(request).await;
    if response.status() != StatusCode::OK || response.headers().contains_key(SET_COOKIE) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, usize::MAX).await {
        Ok(body) => body,
        Err(error) => return answer::refuse(answer::internal("a page could not be read", &error)),
    };
    if body.len() <= MAX_BYTES
        && let Some(page) = Page::cut(parts.headers.clone(), &body)
    {
        app.page_cache.keep(key, made, page);
    }
    Response::from_parts(parts, Body::from(body))
}

/// What the page for this request is kept under; nothing where the page may depend on more than its address.
fn key_of(request: &Request, settings: &Settings) -> Option<Key> {
    let (headers, https) = (request.headers(), settings.is_https());
    let path = request.extensions().get::<MatchedPath>()?.as_str();
    let is_public = request.method() == Method::GET && PUBLIC.contains(&path) && !headers.contains_key(AUTHORIZATION);
    if !is_public || !cookies::all_are(headers, &HARMLESS, https) {
        return None;
    }
    let address = request.uri().path_and_query()?.as_str().to_owned();
    let theme = cookies::get(headers, cookies::THEME, https).unwrap_or_default().to_owned();
    let list = (path == DOCTOR).then(|| came_from(LIST, request.uri(), headers, settings)).flatten();
    Some((address, theme, list))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(policy: &'static str, body: &'static str) -> Option<Page> {
        let headers = HeaderMap::from_iter([(CONTENT_SECURITY_POLICY, policy.parse().unwrap())]);
        Page::cut(headers, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn a_page_without_a_nonce_is_not_kept() {
        assert!(page("default-src 'none'", "<p>").is_none());
        assert!(page("script-src 'nonce-'", "<p>").is_none());
    }

    #[tokio::test]
    async fn each_answer_has_a_nonce_of_its_own_in_policy_and_scripts() {
        let page = page("script-src 'nonce-abc'", "<a nonce=\"abc\"><b nonce=\"abc\">").unwrap();
        let mut seen = Vec::new();
        for _ in 0..2 {
            let (parts, body) = page.answer().into_parts();
            let (_, nonce) = policy_and_nonce(&parts.headers).unwrap();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            assert_eq!(body, format!("<a nonce=\"{nonce}\"><b nonce=\"{nonce}\">"));
            seen.push(nonce);
        }
        assert!(seen[0] != "abc" && seen[0] != seen[1]);
    }

    #[test]
    fn a_commit_another_second_and_an_older_page_end_what_is_kept() {
        let cache = PageCache::default();
        let key = || ("/help".to_owned(), String::new(), None);
        let new = || page("script-src 'nonce-abc'", "x").unwrap();
        let made = Made { now: Timestamp(5), commits: 1, at: Instant::now() };
        cache.keep(key(), made, new());
        assert!(cache.find(&key(), made).is_some());
        assert!(cache.find(&key(), Made { commits: 2, ..made }).is_none());
        assert!(cache.find(&key(), Made { now: Timestamp(6), ..made }).is_none());
        assert!(cache.find(&key(), Made { at: made.at + MAX_AGE, ..made }).is_none());
        let later = Made { commits: 2, at: made.at + Duration::from_millis(1), ..made };
        cache.keep(key(), later, new());
        cache.keep(key(), made, new());
        assert!(cache.find(&key(), later).is_some());
        assert!(cache.find(&key(), made).is_none());
    }
}
