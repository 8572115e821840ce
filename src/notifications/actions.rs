//! Server functions for messages and calendar feeds. Forms post here with or without scripts.

use leptos::prelude::*;

use super::model::{FeedList, MessageChoice};
use crate::{error::AppError, ids::FeedId};

/// Whether reminders are on for the person of a link, signed in or not.
///
/// # Errors
/// [`AppError::NotFound`]
#[server(prefix = "/fn", endpoint = "reminders/linked")]
pub async fn linked_reminders(token: String) -> Result<bool, AppError> {
    crate::notifications::server::reminders::by_link(&crate::web::request::app()?, &token).await
}

/// What the signed-in person can choose; nothing for staff.
///
/// # Errors
/// [`AppError::Unauthenticated`]
#[server(prefix = "/fn", endpoint = "account/messages")]
pub async fn chosen_messages() -> Result<Option<MessageChoice>, AppError> {
    use crate::{notifications::server::preferences, web::request};
    preferences::of(&request::app()?, request::signed_in()?).await
}

/// Keeps whether the signed-in person wants the messages of their role: `wanted` is `yes` or `no`; and of a doctor
/// with a profile, which changes are mailed at once: `booking_mail`. The page stays.
///
/// # Errors
/// [`AppError::Forbidden`] for staff, [`AppError::Invalid`] naming `wanted` or `booking_mail`.
#[server(prefix = "/fn", endpoint = "account/choose_messages")]
pub async fn choose_messages(
    #[server(default)] wanted: String,
    #[server(default)] booking_mail: String,
) -> Result<(), AppError> {
    use crate::{error::FieldCode, notifications::server::preferences, web::forms, web::request};
    let (app, actor) = (request::app()?, request::signed_in()?);
    let choice = preferences::of(&app, actor).await?.ok_or(AppError::Forbidden)?;
    let unknown = |field: &'static str| AppError::field(field, FieldCode::Unknown);
    let wanted = ["no", "yes"].iter().position(|word| *word == wanted).ok_or_else(|| unknown("wanted"))? == 1;
    let booking_mail = match choice.booking_mail {
        Some(_) => Some(booking_mail.parse().map_err(|_| unknown("booking_mail"))?),
        None => None,
    };
    preferences::choose(&app, actor, wanted, booking_mail).await?;
    forms::say_once(&app, "account/choose_messages", Vec::new());
    Ok(())
}

/// The signed-in person's calendar feeds.
///
/// # Errors
/// [`AppError::Forbidden`] for staff.
#[server(prefix = "/fn", endpoint = "account/feeds")]
pub async fn feeds() -> Result<FeedList, AppError> {
    use crate::{notifications::server::feeds, web::request};
    feeds::list(&request::app()?, request::signed_in()?).await
}

/// Makes a calendar feed; its address is shown once, on the next page.
///
/// # Errors
/// [`AppError::Forbidden`] for staff, [`AppError::Conflict`] for a person who has enough of them.
#[server(prefix = "/fn", endpoint = "account/make_feed")]
pub async fn make_feed(#[server(default)] with_names: bool) -> Result<(), AppError> {
    use crate::{notifications::server::feeds, web::forms, web::request};
    let app = request::app()?;
    let link = feeds::make(&app, request::signed_in()?, with_names).await?;
    forms::say_once(&app, "account/make_feed", vec![("link".to_owned(), link)]);
    Ok(())
}

/// Revokes a calendar feed. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`]
#[server(prefix = "/fn", endpoint = "account/revoke_feed")]
pub async fn revoke_feed(id: FeedId) -> Result<(), AppError> {
    use crate::{notifications::server::feeds, web::request};
    feeds::revoke(&request::app()?, request::signed_in()?, id).await
}
