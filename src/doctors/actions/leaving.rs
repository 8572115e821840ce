//! A doctor who leaves the clinic.

use leptos::prelude::*;

use crate::{
    booking::absence_resolution::ResolutionForm,
    doctors::model::leaving::{Leaving, OwnLeaving},
    error::AppError,
};

/// What the signed-in doctor sees of leaving.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(name = LoadOwnLeaving, prefix = "/fn", endpoint = "doctors/own_leaving")]
pub async fn own_leaving() -> Result<OwnLeaving, AppError> {
    use crate::{accounts::Permission, doctors::server::leaving, web::request};
    leaving::own(&request::app()?, request::allowed(Permission::KeepOwnCalendar)?).await
}

/// The signed-in doctor asks to leave, or takes it back.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles, [`AppError::Conflict`] when the clinic has
/// begun already.
#[server(prefix = "/fn", endpoint = "doctors/ask_to_leave")]
pub async fn ask_to_leave(wants: bool) -> Result<(), AppError> {
    use crate::{accounts::Permission, doctors::server::leaving, web::request};
    leaving::ask(&request::app()?, request::allowed(Permission::KeepOwnCalendar)?, wants).await?;
    leptos_axum::redirect("/doctor/leave");
    Ok(())
}

/// How far a doctor's leaving has come. For staff.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles, [`AppError::NotFound`] for an unknown slug.
#[server(name = LoadLeaving, prefix = "/fn", endpoint = "doctors/leaving")]
pub async fn leaving(slug: String, #[server(default)] done: String) -> Result<Leaving, AppError> {
    use crate::{accounts::Permission, doctors::server::leaving, web::request};
    leaving::leaving(&request::app()?, request::allowed(Permission::ManagePeople)?, &slug, &done).await
}

/// Takes a step of leaving: `start`, `stop` or `finish`. For staff.
///
/// # Errors
/// As [`leaving`]; [`AppError::AppointmentsAhead`] for finishing while appointments are ahead, [`AppError::Conflict`]
/// when the doctor is not at that point or the page is stale.
#[server(name = TakeStep, prefix = "/fn", endpoint = "doctors/leaving_step")]
pub async fn leaving_step(slug: String, version: i64, step: String) -> Result<(), AppError> {
    use crate::{accounts::Permission, doctors::server::leaving, web::local_path::encode, web::request};
    let actor = request::allowed(Permission::ManagePeople)?;
    let step = step.parse().map_err(|_| AppError::BadRequest)?;
    let page = format!("/admin/doctors/{}/leaving", encode(&slug));
    leaving::go(&request::app()?, actor, slug, version, step).await?;
    leptos_axum::redirect(&page);
    Ok(())
}

/// Resolves the appointments ahead of a doctor who is leaving. For staff.
///
/// # Errors
/// As [`leaving`]; [`AppError::Conflict`] when an appointment changed meanwhile, [`AppError::NotResolved`] when one
/// cannot become what was chosen, [`AppError::Invalid`] when a choice is missing.
#[server(prefix = "/fn", endpoint = "doctors/leaving_resolve")]
pub async fn resolve_leaving(slug: String, #[server(flatten)] choices: ResolutionForm) -> Result<(), AppError> {
    use crate::{
        accounts::Permission, booking::server::absence_resolution, doctors::server::leaving, web::local_path::encode,
        web::request,
    };
    let page = format!("/admin/doctors/{}/leaving", encode(&slug));
    let actor = request::allowed(Permission::ManagePeople)?;
    let resolved = leaving::resolve_appointments(&request::app()?, actor, slug, choices).await?;
    leptos_axum::redirect(&format!("{page}?done={}", absence_resolution::counts(&resolved).to_code()));
    Ok(())
}
