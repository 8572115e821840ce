//! Several appointments booked together: planned, booked, looked at, cancelled.

use leptos::prelude::*;

use crate::{
    booking::series::{PairForm, PairPage, PairQuery, SeriesDetails, SeriesForm, SeriesPage, SeriesQuery},
    error::AppError,
    ids::SeriesId,
};

/// The plan of a series, for the person who looks at it.
#[server(name = LoadSeriesPlan, prefix = "/fn", endpoint = "booking/series_plan")]
pub async fn series_plan(query: SeriesQuery) -> Result<SeriesPage, AppError> {
    use crate::{booking::server, web::request};
    server::series::plan(&request::app()?, &server::Booker::of_any(&request::request_context()), query).await
}

/// The plan of a series that the clinic books for a patient.
#[server(name = LoadDeskSeriesPlan, prefix = "/fn", endpoint = "front_desk/series_plan")]
pub async fn desk_series_plan(query: SeriesQuery) -> Result<SeriesPage, AppError> {
    use crate::{booking::server::series, web::request};
    series::plan_at_desk(&request::app()?, request::signed_in()?, query).await
}

/// Books the chosen times of a plan, all or none, and goes on to the series. The fields are those of [`SeriesForm`].
#[server(prefix = "/fn", endpoint = "booking/series")]
pub async fn book_series(#[server(flatten)] form: SeriesForm) -> Result<(), AppError> {
    use crate::{
        booking::server,
        web::metrics::{Act, Door},
        web::request,
    };
    let booker = server::Booker::of(&request::request_context())?;
    let app = request::app()?;
    let id = app.metrics.count(Act::Book, Door::Web, server::series::book(&app, booker, form).await)?;
    leptos_axum::redirect(&format!("/series/{id}?done=booked"));
    Ok(())
}

/// The same for a patient of the clinic.
#[server(prefix = "/fn", endpoint = "front_desk/series")]
pub async fn book_desk_series(#[server(flatten)] form: SeriesForm) -> Result<(), AppError> {
    use crate::{
        booking::server::series,
        web::metrics::{Act, Door},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    let id = app.metrics.count(Act::Book, Door::Desk, series::book_at_desk(&app, actor, form).await)?;
    leptos_axum::redirect(&format!("/series/{id}?done=booked"));
    Ok(())
}

/// The doctors to choose two of, and the pairs of times once they are chosen.
#[server(name = LoadPair, prefix = "/fn", endpoint = "booking/pair_page")]
pub async fn pair_page(#[server(flatten)] query: PairQuery) -> Result<PairPage, AppError> {
    use crate::{booking::server, web::request};
    let booker = server::Booker::of_any(&request::request_context());
    server::series::pair_page(&request::app()?, &booker, query).await
}

/// Books an appointment with each of two doctors, both or none, and goes on to them. The fields are those of
/// [`PairForm`].
#[server(prefix = "/fn", endpoint = "booking/pair")]
pub async fn book_pair(#[server(flatten)] form: PairForm) -> Result<(), AppError> {
    use crate::{
        booking::server,
        web::metrics::{Act, Door},
        web::request,
    };
    let booker = server::Booker::of(&request::request_context())?;
    let app = request::app()?;
    let id = app.metrics.count(Act::Book, Door::Web, server::series::book_pair(&app, booker, form).await)?;
    leptos_axum::redirect(&format!("/series/{id}?done=booked"));
    Ok(())
}

/// A series as it stands now.
#[server(name = LoadSeries, prefix = "/fn", endpoint = "booking/series_details")]
pub async fn series_details(id: SeriesId) -> Result<SeriesDetails, AppError> {
    use crate::{booking::server::series, web::request};
    series::details(&request::app()?, request::signed_in()?, id).await
}

/// Cancels what remains of a series and goes back to it. `seen` is what its page said of them; `reason` is a
/// [`crate::booking::CancelReason`] code, or nothing.
#[server(prefix = "/fn", endpoint = "booking/cancel_series")]
pub async fn cancel_series(
    id: SeriesId,
    #[server(default)] seen: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::Permission,
        booking::server::series,
        web::metrics::{Act, Door},
        web::request,
    };
    let (app, actor) = (request::app()?, request::signed_in()?);
    let door = if actor.may(Permission::WorkAtDesk) { Door::Desk } else { Door::Web };
    let cancelled = series::cancel_remaining(&app, actor, id, seen, reason.parse().ok()).await;
    app.metrics.count(Act::Cancel, door, cancelled)?;
    leptos_axum::redirect(&format!("/series/{id}?done=cancelled"));
    Ok(())
}
