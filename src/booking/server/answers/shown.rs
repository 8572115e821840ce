//! What others need to know of the answers: the page of an appointment, that of a hold, and a booking.

use super::kept::KeptAnswers;
use crate::{
    accounts::Permission,
    availability::server::{Asking, DoctorCalendar, DoctorCalendars, questions::Questions},
    booking::{
        Answered, AppointmentAnswers, PatientAnswers,
        server::{Appointment, access::ReasonRule},
    },
    db::{Conn, Error},
    error::{AppError, FieldCode},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// The field that an error names when a time cannot be booked without answers.
pub const ANSWERS: &str = "answers";

/// What the page of an appointment shows of the questions before it.
pub async fn of_appointment(
    conn: &mut Conn<'_>,
    app: &AppState,
    (actor, rule): (Actor, &ReasonRule),
    appointment: &Appointment,
    now: Timestamp,
) -> Result<AppointmentAnswers, Error> {
    let may_read = rule.may_read(actor);
    let kept = KeptAnswers::of(conn, appointment).await?;
    let given = kept.as_ref().filter(|kept| kept.answered_at.is_some());
    let answers = match given {
        None => PatientAnswers::NotGiven,
        Some(_) if !may_read => PatientAnswers::Withheld,
        Some(kept) => kept.in_words(&app.data_keys)?.map_or(PatientAnswers::Unreadable, PatientAnswers::Given),
    };
    if !actor.may(Permission::BookForOneself) || !may_read || !appointment.takes_answers(now) {
        return Ok(AppointmentAnswers { answers, ..AppointmentAnswers::default() });
    }
    let asked = Questions::now(conn, appointment.visit_type_id).await?;
    let open = match given.filter(|kept| kept.visit_type_id == appointment.visit_type_id) {
        None => asked.list.len(),
        Some(kept) if kept.questions_version == asked.version => 0,
        Some(kept) => {
            let content = kept.content(&app.data_keys).unwrap_or_default();
            let is_open = |key| content.answers.get(&key).is_none_or(String::is_empty);
            asked.list.iter().filter(|question| question.required && is_open(question.key)).count()
        }
    };
    Ok(AppointmentAnswers { answers, open, can_answer: !asked.list.is_empty() })
}

/// What patients are asked before an appointment of this visit type, as the calendar in memory knows it.
async fn asking(conn: &mut Conn<'_>, calendars: &DoctorCalendars, appointment: &Appointment) -> Result<Asking, Error> {
    let of = |calendar: &DoctorCalendar| {
        let own = calendar.visit_types.iter().find(|visit_type| visit_type.id == appointment.visit_type_id);
        own.map(|visit_type| visit_type.asking).unwrap_or_default()
    };
    match calendars.known(appointment.doctor_id) {
        Some(calendar) => Ok(of(&calendar)),
        None => Ok(DoctorCalendar::read(conn, appointment.doctor_id).await?.as_ref().map(of).unwrap_or_default()),
    }
}

/// What was answered for a hold; none when its visit type asks nothing.
pub async fn of_hold(conn: &mut Conn<'_>, app: &AppState, hold: &Appointment) -> Result<Option<Vec<Answered>>, Error> {
    if asking(conn, &app.calendars, hold).await?.version == 0 {
        return Ok(None);
    }
    let kept = KeptAnswers::of(conn, hold).await?.filter(|kept| kept.answered_at.is_some());
    let answered = kept.map(|kept| kept.in_words(&app.data_keys)).transpose()?.flatten();
    Ok(Some(answered.unwrap_or_default()))
}

/// What was answered for an appointment, for the person's own copy; None when the key is missing with which it could be read.
pub async fn own(
    conn: &mut Conn<'_>,
    app: &AppState,
    appointment: &Appointment,
) -> Result<Option<Vec<Answered>>, Error> {
    match KeptAnswers::of(conn, appointment).await?.filter(|kept| kept.answered_at.is_some()) {
        Some(kept) => kept.in_words(&app.data_keys),
        None => Ok(Some(Vec::new())),
    }
}

/// Makes sure that a held time has the answers without which it cannot be booked on the website.
///
/// # Errors
/// [`AppError::Invalid`] naming [`ANSWERS`].
pub async fn require(conn: &mut Conn<'_>, hold: &Appointment, asking: Asking) -> Result<(), Error> {
    if asking.answers_since == 0 {
        return Ok(());
    }
    let kept = KeptAnswers::of(conn, hold).await?;
    let enough = |kept: &KeptAnswers| kept.answered_at.is_some() && kept.questions_version >= asking.answers_since;
    if kept.as_ref().is_some_and(enough) { Ok(()) } else { Err(AppError::field(ANSWERS, FieldCode::Missing).into()) }
}
