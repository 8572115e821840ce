//! Server functions of the first page.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{booking::AppointmentDetails, doctors::HomeData, error::AppError};

/// What the first page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    pub clinic: HomeData,
    /// The next appointment of the patient who is looking.
    pub next: Option<AppointmentDetails>,
}

/// The data of the first page: the clinic's specialties and locations, and the next appointment of the signed-in
/// patient.
///
/// # Errors
/// The database cannot be read.
#[server(name = LoadStart, prefix = "/fn", endpoint = "start")]
pub async fn start() -> Result<Start, AppError> {
    use crate::{
        accounts::Permission,
        booking::{Tab, server::my_appointments},
        doctors::server::home,
        web::request,
    };
    let app = request::app()?;
    let next = match request::allowed(Permission::BookForOneself) {
        Ok(actor) => my_appointments(&app, actor, Tab::Upcoming, None)
            .await?
            .items
            .into_iter()
            .find(|next| !next.is_move_request),
        Err(_) => None,
    };
    Ok(Start { clinic: home(&app).await?, next })
}

/// Stores the colours chosen in this browser, `system`, `light` or `dark`, for a year. A form without scripts comes
/// back to its page.
///
/// # Errors
/// Outside a request only.
#[server(prefix = "/fn", endpoint = "set_theme")]
pub async fn set_theme(theme: String) -> Result<(), AppError> {
    use crate::web::request;
    request::remember_theme(theme.parse().unwrap_or_default(), &request::app()?);
    Ok(())
}
