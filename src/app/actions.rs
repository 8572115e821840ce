//! What the frame around every page asks.

use leptos::prelude::*;

use super::{frame::Frame, home::Start};
use crate::error::AppError;

/// Who is looking, and how the clinic is reached. An account that cannot be read now counts as nobody, so that the frame
/// stands even when the database does not answer.
///
/// # Errors
/// Called outside a request: a defect.
#[server(name = LoadFrame, prefix = "/fn", endpoint = "frame")]
pub async fn frame() -> Result<Frame, AppError> {
    use crate::{accounts::server, config::TransportKind, web::request};
    let app = request::app()?;
    let signed_in_user = match request::request_context().actor {
        Some(actor) => server::signed_in_user(&app, &actor).await.ok(),
        None => None,
    };
    let clinic = app.clinic.now(&app).await;
    Ok(Frame {
        signed_in_user,
        clinic: super::frame::Clinic {
            name: clinic.name.clone(),
            phone: clinic.phone.clone(),
            emergency_line: clinic.emergency_line.clone(),
            sends_mail: app.settings.sends_mail(),
        },
        theme: request::theme(),
        has_mailbox: app.settings.mail.transport == TransportKind::File,
    })
}

/// What the first page shows: the clinic's specialties and sites, and the next appointment of the patient who is looking.
///
/// # Errors
/// The database cannot be read.
#[server(name = LoadStart, prefix = "/fn", endpoint = "start")]
pub async fn start() -> Result<Start, AppError> {
    use crate::{
        accounts::Role,
        booking::{Tab, server::my_appointments},
        doctors::server::home,
        web::request,
    };
    let app = request::app()?;
    let next = match request::with_role(Role::Patient) {
        Ok(actor) => my_appointments(&app, actor, Tab::Upcoming).await?.items.into_iter().next(),
        Err(_) => None,
    };
    Ok(Start { clinic: home(&app).await?, next })
}
