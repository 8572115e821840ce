//! Addresses below `/.well-known`, where programs look for things of every website.

use axum::{
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Redirect, Response},
};

use crate::error::AppError;
use crate::{
    state::AppState,
    time::{Timestamp, server::rfc3339},
    web::answer,
};

const DAY: i64 = 86_400;
/// Days for which the contact may be taken for right; RFC 9116 recommends less than a year.
const VALID_DAYS: i64 = 180;

/// Whom to tell about a weakness of this website (RFC 9116). There is no such file while no contact is set.
pub async fn security_txt(State(app): State<AppState>) -> Response {
    let contact = &app.settings.server.security_contact;
    if contact.is_empty() {
        return answer::refuse(AppError::NotFound);
    }
    let text = security_text(contact, &app.settings.public_origin(), app.clock.now());
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=86400")], text).into_response()
}

fn security_text(contact: &str, origin: &str, now: Timestamp) -> String {
    let expires = rfc3339(Timestamp(now.0.div_euclid(DAY) * DAY).plus_seconds(VALID_DAYS * DAY), 0);
    // the address where the file stands must be one of https
    let canonical = origin.starts_with("https://");
    let canonical = if canonical { format!("Canonical: {origin}/.well-known/security.txt\n") } else { String::new() };
    format!("Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\n{canonical}")
}

/// Leads a password manager to the page where a password is changed (W3C, "A Well-Known URL for Changing Passwords").
pub async fn change_password() -> Redirect {
    Redirect::to("/account/password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contact_is_good_for_half_a_year_from_today() {
        // Monday 5 January 2026, 8am
        let text = security_text("mailto:security@clinic.example", "https://clinic.example", Timestamp(1_767_600_000));
        assert_eq!(
            text,
            "Contact: mailto:security@clinic.example\nExpires: 2026-07-04T00:00:00+00:00\nPreferred-Languages: en\n\
             Canonical: https://clinic.example/.well-known/security.txt\n"
        );
        assert!(!security_text("tel:+442079460100", "http://clinic.example", Timestamp(0)).contains("Canonical"));
    }
}
