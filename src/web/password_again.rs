//! A request that must wait until its sender has typed the password again.
//!
//! A server function refuses it with [`AppError::RecentSignInNeeded`]. The browser then goes to a page that asks for the
//! password and holds the refused form in a hidden field, sealed for this session alone. Once the password is right,
//! the form is sent again in the same request, so that nothing is typed twice. A form that names a password of its own
//! cannot be held: passwords are never kept.

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{CONTENT_LENGTH, LOCATION},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use form_urlencoded::Serializer;
use leptos::prelude::use_context;
use serde::{Deserialize, Serialize};

use super::{
    answer,
    cookies::{self, HELD_FORM},
    forms::PREFIX,
    keys::CookieKeys,
    local_path::encode,
    request::RequestContext,
};
use crate::{
    error::AppError,
    flash::{PASSWORD_AGAIN, PendingFlash},
    ids::SessionId,
};

/// The page that asks for the password.
const PAGE: &str = "/account/again";
/// The field of its form that holds another form.
const HELD: &str = "held";
/// The pair of a flash that names the endpoint of the held form; its values follow.
const HELD_ENDPOINT: &str = "held_endpoint";

/// Names and values as they were sent.
type Values = Vec<(String, String)>;

/// A form that was refused, and waits.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    /// The session that sent it. No other one can have it done.
    session: SessionId,
    endpoint: String,
    values: Values,
}

/// The address that asks for the password and then leads to `page`.
#[must_use]
pub fn address(page: &str) -> String {
    [PAGE, "?next=", &encode(page)].concat()
}

/// The values of a flash that hands a refused form to the page of the password.
pub(super) fn hand_over(endpoint: String, values: Values) -> Values {
    [vec![(HELD_ENDPOINT.to_owned(), endpoint)], values].concat()
}

/// The form that the flash of this request hands over, sealed for the page's own form.
#[must_use]
pub fn held(key: &CookieKeys, session: SessionId) -> Option<String> {
    let flash = use_context::<PendingFlash>().filter(|pending| pending.flash.action == PASSWORD_AGAIN)?.flash;
    let mut values = flash.values.into_iter();
    let (_, endpoint) = values.next().filter(|(name, _)| name == HELD_ENDPOINT)?;
    seal(&Held { session, endpoint, values: values.collect() }, key)
}

fn seal(held: &Held, key: &CookieKeys) -> Option<String> {
    Some(cookies::seal(HELD_FORM, serde_json::to_string(held).ok()?, key))
}

fn open(sealed: &str, key: &CookieKeys, session: SessionId) -> Option<Held> {
    let held: Held = serde_json::from_str(&cookies::unseal_value(HELD_FORM, sealed, key)?).ok()?;
    (held.session == session).then_some(held)
}

/// What the page's form brings along: the form that it holds, as it was handed over, and the same as a request.
pub(super) struct Resumed {
    /// The request that sends the held form again.
    pub request: Request,
    pub endpoint: String,
    pub values: Values,
}

/// The form that is held by the values of the page's form.
pub(super) fn resumed(parts: &Parts, values: &Values, key: &CookieKeys) -> Option<Resumed> {
    if parts.uri.path().strip_prefix(PREFIX) != Some(PASSWORD_AGAIN) {
        return None;
    }
    let actor = parts.extensions.get::<RequestContext>()?.actor?;
    let (_, sealed) = values.iter().find(|(name, _)| name == HELD)?;
    let Held { endpoint, values, .. } = open(sealed, key, actor.session)?;
    let mut parts = parts.clone();
    parts.uri = Uri::try_from([PREFIX, &endpoint].concat()).ok()?;
    parts.headers.remove(CONTENT_LENGTH);
    let body = Serializer::new(String::new()).extend_pairs(&values).finish();
    Some(Resumed { request: Request::from_parts(parts, Body::from(body)), endpoint, values })
}

/// The answer to a download that failed. One that needs the password first leads to the page that asks for it, and from
/// there to `page`, on which the download's link stands.
#[must_use]
pub fn refuse_download(error: AppError, headers: &HeaderMap, page: &str) -> Response {
    if error != AppError::RecentSignInNeeded || !answer::accepts_html(headers) {
        return answer::refuse(error);
    }
    let target = HeaderValue::try_from(address(page)).unwrap_or(HeaderValue::from_static(PAGE));
    (StatusCode::SEE_OTHER, [(LOCATION, target)]).into_response()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_held_form_is_opened_by_its_own_session_alone() {
        let (key, session) = (CookieKeys::from(&[7; 64]), SessionId(Uuid::from_u128(1)));
        let values = vec![("name".to_owned(), "Zoë; & \"x\"".to_owned())];
        let held = || Held { session, endpoint: "account/make_token".into(), values: values.clone() };
        let sealed = seal(&held(), &key).unwrap();
        assert_eq!(open(&sealed, &key, session), Some(held()));
        assert_eq!(open(&sealed, &key, SessionId(Uuid::from_u128(2))), None);
        assert_eq!(open(&sealed, &CookieKeys::from(&[8; 64]), session), None);
        assert_eq!(open("x", &key, session), None);
        let as_flash = cookies::seal(cookies::FLASH, serde_json::to_string(&held()).unwrap(), &key);
        assert_eq!(open(&as_flash, &key, session), None, "another purpose");
    }
}
