//! Server functions as forms: what happens when one fails.
//!
//! A page without scripts posts its form and expects a page in return. When the function fails, the browser is sent
//! back to the page that the form names in its field [`PAGE_FIELD`], and a [`Flash`] in an encrypted cookie tells that page
//! what to show: addresses contain neither typed text nor errors. When scripts call the function, they expect the error as JSON under its own HTTP
//! status.

use std::sync::Arc;

use axum::{
    RequestExt,
    body::{Body, Bytes, to_bytes},
    extract::{Form, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, LOCATION, REFERER, SET_COOKIE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use cookie::Cookie;
use leptos::{
    prelude::{provide_context, use_context},
    server_fn::error::SERVER_FN_ERROR_HEADER,
};
use leptos_axum::ResponseOptions;
use serde::de::DeserializeOwned;

use crate::{
    error::AppError,
    flash::{Flash, Note, PAGE_FIELD, PASSWORD_AGAIN, PendingFlash, PendingNote},
    ids::PersonId,
};
use crate::{
    state::AppState,
    web::answer,
    web::cookies::{self, CookieName, FLASH, FLASH_SECONDS, NOTE},
    web::flash_cookies::{flash_cookie, seal},
    web::keys::CookieKeys,
    web::late_forms,
    web::local_path::{encode, is_local, local_or_start},
    web::password_again,
    web::request::{RequestContext, SentFrom, append_cookie},
};

/// Bytes of a request's body.
pub const MAX_BODY: usize = 64 * 1024;
/// The same of a form of twenty questions, each with an answer of two thousand characters of any script.
const MAX_ANSWERS_BODY: usize = 512 * 1024;
/// Where such forms are sent.
const ANSWERS: [&str; 5] =
    ["/fn/booking/answers", "/fn/booking/confirm", "/fn/booking/details", "/fn/booking/series", "/fn/booking/pair"];

/// Where server functions live.
pub const PREFIX: &str = "/fn/";
/// What the framework is told of the page before: it would go back there by itself, and no page of ours is called so.
const NO_PAGE: HeaderValue = HeaderValue::from_static("about:blank");
const FAILED: HeaderName = HeaderName::from_static(SERVER_FN_ERROR_HEADER);

/// Around every server function; other requests pass.
pub async fn around(State(app): State<AppState>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(PREFIX) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let most = if ANSWERS.contains(&parts.uri.path()) { MAX_ANSWERS_BODY } else { MAX_BODY };
    let Ok(body) = to_bytes(body, most).await else {
        return answer::refuse(AppError::TooLarge);
    };
    let Some(mut form) = SentForm::of(&parts, &body).await else {
        return answered(&app, None, next.run(Request::from_parts(parts, Body::from(body))).await).await;
    };
    parts.headers.insert(REFERER, NO_PAGE);
    let held = password_again::resumed(&parts, &form.values, app.keys.cookies());
    parts.extensions.insert(SentFrom(form.page.clone()));
    let Some(held) = held else {
        let response = next.run(Request::from_parts(parts, Body::from(body))).await;
        return answered(&app, Some(form), response).await;
    };
    // a wrong password must not lose what is held
    let next_page = form.value("next").to_owned();
    form.values = password_again::hand_over(held.endpoint.clone(), held.values.clone());
    let response = next.clone().run(Request::from_parts(parts, Body::from(body))).await;
    if response.headers().contains_key(FAILED) {
        return answered(&app, Some(form), response).await;
    }
    let page = local_or_start(&next_page).to_owned();
    let form = SentForm { page, action: held.endpoint, values: held.values, former: None };
    let mut request = held.request;
    request.extensions_mut().insert(SentFrom(form.page.clone()));
    // a layer of the router wraps each route, and all server functions look for their own by the path
    answered(&app, Some(form), next.run(request).await).await
}

/// The answer as the sender expects it: a page for a form, an error under its own status for a script.
async fn answered(app: &AppState, form: Option<SentForm>, response: Response) -> Response {
    match (form, failure(response).await) {
        (Some(form), Ok((error, response))) => form.failed(app, error, response.headers()),
        (Some(form), Err(response)) => form.succeeded(response),
        (None, Ok((error, response))) => script_failed(&error, response),
        (None, Err(response)) => response,
    }
}

/// The error of a failed function with its answer, or the answer of one that succeeded.
async fn failure(response: Response) -> Result<(AppError, Response), Response> {
    if !response.headers().contains_key(FAILED) {
        return Err(response);
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let error = serde_json::from_slice(&body)
        .unwrap_or_else(|error| answer::internal("a server function's error is not ours", &error));
    Ok((error, Response::from_parts(parts, Body::from(body))))
}

/// The framework answers every failure with 500 and ignores `Location`.
fn script_failed(error: &AppError, response: Response) -> Response {
    let mut answer = error.clone().into_response();
    for (name, value) in response.headers().iter().filter(|(name, _)| **name != CONTENT_LENGTH) {
        if *name == SET_COOKIE {
            answer.headers_mut().append(name, value.clone());
        } else {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

/// A form that a page without scripts has sent.
struct SentForm {
    /// Path and query of its page.
    page: String,
    action: String,
    /// What was typed, without passwords.
    values: Vec<(String, String)>,
    /// Whose session ended before it was sent.
    former: Option<PersonId>,
}

impl SentForm {
    /// The form, if the sender expects a page.
    async fn of(parts: &Parts, body: &Bytes) -> Option<Self> {
        if !answer::accepts_html(&parts.headers) {
            return None;
        }
        let mut values = sent_values(parts, body).await;
        let page = values.iter().find(|(name, _)| name == PAGE_FIELD).map_or("/", |(_, page)| local_or_start(page));
        let page = page.to_owned();
        values.retain(|(name, _)| name != PAGE_FIELD && !name.starts_with("password"));
        let former = parts.extensions.get::<RequestContext>().and_then(|request_context| request_context.former);
        Some(SentForm { page, action: parts.uri.path().trim_start_matches(PREFIX).to_owned(), values, former })
    }

    fn value(&self, field: &str) -> &str {
        self.values.iter().find(|(name, _)| name == field).map_or("", |(_, value)| value)
    }

    fn succeeded(self, mut response: Response) -> Response {
        if response.status() == StatusCode::FOUND {
            // without a page of its own, the function leads back to the page of the form
            let target = local_target(response.headers()).unwrap_or(self.page);
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(LOCATION, location(&target));
        }
        response
    }

    fn failed(self, app: &AppState, error: AppError, answered: &HeaderMap) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let headers = response.headers_mut();
        for cookie in answered.get_all(SET_COOKIE) {
            headers.append(SET_COOKIE, cookie.clone());
        }
        if error == AppError::Unauthenticated {
            headers.insert(LOCATION, location(&format!("/sign-in?next={}", encode(&self.page))));
            if let Some(person) = self.former {
                let flash = Flash { action: self.action, error, values: self.values };
                add_cookie(headers, &late_forms::cookie(app, person, self.page, flash));
            }
            return response;
        }
        let flash = if error == AppError::RecentSignInNeeded {
            headers.insert(LOCATION, location(&password_again::address(&self.page)));
            let values = password_again::hand_over(self.action, self.values);
            Flash { action: PASSWORD_AGAIN.to_owned(), error, values }
        } else {
            // a function that chose a page before it failed is followed
            headers.insert(LOCATION, location(&local_target(answered).unwrap_or(self.page)));
            Flash { action: self.action, error, values: self.values }
        };
        add_cookie(headers, &flash_cookie(app, flash));
        response
    }
}

fn add_cookie(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Some(cookie) = cookies::header(cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

fn local_target(headers: &HeaderMap) -> Option<String> {
    let target = headers.get(LOCATION)?.to_str().ok()?;
    is_local(target).then(|| target.to_owned())
}

fn location(target: &str) -> HeaderValue {
    HeaderValue::from_str(target).unwrap_or(HeaderValue::from_static("/"))
}

/// Names and values as they were sent.
async fn sent_values(parts: &Parts, body: &Bytes) -> Vec<(String, String)> {
    let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
    request.extract::<Form<Vec<(String, String)>>, _>().await.map_or_else(|_| Vec::new(), |Form(pairs)| pairs)
}

fn unseal<T: DeserializeOwned>(name: CookieName, headers: &HeaderMap, key: &CookieKeys, https: bool) -> Option<T> {
    serde_json::from_str(&cookies::unseal(name, headers, key, https)?).ok()
}

/// Has the next page that asks for the note of this action say these values, once and within a minute.
pub fn say_once(app: &AppState, action: &str, values: Vec<(String, String)>) {
    append_cookie(&note_cookie(app, action, values));
}

/// The cookie of [`say_once`], for handlers outside Leptos.
#[must_use]
pub fn note_cookie(app: &AppState, action: &str, values: Vec<(String, String)>) -> Cookie<'static> {
    let until = app.clock.now().plus_seconds(i64::from(FLASH_SECONDS));
    let note = Note { action: action.to_owned(), values, until };
    let value = seal(NOTE, &note, app.keys.cookies());
    cookies::set(NOTE, &value, FLASH_SECONDS, app.settings.is_https()).into_owned()
}

/// Hands the browser's flash to the page that is about to be rendered. That page answers with the status of the error
/// and ends the cookie.
pub fn provide_flash(app: &AppState) {
    let Some(headers) = use_context::<Parts>().map(|parts| parts.headers) else {
        return;
    };
    provide_note(app, &headers);
    let https = app.settings.is_https();
    let Some(flash) = unseal(FLASH, &headers, app.keys.cookies(), https) else {
        return;
    };
    let options = use_context::<ResponseOptions>();
    let on_taken = move |flash: &Flash| {
        if let Some(options) = &options {
            options.set_status(answer::status(&flash.error));
        }
        append_cookie(&cookies::clear(FLASH, https));
    };
    provide_context(PendingFlash { flash, on_taken: Arc::new(on_taken) });
}

fn provide_note(app: &AppState, headers: &HeaderMap) {
    let https = app.settings.is_https();
    let note = unseal(NOTE, headers, app.keys.cookies(), https).filter(|note: &Note| app.clock.now() < note.until);
    if let Some(note) = note {
        let on_taken = move || append_cookie(&cookies::clear(NOTE, https));
        provide_context(PendingNote { note, on_taken: Arc::new(on_taken) });
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST};

    use super::*;
    use crate::{
        error::FieldCode,
        web::flash_cookies::{MAX_FLASH, sealed},
    };

    fn key() -> CookieKeys {
        CookieKeys::from(&[7; 64])
    }

    fn flash(values: &[(&str, &str)]) -> Flash {
        let values = values.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Flash { action: "register".into(), error: AppError::field("email", FieldCode::NotAnEmail), values }
    }

    #[test]
    fn a_note_is_not_taken_for_a_flash_and_cannot_be_read_by_others() {
        let values = vec![("link".to_owned(), "https://clinic.example/invite/secret".to_owned())];
        let note = Note { action: "admin/invite".into(), values, until: crate::time::Timestamp(60) };
        let value = seal(NOTE, &note, &key());
        assert!(!value.contains("secret"), "{value}");
        let headers = |name: CookieName| {
            HeaderMap::from_iter([(COOKIE, format!("{}={value}", name.over(false)).parse().unwrap())])
        };
        assert_eq!(unseal(NOTE, &headers(NOTE), &key(), false), Some(note));
        assert_eq!(unseal::<Flash>(FLASH, &headers(FLASH), &key(), false), None);
    }

    fn sent_back(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, format!("a=b; {}={value}", FLASH.over(false)).parse().unwrap())])
    }

    #[test]
    fn a_flash_survives_its_cookie_and_cannot_be_read_or_made_by_others() {
        let flash = flash(&[("name", "Zoë; \"x\"")]);
        let value = sealed(flash.clone(), &key());
        // long enough that no chance makes it
        assert!(!value.contains("not_an_email"), "{value}");
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b';' && byte != b','), "{value}");
        let read = |value: &str, key: &CookieKeys| unseal::<Flash>(FLASH, &sent_back(value), key, false);
        assert_eq!(read(&value, &key()), Some(flash));
        assert_eq!(read(&value, &CookieKeys::from(&[8; 64])), None);
        assert_eq!(read("nonsense", &key()), None);
    }

    #[test]
    fn a_flash_that_is_too_long_loses_its_longest_values() {
        let value =
            sealed(flash(&[("name", "Ana"), ("reason", &"x".repeat(4_000)), ("note", &"y".repeat(3_000))]), &key());
        assert!(value.len() <= MAX_FLASH);
        let kept: Flash = unseal(FLASH, &sent_back(&value), &key(), false).unwrap();
        assert_eq!(kept.value("name"), "Ana");
        assert_eq!(kept.values.len(), 1);
    }

    fn parts(accept: &str) -> Parts {
        let request = Request::post("/fn/register")
            .header(HOST, "127.0.0.1:3000")
            .header(ACCEPT, accept)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request.body(()).unwrap().into_parts().0
    }

    async fn form(body: &'static str) -> SentForm {
        SentForm::of(&parts("text/html,*/*;q=0.8"), &Bytes::from_static(body.as_bytes())).await.unwrap()
    }

    #[tokio::test]
    async fn typed_values_are_kept_and_passwords_are_not() {
        let form =
            form("form_page=/register%3Fnext%3D/book&name=Ana+Mar%C3%ADa&password=s3cret&password_again=x").await;
        assert_eq!(form.values, [("name".to_owned(), "Ana María".to_owned())]);
        assert_eq!((form.page.as_str(), form.action.as_str()), ("/register?next=/book", "register"));
        assert!(SentForm::of(&parts("*/*"), &Bytes::new()).await.is_none());
    }

    #[tokio::test]
    async fn a_form_comes_back_to_no_page_of_another_website() {
        for body in ["", "name=Ana", "form_page=//evil.example", "form_page=https://evil.example", "form_page="] {
            assert_eq!(form(body).await.page, "/", "{body}");
        }
    }

    #[tokio::test]
    async fn success_leads_to_the_page_the_function_chose_or_back_and_nowhere_else() {
        for (chosen, target) in [
            ("/appointments", "/appointments"),
            ("about:blank", "/register?next=/book"),
            ("//evil.example", "/register?next=/book"),
        ] {
            let response = (StatusCode::FOUND, [(LOCATION, chosen)]).into_response();
            let response = form("name=Ana&form_page=/register?next=/book").await.succeeded(response);
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            assert_eq!(response.headers()[LOCATION], target);
        }
    }

    #[tokio::test]
    async fn a_failed_function_is_recognised_by_the_framework_header() {
        let error = AppError::TooLate;
        let body = serde_json::to_string(&error).unwrap();
        let failed = (StatusCode::INTERNAL_SERVER_ERROR, [(FAILED, "/fn/x")], body).into_response();
        let (found, answered) = failure(failed).await.unwrap();
        assert_eq!(found, error);
        assert_eq!(script_failed(&found, answered).status(), StatusCode::CONFLICT);
        assert!(failure(StatusCode::OK.into_response()).await.is_err());
    }
}
