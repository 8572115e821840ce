//! Confirming: a hold becomes an appointment. And both at once, for programs.

use super::{
    details::Details,
    hold::{Start, Taken, Taking, gone_for, not_taken, take},
    offer::{Extent, Offer, OfferedDoctor},
    person::Person,
    record::{Appointment, sweep},
    records::Record,
    requests,
};
use crate::{
    availability::Reason,
    booking::{Action, Status},
    db::{Conn, Error, Violation, on},
    error::AppError,
    ids::{AppointmentId, DoctorId, UserId, VisitTypeId},
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
    confirm_with(app, person, id, None).await
}

/// As [`confirm`], with what the patient wants the doctor to know, when that was not kept with the hold before.
///
/// # Errors
/// Those of [`confirm`], and [`AppError::Invalid`] naming `reason` or `phone`.
pub async fn confirm_with(
    app: &AppState,
    person: Person,
    id: AppointmentId,
    details: Option<Details>,
) -> Result<AppointmentId, AppError> {
    let patient = person.signed_in()?;
    let details = details.map(Details::checked).transpose()?;
    let now = app.clock.now();
    let (taker, settings) = (person.clone(), app.settings.clone());
    let unit = app.db.write(move |mut tx| {
        let (person, settings, details) = (taker.clone(), settings.clone(), details.clone());
        async move {
            let booked = book_hold(&mut tx.conn(), &person, patient, (id, details), &settings, now).await?;
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

/// A wish for a visit, as programs have it.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What the hold or appointment is to be called: the same wish sent again is the same one.
    pub id: AppointmentId,
    /// The id was made for this wish, so that nothing has come of it before.
    pub is_new: bool,
    pub doctor: DoctorId,
    /// The kind that the doctor offers first when none is given.
    pub visit_type: Option<VisitTypeId>,
    pub start: Start,
}

impl Wish {
    /// # Errors
    /// [`AppError::NotFound`] for an unknown or hidden doctor.
    async fn read(&self, conn: &mut Conn<'_>) -> Result<(OfferedDoctor, Taking), Error> {
        let doctor = OfferedDoctor::by_id(conn, self.doctor).await?;
        if doctor.status != "active" {
            return Err(AppError::NotFound.into());
        }
        Ok((doctor, Taking { id: self.id, visit_type: self.visit_type, start: self.start, previous: None }))
    }

    /// What this wish has led to before.
    async fn done(&self, conn: &mut Conn<'_>, person: &Person) -> Result<Option<Record>, Error> {
        match Appointment::find(conn, self.id).await {
            Ok(visit) if person.owns(&visit) => {
                let specialty = OfferedDoctor::by_id(conn, visit.doctor_id).await?.specialty;
                Ok(Some(Record::new(visit, specialty)))
            }
            Ok(_) => Err(AppError::NotFound.into()),
            Err(Error::App(AppError::NotFound)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Holds a time for a signed-in patient; see [`super::hold`].
///
/// # Errors
/// Those of [`super::hold`].
pub async fn hold_for(app: &AppState, person: Person, wish: Wish) -> Result<Record, AppError> {
    person.signed_in()?;
    carry_out(app, person, wish, None).await
}

/// Holds a time and books it in one unit, by the rules of both: nothing is held when it cannot be booked.
///
/// # Errors
/// Those of [`super::hold`] and [`confirm`], and [`AppError::Invalid`] naming `reason` or `phone`.
pub async fn book(app: &AppState, person: Person, wish: Wish, details: Details) -> Result<Record, AppError> {
    let details = details.checked()?;
    carry_out(app, person, wish, Some(details)).await
}

/// Holds, and with details books.
async fn carry_out(app: &AppState, person: Person, wish: Wish, details: Option<Details>) -> Result<Record, AppError> {
    let patient = person.signed_in()?;
    let now = app.clock.now();
    let (taker, wanted, settings) = (person.clone(), wish.clone(), app.settings.clone());
    let unit = app.db.write(move |mut tx| {
        let (person, wish, details, settings) = (taker.clone(), wanted.clone(), details.clone(), settings.clone());
        async move {
            let conn = &mut tx.conn();
            if !wish.is_new
                && let Some(record) = wish.done(conn, &person).await?
            {
                return Ok((tx, (record, Vec::new())));
            }
            let (doctor, taking) = wish.read(conn).await?;
            let Taken { hold: mut visit, offer, mut freed } =
                take(conn, &person, doctor, &taking, &settings.booking, now).await?;
            if let Some(details) = details {
                (visit.reason, visit.contact_phone) = (details.reason, details.phone);
                visit = book_visit(conn, &person, patient, visit, &offer, &settings, now).await?;
            }
            freed.push(visit.doctor_id);
            Ok((tx, (Record::new(visit, offer.doctor.specialty), freed)))
        }
    });
    match unit.await {
        Ok((record, changed)) => {
            changed.into_iter().for_each(|doctor| app.directory.touch(doctor));
            Ok(record)
        }
        Err(error) => {
            // the same wish sent again may have been carried out, while this one took longer than its key is kept for it
            if let Ok(mut reader) = app.db.read().await
                && let Ok(Some(record)) = wish.done(&mut reader.conn(), &person).await
            {
                return Ok(record);
            }
            let reasons = not_taken(error)?;
            let mut reader = app.db.read().await?;
            let (doctor, taking) = wish.read(&mut reader.conn()).await?;
            Err(gone_for(&mut reader.conn(), &person, doctor, &taking, reasons, now).await?)
        }
    }
}

async fn book_hold(
    conn: &mut Conn<'_>,
    person: &Person,
    patient: UserId,
    (id, details): (AppointmentId, Option<Details>),
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
    sweep(conn, visit.doctor_id, Some(patient), (visit.starts_at, visit.ends_at), now, Some(id)).await?;
    let offer = Offer::around(conn, &visit, person, Extent::about(now, Start::At(visit.starts_at))).await?;
    if let Some(details) = details {
        (visit.reason, visit.contact_phone) = (details.reason, details.phone);
    }
    book_visit(conn, person, patient, visit, &offer, settings, now).await
}

/// A held visit becomes an appointment, if `offer`, read in the same unit without it, still has its time. It may be one
/// that was read no further than [`Extent::about`].
async fn book_visit(
    conn: &mut Conn<'_>,
    person: &Person,
    patient: UserId,
    mut visit: Appointment,
    offer: &Offer,
    settings: &Settings,
    now: Instant,
) -> Result<Appointment, Error> {
    let most = settings.booking.most_future_visits;
    if has_visits_ahead(conn, patient, most, now).await? {
        return Err(AppError::TooManyVisits { most }.into());
    }
    let id = visit.id;
    if let Err(reasons) = offer.held_slot_at(visit.starts_at) {
        let offer = Offer::around(conn, &visit, person, Extent::whole(now)).await?;
        return Err(lost(&offer, visit.starts_at, reasons).into());
    }
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
    let offer = Offer::around(conn, &hold, person, Extent::whole(now)).await?;
    Ok(AppError::HoldExpired { nearest: offer.nearest(hold.starts_at) })
}

/// Whether as many visits as `most` are still to come, requests that may yet be answered included.
async fn has_visits_ahead(conn: &mut Conn<'_>, patient: UserId, most: i64, now: Instant) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from (
            select id from appointments
            where patient_id = $1 and starts_at > $2
                and (status = 'booked' or (status = 'requested' and coalesce(answer_by, starts_at) > $2))
            order by starts_at limit $3
        ) as ahead";
    let ahead: i64 = on!(conn, |c| sqlx::query_scalar(SQL).bind(patient).bind(now).bind(most).fetch_one(c).await?);
    Ok(ahead >= most)
}
