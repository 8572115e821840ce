//! The page on which a patient answers.

use super::kept::{Content, KeptAnswers};
use crate::{
    availability::{model::questions::Question, server::questions::Questions},
    booking::{
        AskedFor, AskedPage, AskedQuestion,
        server::{Appointment, Booker, access::own, hold::hold_view, views},
    },
    db::{Conn, Error},
    error::AppError,
    ids::AppointmentId,
    state::AppState,
    time::Timestamp,
    web::request::RequestContext,
};

/// The page on which the patient of a hold or an appointment answers. A patient who answered before another appointment
/// of the visit type finds those answers filled in.
///
/// # Errors
/// [`AppError::Unauthenticated`] for a visitor who does not hold the time, [`AppError::Forbidden`] for doctors and
/// staff, [`AppError::NotFound`] for another person's, [`AppError::TooLate`] for an appointment that is over.
pub async fn asked(app: &AppState, request_context: &RequestContext, id: AppointmentId) -> Result<AskedPage, AppError> {
    let booker = Booker::of(request_context)?;
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (appointment, booker) = own(conn, &booker, id, now).await?;
    if !appointment.takes_answers(now) {
        return Err(AppError::TooLate);
    }
    let about = if appointment.is_hold() {
        AskedFor::Hold(Box::new(hold_view(conn, app, &booker, &appointment, now).await?))
    } else {
        AskedFor::Appointment { id, summary: Box::new(views::summary(&appointment, now)?) }
    };
    let asked = Questions::now(conn, appointment.visit_type_id).await?;
    let (content, last_time) = match booker.patient {
        // what was answered is for the patient, whoever uses the browser now
        None => (Content::default(), None),
        Some(_) => filled_in(conn, app, &booker, &appointment).await?,
    };
    let value = |key| content.value(key).unwrap_or_default().to_owned();
    let with_value = |question: Question| AskedQuestion { value: value(question.key), question };
    let questions: Vec<AskedQuestion> = asked.list.into_iter().map(with_value).collect();
    let is_filled_in = questions.iter().any(|asked| !asked.value.is_empty());
    let zone = views::zone(&appointment)?;
    let last_time = last_time.filter(|_| is_filled_in).map(|at| zone.local_date(at).day_words(zone.local_date(now)));
    Ok(AskedPage { about, version: asked.version, questions, last_time })
}

/// What the fields hold at first, and when that was answered, if it was before another appointment.
async fn filled_in(
    conn: &mut Conn<'_>,
    app: &AppState,
    booker: &Booker,
    appointment: &Appointment,
) -> Result<(Content, Option<Timestamp>), Error> {
    if let Some(kept) = KeptAnswers::of(conn, appointment).await? {
        return Ok((kept.content(&app.data_keys).unwrap_or_default(), None));
    }
    let Some(patient) = appointment.patient_id.or(booker.patient) else { return Ok((Content::default(), None)) };
    let (visit_type, reference) = (appointment.visit_type_id, &appointment.reference);
    let Some(last) = KeptAnswers::last_of(conn, patient, visit_type, reference).await? else {
        return Ok((Content::default(), None));
    };
    Ok((last.content(&app.data_keys).unwrap_or_default(), last.answered_at))
}
