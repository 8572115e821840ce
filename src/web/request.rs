//! The sender of a request, for server functions and pages.
//!
//! The session middleware reads the session once per request and leaves a [`RequestContext`] in the request's
//! extensions. The functions here read it from the context that Leptos gives to server functions and to pages while
//! they are rendered.

use std::net::{IpAddr, Ipv4Addr};

use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap, StatusCode,
        header::{SET_COOKIE, USER_AGENT},
        request::Parts,
    },
};
use cookie::Cookie;
use leptos::prelude::{provide_context, use_context, with_context};
use leptos_axum::ResponseOptions;

use crate::{
    accounts::{Permission, Role},
    error::AppError,
    ids::{PersonId, SessionId},
    time::Timestamp,
    ui::Theme,
};
use crate::{
    random,
    state::AppState,
    web::cookies::{self, HOLD},
    web::device::Device,
};

/// A signed-in person: the session and the account were looked up for this very request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    pub user: PersonId,
    pub role: Role,
    pub session: SessionId,
}

impl Actor {
    /// Whether this person's role may do this at all.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }

    /// # Errors
    /// [`AppError::Forbidden`] without this permission.
    pub fn needs(&self, permission: Permission) -> Result<(), AppError> {
        if self.may(permission) { Ok(()) } else { Err(AppError::Forbidden) }
    }
}

/// The sender of this request.
#[derive(Clone, Debug)]
pub struct RequestContext {
    pub actor: Option<Actor>,
    /// SHA-256 of the token by which this browser keeps a held time before sign-in.
    pub holder: Option<Vec<u8>>,
    /// The network address, behind the proxies that the settings trust.
    pub address: IpAddr,
    /// The browser, if it has signed in before. Only read for a form that is sent.
    pub device: Option<Device>,
    /// The tokens by which accounts trust this browser. Only read for a form that is sent.
    pub trusted: Vec<String>,
    /// Until when the person has to set a second factor up; none for those who need none, or have one.
    pub second_factor_due: Option<Timestamp>,
    /// Whose session has ended, when the browser still shows that it had one.
    pub former: Option<PersonId>,
    /// Browser and system in words, or the kind of program. Only read for a form that is sent.
    pub agent: String,
}

impl RequestContext {
    /// A request without an account or an address.
    #[must_use]
    pub fn anonymous() -> Self {
        RequestContext {
            actor: None,
            holder: None,
            address: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            device: None,
            trusted: Vec::new(),
            second_factor_due: None,
            former: None,
            agent: String::new(),
        }
    }
}

/// The page that a form was sent from, in the extensions of its request.
#[derive(Clone, Debug)]
pub struct SentFrom(pub String);

/// A hold token that this request has just been given.
#[derive(Clone)]
struct NewHolder(Vec<u8>);

/// The application.
///
/// # Errors
/// Called outside a request: a defect.
pub fn app() -> Result<AppState, AppError> {
    use_context::<AppState>().ok_or_else(|| {
        let reference = random::reference_of_request();
        tracing::error!(reference, "no application in this context");
        AppError::Internal { reference }
    })
}

/// The sender of the request.
#[must_use]
pub fn request_context() -> RequestContext {
    with_context::<Parts, _>(|parts| parts.extensions.get::<RequestContext>().cloned())
        .flatten()
        .unwrap_or_else(RequestContext::anonymous)
}

/// The person who is signed in.
///
/// # Errors
/// [`AppError::Unauthenticated`]
pub fn signed_in() -> Result<Actor, AppError> {
    request_context().actor.ok_or(AppError::Unauthenticated)
}

/// The person who is signed in, if their role has this permission.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`]
pub fn allowed(permission: Permission) -> Result<Actor, AppError> {
    let actor = signed_in()?;
    actor.needs(permission)?;
    Ok(actor)
}

/// The hash of this browser's hold token. A browser without one gets one now, as a cookie for an hour; one that has it
/// keeps it for another hour.
#[must_use]
pub fn holder_or_new() -> Vec<u8> {
    if let Some(NewHolder(hash)) = use_context() {
        return hash;
    }
    let https = use_context::<AppState>().is_some_and(|app| app.settings.is_https());
    let token = hold_token(https).unwrap_or_else(random::token);
    append_cookie(&cookies::set(HOLD, &token, cookies::HOLD_SECONDS, https));
    let hash = random::token_hash(&token);
    provide_context(NewHolder(hash.clone()));
    hash
}

/// Remembers the colours this browser asked for.
pub fn remember_theme(theme: Theme, app: &AppState) {
    let https = app.settings.is_https();
    append_cookie(&match theme {
        Theme::System => cookies::clear(cookies::THEME, https),
        chosen => cookies::set(cookies::THEME, chosen.into_str(), cookies::THEME_SECONDS, https),
    });
}

/// Remembers whether the key "/" goes to the search in this browser.
pub fn remember_search_key(on: bool, app: &AppState) {
    let https = app.settings.is_https();
    append_cookie(&match on {
        true => cookies::clear(cookies::SEARCH_KEY, https),
        false => cookies::set(cookies::SEARCH_KEY, "off", cookies::THEME_SECONDS, https),
    });
}

/// Gives the page the HTTP status of this error. While a page is rendered on the server; nothing otherwise.
pub fn set_status(error: &AppError) {
    if let (Some(options), Ok(status)) = (use_context::<ResponseOptions>(), StatusCode::from_u16(error.status())) {
        options.set_status(status);
    }
}

/// Goes back to the page of the form that was sent, to the part of it with this id.
pub fn back_to(id: &str) {
    let page =
        with_context::<Parts, _>(|parts| parts.extensions.get::<SentFrom>().map(|from| from.0.clone())).flatten();
    leptos_axum::redirect(&[page.as_deref().unwrap_or("/"), "#", id].concat());
}

/// Adds a `Set-Cookie` header to the answer.
pub fn append_cookie(cookie: &Cookie<'_>) {
    if let (Some(options), Some(value)) = (use_context::<ResponseOptions>(), cookies::header(cookie)) {
        options.append_header(SET_COOKIE, value);
    }
}

/// What `read` finds in the headers of this request.
pub fn with_headers<T>(read: impl FnOnce(&HeaderMap) -> Option<T>) -> Option<T> {
    with_context::<Parts, _>(|parts| read(&parts.headers)).flatten()
}

/// What the browser calls itself; may be empty.
#[must_use]
pub fn user_agent() -> String {
    with_headers(|headers| headers.get(USER_AGENT)?.to_str().ok().map(str::to_owned)).unwrap_or_default()
}

fn hold_token(https: bool) -> Option<String> {
    with_context::<Parts, _>(|parts| cookies::hold_token(&parts.headers, https).map(str::to_owned)).flatten()
}

/// For handlers outside Leptos.
impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let request_context = parts.extensions.get::<RequestContext>();
        request_context.and_then(|request_context| request_context.actor).ok_or(AppError::Unauthenticated)
    }
}
