//! The sender of this request, read once before any other work.
//!
//! A request with a broken, expired or revoked cookie or token counts as signed out; it is never an error.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{
        Extensions, HeaderMap, HeaderName, Method,
        header::{ACCEPT, AUTHORIZATION, SET_COOKIE},
    },
    middleware::Next,
    response::Response,
};
use cookie::Cookie;

use crate::{
    accounts::server::{self as accounts, Renewed, staff_directory::routes::RETURN},
    error::AppError,
    ids::PersonId,
};
use crate::{
    random,
    state::AppState,
    web::access_tokens,
    web::answer,
    web::cookies,
    web::device::Device,
    web::request::{Actor, RequestContext},
    web::second_factor_gate,
    web::user_agent,
};

/// What a request is for, as the browser says.
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
/// Where a page says that a person works on it.
const STAY: &str = "/fn/account/stay";

/// Leaves a [`RequestContext`] in the request's extensions, and renews the browser's session when its access token has
/// expired.
pub async fn attach(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let address = address(request.headers(), request.extensions(), &app.settings.server.trusted_proxies);
    let used_from = is_at_work(request.headers(), request.uri().path()).then_some(address);
    let (actor, new_cookies, former) = match identify(&app, request.headers(), used_from).await {
        Ok(found) => found,
        Err(error) => return answer::refuse(error),
    };
    // who comes back from the clinic's directory signs in, too
    let is_sent = request.method() == Method::POST || request.uri().path() == RETURN;
    let https = app.settings.is_https();
    let device = is_sent.then(|| Device::of(request.headers(), app.keys.cookies(), https)).flatten();
    let trusted = if is_sent { cookies::trusted_tokens(request.headers(), https) } else { Vec::new() };
    let second_factor_due = match actor {
        Some(actor) => match accounts::second_factor::rule::due(&app, actor).await {
            Ok(due) => due,
            Err(error) => return answer::refuse(error),
        },
        None => None,
    };
    let request_context = RequestContext {
        actor,
        holder: cookies::hold_token(request.headers(), app.settings.is_https()).map(random::token_hash),
        device,
        trusted,
        second_factor_due,
        address,
        former,
        agent: if is_sent { user_agent::words(request.headers()) } else { String::new() },
    };
    let refusal = second_factor_gate::refusal(&request, &request_context, app.clock.now());
    let mut response = match refusal {
        Some(refusal) => refusal,
        None => {
            request.extensions_mut().insert(request_context);
            next.run(request).await
        }
    };
    add_unless_set(response.headers_mut(), &new_cookies, &app);
    response
}

/// Whether a person or a program is at work, so that the session is in use. What a page asks for by itself, such as news
/// of changed times, keeps no session open; a script says with a request of its own that a person works on the page.
pub(crate) fn is_at_work(headers: &HeaderMap, path: &str) -> bool {
    let says =
        |name: HeaderName, word: &str| headers.get(name).is_some_and(|value| value.as_bytes() == word.as_bytes());
    let by_itself = says(FETCH_DEST, "empty") && path != STAY;
    !by_itself && !says(ACCEPT, "text/event-stream")
}

/// The person; the cookies to give them, if the session was renewed; and whose session it was, if it is over.
type Identified = (Option<Actor>, Vec<Cookie<'static>>, Option<PersonId>);

/// Who the headers say is asking.
async fn identify(app: &AppState, headers: &HeaderMap, used_from: Option<IpAddr>) -> Result<Identified, AppError> {
    if let Some(token) = bearer(headers) {
        return Ok((by_access_token(app, token, used_from).await?, Vec::new(), None));
    }
    let https = app.settings.is_https();
    if let Some(token) = cookies::get(headers, cookies::ACCESS, https)
        && let Some(actor) = by_access_token(app, token, used_from).await?
    {
        return Ok((Some(actor), Vec::new(), None));
    }
    let refresh = cookies::get(headers, cookies::REFRESH, https).filter(|token| cookies::is_token(token));
    let Some(refresh) = refresh else {
        return Ok((None, Vec::new(), None));
    };
    Ok(match accounts::renew(app, refresh, used_from).await? {
        Renewed::Fresh(signed) => {
            (Some(signed.actor), signed.cookies(&app.settings).map(Cookie::into_owned).into(), None)
        }
        Renewed::Parallel(actor) => (Some(actor), Vec::new(), None),
        Renewed::Over(person) => (None, Vec::new(), Some(person)),
        Renewed::Anonymous => (None, Vec::new(), None),
    })
}

/// The person of an access token, if it is good and its session goes on. `used_from` is where the session is in use.
pub(crate) async fn by_access_token(
    app: &AppState,
    token: &str,
    used_from: Option<IpAddr>,
) -> Result<Option<Actor>, AppError> {
    let now = app.clock.now();
    let Some(claims) = access_tokens::verify(&app.keys, &app.settings.public_url(), now, token) else {
        return Ok(None);
    };
    let actor = accounts::find(app, claims.sid, used_from).await?;
    Ok(actor.filter(|actor| actor.user == claims.sub))
}

/// The token in the header `Authorization`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Signing in or out sets the session's cookies itself; those cookies are kept.
fn add_unless_set(headers: &mut HeaderMap, new_cookies: &[Cookie<'_>], app: &AppState) {
    let name = cookies::ACCESS.over(app.settings.is_https());
    let set = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| Cookie::parse(cookie.to_str().ok()?).ok());
    if set.into_iter().any(|cookie| cookie.name() == name) {
        return;
    }
    for cookie in new_cookies.iter().filter_map(cookies::header) {
        headers.append(SET_COOKIE, cookie);
    }
}

/// The sender's network address: the last hop that is not a proxy we trust.
pub(crate) fn address(headers: &HeaderMap, extensions: &Extensions, trusted: &[IpAddr]) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let Some(peer) = peer else {
        return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    };
    let mut sender = peer;
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<_> = hops.flat_map(|value| value.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        if !trusted.contains(&sender) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(hop) => sender = hop.to_canonical(),
            Err(_) => break,
        }
    }
    sender
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let name = axum::http::HeaderName::from_static("x-forwarded-for");
        let headers = forwarded.iter().map(|value| (name.clone(), value.parse().unwrap())).collect();
        let trusted: Vec<IpAddr> = trusted.iter().map(|proxy| proxy.parse().unwrap()).collect();
        address(&headers, &extensions, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(from("203.0.113.9", &["198.51.100.1"], &[]), "203.0.113.9");
        assert_eq!(from("10.0.0.1", &["198.51.100.1"], &["10.0.0.1"]), "198.51.100.1");
        assert_eq!(from("::ffff:10.0.0.1", &["198.51.100.1"], &["10.0.0.1"]), "198.51.100.1");
    }

    #[test]
    fn what_the_sender_wrote_into_the_header_is_not_believed() {
        assert_eq!(from("10.0.0.1", &["1.1.1.1, 198.51.100.1"], &["10.0.0.1"]), "198.51.100.1");
        assert_eq!(from("10.0.0.1", &["1.1.1.1", "198.51.100.1, 10.0.0.2"], &["10.0.0.1", "10.0.0.2"]), "198.51.100.1");
        assert_eq!(from("10.0.0.1", &["nonsense"], &["10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn what_a_page_asks_for_by_itself_is_no_use_of_the_session() {
        let at_work = |name: HeaderName, value: &str, path: &str| {
            is_at_work(&HeaderMap::from_iter([(name, value.parse().unwrap())]), path)
        };
        assert!(is_at_work(&HeaderMap::new(), "/api/v1/me"), "programs and old browsers say nothing");
        assert!(at_work(FETCH_DEST, "document", "/admin") && at_work(FETCH_DEST, "empty", STAY));
        assert!(!at_work(FETCH_DEST, "empty", "/fn/booking/days"));
        assert!(!at_work(ACCEPT, "text/event-stream", "/api/v1/changes"));
    }

    #[test]
    fn a_bearer_token_is_read_from_its_header() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, "bearer abc".parse().unwrap());
        assert_eq!(bearer(&headers), Some("abc"));
        headers.insert(AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(bearer(&headers), None);
    }
}
