//! What messages say, as plain text and as HTML.
//!
//! All values in them were typed by people, so none may become markup or add a line. Messages name no specialty, no
//! visit type and no reason: people read mail at work and on shared screens. They do not greet by name, because a
//! person who registers chooses both that name and the address it is sent to.

use super::{
    layout::{Body, Facts, Part, Words, one_line},
    message_context::{CancelledBy, MessageAppointment, MessageContext},
};
use crate::{
    booking::{ActorRole, CancelReason, Mode, Status, server::Appointment},
    clinic::server::answer_by_words,
    db::Error,
    notifications::model::Kind,
    time::{Timestamp, server::Zone},
};

/// The sender of messages: the clinic's name and telephone number, and the address of the website.
pub(super) struct Sender<'a> {
    /// The clinic's name.
    pub clinic: &'a str,
    pub phone: &'a str,
    /// The public address of the website, without a trailing slash.
    pub site: &'a str,
}

/// The links that a message about appointments carries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tokens<'a> {
    /// To see and cancel the one appointment it is about.
    pub manage: Option<&'a str>,
    /// To stop reminders.
    pub stop: Option<&'a str>,
    /// What the message says about joining a video call.
    pub video: Option<&'a str>,
}

/// The message in words.
///
/// # Errors
/// [`Error::Corrupt`] for a time zone that does not exist.
pub(super) fn label(
    context: &MessageContext,
    sender: &Sender<'_>,
    tokens: Tokens<'_>,
    now: Timestamp,
) -> Result<Words, Error> {
    let (off, on): (Vec<&MessageAppointment>, Vec<&MessageAppointment>) =
        context.appointments.iter().partition(|appointment| is_off(appointment.row.status));
    let mut parts = Vec::new();
    for appointments in [&off, &on] {
        if let Some(first) = appointments.first() {
            parts.push(Part {
                opening: of_person(
                    opening(context.kind, first, appointments.len(), now)?,
                    first.for_whom.as_deref(),
                    appointments.len(),
                ),
                facts: appointments.iter().map(|appointment| facts(appointment, now)).collect::<Result<_, _>>()?,
            });
        }
    }
    let subject = subject(context, off.len(), now)?;
    let link = match (tokens.manage, context.appointments.as_slice()) {
        (Some(token), _) => format!("{}/appointment/{token}", sender.site),
        (None, [one]) => {
            format!("{}/appointments/{}", sender.site, one.kept.as_ref().map_or(one.row.id, |kept| kept.id))
        }
        _ => format!("{}/appointments", sender.site),
    };
    let keeps = context.appointments.iter().any(|appointment| appointment.kept.is_some());
    let change = match (on.is_empty(), context.appointments.len()) {
        (true, 1) if keeps => "To see your appointment, sign in:",
        (true, _) => "To see it, or to book another time, sign in:",
        (false, 1) if keeps && tokens.manage.is_some() => "To see the request, or to withdraw it:",
        (false, 1) if keeps => "To see your appointment, sign in:",
        (false, 1) if tokens.manage.is_some() => "To see, move or cancel it:",
        (false, 1) => "To see, move or cancel it, sign in:",
        (false, _) => "To see, move or cancel your appointments, sign in:",
    };
    let stop = tokens.stop.map(|token| format!("To stop reminders:\n{}", sender.stop_link(token)));
    let video = tokens.video.map(str::to_owned);
    let closing = video.into_iter().chain([sender.help()]).chain(stop).collect();
    Body { subject, parts, lead: change.to_owned(), link, closing }.lay_out()
}

impl Sender<'_> {
    /// The address at which reminders are stopped.
    pub fn stop_link(&self, token: &str) -> String {
        format!("{}/reminders/{token}", self.site)
    }

    /// The contact for questions.
    pub fn help(&self) -> String {
        format!("Questions? Call {} on {}.", one_line(self.clinic), one_line(self.phone))
    }
}

/// The words of `docslot mail test`.
pub(super) fn test_words(sender: &Sender<'_>) -> Result<Words, Error> {
    let opening = format!("This is a test from {}. Messages arrive.", one_line(sender.clinic));
    let (lead, link) = ("The website:".to_owned(), sender.site.to_owned());
    Body { subject: "Test message".to_owned(), parts: vec![Part::saying(opening)], lead, link, closing: Vec::new() }
        .lay_out()
}

fn is_off(status: Status) -> bool {
    matches!(status, Status::Cancelled | Status::Declined | Status::Expired)
}

fn subject(context: &MessageContext, off: usize, now: Timestamp) -> Result<String, Error> {
    let all = context.appointments.len();
    let [one] = context.appointments.as_slice() else {
        return Ok(match (off, all - off) {
            (_, 0) if context.kind == Kind::RequestDeclined => format!("Declined: {all} of your requests"),
            (_, 0) if context.kind == Kind::RequestExpired => format!("Not answered: {all} of your requests"),
            (_, 0) => format!("Cancelled: {all} of your appointments"),
            (0, _) if context.kind == Kind::AppointmentsMoved || context.kind == Kind::AppointmentsChanged => {
                format!("Moved: {all} of your appointments")
            }
            (0, _) if context.kind == Kind::RequestReceived => format!("Your {all} requests"),
            (0, _) => format!("Your {all} appointments"),
            _ => format!("Changes to {all} of your appointments"),
        });
    };
    let zone = zone(&one.row)?;
    let start = one.row.starts_at;
    let moment = format!("{} at {}", zone.local_date(start).day_words(zone.local_date(now)), zone.time_words(start));
    let requested = one.row.status == Status::Requested;
    Ok(match (context.kind, one.row.status) {
        (Kind::RequestDeclined, _) => format!("Declined: your request for {moment}"),
        (Kind::RequestExpired, _) => format!("Not answered: your request for {moment}"),
        (_, Status::Cancelled) if one.row.would_replace.is_some() => match asked_for(&one.row) {
            true => format!("Withdrawn: your request for {moment}"),
            false => format!("Cancelled: your request for {moment}"),
        },
        (_, Status::Cancelled) => format!("Cancelled: your appointment on {moment}"),
        (Kind::RequestAccepted, _) if was_moved(one) => format!("Moved: your appointment is now on {moment}"),
        (Kind::AppointmentsMoved | Kind::AppointmentsChanged, _) if requested => {
            format!("Moved: your request is now for {moment}")
        }
        (Kind::AppointmentsMoved | Kind::AppointmentsChanged, _) => {
            format!("Moved: your appointment is now on {moment}")
        }
        (Kind::Reminder, _) => format!("Reminder: your appointment on {moment}"),
        (Kind::VideoLink, _) => format!("How to join your appointment on {moment}"),
        _ if requested => format!("Your request for {moment}"),
        _ => format!("Your appointment on {moment}"),
    })
}

fn opening(kind: Kind, first: &MessageAppointment, appointments: usize, now: Timestamp) -> Result<String, Error> {
    let (one, moved) = (appointments == 1, was_moved(first));
    if one && first.row.would_replace.is_some() {
        return request_to_move(kind, first, now);
    }
    let asked = asked_words(first);
    let first = &first.row;
    if first.status == Status::Cancelled {
        return Ok(match (asked_for(first), one) {
            (true, true) => format!("Your appointment is cancelled{asked}."),
            (true, false) => format!("{appointments} of your appointments are cancelled{asked}."),
            (false, true) => "The clinic had to cancel your appointment. We are sorry.".to_owned(),
            (false, false) => format!("The clinic had to cancel {appointments} of your appointments. We are sorry."),
        });
    }
    Ok(match kind {
        Kind::RequestDeclined => "Your request could not be accepted. Nothing is booked.".to_owned(),
        Kind::RequestExpired => "Your request was not answered in time. Nothing is booked. We are sorry.".to_owned(),
        Kind::RequestReceived if !one => {
            format!("We have your {appointments} requests. They are not booked yet: the clinic will answer them.")
        }
        Kind::RequestReceived => "We have your request. It is not booked yet: the clinic will answer it.".to_owned(),
        Kind::RequestAccepted if moved => "Your request was accepted. Your appointment is moved.".to_owned(),
        Kind::RequestAccepted => "Your request was accepted. Your appointment is booked.".to_owned(),
        Kind::AppointmentAdded if !one => format!("The clinic has booked {appointments} appointments for you."),
        Kind::AppointmentAdded => "The clinic has booked an appointment for you.".to_owned(),
        Kind::AppointmentBooked if !one => format!("Your {appointments} appointments are booked."),
        Kind::AppointmentsMoved | Kind::AppointmentsChanged => match (one, first.status == Status::Requested) {
            (true, true) => "Your request was moved to another time. It is not booked yet.".to_owned(),
            (true, false) => "Your appointment was moved.".to_owned(),
            (false, _) => format!("{appointments} of your appointments were moved."),
        },
        Kind::Reminder => "This is a reminder of your appointment. If you cannot come, please cancel it.".to_owned(),
        Kind::VideoLink => "Your appointment takes place by video. This message has the link to join it.".to_owned(),
        _ => "Your appointment is booked.".to_owned(),
    })
}

/// Who asked for a cancellation, behind "is cancelled".
fn asked_words(appointment: &MessageAppointment) -> String {
    match (&appointment.cancelled_by, appointment.row.cancelled_by) {
        (Some(CancelledBy::Patient), _) => ", as the patient asked".to_owned(),
        (Some(CancelledBy::Carer(name)), _) => format!(", as {} asked", one_line(name)),
        // the clinic wrote down that the patient's side asked: who of them, it does not know
        (None, Some(ActorRole::Doctor | ActorRole::Admin)) if appointment.for_whom.is_some() => {
            ", as you or another person who acts for them asked".to_owned()
        }
        (None, _) => ", as you asked".to_owned(),
    }
}

/// The opening for a reader who acts for the patient: "your appointment" is the one for Ana.
fn of_person(opening: String, name: Option<&str>, appointments: usize) -> String {
    let Some(name) = name.map(one_line) else { return opening };
    let (counted, requests) = (format!("Your {appointments} appointments"), format!("your {appointments} requests"));
    let yours: [(&str, String); 12] = [
        ("your appointments", format!("the appointments for {name}")),
        (&counted, format!("The {appointments} appointments for {name}")),
        ("Your appointment", format!("The appointment for {name}")),
        ("your appointment", format!("the appointment for {name}")),
        ("an appointment for you", format!("an appointment for {name}")),
        ("appointments for you", format!("appointments for {name}")),
        ("Your request", format!("The request for {name}")),
        ("your request", format!("the request for {name}")),
        (&requests, format!("the {appointments} requests for {name}")),
        ("that you asked for", "that was asked for".to_owned()),
        ("You keep", format!("{name} keeps")),
        ("If you cannot come", format!("If {name} cannot come")),
    ];
    let mut named = String::with_capacity(opening.len() + name.len());
    let mut rest = opening.as_str();
    // one place after the other, so that nothing in a name is taken for one
    while let Some((at, yours, others)) =
        yours.iter().filter_map(|(yours, others)| Some((rest.find(yours)?, *yours, others))).min_by_key(|(at, ..)| *at)
    {
        let (before, after) = rest.split_at(at);
        named.extend([before, others]);
        rest = after.strip_prefix(yours).unwrap_or_default();
    }
    named + rest
}

/// What became of a request to move an appointment, and which one the patient keeps.
fn request_to_move(kind: Kind, request: &MessageAppointment, now: Timestamp) -> Result<String, Error> {
    let news = match (kind, request.row.status) {
        (_, Status::Cancelled) if asked_for(&request.row) => {
            return kept_besides(
                format!("Your request to move your appointment is withdrawn{}.", asked_words(request)),
                request,
                now,
            );
        }
        (_, Status::Cancelled) => "The clinic cannot offer the new time that you asked for. We are sorry.",
        (Kind::RequestDeclined, _) => "The new time that you asked for could not be accepted.",
        (Kind::RequestExpired, _) => "Your request to move your appointment was not answered in time. We are sorry.",
        (Kind::RequestReceived, _) => {
            "We have your request to move your appointment. It is not moved yet: the clinic will answer the request."
        }
        _ => "The new time that you asked for was changed by the clinic. It is not booked yet.",
    };
    kept_besides(news.to_owned(), request, now)
}

/// What is said of a request to move, with the appointment that stays.
fn kept_besides(news: String, request: &MessageAppointment, now: Timestamp) -> Result<String, Error> {
    let waits = request.row.status == Status::Requested;
    let Some(kept) = &request.kept else { return Ok(news) };
    let zone = zone(kept)?;
    let day = zone.local_date(kept.starts_at).day_words(zone.local_date(now));
    let moment = format!("{} on {day}", zone.time_words(kept.starts_at));
    Ok(match waits {
        true => format!("{news} You keep {moment} until the new time is accepted."),
        false => format!("{news} You keep your appointment at {moment}."),
    })
}

/// Whether an accepted request moved an appointment that was booked before. What is booked has no time to answer.
fn was_moved(appointment: &MessageAppointment) -> bool {
    appointment.before.as_ref().is_some_and(|before| before.answer_by.is_none())
}

fn asked_for(appointment: &Appointment) -> bool {
    appointment.cancelled_by == Some(ActorRole::Patient)
        || appointment.cancel_reason == Some(CancelReason::PatientAsked)
}

fn facts(appointment: &MessageAppointment, now: Timestamp) -> Result<Facts, Error> {
    let row = &appointment.row;
    let zone = zone(row)?;
    let mut facts: Vec<(&'static str, String)> = Vec::new();
    facts.extend(appointment.for_whom.iter().map(|name| ("For", one_line(name))));
    facts.extend([("When", when(row)?), ("Doctor", one_line(&row.doctor_name)), ("Where", location_words(row))]);
    if !row.location_phone.is_empty() {
        facts.push(("Phone", one_line(&row.location_phone)));
    }
    facts.push(("Reference", row.reference.clone()));
    if let Some(until) = row.answer_by.filter(|_| row.status == Status::Requested) {
        facts.push(("Answer", answer_by_words(until, row.starts_at, &zone, now)));
    }
    if let Some(before) = appointment.before.as_ref().filter(|_| !is_off(row.status)) {
        facts.push(("Before", format!("{}, {}", when(before)?, one_line(&before.doctor_name))));
    }
    if let Some(kept) = &appointment.kept {
        let label = if appointment.for_whom.is_some() { "It stays" } else { "You keep" };
        facts.push((label, format!("{}, {}", when(kept)?, one_line(&kept.doctor_name))));
    }
    if let Some(ended) = &appointment.ended {
        let whose = if appointment.for_whom.is_some() { "the" } else { "your" };
        facts.push(("Ended", format!("{whose} request for {}", when(ended)?)));
    }
    Ok(facts)
}

/// "Tuesday 6 January 2026, 9am to 9:30am (London time)"
pub(super) fn when(appointment: &Appointment) -> Result<String, Error> {
    let zone = zone(appointment)?;
    let date = zone.local_date(appointment.starts_at).date_words();
    let (from, to) = (zone.time_words(appointment.starts_at), zone.time_words(appointment.ends_at));
    Ok(format!("{date}, {from} to {to} ({})", zone.label()))
}

/// Where it is: the location with its address, or that it is by video or by telephone.
pub(super) fn location_words(appointment: &Appointment) -> String {
    match appointment.mode {
        Mode::InPerson => {
            format!("{}, {}", one_line(&appointment.location_name), one_line(&appointment.location_address))
        }
        mode => format!("{} ({})", mode.label(), one_line(&appointment.location_name)),
    }
}

/// The clocks that its words follow.
pub(super) fn zone(appointment: &Appointment) -> Result<Zone, Error> {
    Zone::parse(&appointment.time_zone).ok_or(Error::Corrupt("unknown time zone"))
}
