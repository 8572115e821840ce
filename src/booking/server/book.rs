//! Confirming: a hold becomes an appointment.

use super::{
    offer::Offer,
    person::Person,
    record::{Appointment, sweep},
    requests,
};
use crate::{
    availability::Reason,
    booking::{Action, Status},
    db::{Conn, Error, Violation, on},
    error::AppError,
    ids::{AppointmentId, UserId},
    notifications::server::{Message, enqueue},
    server::{settings::Settings, state::AppState},
    time::Instant,
};

/// Books a held time for the signed-in patient. The hold is the idempotency key: confirming twice books once, and both
/// answers are the same. A hold that ran out is booked all the same when nobody took the time meanwhile.
///
/// # Errors
/// [`AppError::HoldExpired`] or [`AppError::TimeGone`] with the nearest free times, [`AppError::PatientBusy`],
/// [`AppError::TooManyVisits`], [`AppError::NotFound`] for somebody else's hold.
pub async fn confirm(app: &AppState, person: Person, id: AppointmentId) -> Result<AppointmentId, AppError> {
    let patient = person.signed_in()?;
    let now = app.clock.now();
    let (taker, settings) = (person.clone(), app.settings.clone());
    let unit = app.db.write(move |mut tx| {
        let (person, settings) = (taker.clone(), settings.clone());
        async move {
            let booked = book_hold(&mut tx.conn(), &person, patient, id, &settings, now).await?;
            Ok((tx, booked))
        }
    });
    match unit.await {
        Ok(booked) => {
            app.directory.touch(booked.doctor_id);
            Ok(booked.id)
        }
        Err(error) => match error.violation() {
            Some(Violation::DoctorOverlap) => Err(hold_lost(app, &person, id, now).await?),
            Some(Violation::PatientOverlap) => Err(AppError::PatientBusy),
            _ => Err(error.into()),
        },
    }
}

async fn book_hold(
    conn: &mut Conn<'_>,
    person: &Person,
    patient: UserId,
    id: AppointmentId,
    settings: &Settings,
    now: Instant,
) -> Result<Appointment, Error> {
    let mut visit = Appointment::find(conn, id).await?;
    if !person.owns(&visit) {
        return Err(AppError::NotFound.into());
    }
    if matches!(visit.status, Status::Booked | Status::Requested) {
        return Ok(visit);
    }
    if !matches!(visit.status, Status::Held | Status::Expired) || visit.was_request() {
        return Err(AppError::Conflict.into());
    }
    sweep(conn, visit.doctor_id, Some(patient), now, Some(id)).await?;
    let most = settings.booking.most_future_visits;
    if future_visits(conn, patient, now).await? >= most {
        return Err(AppError::TooManyVisits { most }.into());
    }
    let offer = Offer::around(conn, &visit, person, now).await?;
    offer.held_slot_at(visit.starts_at).map_err(|reasons| lost(&offer, visit.starts_at, reasons))?;
    visit.patient_id = Some(patient);
    let action = if visit.needs_approval { Action::Request } else { Action::Book };
    if visit.needs_approval {
        visit.answer_by = Some(requests::answer_by(conn, &settings.clinic, visit.starts_at, now).await?);
    }
    visit.change(conn, action, person.by(), now).await?;
    let kind = if visit.needs_approval { "request_received" } else { "visit_booked" };
    let dedupe_key = &format!("{kind}:{id}");
    enqueue(conn, now, Message { kind, to: patient, visits: &[id], dedupe_key }).await?;
    Ok(visit)
}

/// The error that fits the reasons for which a held time cannot be booked any more.
fn lost(offer: &Offer, start: Instant, reasons: Vec<Reason>) -> AppError {
    if reasons.contains(&Reason::PatientBusy) {
        AppError::PatientBusy
    } else if reasons.contains(&Reason::Taken) || reasons.contains(&Reason::TooSoon) {
        AppError::HoldExpired { nearest: offer.nearest(start) }
    } else {
        offer.gone(start, reasons)
    }
}

async fn hold_lost(app: &AppState, person: &Person, id: AppointmentId, now: Instant) -> Result<AppError, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let hold = Appointment::find(conn, id).await?;
    let offer = Offer::around(conn, &hold, person, now).await?;
    Ok(AppError::HoldExpired { nearest: offer.nearest(hold.starts_at) })
}

/// Visits still to come, requests included.
pub(super) async fn future_visits(conn: &mut Conn<'_>, patient: UserId, now: Instant) -> Result<i64, Error> {
    const SQL: &str = "select count(*) from appointments
        where patient_id = $1 and status in ('requested', 'booked') and starts_at > $2";
    Ok(on!(conn, |c| sqlx::query_scalar(SQL).bind(patient).bind(now).fetch_one(c).await?))
}
