//! Messages about visits: confirmations, changes, cancellations and reminders.

use lettre::Address;

use super::{
    calendar::{Event, Method, Shown, document},
    letter::{Letter, Writing},
    links::{self, Purpose},
    message::sender,
    news::{News, Unreadable, Visit, read},
    reminders,
    texts::{self, Tokens},
};
use crate::{booking::Status, db::Conn, notifications::model::Kind};

/// What is still true of the visits of this message.
pub(super) async fn letter(conn: &mut Conn<'_>, writing: &Writing<'_>) -> Result<Option<Letter>, Unreadable> {
    let Some(news) = read(conn, writing.claimed, writing.now).await? else {
        return Ok(None);
    };
    let reminder = news.kind == Kind::Reminder;
    if reminder && !reminders::wanted(conn, writing.claimed).await? {
        return Ok(None);
    }
    let manage = manage_token(conn, &news, writing).await?;
    let stop = writing.claimed.token(Purpose::StopReminders);
    let sender = writing.sender();
    let words = texts::words(&news, &sender, Tokens { manage, stop }, writing.now)?;
    // who is reminded has the file of the confirmation
    let files = if reminder { Vec::new() } else { calendars(&news, writing)? };
    let unsubscribe = stop.map(|token| sender.stop_link(token));
    Ok(Some(Letter { to: news.email, words, files, unsubscribe }))
}

/// The token of the link to the one visit. It is good for the visit as it was when the message was taken from the outbox.
async fn manage_token<'a>(
    conn: &mut Conn<'_>,
    news: &News,
    writing: &'a Writing<'_>,
) -> Result<Option<&'a str>, Unreadable> {
    let (Some(token), [visit]) = (writing.claimed.token(Purpose::ManageVisit), news.visits.as_slice()) else {
        return Ok(None);
    };
    let link = links::find(conn, Purpose::ManageVisit, token).await?;
    // nobody is sent a link that is dead already
    if link.version == Some(visit.row.version) { Ok(Some(token)) } else { Err(Unreadable::Changed) }
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
            shown: Shown::Appointment,
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
