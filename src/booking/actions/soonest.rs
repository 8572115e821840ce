//! The soonest free time of any doctor of a specialty.

use leptos::prelude::*;

use crate::{booking::soonest::SoonestPage, error::AppError};

/// What the page before says. `specialty` is a slug; an empty `location` means every location. `person` is who is to be
/// seen, when that is not the person who is signed in.
#[server(name = LoadSoonest, prefix = "/fn", endpoint = "booking/soonest_page")]
pub async fn soonest(
    specialty: String,
    #[server(default)] location: String,
    #[server(default)] person: String,
) -> Result<SoonestPage, AppError> {
    use crate::{
        booking::server::{Booker, SoonestQuery, soonest},
        web::request,
    };
    let booker = Booker::of_any(&request::request_context());
    soonest(&request::app()?, &booker, SoonestQuery { specialty, location, person }).await
}

/// Holds the soonest time and goes on to its details; for staff, goes on to adding an appointment at that time.
#[server(prefix = "/fn", endpoint = "booking/soonest")]
pub async fn hold_soonest(
    specialty: String,
    #[server(default)] location: String,
    #[server(default)] person: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::Permission,
        booking::server::{self, SoonestQuery},
        web::metrics::{Act, Door},
        web::request,
    };
    let mut request_context = request::request_context();
    let (app, query) = (request::app()?, SoonestQuery { specialty, location, person });
    if let Some(actor) = request_context.actor.filter(|actor| actor.may(Permission::WorkAtDesk)) {
        leptos_axum::redirect(&server::page_to_add_soonest(&app, actor, query).await?);
        return Ok(());
    }
    request_context.holder = Some(request::holder_or_new());
    let held = async { server::hold_soonest(&app, server::holder(&app, &request_context).await?, query).await };
    let id = app.metrics.count(Act::Hold, Door::Web, held.await)?;
    leptos_axum::redirect(&format!("/book/{id}"));
    Ok(())
}
