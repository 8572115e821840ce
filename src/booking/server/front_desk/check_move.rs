//! Whether an appointment can be moved to a time, for a page that shows it before it is done.

use super::clinic_only;
use crate::{
    booking::{
        front_desk::TimeForm,
        server::{access::find_for, reschedule::check_by, reschedule_actor::RescheduleActor, views},
    },
    error::AppError,
    ids::AppointmentId,
    state::AppState,
    web::request::Actor,
};

/// From when until when an appointment would be at another time, in words: "10:30am to 11am". It asks what
/// [`super::move_appointment`] asks, by the same functions, and writes nothing.
///
/// # Errors
/// Those of [`super::move_appointment`].
pub async fn check_move(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
    version: i32,
    form: TimeForm,
) -> Result<String, AppError> {
    clinic_only(actor)?;
    let reschedule_actor = RescheduleActor::Clinic { actor, form: Box::new(form) };
    let (start, end) = check_by(app, reschedule_actor, id, version).await?;
    let appointment = find_for(&mut app.db.read().await?.conn(), actor, id, app.clock.now()).await?;
    let zone = views::zone(&appointment)?;
    Ok([&zone.time_words(start), " to ", &zone.time_words(end)].concat())
}
