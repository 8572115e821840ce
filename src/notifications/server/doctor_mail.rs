//! What a doctor is told at once of their appointments: times, locations and references, and nothing about patients.

use super::{
    email::{Email, RenderContext},
    layout::{Body, Facts, Part, one_line},
    message_context::{Subject, appointments_of},
    texts::{location_words, when, zone},
};
use crate::{
    booking::{Status, front_desk::day_path, server::Appointment},
    db::{Conn, Error},
    notifications::{
        model::{BookingMail, Kind},
        server::compose_error::ComposeError,
    },
    time::Timestamp,
};

/// One appointment, and the one it was moved from.
struct Item {
    row: Appointment,
    before: Option<Appointment>,
}

/// What is still true of the appointments of this message, for the doctor who has them now, or had them.
pub(super) async fn email(
    conn: &mut Conn<'_>,
    kind: Kind,
    render: &RenderContext<'_>,
) -> Result<Option<Email>, ComposeError> {
    let Subject { person, address, rows, .. } = appointments_of(conn, render.claimed).await?;
    let mut items = Vec::new();
    for row in rows {
        // a doctor is never told of a colleague's appointment, and not when they switched messages off meanwhile
        if row.doctor_person_id != Some(person) || row.doctor_booking_mail == BookingMail::None {
            continue;
        }
        if still_true(kind, &row, render.now) {
            let before = match row.rescheduled_from {
                Some(before) => Some(Appointment::find(conn, before).await?),
                None => None,
            };
            items.push(Item { row, before });
        }
    }
    items.sort_by_key(|item| item.row.starts_at);
    match items.first() {
        Some(first) => Ok(Some(Email::plain(address, body(kind, &items, &first.row, render)?.lay_out()?))),
        None => Ok(None),
    }
}

/// Whether the message is still true of this appointment. A later change has a message of its own.
fn still_true(kind: Kind, row: &Appointment, now: Timestamp) -> bool {
    let ahead = row.starts_at > now;
    let stands = matches!(row.status, Status::Booked | Status::Arrived);
    let gone = matches!(row.status, Status::Cancelled | Status::Rescheduled);
    match kind {
        Kind::DoctorBooked => ahead && stands,
        Kind::DoctorRequested => ahead && row.status == Status::Requested,
        Kind::DoctorMoved => ahead && (stands || row.status == Status::Requested),
        Kind::DoctorCancelled => row.status == Status::Cancelled,
        Kind::DoctorChanged => gone || (ahead && (stands || row.status == Status::Requested)),
        _ => false,
    }
}

/// What became of an appointment, in the order in which a message says it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum News {
    Cancelled,
    GivenAway,
    Moved,
    /// Taken over from a colleague.
    TakenOver,
    Requested,
    Booked,
}

const ORDER: [News; 6] =
    [News::Cancelled, News::GivenAway, News::Moved, News::TakenOver, News::Requested, News::Booked];

fn news(kind: Kind, item: &Item) -> News {
    let from = item.before.as_ref().map(|before| before.doctor_id);
    match (item.row.status, kind, from) {
        (Status::Cancelled, ..) => News::Cancelled,
        (Status::Rescheduled, ..) => News::GivenAway,
        (_, Kind::DoctorChanged, Some(doctor)) if doctor != item.row.doctor_id => News::TakenOver,
        (_, Kind::DoctorChanged | Kind::DoctorMoved, _) => News::Moved,
        (Status::Requested, ..) => News::Requested,
        _ => News::Booked,
    }
}

fn opening(news: News, appointments: usize) -> String {
    let (one, many) = match news {
        News::Cancelled => ("An appointment of yours was cancelled.", "appointments of yours were cancelled."),
        News::GivenAway => {
            ("An appointment of yours was given to a colleague.", "appointments of yours were given to colleagues.")
        }
        News::Moved => ("An appointment of yours was moved.", "appointments of yours were moved."),
        News::TakenOver => {
            ("An appointment of a colleague was given to you.", "appointments of colleagues were given to you.")
        }
        News::Requested => ("You have a new request. It waits for your answer.", "new requests wait for your answer."),
        News::Booked => ("You have a new appointment.", "new appointments were booked with you."),
    };
    if appointments == 1 { one.to_owned() } else { format!("{appointments} {many}") }
}

fn body(kind: Kind, items: &[Item], first: &Appointment, render: &RenderContext<'_>) -> Result<Body, Error> {
    let mut parts = Vec::new();
    for wanted in ORDER {
        let of_it: Vec<&Item> = items.iter().filter(|item| news(kind, item) == wanted).collect();
        if !of_it.is_empty() {
            let tables = of_it.iter().map(|item| facts(item, render.now)).collect::<Result<_, _>>()?;
            parts.push(Part { opening: opening(wanted, of_it.len()), facts: tables });
        }
    }
    let day = day_path("", first.local_start.get(..10).unwrap_or_default());
    Ok(Body {
        subject: subject(kind, items, first, render.now)?,
        parts,
        lead: "To see your day, sign in:".to_owned(),
        link: [render.site, &day].concat(),
        closing: vec![format!(
            "You asked for this message. To stop it, sign in:\n{}/account/notifications",
            render.site
        )],
    })
}

fn subject(kind: Kind, items: &[Item], first: &Appointment, now: Timestamp) -> Result<String, Error> {
    let [only] = items else {
        return Ok(format!("Changes to {} of your appointments", items.len()));
    };
    let zone = zone(first)?;
    let (start, today) = (first.starts_at, zone.local_date(now));
    let moment = format!("{} at {}", zone.local_date(start).day_words(today), zone.time_words(start));
    Ok(match news(kind, only) {
        News::Cancelled => format!("Cancelled: appointment on {moment}"),
        News::GivenAway => format!("Given to a colleague: appointment on {moment}"),
        News::Moved if first.status == Status::Requested => format!("Moved: request for {moment}"),
        News::Moved => format!("Moved: appointment now on {moment}"),
        News::TakenOver => format!("Taken over: appointment on {moment}"),
        News::Requested => format!("New request for {moment}"),
        News::Booked => format!("New appointment on {moment}"),
    })
}

fn facts(item: &Item, now: Timestamp) -> Result<Facts, Error> {
    let Item { row, before } = item;
    let mut facts = vec![("When", when(row)?), ("Where", location_words(row)), ("Reference", row.reference.clone())];
    if let Some(until) = row.answer_by.filter(|_| row.status == Status::Requested) {
        facts.push(("Answer by", zone(row)?.moment_words(until, now)));
    }
    let stands = !matches!(row.status, Status::Cancelled | Status::Rescheduled);
    if let Some(before) = before.as_ref().filter(|_| stands) {
        let doctor = if before.doctor_id == row.doctor_id {
            String::new()
        } else {
            format!(", {}", one_line(&before.doctor_name))
        };
        facts.push(("Before", format!("{}{doctor}", when(before)?)));
    }
    Ok(facts)
}
