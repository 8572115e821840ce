//! Who may use the desk.

use crate::{accounts::Role, error::AppError, web::request::Actor};

/// The one place that says who may use the desk: the clinic's staff. Every page and every server function of it asks.
///
/// # Errors
/// [`AppError::Forbidden`]
pub fn allow(actor: Actor) -> Result<(), AppError> {
    match actor.role {
        Role::Admin => Ok(()),
        Role::Patient | Role::Doctor => Err(AppError::Forbidden),
    }
}
