//! Server functions about acting for others. Every patient's account has its own.

use leptos::prelude::*;

use crate::{
    accounts::model::care::Care,
    error::AppError,
    ids::{GrantId, PersonId},
};

/// Whom the signed-in account acts for, and who acts for its owner.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for doctors and staff.
#[server(name = LoadCare, prefix = "/fn", endpoint = "account/people")]
pub async fn own_care() -> Result<Care, AppError> {
    use crate::{
        accounts::{Permission, server::care},
        web::request,
    };
    care::care(&request::app()?, request::allowed(Permission::BookForOneself)?).await
}

/// Adds a child.
///
/// # Errors
/// [`AppError::Invalid`] naming `name` or `birth_date`; [`AppError::TooManyPersons`].
#[server(prefix = "/fn", endpoint = "account/add_child")]
pub async fn add_child(
    #[server(default)] name: String,
    #[server(default)] birth_date_day: String,
    #[server(default)] birth_date_month: String,
    #[server(default)] birth_date_year: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::{Permission, server::care},
        ui::DateParts,
        web::request,
    };
    let (app, actor) = (request::app()?, request::allowed(Permission::BookForOneself)?);
    let birth_date = DateParts { day: birth_date_day, month: birth_date_month, year: birth_date_year }.text();
    care::add_child(&app, actor, care::NewChild { name, birth_date }).await?;
    care::back(&app, "child");
    Ok(())
}

/// Asks the owner of an address whether the signed-in account may act for them; with `lets`, lets them act for the person
/// who is signed in; with `child`, asks them to act for that child too. The answer never says whether an account has the
/// address.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`, `scope` or `until`; [`AppError::TooManyPersons`].
#[server(prefix = "/fn", endpoint = "account/ask_care")]
pub async fn ask_care(
    #[server(default)] lets: bool,
    #[server(default)] child: Option<PersonId>,
    #[server(default)] email: String,
    #[server(default)] scope: String,
    #[server(default)] until_day: String,
    #[server(default)] until_month: String,
    #[server(default)] until_year: String,
) -> Result<(), AppError> {
    use crate::{
        accounts::{Permission, server::care},
        ui::DateParts,
        web::request,
    };
    let (app, actor) = (request::app()?, request::allowed(Permission::BookForOneself)?);
    let until = DateParts { day: until_day, month: until_month, year: until_year }.text();
    let grant = care::NewGrant { email, scope, until, ..care::NewGrant::default() };
    match child {
        Some(child) => care::invite_parent(&app, actor, child, grant).await?,
        None if lets => care::let_act(&app, actor, grant).await?,
        None => care::ask_to_act(&app, actor, grant).await?,
    }
    care::back(&app, "asked");
    Ok(())
}

/// Accepts what another person asks.
///
/// # Errors
/// [`AppError::NotFound`] when nothing waits for the answer of this account; [`AppError::TooManyPersons`].
#[server(prefix = "/fn", endpoint = "account/accept_care")]
pub async fn accept_care(id: GrantId) -> Result<(), AppError> {
    use crate::{
        accounts::{Permission, server::care},
        web::request,
    };
    let (app, actor) = (request::app()?, request::allowed(Permission::BookForOneself)?);
    care::answer(&app, actor, id).await?;
    care::back(&app, "accepted");
    Ok(())
}

/// Ends what stands between two people at once, takes back what was asked, or declines it. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`], also for what is between others.
#[server(prefix = "/fn", endpoint = "account/end_care")]
pub async fn end_care(id: GrantId) -> Result<(), AppError> {
    use crate::{
        accounts::{Permission, server::care},
        web::request,
    };
    let (app, actor) = (request::app()?, request::allowed(Permission::BookForOneself)?);
    care::end(&app, actor, id).await?;
    care::back(&app, "ended");
    Ok(())
}

/// Sends a young person a link to an account of their own.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`; [`AppError::NotFound`], [`AppError::Conflict`], [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "account/own_account_link")]
pub async fn own_account_link(person: PersonId, #[server(default)] email: String) -> Result<(), AppError> {
    use crate::{
        accounts::{Permission, server::care},
        web::request,
    };
    let (app, actor) = (request::app()?, request::allowed(Permission::BookForOneself)?);
    care::invite(&app, actor, person, &email).await?;
    care::back(&app, "link");
    Ok(())
}
