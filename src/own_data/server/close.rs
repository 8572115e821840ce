//! Closing an account: what the page before it shows, the one unit that does it, and the job that erases.
//!
//! The unit ends everything at once, so whatever kills the process afterwards leaves nothing half done. Name and
//! address stay until the last message is sent to them, a few days at most; then a job erases them.

use crate::{
    accounts::{
        Permission,
        server::erasure::{self, Why},
    },
    booking::server::{
        Author,
        closing::{Ahead, ahead, cancel_all, erase_words, let_go},
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::AppError,
    ids::PersonId,
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice},
    },
    own_data::model::{ClosingAppointment, ClosingPage},
    papers::server as papers,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Seconds after which the name is erased even if the last message could not be sent.
const LONGEST: i64 = 3 * 86_400;
/// People erased in one round.
const AT_A_TIME: i64 = 20;

/// The children for whom nobody else cares: without an account, and no other account acts for them now.
async fn only_mine(conn: &mut Conn<'_>, account: PersonId, now: Timestamp) -> Result<Vec<(PersonId, String)>, Error> {
    const SQL: &str = "select p.id, p.display_name from care_grants g join persons p on p.id = g.person_id
        where g.account_id = $1 and g.kind = 'parent' and g.accepted_at is not null and g.revoked_at is null
            and (g.valid_until is null or g.valid_until > $2) and p.password_hash is null
            and not exists (select 1 from care_grants o join persons a on a.id = o.account_id
                where o.person_id = g.person_id and o.account_id <> $1 and a.status = 'active' and o.scope = 'book'
                    and o.accepted_at is not null and o.revoked_at is null
                    and (o.valid_until is null or o.valid_until > $2))
        order by p.display_name, p.id";
    conn.fetch_all(SQL, (account, now)).await
}

/// The appointments that closing this account cancels, or that stand in its way, and the children whose they may be.
async fn concerned(
    conn: &mut Conn<'_>,
    account: PersonId,
    now: Timestamp,
) -> Result<(Vec<Ahead>, Vec<(PersonId, String)>), Error> {
    let children = only_mine(conn, account, now).await?;
    let persons: Vec<PersonId> = std::iter::once(account).chain(children.iter().map(|(id, _)| *id)).collect();
    Ok((ahead(conn, &persons, now).await?, children))
}

/// What the confirmation has to say again: an appointment that was made or moved meanwhile brings the page back.
fn seen(ahead: &[Ahead]) -> String {
    ahead.iter().map(|one| format!("{}:{}", one.id, one.version)).collect::<Vec<_>>().join(",")
}

/// The page before the closing.
///
/// # Errors
/// [`AppError::Forbidden`] for doctors and staff.
pub async fn page(app: &AppState, actor: Actor) -> Result<ClosingPage, AppError> {
    actor.needs(Permission::BookForOneself)?;
    let mut reader = app.db.read().await?;
    let (all, children) = concerned(&mut reader.conn(), actor.user, app.clock.now()).await?;
    let shown = all.iter().map(|one| ClosingAppointment {
        id: one.id,
        when: one.when.clone(),
        doctor: one.doctor.clone(),
        for_whom: children.iter().find(|(id, _)| *id == one.patient).map(|(_, name)| name.clone()),
        late: one.change == crate::booking::Change::LateCancelOnly,
        blocks: !one.can_be_cancelled(),
    });
    Ok(ClosingPage { appointments: shown.collect(), seen: seen(&all), sends_mail: app.settings.sends_mail() })
}

/// Closes the account of the signed-in patient. `seen` is what the page showed.
///
/// # Errors
/// [`AppError::Forbidden`] for doctors and staff; [`AppError::TooLate`] while an appointment can no longer be cancelled
/// online; [`AppError::Conflict`] when other appointments stand there now.
pub async fn close(app: &AppState, actor: Actor, seen: String) -> Result<(), AppError> {
    actor.needs(Permission::BookForOneself)?;
    app.db.write(CloseAccount { actor, seen, now: app.clock.now() }).await?;
    tracing::info!(user = %actor.user, "a patient closed their account");
    Ok(())
}

/// Cancels what is ahead, ends every way in, and writes the last message.
struct CloseAccount {
    actor: Actor,
    seen: String,
    now: Timestamp,
}

impl WriteUnit for CloseAccount {
    const NAME: &'static str = "close_account";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const OPEN: &str = "select count(*) from persons where id = $1 and role = 'patient' and status = 'active'";
        let (actor, now) = (self.actor, self.now);
        let open: i64 = tx.fetch_value(OPEN, (actor.user,)).await?;
        if open == 0 {
            return Err(AppError::Unauthenticated.into());
        }
        let (all, children) = concerned(tx, actor.user, now).await?;
        if seen(&all) != self.seen {
            return Err(AppError::Conflict.into());
        }
        if all.iter().any(|one| !one.can_be_cancelled()) {
            return Err(AppError::TooLate.into());
        }
        cancel_all(tx, actor, &all, now).await?;
        for (child, _) in children {
            let_go(tx, child, actor.into(), now).await?;
        }
        end_person(tx, actor.user, Why::Owner, actor.into(), all.len(), now).await
    }
}

/// What closing an account and the end of its time have in common. The person has no appointment ahead.
pub(super) async fn end_person(
    tx: &mut Tx<'_>,
    person: PersonId,
    why: Why,
    by: Author,
    cancelled: usize,
    now: Timestamp,
) -> Result<(), Error> {
    const COPIES: &str = "update data_exports set content = null, ended_at = $2
        where (person_id = $1 or asked_by = $1) and ended_at is null";
    const HAD_ACCOUNT: &str = "select count(*) from persons where id = $1 and password_hash is not null";
    let had_account: i64 = tx.fetch_value(HAD_ACCOUNT, (person,)).await?;
    let_go(tx, person, by, now).await?;
    tx.execute(COPIES, (person, now)).await?;
    erasure::close(tx, person, why, by, now).await?;
    if had_account == 0 {
        return Ok(());
    }
    let (dedupe_key, about) =
        (["account_closed:", &person.to_string()].concat(), format!("{} {cancelled}", why.code()));
    let notice = Notice { kind: Kind::AccountClosed, to: To::Person(person), about: &about, dedupe_key: &dedupe_key };
    enqueue_notice(tx, now, notice).await
}

/// Erases those whose last message is sent, or who get none. Returns how many.
///
/// # Errors
/// The database's.
pub async fn erase_closed(app: &AppState) -> Result<u64, AppError> {
    const DUE: &str = "select c.person_id from closed_persons c
        where c.erased_at is null and ($1 or c.closed_at <= $2 or not exists (select 1 from outbox o
            where o.person_id = c.person_id and o.state in ('queued', 'sending') and o.due_at <= $3))
        order by c.closed_at, c.person_id limit $4";
    let now = app.clock.now();
    let (sends_none, longest) = (!app.settings.sends_mail(), now.plus_seconds(-LONGEST));
    let binds = (sends_none, longest, now.plus_seconds(LONGEST), AT_A_TIME);
    let due: Vec<PersonId> = app.db.read().await?.conn().fetch_values(DUE, binds).await?;
    let mut erased = 0;
    for person in due {
        app.db.write(ErasePerson { person, now }).await?;
        erased += 1;
    }
    Ok(erased)
}

/// Leaves a row without a name.
struct ErasePerson {
    person: PersonId,
    now: Timestamp,
}

impl WriteUnit for ErasePerson {
    const NAME: &'static str = "erase_person";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const OPEN: &str = "select count(*) from closed_persons where person_id = $1 and erased_at is null";
        let open: i64 = tx.fetch_value(OPEN, (self.person,)).await?;
        if open == 0 {
            return Ok(());
        }
        erase_words(tx, self.person).await?;
        papers::end_all(tx, self.person, self.now).await?;
        erasure::erase(tx, self.person, self.now).await
    }
}
