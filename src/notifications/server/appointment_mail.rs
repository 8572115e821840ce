//! Messages about appointments: confirmations, changes, cancellations and reminders.

use lettre::Address;

use super::{
    calendar::{Event, Method, Shown, document},
    email::{Email, RenderContext},
    links::{self, Purpose},
    message_context::{MessageAppointment, MessageContext, read},
    reminders,
    texts::{self, Tokens},
    video_links::joining,
};
use crate::{
    booking::Status,
    db::Conn,
    notifications::{
        model::Kind,
        server::{compose_error::ComposeError, sender::sender},
    },
};

/// What is still true of the appointments of this message.
pub(super) async fn email(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    let Some(context) = read(conn, render.claimed, render.now).await? else {
        return Ok(None);
    };
    let reminder = context.kind == Kind::Reminder;
    if reminder && !reminders::wanted(conn, render.claimed).await? {
        return Ok(None);
    }
    let manage = manage_token(conn, &context, render).await?;
    let stop = render.claimed.token(Purpose::StopReminders);
    let sender = render.sender();
    let template = &render.settings.booking.video_url_template;
    let joining = match context.appointments.as_slice() {
        [one] => joining(context.kind, &one.row, template, render.now)?,
        _ => None,
    };
    let link = context.kind == Kind::VideoLink;
    if link && joining.as_ref().is_none_or(|joining| joining.url.is_none()) {
        return Ok(None);
    }
    let video = joining.as_ref().map(|joining| joining.words.as_str());
    let words = texts::label(&context, &sender, Tokens { manage, stop, video }, render.now)?;
    // a person with a reminder has the file of the confirmation
    let files = if reminder || link { Vec::new() } else { calendars(&context, render)? };
    let unsubscribe = stop.map(|token| sender.stop_link(token));
    Ok(Some(Email { to: context.email, words, files, unsubscribe, secret: joining.and_then(|joining| joining.url) }))
}

/// The token of the link to the one appointment. It is valid for the appointment as it was when the message was taken
/// from the outbox.
async fn manage_token<'a>(
    conn: &mut Conn<'_>,
    context: &MessageContext,
    render: &'a RenderContext<'_>,
) -> Result<Option<&'a str>, ComposeError> {
    let (Some(token), [appointment]) =
        (render.claimed.token(Purpose::ManageAppointment), context.appointments.as_slice())
    else {
        return Ok(None);
    };
    let link = links::find(conn, Purpose::ManageAppointment, token).await?;
    // a link that has ended already is not sent
    if link.version == Some(appointment.row.version) { Ok(Some(token)) } else { Err(ComposeError::Changed) }
}

/// One file per appointment: a file may hold one event only (RFC 5546, 3.2).
fn calendars(context: &MessageContext, render: &RenderContext<'_>) -> Result<Vec<(Method, String)>, ComposeError> {
    let organizer = sender(render.settings, &render.clinic.name)?;
    // an invalid address is refused when the message is put together
    let attendee: Option<Address> = context.email.parse().ok();
    let file = |appointment: &MessageAppointment| {
        let method = method(context.kind, appointment)?;
        let event = Event {
            method,
            shown: Shown::Appointment { name: appointment.for_whom.as_deref() },
            appointment: &appointment.row,
            thread: appointment.thread,
            clinic: &render.clinic.name,
            organizer: &organizer,
            attendee: attendee.as_ref(),
            now: render.now,
        };
        Some((method, document(&event)))
    };
    Ok(context.appointments.iter().filter_map(file).collect())
}

/// A request is no event yet; one that was moved is, and has to go when it comes to nothing. A request to move a booked
/// appointment leaves the event as it is.
fn method(kind: Kind, appointment: &MessageAppointment) -> Option<Method> {
    match (kind, appointment.row.status) {
        _ if appointment.row.would_replace.is_some() => None,
        (_, Status::Cancelled) => Some(Method::Cancel),
        (Kind::RequestReceived, _) => None,
        (Kind::RequestDeclined | Kind::RequestExpired, _) => appointment.before.is_some().then_some(Method::Cancel),
        _ => Some(Method::Request),
    }
}
