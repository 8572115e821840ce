//! Finding an appointment for a person who may see it, and the page on which they see it.

use super::appointment::Appointment;
use crate::{
    accounts::Role,
    booking::front_desk::day_path,
    db::{Conn, Error},
    error::AppError,
    ids::{AppointmentId, DoctorId, UserId},
    web::request::Actor,
};

/// The appointment, when it is this actor's to see: the patient's own, the doctor's own, or any for staff. Holds, live
/// or run out, are for [`super::held`]; a request that ran out is an appointment.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub(super) async fn find_for(conn: &mut Conn<'_>, actor: Actor, id: AppointmentId) -> Result<Appointment, Error> {
    let appointment = Appointment::find(conn, id).await?;
    let theirs = match actor.role {
        Role::Patient => appointment.patient_id == Some(actor.user),
        Role::Doctor => doctor_user(conn, appointment.doctor_id).await? == Some(actor.user),
        Role::Admin => true,
    };
    if theirs && !appointment.is_hold() { Ok(appointment) } else { Err(AppError::NotFound.into()) }
}

async fn doctor_user(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<Option<UserId>, Error> {
    const SQL: &str = "select user_id from doctors where id = $1";
    conn.fetch_value(SQL, (doctor,)).await
}

/// The address of the doctor's day on which an appointment is, as `actor` opens it.
#[must_use]
pub fn day_page(actor: Actor, appointment: &Appointment) -> String {
    let date = appointment.local_start.get(..10).unwrap_or_default();
    day_path(if actor.role == Role::Admin { &appointment.doctor_slug } else { "" }, date)
}
