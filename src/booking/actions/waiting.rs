//! What the pages of the waiting list ask, and their forms.

use leptos::prelude::*;

use crate::{
    booking::waiting::{DoctorWaitingList, JoinForm, JoinPage, JoinQuery, OfferView, WaitingEntry},
    error::AppError,
    ids::{OfferId, WaitingEntryId},
};

/// What the page for joining shows.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for doctors and staff, [`AppError::NotFound`],
/// [`AppError::Conflict`] for an appointment that can no longer be moved online.
#[server(name = LoadJoinPage, prefix = "/fn", endpoint = "waiting/join_page")]
pub async fn join_page(query: JoinQuery) -> Result<JoinPage, AppError> {
    use crate::{accounts::Permission, booking::server::waiting, web::request};
    waiting::join_page(&request::app()?, request::allowed(Permission::BookForOneself)?, query).await
}

/// Joins the waiting list, or changes what suits one, and goes on to the list.
///
/// # Errors
/// As [`join_page`]; [`AppError::Invalid`] naming the fields.
#[server(prefix = "/fn", endpoint = "waiting/join")]
pub async fn join_waiting_list(
    #[server(default)] weekdays: Vec<String>,
    #[server(default)] parts: Vec<String>,
    #[server(flatten)] form: JoinForm,
) -> Result<(), AppError> {
    use crate::{accounts::Permission, booking::server::waiting, web::request};
    waiting::join(&request::app()?, request::allowed(Permission::BookForOneself)?, form, weekdays, parts).await?;
    leptos_axum::redirect("/waiting-list?done=joined");
    Ok(())
}

/// What the signed-in patient waits for.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for doctors and staff.
#[server(prefix = "/fn", endpoint = "waiting/mine")]
pub async fn my_waiting_list() -> Result<Vec<WaitingEntry>, AppError> {
    use crate::{accounts::Permission, booking::server::waiting, web::request};
    waiting::my_waiting_list(&request::app()?, request::allowed(Permission::BookForOneself)?).await
}

/// Leaves the waiting list; what is on offer is declined.
///
/// # Errors
/// As [`my_waiting_list`]; [`AppError::NotFound`] for another person's place.
#[server(prefix = "/fn", endpoint = "waiting/leave")]
pub async fn leave_waiting_list(id: WaitingEntryId) -> Result<(), AppError> {
    use crate::{accounts::Permission, booking::server::waiting, web::request};
    waiting::leave(&request::app()?, request::allowed(Permission::BookForOneself)?, id).await?;
    leptos_axum::redirect("/waiting-list?done=left");
    Ok(())
}

/// An offer, for the person to whom it is made.
///
/// # Errors
/// As [`my_waiting_list`]; [`AppError::NotFound`] for another person's offer.
#[server(prefix = "/fn", endpoint = "waiting/offer")]
pub async fn offer(id: OfferId) -> Result<OfferView, AppError> {
    use crate::{accounts::Permission, booking::server::waiting, web::request};
    waiting::offer(&request::app()?, request::allowed(Permission::BookForOneself)?, id).await
}

/// The same by the link of its message. The reader need not be signed in.
///
/// # Errors
/// [`AppError::NotFound`]
#[server(prefix = "/fn", endpoint = "offer/linked")]
pub async fn linked_offer(token: String) -> Result<OfferView, AppError> {
    crate::booking::server::waiting::linked_offer(&crate::web::request::app()?, &token).await
}

/// Answers an offer: `answer` is a [`crate::booking::waiting::OfferAnswer`] code. Goes on to what it did.
///
/// # Errors
/// As [`offer`]; [`AppError::HoldExpired`] for an offer that is over, and those of booking and moving.
#[server(prefix = "/fn", endpoint = "waiting/answer")]
pub async fn answer_offer(id: OfferId, #[server(default)] answer: String) -> Result<(), AppError> {
    use crate::{accounts::Permission, booking::server::waiting, web::request};
    use waiting::Answered;
    let (app, actor) = (request::app()?, request::allowed(Permission::BookForOneself)?);
    let answer = answer.parse().map_err(|_| AppError::BadRequest)?;
    match waiting::answer(&app, actor, id, answer).await? {
        Answered::Booked { id, .. } => leptos_axum::redirect(&format!("/appointments/{id}/done")),
        Answered::Declined => leptos_axum::redirect("/waiting-list?done=declined"),
        Answered::Left => leptos_axum::redirect("/waiting-list?done=left"),
    }
    Ok(())
}

/// The same by the link of the message; comes back to its page.
///
/// # Errors
/// As [`answer_offer`]; [`AppError::NotFound`] for a token that was never given out for an offer.
#[server(prefix = "/fn", endpoint = "offer/answer")]
pub async fn answer_linked_offer(token: String, #[server(default)] answer: String) -> Result<(), AppError> {
    use crate::{booking::server::waiting, web::forms, web::request};
    use waiting::Answered;
    let app = request::app()?;
    let answer = answer.parse().map_err(|_| AppError::BadRequest)?;
    let what = match waiting::answer_linked(&app, &token, answer).await? {
        Answered::Booked { .. } => "accepted",
        Answered::Declined => "declined",
        Answered::Left => "left",
    };
    forms::say_once(&app, "offer/answer", vec![("what".to_owned(), what.to_owned())]);
    leptos_axum::redirect(&["/offer/", &token].concat());
    Ok(())
}

/// Who waits for the doctor with this slug; for doctors, empty means their own.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for patients, [`AppError::NotFound`] for another doctor's.
#[server(prefix = "/fn", endpoint = "waiting/of_doctor")]
pub async fn waiting_for_doctor(#[server(default)] doctor: String) -> Result<DoctorWaitingList, AppError> {
    use crate::{booking::server::waiting, web::request};
    waiting::of_doctor(&request::app()?, request::signed_in()?, &doctor).await
}
