//! A child who grows up: the same person gets an account, and the record stays.

use sqlx::FromRow;
use uuid::Uuid;

use super::may_act;
use crate::{
    accounts::{
        Permission, Role,
        model::care::{CareScope, OWN_ACCOUNT_AGE},
        server::{account_exists, account_mail, birth_date::has_turned},
    },
    clinic::server::{
        audit::{Entry, record},
        clinic_zone,
    },
    db::{Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::PersonId,
    notifications::model::Kind,
    state::AppState,
    text::server::email::EmailAddress,
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};

/// Sends a person without an account a link by which they choose a password, and with it get an account of their own:
/// asked for by who may book for them, or by staff.
///
/// Where another account has the address, its owner gets a notice instead of the link, and the asker learns nothing of it:
/// the address becomes the person's when the link is used. Staff, who find accounts by their address anyway, are told.
///
/// # Errors
/// [`AppError::Invalid`] naming `email`; [`AppError::NotFound`] for a person whom the asker does not act for;
/// [`AppError::Conflict`] for one who is too young or has an account; [`AppError::TooManyAttempts`].
pub async fn invite(app: &AppState, actor: Actor, person: PersonId, email: &str) -> Result<(), AppError> {
    let address = EmailAddress::read(email).map_err(|code| AppError::field("email", code))?;
    let (email, message) = (address.kept().to_owned(), Uuid::now_v7());
    Ok(app.db.write(InviteToAccount { actor, person, email, message, now: app.clock.now() }).await?)
}

/// Writes the address of a person who may get an account, and the message with the link.
struct InviteToAccount {
    actor: Actor,
    person: PersonId,
    email: String,
    /// Names the message.
    message: Uuid,
    now: Timestamp,
}

#[derive(FromRow)]
struct Young {
    birth_date: Option<LocalDate>,
    has_account: bool,
    role: Role,
}

impl WriteUnit for InviteToAccount {
    const NAME: &'static str = "invite_to_account";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const FIND: &str =
            "select birth_date, password_hash is not null as has_account, role from persons where id = $1";
        const SQL: &str = "update persons set pending_email = $2 where id = $1 and password_hash is null";
        const OWN: &str = "select email from persons where id = $1";
        let InviteToAccount { actor, person, now, .. } = *self;
        if !actor.may(Permission::ManagePeople) && !may_act(tx, actor.user, person, CareScope::Book, now).await? {
            return Err(AppError::NotFound.into());
        }
        let found: Option<Young> = tx.fetch_optional(FIND, (person,)).await?;
        let young = found.filter(|young| young.role == Role::Patient).ok_or(AppError::NotFound)?;
        let today = clinic_zone(tx).await?.local_date(now);
        let old_enough = young.birth_date.is_some_and(|born| has_turned(OWN_ACCOUNT_AGE, born, today));
        if young.has_account || !old_enough {
            return Err(AppError::Conflict.into());
        }
        let own: Option<String> = tx.fetch_value(OWN, (actor.user,)).await?;
        let may_know = actor.may(Permission::ManagePeople) || own.as_ref() == Some(&self.email);
        if may_know && account_exists(tx, &self.email).await? {
            return Err(AppError::field("email", FieldCode::EmailUnusable).into());
        }
        let wait = account_mail::wait(tx, Kind::OwnAccount, person, account_mail::MIN_RESEND_INTERVAL, now).await?;
        if wait > 0 {
            return Err(AppError::TooManyAttempts { wait_seconds: wait }.into());
        }
        tx.execute(SQL, (person, &self.email)).await?;
        account_mail::send(tx, Kind::OwnAccount, person, self.message, now).await?;
        let entry =
            Entry { action: "care.own_account", subject: "user", subject_id: Some(person.0), details: "invited" };
        record(tx, actor.into(), now, entry).await
    }
}

/// Ends what parents may do for a person who has an account from now on. Who wants it to go on grants it anew.
pub(in crate::accounts::server) async fn has_own_account(
    tx: &mut Tx<'_>,
    person: PersonId,
    now: Timestamp,
) -> Result<(), Error> {
    const SQL: &str = "update care_grants set revoked_at = $2, revoked_by = $1
        where person_id = $1 and kind = 'parent' and revoked_at is null";
    tx.execute(SQL, (person, now)).await?;
    Ok(())
}
