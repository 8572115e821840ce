//! Messages about appointments: confirmations, changes, cancellations and reminders.

use lettre::Address;

use super::{
    calendar::{Event, Method, Shown, document},
    context::{Appointment, ComposeError, MessageContext, read},
    email::{Email, RenderContext},
    links::{self, Purpose},
    message::sender,
    reminders,
    texts::{self, Tokens},
};
use crate::{booking::Status, db::Conn, notifications::model::Kind};

/// What is still true of the appointments of this message.
pub(super) async fn email(conn: &mut Conn<'_>, context: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    let Some(context) = read(conn, context.claimed, context.now).await? else {
        return Ok(None);
    };
    let reminder = context.kind == Kind::Reminder;
    if reminder && !reminders::wanted(conn, context.claimed).await? {
        return Ok(None);
    }
    let manage = manage_token(conn, &context, context).await?;
    let stop = context.claimed.token(Purpose::StopReminders);
    let sender = context.sender();
    let words = texts::label(&context, &sender, Tokens { manage, stop }, context.now)?;
    // who is reminded has the file of the confirmation
    let files = if reminder { Vec::new() } else { calendars(&context, context)? };
    let unsubscribe = stop.map(|token| sender.stop_link(token));
    Ok(Some(Email { to: context.email, words, files, unsubscribe }))
}

/// The token of the link to the one appointment. It is good for the appointment as it was when the message was taken from the outbox.
async fn manage_token<'a>(
    conn: &mut Conn<'_>,
    context: &MessageContext,
    context: &'a RenderContext<'_>,
) -> Result<Option<&'a str>, ComposeError> {
    let (Some(token), [visit_type]) =
        (context.claimed.token(Purpose::ManageAppointment), context.appointments.as_slice())
    else {
        return Ok(None);
    };
    let link = links::find(conn, Purpose::ManageAppointment, token).await?;
    // nobody is sent a link that is dead already
    if link.version == Some(appointment.row.version) { Ok(Some(token)) } else { Err(ComposeError::Changed) }
}

/// One file per appointment: a file may hold one event only (RFC 5546, 3.2).
fn calendars(context: &MessageContext, context: &RenderContext<'_>) -> Result<Vec<(Method, String)>, ComposeError> {
    let organizer = sender(context.settings, &context.clinic.name)?;
    // an address that is none meets its refusal when the message is put together
    let attendee: Option<Address> = context.email.parse().ok();
    let file = |appointment: &Appointment| {
        let method = method(context.kind, appointment)?;
        let event = Event {
            method,
            shown: Shown::Appointment,
            appointment: &appointment.row,
            thread: appointment.thread,
            clinic: &context.clinic.name,
            organizer: &organizer,
            attendee: attendee.as_ref(),
            now: context.now,
        };
        Some((method, document(&event)))
    };
    Ok(context.appointments.iter().filter_map(file).collect())
}

/// A request is no event yet; one that was moved there from a booked time is, and has to go when it comes to nothing.
fn method(kind: Kind, appointment: &Appointment) -> Option<Method> {
    match (kind, appointment.row.status) {
        (_, Status::Cancelled) => Some(Method::Cancel),
        (Kind::RequestReceived, _) => None,
        (Kind::RequestDeclined | Kind::RequestExpired, _) => appointment.before.is_some().then_some(Method::Cancel),
        _ => Some(Method::Request),
    }
}
