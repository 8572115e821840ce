//! What the address of a page says.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    app::Failure,
    booking::{AppointmentDetails, actions::appointment},
    error::AppError,
    ids::AppointmentId,
};

/// The appointment or hold that the path names; none when that is not an id.
pub(super) fn id_in_path() -> Option<AppointmentId> {
    use_params_map().with_untracked(|params| params.get_str("id")?.parse().ok())
}

/// One value of the query; none when it is missing or empty.
pub(super) fn in_query(name: &str) -> Option<String> {
    use_query_map().with_untracked(|query| query.get(name)).filter(|value| !value.is_empty())
}

/// The appointment that the path names, for its patient alone.
pub(super) fn own_appointment_in_path() -> Resource<Result<AppointmentDetails, AppError>> {
    let id = id_in_path();
    Resource::new_blocking(move || id, own_appointment)
}

/// The patient's own appointment. Doctors and staff have other pages for what they do with it.
pub(super) async fn own_appointment(id: Option<AppointmentId>) -> Result<AppointmentDetails, AppError> {
    let appointment = appointment(id.ok_or(AppError::NotFound)?).await?;
    if appointment.patient.is_some() { Err(AppError::Forbidden) } else { Ok(appointment) }
}

/// The appointment that the path names.
pub(super) fn appointment_in_path() -> Resource<Result<AppointmentDetails, AppError>> {
    let id = id_in_path();
    Resource::new_blocking(
        move || id,
        |id| async move {
            match id {
                Some(id) => appointment(id).await,
                None => Err(AppError::NotFound),
            }
        },
    )
}

/// What is shown instead of a page whose facts could not be read.
pub(super) fn failed(error: AppError) -> AnyView {
    view! { <Failure error /> }.into_any()
}

/// The page of an appointment, or a page below it: `part` is empty or starts with a slash.
pub(super) fn appointment_path(id: AppointmentId, part: &str) -> String {
    ["/appointments/", &id.to_string(), part].concat()
}

/// The page of a held time, or with `/who` that of whom it is for.
pub(super) fn hold_path(id: AppointmentId, part: &str) -> String {
    ["/book/", &id.to_string(), part].concat()
}

/// The page on which the times of a doctor and visit type are chosen.
pub(super) fn times_path(doctor_slug: &str, visit_type: &str) -> String {
    ["/doctors/", doctor_slug, "/times?visit_type=", visit_type].concat()
}

/// A doctor's profile.
pub(super) fn profile_path(doctor_slug: &str) -> String {
    ["/doctors/", doctor_slug].concat()
}
