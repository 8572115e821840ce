//! Server functions of booking. Forms post to them with and without WASM; pages read through them.

pub mod answers;
pub mod attendance;
pub mod front_desk;
pub mod mailed_link;
pub mod series;
pub mod soonest;
pub mod time_off;
pub mod video;
pub mod waiting;

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::{AppointmentDetails, AppointmentList, DateInput, DaysPage, HoldLeft, HoldPage, HoldPersons};
use crate::{
    error::AppError,
    ids::{AppointmentId, PersonId},
};

/// The days and times that a doctor offers for a visit type, to the signed-in person or to the one for whom they act. Dates are "2026-12-03", a
/// month is "2026-12"; what does not parse is left out.
#[server(prefix = "/fn", endpoint = "booking/days")]
pub async fn days(
    doctor: String,
    visit_type: String,
    from: Option<String>,
    month: Option<String>,
    day: Option<String>,
    moving: Option<AppointmentId>,
    person: Option<PersonId>,
) -> Result<DaysPage, AppError> {
    use crate::{booking::server, web::request};
    let query = server::TimesQuery {
        doctor_slug: doctor,
        visit_type: visit_type.parse().map_err(|_| AppError::NotFound)?,
        from: from.and_then(|date| date.parse().ok()),
        month: month.and_then(|month| [&month, "-01"].concat().parse().ok()),
        day: day.and_then(|date| date.parse().ok()),
        moving,
        person,
    };
    server::days(&request::app()?, &server::Booker::of_any(&request::request_context()), query).await
}

/// The starts that are free on one day, in unix seconds: what an open page compares its list with.
#[server(prefix = "/fn", endpoint = "booking/free_times")]
pub async fn free_times(
    doctor: String,
    visit_type: String,
    day: String,
    moving: Option<AppointmentId>,
    person: Option<PersonId>,
) -> Result<Vec<i64>, AppError> {
    let page = days(doctor, visit_type, None, None, Some(day), moving, person).await?;
    let times = page.day.map(|day| day.times).unwrap_or_default();
    Ok(times.iter().map(|time| time.start.0).collect())
}

/// Holds a time and goes on to its details; for doctors and staff, goes on to adding an appointment at that time for a
/// patient. `start` is the moment in unix seconds; none was chosen when it is missing. `person` is who is to be seen, when
/// that is not the person who is signed in.
#[server(prefix = "/fn", endpoint = "booking/hold")]
pub async fn hold_time(
    doctor: String,
    visit_type: String,
    #[server(default)] start: Option<i64>,
    #[server(default)] previous: Option<AppointmentId>,
    #[server(default)] person: Option<PersonId>,
) -> Result<(), AppError> {
    use crate::{
        accounts::Permission,
        booking::server,
        error::FieldCode,
        time::Timestamp,
        web::metrics::{Act, Door},
        web::request,
    };
    let mut request_context = request::request_context();
    let (app, visit_type) = (request::app()?, visit_type.parse().map_err(|_| AppError::NotFound)?);
    let start = Timestamp(start.ok_or_else(|| AppError::field("start", FieldCode::Missing))?);
    if let Some(actor) = request_context.actor.filter(|actor| actor.may(Permission::WorkAtDesk)) {
        let page = server::front_desk::page_to_add(&app, actor, &doctor, visit_type, start).await?;
        leptos_axum::redirect(&page);
        return Ok(());
    }
    request_context.holder = Some(request::holder_or_new());
    let request = server::HoldRequest { doctor_slug: doctor, visit_type, start, previous, person };
    let held = async { server::hold(&app, server::holder(&app, &request_context).await?, request).await };
    let id = app.metrics.count(Act::Hold, Door::Web, held.await)?;
    leptos_axum::redirect(&format!("/book/{id}"));
    Ok(())
}

/// A held time, for its page.
#[server(prefix = "/fn", endpoint = "booking/held")]
pub async fn held(id: AppointmentId) -> Result<HoldPage, AppError> {
    use crate::{booking::server, web::request};
    server::held(&request::app()?, &server::Booker::of(&request::request_context())?, id).await
}

/// Says whom a held time is for, and goes on to its details.
#[server(prefix = "/fn", endpoint = "booking/person")]
pub async fn choose_person(id: AppointmentId, #[server(default)] person: Option<PersonId>) -> Result<(), AppError> {
    use crate::{booking::server, web::request};
    let booker = server::Booker::of(&request::request_context())?;
    server::choose_person(&request::app()?, booker, id, person).await?;
    leptos_axum::redirect(&format!("/book/{id}"));
    Ok(())
}

/// The people among whom the booker of a held time chooses, and who was chosen.
#[server(prefix = "/fn", endpoint = "booking/who")]
pub async fn who(id: AppointmentId) -> Result<HoldPersons, AppError> {
    use crate::{booking::server, web::request};
    server::who(&request::app()?, &server::Booker::of(&request::request_context())?, id).await
}

/// Keeps a held time a little longer; the page stays.
#[server(prefix = "/fn", endpoint = "booking/extend")]
pub async fn extend_hold(id: AppointmentId) -> Result<HoldLeft, AppError> {
    use crate::{booking::server, web::request};
    server::extend_hold(&request::app()?, server::Booker::of(&request::request_context())?, id).await
}

/// Keeps what was typed on the page of a held time, whether or not all of it is right, and goes `to` another page of
/// this website: back to that of the held time when none is named.
#[server(prefix = "/fn", endpoint = "booking/details")]
pub async fn save_details(
    id: AppointmentId,
    #[server(default)] reason: String,
    #[server(default)] phone: String,
    #[server(default)] version: i32,
    #[server(default)] answers: BTreeMap<String, String>,
    #[server(default)] dates: BTreeMap<String, DateInput>,
    #[server(default)] to: String,
) -> Result<(), AppError> {
    use crate::{
        booking::{TypedAnswers, server},
        web::{local_path::is_local, request},
    };
    let form = server::FinishForm { id, reason, phone, version, answers: TypedAnswers { answers, dates } };
    server::keep_to_go_elsewhere(&request::app()?, &request::request_context(), form).await?;
    let own = format!("/book/{id}");
    leptos_axum::redirect(if is_local(&to) { &to } else { &own });
    Ok(())
}

/// Keeps what was typed on the page of a held time, books it and goes on to the done page. `version` is that of the
/// questions which the page showed, 0 for none.
#[server(prefix = "/fn", endpoint = "booking/confirm")]
pub async fn confirm(
    id: AppointmentId,
    #[server(default)] reason: String,
    #[server(default)] phone: String,
    #[server(default)] version: i32,
    #[server(default)] answers: BTreeMap<String, String>,
    #[server(default)] dates: BTreeMap<String, DateInput>,
) -> Result<(), AppError> {
    use crate::{
        booking::{TypedAnswers, server},
        web::metrics::{Act, Door},
        web::request,
    };
    let app = request::app()?;
    let form = server::FinishForm { id, reason, phone, version, answers: TypedAnswers { answers, dates } };
    let booked = server::finish(&app, &request::request_context(), form).await;
    let id = app.metrics.count(Act::Book, Door::Web, booked)?;
    leptos_axum::redirect(&format!("/appointments/{id}/done"));
    Ok(())
}

/// The appointments of the signed-in patient and of those for whom they act, or of one `person` of these, under one tab:
/// `upcoming`, `past` or `cancelled`.
#[server(prefix = "/fn", endpoint = "booking/mine")]
pub async fn my_appointments(tab: String, person: Option<PersonId>) -> Result<AppointmentList, AppError> {
    use crate::{accounts::Permission, booking::server, web::request};
    let actor = request::allowed(Permission::BookForOneself)?;
    server::my_appointments(&request::app()?, actor, tab.parse().unwrap_or_default(), person).await
}

/// One appointment with its history.
#[server(prefix = "/fn", endpoint = "booking/appointment")]
pub async fn appointment(id: AppointmentId) -> Result<AppointmentDetails, AppError> {
    use crate::{booking::server, web::request};
    server::appointment(&request::app()?, request::signed_in()?, id).await
}

/// Moves an appointment to another time and goes on to the new one.
#[server(prefix = "/fn", endpoint = "booking/move")]
pub async fn move_appointment(
    id: AppointmentId,
    version: i32,
    #[server(default)] start: Option<i64>,
) -> Result<(), AppError> {
    use crate::{
        booking::server,
        error::FieldCode,
        time::Timestamp,
        web::metrics::{Act, Door},
        web::request,
    };
    let start = start.ok_or_else(|| AppError::field("start", FieldCode::Missing))?;
    let booker = server::Booker::of(&request::request_context())?;
    let app = request::app()?;
    let moved = server::reschedule(&app, booker, id, version, Timestamp(start)).await;
    let id = app.metrics.count(Act::Move, Door::Web, moved)?;
    leptos_axum::redirect(&format!("/appointments/{id}/done"));
    Ok(())
}

/// Cancels an appointment and goes on to its page, or for doctors and staff to its day. `reason` is a
/// [`super::CancelReason`] code, or nothing.
#[server(prefix = "/fn", endpoint = "booking/cancel")]
pub async fn cancel(id: AppointmentId, version: i32, #[server(default)] reason: String) -> Result<(), AppError> {
    use crate::{
        accounts::Permission,
        booking::server,
        web::metrics::{Act, Door},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    let door = if actor.may(Permission::WorkAtDesk) { Door::Desk } else { Door::Web };
    app.metrics.count(Act::Cancel, door, server::cancel(&app, actor, id, version, reason.parse().ok()).await)?;
    leptos_axum::redirect(&server::front_desk::page_after(&app, actor, id).await?);
    Ok(())
}

/// Accepts or declines a request for an appointment that needs approval, in the version that the page showed; the page
/// stays.
#[server(prefix = "/fn", endpoint = "booking/answer")]
pub async fn answer_request(id: AppointmentId, #[server(default)] version: i32, accept: bool) -> Result<(), AppError> {
    use crate::{booking::server, web::request};
    server::answer_request(&request::app()?, request::signed_in()?, id, version, accept).await
}
