//! Server functions of the pages of doctors and accounts. For clinic staff only.

use leptos::prelude::*;

use crate::{
    admin::model::people::{ListedDoctor, ManagedDoctor, ManagedUser, UserList},
    error::AppError,
    ids::{GrantId, PersonId},
};

/// All doctors: those who wait for approval first, each group by name.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/doctors")]
pub async fn all_doctors() -> Result<Vec<ListedDoctor>, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManagePeople)?;
    crate::admin::server::people::doctors(&app).await
}

/// One doctor.
///
/// # Errors
/// As [`all_doctors`]; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/doctor")]
pub async fn one_doctor(slug: String) -> Result<ManagedDoctor, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManagePeople)?;
    crate::admin::server::people::doctor(&app, &slug).await
}

/// Approves a doctor who waits for staff.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when another person changed the doctor meanwhile, or there is nothing
/// to approve.
#[server(prefix = "/fn", endpoint = "admin/approve_doctor")]
pub async fn approve_doctor(slug: String, version: i64) -> Result<(), AppError> {
    use crate::{admin::server::people, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    people::decide(&app, staff, &slug, version, people::Decision::Approve).await
}

/// Does not let a doctor in, for a reason that the doctor reads.
///
/// # Errors
/// As [`approve_doctor`]; [`AppError::Invalid`] naming `reason`.
#[server(prefix = "/fn", endpoint = "admin/reject_doctor")]
pub async fn reject_doctor(slug: String, version: i64, #[server(default)] reason: String) -> Result<(), AppError> {
    use crate::{admin::server::people, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    people::decide(&app, staff, &slug, version, people::Decision::Reject(reason)).await
}

/// Hides a doctor and takes no new bookings. Booked appointments stay.
///
/// # Errors
/// As [`approve_doctor`].
#[server(prefix = "/fn", endpoint = "admin/pause_doctor")]
pub async fn pause_doctor(slug: String, version: i64) -> Result<(), AppError> {
    use crate::{admin::server::people, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    people::decide(&app, staff, &slug, version, people::Decision::Pause).await
}

/// Shows a doctor again whom staff had paused.
///
/// # Errors
/// As [`approve_doctor`].
#[server(prefix = "/fn", endpoint = "admin/resume_doctor")]
pub async fn resume_doctor(slug: String, version: i64) -> Result<(), AppError> {
    use crate::{admin::server::people, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    people::decide(&app, staff, &slug, version, people::Decision::Resume).await
}

/// One page of the accounts whose name or e-mail address contains `query`; a page past the end is the last one.
///
/// # Errors
/// [`AppError::Unauthenticated`], [`AppError::Forbidden`] for other roles.
#[server(prefix = "/fn", endpoint = "admin/users")]
pub async fn find_users(query: String, page: u32) -> Result<UserList, AppError> {
    let app = crate::web::request::app()?;
    crate::web::request::allowed(crate::accounts::Permission::ManagePeople)?;
    crate::admin::server::people::users::search(&app, &query, page).await
}

/// One account.
///
/// # Errors
/// As [`find_users`]; [`AppError::NotFound`].
#[server(prefix = "/fn", endpoint = "admin/user")]
pub async fn one_user(id: PersonId) -> Result<ManagedUser, AppError> {
    let app = crate::web::request::app()?;
    let staff = crate::web::request::allowed(crate::accounts::Permission::ManagePeople)?;
    crate::admin::server::people::users::user(&app, staff, id).await
}

/// Suspends an account: its sessions end at once, and it cannot sign in. Its appointments stay. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`], [`AppError::LastAdmin`], [`AppError::Forbidden`] for one's own account.
#[server(prefix = "/fn", endpoint = "admin/suspend_user")]
pub async fn suspend_user(id: PersonId) -> Result<(), AppError> {
    use crate::{admin::server::people::users, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    users::suspend(&app, staff, id).await
}

/// Lets a suspended account sign in again. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`]
#[server(prefix = "/fn", endpoint = "admin/reactivate_user")]
pub async fn reactivate_user(id: PersonId) -> Result<(), AppError> {
    use crate::{admin::server::people::users, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    users::reactivate(&app, staff, id).await
}

/// Lets the account with an address act for a patient, at once and by the word of staff.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`, `kind`, `scope`, `until` or `reason`; [`AppError::NotFound`];
/// [`AppError::TooManyPersons`].
#[server(prefix = "/fn", endpoint = "admin/grant_care")]
pub async fn grant_care(
    id: PersonId,
    #[server(default)] email: String,
    #[server(default)] kind: String,
    #[server(default)] scope: String,
    #[server(default)] until_day: String,
    #[server(default)] until_month: String,
    #[server(default)] until_year: String,
    #[server(default)] reason: String,
) -> Result<(), AppError> {
    use crate::{accounts::server::care, ui::DateParts, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    let until = DateParts { day: until_day, month: until_month, year: until_year }.text();
    let kind = if kind.is_empty() { "carer".to_owned() } else { kind };
    care::grant_by_staff(&app, staff, id, care::NewGrant { email, kind, scope, until, reason }).await
}

/// Ends what one account may do for a person, at once.
///
/// # Errors
/// [`AppError::NotFound`]
#[server(prefix = "/fn", endpoint = "admin/end_care")]
pub async fn end_care_by_staff(id: GrantId) -> Result<(), AppError> {
    use crate::{accounts::server::care, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    care::end(&app, staff, id).await
}

/// Sends a young person a link to an account of their own.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`; [`AppError::NotFound`], [`AppError::Conflict`], [`AppError::TooManyAttempts`].
#[server(prefix = "/fn", endpoint = "admin/own_account_link")]
pub async fn own_account_link_by_staff(person: PersonId, #[server(default)] email: String) -> Result<(), AppError> {
    use crate::{accounts::server::care, web::request};
    let (app, staff) = (request::app()?, request::allowed(crate::accounts::Permission::ManagePeople)?);
    care::invite(&app, staff, person, &email).await
}
