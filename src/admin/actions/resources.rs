//! Rooms and devices.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    admin::model::resources::{ResourcePageData, ResourcesPageData},
    error::AppError,
};

/// The rooms and devices of a location.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/rooms")]
pub async fn rooms(location: String) -> Result<ResourcesPageData, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::resources::resources(&app, &location).await
}

/// One room or device.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/room")]
pub async fn room(id: String) -> Result<ResourcePageData, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::resources::resource(&app, &id).await
}

/// Adds a room or device to a location, of a kind that there is or of a new one.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`];
/// [`AppError::Invalid`] naming `kind`, `new_kind` or `name`.
#[server(prefix = "/fn", endpoint = "admin/add_room")]
pub async fn add_room(
    #[server(default)] location: String,
    #[server(default)] kind: String,
    #[server(default)] new_kind: String,
    #[server(default)] name: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::Permission, admin::model::resources::NewResourceForm, admin::server::resources, web::request,
    };
    let actor = request::allowed(Permission::ManageClinic)?;
    let back = ["/admin/locations/", &location, "/rooms?done=added"].concat();
    resources::add(&request::app()?, actor, NewResourceForm { location, kind, new_kind, name }).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

/// The first day on which a room or device is out of use, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OutOfUse {
    pub out_day: String,
    pub out_month: String,
    pub out_year: String,
}

/// Saves a room or device. Appointments that lose it stay booked; the form states how many it knows of.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`];
/// [`AppError::Invalid`] naming `name` or `out`; [`AppError::AppointmentsOutside`] while `keep_appointments` is not the
/// number of appointments that lose it; [`AppError::Conflict`] for a stale version.
#[server(prefix = "/fn", endpoint = "admin/save_room")]
pub async fn save_room(
    #[server(default)] id: String,
    #[server(default)] version: i32,
    #[server(default)] name: String,
    #[server(flatten)] out: OutOfUse,
    #[server(default)] keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::model::resources::ResourceForm, admin::server::resources, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    let back = ["/admin/rooms/", &id, "?done=saved"].concat();
    let out = [out.out_day, out.out_month, out.out_year];
    resources::save(&request::app()?, actor, ResourceForm { id, version, name, out, keep_appointments }).await?;
    leptos_axum::redirect(&back);
    Ok(())
}

/// Gives a kind of rooms or devices another name, at every location.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`];
/// [`AppError::Invalid`] naming `kind_name`.
#[server(prefix = "/fn", endpoint = "admin/rename_room_kind")]
pub async fn rename_room_kind(
    #[server(default)] location: String,
    #[server(default)] kind: String,
    #[server(default)] kind_name: String,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::resources, ids::LocationId, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    resources::rename_kind(&request::app()?, actor, &kind, &kind_name).await?;
    let location: LocationId = location.parse().map_err(|_| AppError::NotFound)?;
    leptos_axum::redirect(&["/admin/locations/", &location.to_string(), "/rooms?done=saved"].concat());
    Ok(())
}
