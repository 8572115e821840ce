//! Which account a person of the directory signs in to.

use sqlx::FromRow;

use super::{groups::Allowed, proof::Proved};
use crate::{
    accounts::Role,
    db::{Conn, Error},
    error::{AppError, DirectoryRefusal},
    ids::PersonId,
    state::AppState,
    text::server::email::{check_email, kept_email},
};

/// An account that a person of the directory may sign in to.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub(super) struct Account {
    pub id: PersonId,
    pub email: String,
    pub display_name: String,
    pub role: Role,
    pub status: String,
    /// Whether it was made for the person of the directory.
    pub is_made: bool,
    /// Whether the person has signed in to it before.
    pub is_linked: bool,
}

/// The account that a person of the directory has signed in to before.
pub(super) async fn linked(conn: &mut Conn<'_>, person: &Proved) -> Result<Option<Account>, Error> {
    const SQL: &str = "select p.id, coalesce(p.email, '') as email, p.display_name, p.role, p.status,
            i.made_at is not null as is_made, i.person_id is not null as is_linked
        from directory_identities i join persons p on p.id = i.person_id where i.issuer = $1 and i.subject = $2";
    conn.fetch_optional(SQL, (&person.issuer, &person.subject)).await
}

/// The account with this address. Of accounts, no two have the same.
async fn with_address(conn: &mut Conn<'_>, issuer: &str, email: &str) -> Result<Option<Account>, Error> {
    const SQL: &str = "select p.id, coalesce(p.email, '') as email, p.display_name, p.role, p.status,
            i.made_at is not null as is_made, i.person_id is not null as is_linked
        from persons p left join directory_identities i on i.person_id = p.id and i.issuer = $1
        where p.email = $2 and p.password_hash is not null";
    conn.fetch_optional(SQL, (issuer, email)).await
}

/// The account that the person would sign in to, if they may or not.
pub(super) async fn known(conn: &mut Conn<'_>, person: &Proved) -> Result<Option<Account>, Error> {
    match linked(conn, person).await? {
        None if person.is_email_proved => with_address(conn, &person.issuer, &kept_email(&person.email)).await,
        found => Ok(found),
    }
}

/// What a person of the directory signs in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// An account that is there, and its role from now on.
    Account { account: Account, role: Role, is_first: bool },
    /// None yet: one with this address and role is made.
    New { email: String, role: Role },
}

/// Finds the account: that of an earlier sign-in, else the one with the person's proved address.
///
/// # Errors
/// [`AppError::DirectoryRefused`]
pub(super) async fn find(conn: &mut Conn<'_>, allowed: Allowed, person: &Proved) -> Result<Found, Error> {
    if let Some(account) = linked(conn, person).await? {
        return Ok(as_it_is(account, allowed, false)?);
    }
    if !allowed.any() {
        return Err(AppError::from(DirectoryRefusal::NoGroup).into());
    }
    if !person.is_email_proved || check_email(&person.email).is_some() {
        return Err(AppError::from(DirectoryRefusal::AddressNotProved).into());
    }
    let email = kept_email(&person.email);
    match with_address(conn, &person.issuer, &email).await? {
        // another person of the directory had the address before
        Some(account) if account.is_linked => Err(AppError::from(DirectoryRefusal::OtherPerson).into()),
        Some(account) => Ok(as_it_is(account, allowed, true)?),
        None => Ok(Found::New { email, role: allowed.new_role().map_err(AppError::from)? }),
    }
}

fn as_it_is(account: Account, allowed: Allowed, is_first: bool) -> Result<Found, AppError> {
    let role = allowed.role(account.role)?;
    if account.status != "active" {
        return Err(DirectoryRefusal::NotInUse.into());
    }
    Ok(Found::Account { account, role, is_first })
}

/// Whether this account was made for a person of the directory, who signs in to it there alone: a password, or a passkey,
/// would still open it when the directory no longer does. Once the clinic has switched the directory off, such an account is
/// one like any other.
///
/// # Errors
/// The database cannot be read.
pub async fn signs_in_only_there(app: &AppState, user: PersonId) -> Result<bool, AppError> {
    if !app.settings.oidc.is_on() {
        return Ok(false);
    }
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    Ok(made_for(&mut reader.conn(), user).await?.is_some_and(|is_made| is_made))
}

/// Whether this account was made for a person of the directory; none when nobody signs in to it there.
pub(crate) async fn made_for(conn: &mut Conn<'_>, user: PersonId) -> Result<Option<bool>, Error> {
    const SQL: &str = "select made_at is not null from directory_identities where person_id = $1
        order by made_at is not null desc limit 1";
    conn.fetch_optional_value(SQL, (user,)).await
}
