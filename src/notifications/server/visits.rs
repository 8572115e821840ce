//! Messages about visits: confirmations, changes, cancellations and reminders.

use lettre::Address;

use super::{
    calendar::{Event, Method, document},
    letter::{Letter, Writing},
    message::sender,
    news::{News, Unreadable, Visit, read},
    texts,
};
use crate::{booking::Status, db::Conn, notifications::model::Kind};

/// What is still true of the visits of this message.
pub(super) async fn letter(conn: &mut Conn<'_>, writing: &Writing<'_>) -> Result<Option<Letter>, Unreadable> {
    let Some(news) = read(conn, writing.claimed, writing.now).await? else {
        return Ok(None);
    };
    let words = texts::words(&news, &writing.sender(), writing.now)?;
    let files = calendars(&news, writing)?;
    Ok(Some(Letter { to: news.email, words, files, unsubscribe: None }))
}

/// One file per visit: a file may hold one event only (RFC 5546, 3.2).
fn calendars(news: &News, writing: &Writing<'_>) -> Result<Vec<(Method, String)>, Unreadable> {
    let organizer = sender(writing.settings, &writing.clinic.name)?;
    // an address that is none meets its refusal when the message is put together
    let attendee: Option<Address> = news.email.parse().ok();
    let file = |visit: &Visit| {
        let method = method(news.kind, visit)?;
        let event = Event {
            method,
            visit: &visit.row,
            thread: visit.thread,
            clinic: &writing.clinic.name,
            organizer: &organizer,
            attendee: attendee.as_ref(),
            now: writing.now,
        };
        Some((method, document(&event)))
    };
    Ok(news.visits.iter().filter_map(file).collect())
}

/// A request is no event yet; one that was moved there from a booked time is, and has to go when it comes to nothing.
fn method(kind: Kind, visit: &Visit) -> Option<Method> {
    match (kind, visit.row.status) {
        (_, Status::Cancelled) => Some(Method::Cancel),
        (Kind::RequestReceived, _) => None,
        (Kind::RequestDeclined | Kind::RequestExpired, _) => visit.before.is_some().then_some(Method::Cancel),
        _ => Some(Method::Request),
    }
}
