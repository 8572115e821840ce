//! The few pages that must work when the application does not: plain HTML, no script, no style of their own.

use axum::{
    http::{StatusCode, header::CACHE_CONTROL},
    response::{Html, IntoResponse, Response},
};

use crate::error::AppError;
use crate::web::answer;

/// A page that says what happened, whether anything was changed, and what to do now.
#[must_use]
pub fn error_page(error: &AppError) -> Response {
    let status = answer::status(error);
    let (title, body) = label(error, status);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n{body}\n<p><a href=\"/\">Go to the start page</a></p>\n</main>\n</body>\n</html>\n"
    );
    (status, [(CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

/// Title and paragraphs. A reference is made here and consists of letters, digits and a dash, so nothing needs
/// escaping.
fn label(error: &AppError, status: StatusCode) -> (&'static str, String) {
    let text = match error {
        AppError::Internal { reference } => {
            return (
                "Sorry, something went wrong",
                format!(
                    "<p>This is our fault, not yours. We do not know whether your last step was saved. \
                     Please look at your appointments before you try again.</p>\n\
                     <p>If you call us, this code helps: <strong>{reference}</strong></p>"
                ),
            );
        }
        AppError::Unavailable { unchanged: true } => (
            "Please try again in a moment",
            "Our system is very busy or being repaired. Nothing was booked or changed.",
        ),
        AppError::Unavailable { unchanged: false } => (
            "Please check before you try again",
            "The connection to our system broke. We do not know whether your last step was saved. Please look at your appointments before you try again.",
        ),
        AppError::TooLarge => {
            ("That was too much text", "Nothing was booked or changed. Please go back and shorten what you wrote.")
        }
        AppError::Forbidden => (
            "That request came from another site",
            "For your safety we did not carry it out. Nothing was booked or changed. Please open the page here and try again.",
        ),
        AppError::TooManyAttempts { .. } => ("Too many attempts", "Please wait a while, then try again."),
        _ if status == StatusCode::NOT_FOUND => {
            ("Page not found", "Please check the address, or start again from the first page.")
        }
        _ => ("That did not work", "We could not understand this request. Nothing was booked or changed."),
    };
    (text.0, format!("<p>{}</p>", text.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_whether_anything_was_booked() {
        let page = |error: AppError| label(&error, answer::status(&error)).1;
        assert!(page(AppError::Unavailable { unchanged: true }).contains("Nothing was booked"));
        assert!(page(AppError::Unavailable { unchanged: false }).contains("do not know"));
        assert!(page(AppError::Internal { reference: "K7F4-M2PQ".into() }).contains("K7F4-M2PQ"));
        assert_eq!(error_page(&AppError::TooLarge).status(), 413);
    }
}
