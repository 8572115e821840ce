//! Locations and the days on which they are closed.

use leptos::prelude::*;

use crate::{
    admin::model::locations::{ClosureDays, ClosuresData, LocationPageData, LocationRow, ZonePage, ZoneQuery},
    error::AppError,
    ids::{ClosureId, LocationId},
};

/// Every location, by name.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/locations")]
pub async fn locations() -> Result<Vec<LocationRow>, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::locations::locations(&app).await
}

/// One location by its id, or `new`.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/location")]
pub async fn location(id: String) -> Result<LocationPageData, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::locations::location(&app, &id).await
}

/// Saves a location, or adds one when there is no `id`. `seen` names the state that the page showed.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::Invalid`] naming the fields;
/// [`AppError::NotFound`]; [`AppError::Conflict`] when another person changed it meanwhile;
/// [`AppError::AppointmentsAhead`] for a new time zone while appointments are booked there.
#[server(prefix = "/fn", endpoint = "admin/save_location")]
pub async fn save_location(
    #[server(default)] id: Option<LocationId>,
    #[server(default)] name: String,
    #[server(default)] address: String,
    #[server(default)] phone: String,
    #[server(default)] time_zone: String,
    #[server(default)] seen: String,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::model::locations::LocationForm, admin::server::locations, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    let form = LocationForm { id, name, address, phone, time_zone, seen };
    locations::save(&request::app()?, actor, form).await?;
    leptos_axum::redirect("/admin/locations?done=saved");
    Ok(())
}

/// Removes a location where no doctor works and no appointment ever was.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`];
/// [`AppError::Invalid`] naming `remove` while it is in use.
#[server(prefix = "/fn", endpoint = "admin/remove_location")]
pub async fn remove_location(id: LocationId) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::locations, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    locations::remove(&request::app()?, actor, id).await?;
    leptos_axum::redirect("/admin/locations?done=removed");
    Ok(())
}

/// What another zone for a location would do with its appointments.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/location_zone")]
pub async fn location_zone(query: ZoneQuery) -> Result<ZonePage, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::location_zone::page(&app, query).await
}

/// Gives a location another zone, and its appointments their new times. `count` is the number of appointments of which
/// the page spoke.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`];
/// [`AppError::Invalid`] naming the fields; [`AppError::Conflict`] when the location or the number changed meanwhile;
/// [`AppError::AppointmentsAhead`] with the number of appointments that cannot keep their clock time.
#[server(prefix = "/fn", endpoint = "admin/change_zone")]
pub async fn change_zone(
    id: LocationId,
    #[server(default)] time_zone: String,
    #[server(default)] keep: String,
    #[server(default)] count: u32,
    #[server(default)] seen: String,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::model::locations::ZoneForm, admin::server::location_zone, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    location_zone::change(&request::app()?, actor, ZoneForm { id, time_zone, keep, count, seen }).await?;
    leptos_axum::redirect("/admin/locations?done=saved");
    Ok(())
}

/// The closures of all locations, with the appointments that are still booked on those days.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/closures")]
pub async fn closures() -> Result<ClosuresData, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::closures::closures(&app).await
}

/// Closes a location for some days. Booked appointments stay as they are; the form states how many it knows of.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::Invalid`] naming `location`,
/// `first`, `last` or `reason`; [`AppError::AppointmentsOutside`] while `keep_appointments` is not the number of
/// appointments booked then.
#[server(prefix = "/fn", endpoint = "admin/add_closure")]
pub async fn add_closure(
    #[server(default)] location: String,
    #[server(flatten)] days: ClosureDays,
    #[server(default)] reason: String,
    #[server(default)] keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::model::locations::ClosureForm, admin::server::closures, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    let first = [days.first_day, days.first_month, days.first_year];
    let last = [days.last_day, days.last_month, days.last_year];
    closures::add(&request::app()?, actor, ClosureForm { location, first, last, reason, keep_appointments }).await?;
    leptos_axum::redirect("/admin/closures?done=closed");
    Ok(())
}

/// Removes a closure: the days can be booked again.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/remove_closure")]
pub async fn remove_closure(id: ClosureId) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::closures, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    closures::remove(&request::app()?, actor, id).await?;
    leptos_axum::redirect("/admin/closures?done=reopened");
    Ok(())
}
