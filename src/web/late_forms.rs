//! A form that is sent after its session has ended: what was typed comes back once the same person has signed in.
//!
//! It travels in an encrypted cookie of its own, beside whatever happens on the page for signing in. Whoever else signs
//! in with this browser gets nothing of it.

use axum::http::{HeaderMap, request::Parts};
use cookie::Cookie;
use leptos::prelude::with_context;
use serde::{Deserialize, Serialize};

use super::{
    cookies::{self, LATE_FORM},
    flash_cookies::{flash_cookie, shortened},
    local_path::local_or_start,
    request,
};
use crate::{error::AppError, flash::Flash, ids::PersonId, state::AppState};

/// Seconds for which it waits: half an hour, in which the password can be found.
const SECONDS: u32 = 1_800;

/// A form that came too late.
#[derive(Serialize, Deserialize)]
struct Late {
    /// Whose session it was.
    person: PersonId,
    /// Path and query of its page.
    page: String,
    flash: Flash,
}

/// The cookie that keeps this form of this person.
pub(super) fn cookie(app: &AppState, person: PersonId, page: String, flash: Flash) -> Cookie<'static> {
    let seal = |flash: &Flash| {
        let late = Late { person, page: page.clone(), flash: flash.clone() };
        cookies::seal(LATE_FORM, serde_json::to_string(&late).unwrap_or_default(), app.keys.cookies())
    };
    let value = shortened(flash, seal);
    cookies::set(LATE_FORM, &value, SECONDS, app.settings.is_https()).into_owned()
}

/// The page of the form that waits for this person, who has just signed in. The page shows what was typed.
#[must_use]
pub fn resume(app: &AppState, person: PersonId) -> Option<String> {
    let (cookies, page) = with_context::<Parts, _>(|parts| take(app, &parts.headers, person))?;
    cookies.iter().for_each(request::append_cookie);
    page
}

/// The same for handlers outside Leptos: the cookies for the browser, and the page.
#[must_use]
pub fn take(app: &AppState, headers: &HeaderMap, person: PersonId) -> (Vec<Cookie<'static>>, Option<String>) {
    let (key, https) = (app.keys.cookies(), app.settings.is_https());
    let Some(sealed) = cookies::unseal(LATE_FORM, headers, key, https) else {
        return (Vec::new(), None);
    };
    let mut cookies = vec![cookies::clear(LATE_FORM, https)];
    let late = serde_json::from_str(&sealed).ok().filter(|late: &Late| late.person == person);
    let Some(late) = late else {
        return (cookies, None);
    };
    cookies.push(flash_cookie(app, Flash { error: AppError::SignedOutMeanwhile, ..late.flash }));
    (cookies, Some(local_or_start(&late.page).to_owned()))
}
