//! Arrived, completed, did not attend; and taking it back.

use leptos::prelude::*;

use crate::{error::AppError, ids::AppointmentId};

/// Notes whether the patient came, and goes back to the appointment's line on the page. `mark` is a code of
/// [`crate::booking::Attendance`]. For the appointment's doctor and for clinic staff.
#[server(prefix = "/fn", endpoint = "booking/attendance")]
pub async fn note_attendance(
    id: AppointmentId,
    #[server(default)] version: i32,
    #[server(default)] mark: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::Permission, booking::Attendance, booking::server::attendance, error::FieldCode, web::request,
    };
    let actor = request::signed_in()?;
    actor.needs(Permission::WorkAtDesk)?;
    let mark = mark.parse::<Attendance>().map_err(|_| AppError::field("mark", FieldCode::Unknown))?;
    attendance::note_attendance(&request::app()?, actor, id, version, mark).await?;
    request::back_to(&format!("appointment-{id}"));
    Ok(())
}
