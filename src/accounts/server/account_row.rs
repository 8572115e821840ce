//! An account as it is stored, and the few ways in which it changes.

use sqlx::FromRow;

use crate::{
    accounts::Role,
    db::{Conn, Error, Tx},
    error::AppError,
    ids::PersonId,
    time::{Timestamp, server::LocalDate},
};

/// How many admins besides this one can sign in. The last one stays what they are.
pub(crate) async fn other_admins(conn: &mut Conn<'_>, id: PersonId) -> Result<i64, Error> {
    const SQL: &str = "select count(*) from persons where role = 'admin' and status = 'active' and id <> $1";
    conn.fetch_value(SQL, (id,)).await
}

/// An account as it is stored.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Account {
    pub id: PersonId,
    /// Empty when none is known.
    pub email: String,
    pub display_name: String,
    pub phone: Option<String>,
    pub birth_date: Option<LocalDate>,
    pub role: Role,
    status: String,
    /// None: the person has no account yet.
    pub password_hash: Option<String>,
    pub pending_email: Option<String>,
    pub email_verified_at: Option<Timestamp>,
}

impl Account {
    /// # Errors
    /// [`AppError::NotFound`]
    pub async fn find(conn: &mut Conn<'_>, id: PersonId) -> Result<Account, Error> {
        const SQL: &str =
            "select id, coalesce(email, '') as email, display_name, phone, birth_date, role, status, password_hash,
            pending_email, email_verified_at from persons where id = $1";
        let found = conn.fetch_optional(SQL, (id,)).await?;
        found.ok_or(Error::App(AppError::NotFound))
    }

    /// The address of an account that is still to be made, until its link is used.
    pub fn first_address(&self) -> Option<&str> {
        self.pending_email.as_deref().filter(|_| self.password_hash.is_none())
    }

    pub fn is_active(&self) -> bool {
        self.status == "active"
    }
}

/// Whether an account has this address, as it is kept.
pub(crate) async fn account_exists(conn: &mut Conn<'_>, email: &str) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from persons where email = $1 and password_hash is not null";
    let found: i64 = conn.fetch_value(SQL, (email,)).await?;
    Ok(found > 0)
}

/// Whether this is still the password of an account in good standing.
pub(super) async fn still_signs_in(conn: &mut Conn<'_>, user: PersonId, hash: &str) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from persons where id = $1 and password_hash = $2 and status = 'active'";
    let found: i64 = conn.fetch_value(SQL, (user, hash)).await?;
    Ok(found > 0)
}

/// Gives an account another password, or a person the first one and with it an account. Stops a change of its address that still waits, because an intruder may have
/// asked for it.
///
/// # Errors
/// [`AppError::Conflict`] when the password is not `old` any more.
pub(super) async fn set_password(tx: &mut Tx<'_>, user: PersonId, old: Option<&str>, new: &str) -> Result<(), Error> {
    const SQL: &str = "update persons set password_hash = $1, pending_email = null
        where id = $2 and password_hash is not distinct from $3";
    let set = tx.execute(SQL, (new, user, old.map(str::to_owned))).await?;
    if set == 0 { Err(AppError::Conflict.into()) } else { Ok(()) }
}

/// Makes the address to which the link for an account was sent the person's own.
pub(super) async fn take_wanted_address(tx: &mut Tx<'_>, user: PersonId) -> Result<(), Error> {
    const SQL: &str = "update persons set email = pending_email, email_verified_at = null, mail_failed_at = null
        where id = $1 and pending_email is not null and password_hash is null";
    tx.execute(SQL, (user,)).await?;
    Ok(())
}

/// Records that the owner of the account reads mail sent to its address.
pub(super) async fn prove_address(tx: &mut Tx<'_>, user: PersonId, now: Timestamp) -> Result<(), Error> {
    const SQL: &str = "update persons set email_verified_at = $1 where id = $2 and email_verified_at is null";
    tx.execute(SQL, (now, user)).await?;
    Ok(())
}
