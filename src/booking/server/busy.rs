//! A time that is free, for a patient who is not: the error that says so, and which appointment stands in the way.

use super::{
    appointment::{Appointment, agreed, from_agreed},
    availability::Availability,
    booker::Booker,
    views,
};
use crate::{
    accounts::Permission,
    availability::{
        Reason, TimeOption,
        server::{DoctorCalendars, occupies},
    },
    booking::front_desk::ClinicDay,
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, PersonId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Whether nothing speaks against a time but another appointment of the patient.
pub(super) fn only_busy(reasons: &[Reason]) -> bool {
    reasons == [Reason::PatientBusy]
}

/// The error for a booker who has another appointment at `start`, with the nearest times at which both are free.
/// `except` is the appointment that they want to move.
///
/// # Errors
/// The database's.
pub(super) async fn patient_busy(
    conn: &mut Conn<'_>,
    availability: &Availability,
    booker: &Booker,
    except: Option<AppointmentId>,
    start: Timestamp,
    now: Timestamp,
) -> Result<AppError, Error> {
    let span = (start, availability.visit_type.rules.end_of(start));
    own(conn, booker, span, except, availability.nearest(start), now).await
}

/// The same for a hold that cannot be booked, without other times: the booker may rather move the other appointment.
///
/// # Errors
/// The database's.
pub(super) async fn holder_busy(app: &AppState, booker: &Booker, hold: AppointmentId) -> Result<AppError, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let row = Appointment::find(conn, hold).await?;
    let booker = if booker.carer.is_some() { booker.clone() } else { booker.clone().acting_for(row.patient_id) };
    Ok(own(conn, &booker, (row.starts_at, row.ends_at), Some(hold), Vec::new(), app.clock.now()).await?)
}

async fn own(
    conn: &mut Conn<'_>,
    booker: &Booker,
    span: (Timestamp, Timestamp),
    except: Option<AppointmentId>,
    nearest: Vec<TimeOption>,
    now: Timestamp,
) -> Result<AppError, Error> {
    let with = match booker.patient {
        Some(patient) => other_appointment(conn, patient, span, except, now).await?,
        None => String::new(),
    };
    Ok(AppError::PatientBusy { own: booker.carer.is_none(), with, nearest })
}

/// "Tuesday 6 January, 9am with Dr Silva": the patient's appointment at this time, for those who may see it. Nothing
/// when there is none.
///
/// # Errors
/// The database's.
pub(super) async fn other_appointment(
    conn: &mut Conn<'_>,
    patient: PersonId,
    (from, until): (Timestamp, Timestamp),
    except: Option<AppointmentId>,
    now: Timestamp,
) -> Result<String, Error> {
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        from_agreed!(),
        "where a.patient_id = $1 and a.starts_at > $2 and a.starts_at < $3 and a.ends_at > $4 and a.status <> 'held'
            and a.reference <> coalesce((select reference from appointments where id = $6), '') and ",
        occupies!("a", "$5"),
        " order by a.starts_at limit 1"
    );
    let binds = (patient, from.day_before(), until, from, now, except);
    let found: Option<Appointment> = conn.fetch_optional(SQL, binds).await?;
    match found {
        Some(other) => Ok([&views::moment(&other, now)?, " with ", &other.doctor_name].concat()),
        None => Ok(String::new()),
    }
}

/// The day with the name of the appointment that keeps the patient from the wanted time, for staff: a doctor may not
/// know of it. `except` is the appointment that is being moved.
///
/// # Errors
/// The database's.
pub(super) async fn named_for_staff(
    conn: &mut Conn<'_>,
    actor: Actor,
    mut day: ClinicDay,
    availability: &Availability,
    (patient, except): (Option<PersonId>, Option<AppointmentId>),
    now: Timestamp,
) -> Result<ClinicDay, Error> {
    let patient = patient.filter(|_| actor.may(Permission::KnowOtherAppointments));
    if let (Some(wanted), Some(patient)) = (&mut day.wanted, patient)
        && wanted.reasons.contains(&Reason::PatientBusy)
    {
        let span = (wanted.start, availability.visit_type.rules.end_of(wanted.start));
        wanted.busy_with = other_appointment(conn, patient, span, except, now).await?;
    }
    Ok(day)
}

/// The error for a hold whose time went to another booking.
pub(super) async fn hold_lost(
    app: &AppState,
    booker: &Booker,
    id: AppointmentId,
    now: Timestamp,
) -> Result<AppError, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let hold = Appointment::find(conn, id).await?;
    let booker = &booker.clone().acting_for(hold.patient_id);
    let availability = Availability::near_for(conn, &app.calendars, &hold, booker, hold.starts_at, now).await?;
    Ok(AppError::HoldExpired { nearest: availability.nearest(hold.starts_at) })
}

/// The error for a hold that cannot be booked any more for these reasons, with the nearest free times.
pub(super) async fn hold_refused(
    conn: &mut Conn<'_>,
    calendars: &DoctorCalendars,
    hold: &Appointment,
    booker: &Booker,
    reasons: Vec<Reason>,
    now: Timestamp,
) -> Result<AppError, Error> {
    let start = hold.starts_at;
    let availability = Availability::near_for(conn, calendars, hold, booker, start, now).await?;
    if reasons.contains(&Reason::PatientBusy) {
        return patient_busy(conn, &availability, booker, Some(hold.id), start, now).await;
    }
    Ok(lost(&availability, start, reasons))
}

/// The error that fits the reasons for which a held time cannot be booked any more.
fn lost(availability: &Availability, start: Timestamp, reasons: Vec<Reason>) -> AppError {
    if reasons.iter().any(|reason| matches!(reason, Reason::Taken | Reason::NoResource)) {
        AppError::HoldExpired { nearest: availability.nearest(start) }
    } else {
        availability.gone(start, reasons)
    }
}
