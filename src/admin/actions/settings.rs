//! The clinic's own settings.

use leptos::prelude::*;

use crate::{admin::model::settings::SettingsView, error::AppError};

/// The clinic's own settings, for the page that changes them.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/settings")]
pub async fn settings() -> Result<SettingsView, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::settings::view(&app).await
}

/// Saves the clinic's own settings. Hours are typed as whole numbers; `version` is the one the page showed.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::Invalid`] naming the fields;
/// [`AppError::Conflict`] when another person saved other settings meanwhile.
#[server(prefix = "/fn", endpoint = "admin/save_settings")]
pub async fn save_settings(
    #[server(default)] name: String,
    #[server(default)] phone: String,
    #[server(default)] emergency_line: String,
    #[server(default)] approve_doctors: bool,
    #[server(default)] request_hours: String,
    #[server(default)] cutoff_hours: String,
    #[server(default)] time_zone: String,
    version: i32,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::model::settings::SettingsForm, admin::server::settings, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    let form =
        SettingsForm { name, phone, emergency_line, approve_doctors, request_hours, cutoff_hours, time_zone, version };
    settings::save(&request::app()?, actor, form).await?;
    leptos_axum::redirect("/admin/settings?done=saved");
    Ok(())
}
