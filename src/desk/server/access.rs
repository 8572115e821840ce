//! Who may use the desk.

use crate::{accounts::Permission, error::AppError, web::request::Actor};

/// The one place that says who may use the desk: receptionists and admins. Every page and server function of it asks.
///
/// # Errors
/// [`AppError::Forbidden`]
pub fn allow(actor: Actor) -> Result<(), AppError> {
    actor.needs(Permission::WorkInEveryCalendar)
}
