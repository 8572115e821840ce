//! Arrived, completed, did not attend; and taking it back.

use leptos::prelude::*;

use crate::{error::AppError, ids::AppointmentId};

/// Notes whether the patient came, and goes back to the visit's line on the page. `mark` is a code of [`crate::booking::Attendance`]. For the visit's doctor
/// and for clinic staff.
#[server(prefix = "/fn", endpoint = "booking/attendance")]
pub async fn note_attendance(
    id: AppointmentId,
    #[server(default)] version: i32,
    #[server(default)] mark: String,
) -> Result<(), AppError> {
    use crate::{accounts::Role, booking::Attendance, booking::server::attendance, error::FieldCode, server::request};
    let actor = request::signed_in()?;
    if actor.role == Role::Patient {
        return Err(AppError::Forbidden);
    }
    let mark = Attendance::of_code(&mark).ok_or_else(|| AppError::field("mark", FieldCode::Unknown))?;
    attendance::note_attendance(&request::app()?, actor, id, version, mark).await?;
    request::back_to(&format!("visit-{id}"));
    Ok(())
}
