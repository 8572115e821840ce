//! Where a doctor or member of staff gets whose days to set a second factor up are over: to the page that sets it up, and
//! out.

use axum::{
    http::{HeaderValue, Method, Request, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use super::{answer, request::RequestContext};
use crate::{error::AppError, time::Timestamp};

const SET_UP: &str = "/account/second-factor";
/// What else is open to them, with everything below it.
const OPEN: [&str; 14] = [
    SET_UP,
    "/sign-in",
    "/account/again",
    "/fn/account/again",
    "/fn/account/again_page",
    "/help",
    "/privacy",
    "/accessibility",
    "/reset",
    "/second-factor",
    "/fn/sign_in",
    "/fn/sign_out",
    "/fn/account/stay",
    "/fn/set_theme",
];
/// The server functions of the page that sets it up.
const FUNCTIONS: [&str; 5] = [
    "/fn/account/second_factor",
    "/fn/account/begin_second_factor",
    "/fn/account/confirm_second_factor",
    "/fn/account/begin_passkey",
    "/fn/account/add_passkey",
];

/// The answer to a request that has to wait for a second factor; none for one that may pass.
pub fn refusal<B>(request: &Request<B>, sender: &RequestContext, now: Timestamp) -> Option<Response> {
    let over = sender.second_factor_due.is_some_and(|due| due <= now);
    if !over || is_open(request.uri().path()) {
        return None;
    }
    Some(if request.method() == Method::GET && answer::accepts_html(request.headers()) {
        (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static(SET_UP))]).into_response()
    } else {
        answer::refuse(AppError::SecondFactorDue)
    })
}

fn is_open(path: &str) -> bool {
    let below = |open: &&str| path.strip_prefix(*open).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    // files of the website have a dot in their name, and are for everybody
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.')) && path.matches('/').count() == 1;
    OPEN.iter().any(below) || FUNCTIONS.contains(&path) || is_file
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn what_sets_a_second_factor_up_is_open_and_work_is_not() {
        for open in [
            "/account/second-factor",
            "/fn/account/confirm_second_factor",
            "/fn/sign_out",
            "/favicon.svg",
            "/sign-in/code",
        ] {
            assert!(is_open(open), "{open}");
        }
        for shut in [
            "/admin",
            "/admin/audit.csv",
            "/doctor",
            "/account",
            "/account/second-factors",
            "/fn/admin/settings",
            "/fn/account/turn_off_second_factor",
            "/",
        ] {
            assert!(!is_open(shut), "{shut}");
        }
    }
}
