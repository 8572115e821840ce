//! Server functions about the second factor of others. For clinic staff only.

use leptos::prelude::*;

use crate::{admin::model::second_factor::RuleView, error::AppError, ids::PersonId};

/// Whether doctors and staff need a second factor.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/second_factor_rule")]
pub async fn second_factor_rule() -> Result<RuleView, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManageClinic)?;
    crate::admin::server::second_factor_rule::view(&app).await
}

/// Saves whether doctors and staff need a second factor, and how many days they have to set one up.
///
/// # Errors
/// As [`second_factor_rule`]; [`AppError::Invalid`] naming `days`.
#[server(prefix = "/fn", endpoint = "admin/save_second_factor_rule")]
pub async fn save_second_factor_rule(
    #[server(default)] is_needed: bool,
    #[server(default)] days: String,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, admin::server::second_factor_rule, web::request};
    let actor = request::allowed(Permission::ManageClinic)?;
    second_factor_rule::save(&request::app()?, actor, is_needed, &days).await?;
    leptos_axum::redirect("/admin/settings?done=saved");
    Ok(())
}

/// Takes the second factor from an account whose owner has lost the telephone and the recovery codes.
///
/// # Errors
/// As [`second_factor_rule`]; [`AppError::Invalid`] naming `reason`; [`AppError::Forbidden`] for one's own account;
/// [`AppError::NotFound`]; [`AppError::Conflict`] for an account without a second factor.
#[server(prefix = "/fn", endpoint = "admin/reset_second_factor")]
pub async fn reset_second_factor(id: PersonId, #[server(default)] reason: String) -> Result<(), AppError> {
    use crate::{
        accounts::{
            Permission,
            server::{recent_sign_in::require_recent_sign_in, second_factor::reset},
        },
        web::request,
    };
    let (app, staff) = (request::app()?, request::allowed(Permission::ManagePeople)?);
    require_recent_sign_in(&app, staff).await?;
    reset::by_staff(&app, staff, id, &reason).await
}
