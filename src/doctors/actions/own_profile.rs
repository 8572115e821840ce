//! The profile, as its doctor edits it.

use leptos::prelude::*;

use crate::{
    doctors::{
        DoctorProfile,
        model::own_profile::{OwnProfile, ProfileForm},
    },
    error::AppError,
};

/// The profile for its form; a doctor's own, or for staff that of the doctor with this slug.
#[server(name = LoadOwnProfile, prefix = "/fn", endpoint = "doctor/profile_form")]
pub async fn own_profile(#[server(default)] doctor: String) -> Result<OwnProfile, AppError> {
    use crate::{doctors::server::own_profile, web::request};
    own_profile::read(&request::app()?, request::signed_in()?, &doctor).await
}

/// Saves the profile and shows its form again. The fields are those of [`ProfileForm`].
#[server(prefix = "/fn", endpoint = "doctor/profile")]
pub async fn save_profile(
    #[server(default)] doctor: String,
    version: i64,
    #[server(default)] languages: Vec<String>,
    #[server(flatten)] form: ProfileForm,
) -> Result<(), AppError> {
    use crate::{doctors::server::own_profile, web::request};
    let page = own_profile::save(&request::app()?, request::signed_in()?, &doctor, version, form, languages).await?;
    leptos_axum::redirect(&page);
    Ok(())
}

/// Hides the profile from patients, or shows it again, and goes back to its form.
#[server(prefix = "/fn", endpoint = "doctor/visible")]
pub async fn show_profile(#[server(default)] doctor: String, version: i64, show: bool) -> Result<(), AppError> {
    use crate::{doctors::server::own_profile, web::request};
    let page = own_profile::set_visible(&request::app()?, request::signed_in()?, &doctor, version, show).await?;
    leptos_axum::redirect(&page);
    Ok(())
}

/// Keeps whether clinic staff may read what patients write for the signed-in doctor, `true` or nothing, and goes back to
/// the profile's form.
#[server(prefix = "/fn", endpoint = "doctor/share_reasons")]
pub async fn share_reasons(#[server(default)] staff_read_reasons: String) -> Result<(), AppError> {
    use crate::{doctors::server::reason_sharing, web::request};
    reason_sharing::choose(&request::app()?, request::signed_in()?, &staff_read_reasons).await?;
    leptos_axum::redirect("/doctor/profile?done=reasons");
    Ok(())
}

/// The profile as patients see it, also while it is hidden; for the doctor, and for staff who name one.
#[server(name = LoadPreview, prefix = "/fn", endpoint = "doctor/preview")]
pub async fn preview(#[server(default)] doctor: String) -> Result<DoctorProfile, AppError> {
    use crate::{doctors::server::own_profile, web::request};
    own_profile::preview(&request::app()?, request::signed_in()?, &doctor).await
}
