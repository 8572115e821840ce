//! Answering what another person asks, and ending what was granted.

use sqlx::FromRow;

use super::{
    grants::{note, only_patients, replace, room_for_one},
    may_act,
    page::address,
};
use crate::{
    accounts::{
        Permission,
        model::care::{CareKind, CareScope},
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::{GrantId, PersonId},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// A grant that stands or waits.
#[derive(FromRow)]
struct Open {
    person_id: Option<PersonId>,
    account_id: Option<PersonId>,
    invited_email: Option<String>,
    granted_by: PersonId,
    kind: CareKind,
    scope: CareScope,
}

impl Open {
    async fn find(conn: &mut Conn<'_>, id: GrantId, now: Timestamp) -> Result<Open, Error> {
        const SQL: &str = "select person_id, account_id, invited_email, granted_by, kind, scope from care_grants
            where id = $1 and revoked_at is null and (valid_until is null or valid_until > $2)";
        conn.fetch_optional(SQL, (id, now)).await?.ok_or(Error::App(AppError::NotFound))
    }

    /// Whether it waits for the answer of this account: its address has to be confirmed where the clinic sends mail.
    async fn waits_for(&self, conn: &mut Conn<'_>, actor: Actor, sends_mail: bool) -> Result<bool, Error> {
        let (own, confirmed) = address(conn, actor.user).await?;
        Ok(self.invited_email.is_some() && own == self.invited_email && (confirmed || !sends_mail))
    }
}

/// Accepts what waits for the answer of the signed-in account. Declining is [`end`].
///
/// # Errors
/// [`AppError::NotFound`] when nothing waits; [`AppError::TooManyPersons`]; [`AppError::Forbidden`] for doctors and
/// staff.
pub async fn answer(app: &AppState, actor: Actor, id: GrantId) -> Result<(), AppError> {
    only_patients(actor)?;
    let unit = AnswerGrant { actor, id, sends_mail: app.settings.sends_mail(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Accepts a grant.
struct AnswerGrant {
    actor: Actor,
    id: GrantId,
    sends_mail: bool,
    now: Timestamp,
}

impl WriteUnit for AnswerGrant {
    const NAME: &'static str = "answer_care_grant";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str =
            "update care_grants set person_id = $2, account_id = $3, invited_email = null, accepted_at = $4
            where id = $1";
        let (actor, now) = (self.actor, self.now);
        let open = Open::find(tx, self.id, now).await?;
        if !open.waits_for(tx, actor, self.sends_mail).await? {
            return Err(AppError::NotFound.into());
        }
        let person = open.person_id.unwrap_or(actor.user);
        let account = open.account_id.unwrap_or(actor.user);
        if account == actor.user {
            room_for_one(tx, account, now).await?;
        }
        replace(tx, person, account, actor, now).await?;
        tx.execute(SQL, (self.id, person, account, now)).await?;
        note(tx, actor, "care.accepted", Some(person), (open.kind, open.scope), now).await
    }
}

/// Ends a grant at once, takes it back before an answer, or declines it: by either side, or by staff. For a child, the
/// parent is its side who asked the other one. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`], also for a grant between others.
pub async fn end(app: &AppState, actor: Actor, id: GrantId) -> Result<(), AppError> {
    let unit = EndGrant { actor, id, sends_mail: app.settings.sends_mail(), now: app.clock.now() };
    Ok(app.db.write(unit).await?)
}

/// Ends a grant.
struct EndGrant {
    actor: Actor,
    id: GrantId,
    sends_mail: bool,
    now: Timestamp,
}

impl WriteUnit for EndGrant {
    const NAME: &'static str = "end_care_grant";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const ENDED: &str = "select count(*) from care_grants where id = $1 and revoked_at is not null and (person_id = $2 or account_id = $2 or revoked_by = $2)";
        const SQL: &str = "update care_grants set revoked_at = $2, revoked_by = $3 where id = $1";
        let (actor, now) = (self.actor, self.now);
        let open = match Open::find(tx, self.id, now).await {
            Ok(open) => open,
            Err(error) => {
                let ended: i64 = tx.fetch_value(ENDED, (self.id, actor.user)).await?;
                return if ended > 0 { Ok(()) } else { Err(error) };
            }
        };
        let own = [open.person_id, open.account_id].contains(&Some(actor.user));
        // a child's parent takes back what they asked of the other one
        let own = own
            || match open.person_id.filter(|_| open.granted_by == actor.user) {
                Some(child) => may_act(tx, actor.user, child, CareScope::Book, now).await?,
                None => false,
            };
        if !own && !actor.may(Permission::ManagePeople) && !open.waits_for(tx, actor, self.sends_mail).await? {
            return Err(AppError::NotFound.into());
        }
        tx.execute(SQL, (self.id, now, actor.user)).await?;
        note(tx, actor, "care.ended", open.person_id.or(open.account_id), (open.kind, open.scope), now).await
    }
}
