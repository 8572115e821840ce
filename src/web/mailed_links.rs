//! Addresses out of messages that are not pages: files, feeds, and the one click that stops reminders.

use axum::{
    extract::{Path, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
            LOCATION,
        },
    },
    response::{IntoResponse, Response},
};
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};

use crate::{
    booking,
    error::AppError,
    notifications::server::{
        feeds::{self, Known},
        reminders,
    },
    time::Timestamp,
};
use crate::{state::AppState, web::answer};

/// Where a message's one click goes (RFC 8058), and the form of the page at the same address.
pub const STOP_REMINDERS: &str = "/reminders/{token}";

/// Stops reminders. A mail program sends no cookies and expects no page; its request body says nothing that the address
/// does not.
pub async fn stop_reminders(State(app): State<AppState>, Path(token): Path<String>, headers: HeaderMap) -> Response {
    match reminders::stop(&app, &token).await {
        Ok(()) if answer::accepts_html(&headers) => {
            (StatusCode::SEE_OTHER, headed(vec![(LOCATION, ["/reminders/", &token].concat())])).into_response()
        }
        Ok(()) => "Reminders are off.\n".into_response(),
        Err(error) => answer::refuse(error),
    }
}

/// The calendar file of a link's appointment.
pub async fn appointment_file(State(app): State<AppState>, Path(token): Path<String>) -> Response {
    match booking::server::linked_file(&app, &token).await {
        Ok(file) => {
            let headers = [
                (CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (CONTENT_DISPOSITION, "attachment; filename=\"appointment.ics\""),
            ];
            (headers, file).into_response()
        }
        Err(error) => answer::refuse(error),
    }
}

/// A private calendar feed, at `/calendar/TOKEN.ics`.
pub async fn calendar_feed(State(app): State<AppState>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    let sent = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let known = Known { tags: sent(IF_NONE_MATCH).map(str::to_owned), since: sent(IF_MODIFIED_SINCE).and_then(moment) };
    let read = async {
        let token = file.strip_suffix(".ics").ok_or(AppError::NotFound)?;
        feeds::read(&app, token, known).await
    };
    match read.await {
        Ok(feed) => {
            // kept by the program that reads it, and asked for again each time
            let mut about = vec![(CACHE_CONTROL, "private, no-cache".to_owned()), (ETAG, ["W/", &feed.tag].concat())];
            about.extend(feed.modified.and_then(http_date).map(|date| (LAST_MODIFIED, date)));
            match feed.document {
                Some(document) => {
                    about.push((CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()));
                    (headed(about), document).into_response()
                }
                None => (StatusCode::NOT_MODIFIED, headed(about)).into_response(),
            }
        }
        Err(error) => answer::refuse(error),
    }
}

fn headed(pairs: Vec<(HeaderName, String)>) -> HeaderMap {
    let value = |text: String| HeaderValue::from_str(&text).ok();
    pairs.into_iter().filter_map(|(name, text)| Some((name, value(text)?))).collect()
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
fn http_date(at: Timestamp) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::from_second(at.0).ok()?).ok()
}

fn moment(date: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(date).ok().map(|at| Timestamp(at.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_a_header_is_read_as_it_was_written() {
        let date = http_date(Timestamp(784_111_777));
        assert_eq!(date.as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(moment(&date.unwrap()), Some(Timestamp(784_111_777)));
        assert_eq!(moment("yesterday"), None);
    }
}
