//! Specialties.

use leptos::prelude::*;

use crate::{admin::model::specialties::SpecialtyRow, error::AppError, ids::SpecialtyId};

/// Every specialty, by name.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/specialties")]
pub async fn specialties() -> Result<Vec<SpecialtyRow>, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::specialties::specialties(&app).await
}

/// Adds a specialty.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::Invalid`] naming `name`.
#[server(prefix = "/fn", endpoint = "admin/add_specialty")]
pub async fn add_specialty(#[server(default)] name: String) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::specialties, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    specialties::add(&request::app()?, actor, &name).await?;
    leptos_axum::redirect("/admin/specialties?done=added");
    Ok(())
}

/// Gives a specialty another name. `seen` is the name that the page showed.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::Invalid`] naming `name`;
/// [`AppError::NotFound`]; [`AppError::Conflict`] when another person renamed it meanwhile.
#[server(prefix = "/fn", endpoint = "admin/rename_specialty")]
pub async fn rename_specialty(
    id: SpecialtyId,
    #[server(default)] seen: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::specialties, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    specialties::rename(&request::app()?, actor, id, &seen, &name).await?;
    leptos_axum::redirect("/admin/specialties?done=saved");
    Ok(())
}

/// Saves what patients say for a specialty. `seen` is what the page showed.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::Invalid`] naming `other_words`;
/// [`AppError::NotFound`]; [`AppError::Conflict`] when another person changed them meanwhile.
#[server(prefix = "/fn", endpoint = "admin/specialty_words")]
pub async fn save_specialty_words(
    id: SpecialtyId,
    #[server(default)] seen: String,
    #[server(default)] other_words: String,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::specialties, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    specialties::save_other_words(&request::app()?, actor, id, &seen, &other_words).await?;
    leptos_axum::redirect("/admin/specialties?done=saved");
    Ok(())
}

/// Removes a specialty that no doctor has and no open invitation names.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`];
/// [`AppError::Invalid`] naming `remove` while it is in use.
#[server(prefix = "/fn", endpoint = "admin/remove_specialty")]
pub async fn remove_specialty(id: SpecialtyId) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::specialties, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    specialties::remove(&request::app()?, actor, id).await?;
    leptos_axum::redirect("/admin/specialties?done=removed");
    Ok(())
}
