//! Who may act for whom: the one rule that pages, answers, files and messages ask, and the grants behind it.

mod answers;
mod grants;
mod own_account;
mod page;

pub use answers::{answer, end};
pub use grants::{NewChild, NewGrant, add_child, ask_to_act, grant_by_staff, invite_parent, let_act};
pub(super) use own_account::has_own_account;
pub use own_account::invite;
pub use page::{back, care, care_of};

use crate::{
    accounts::model::care::{ActedFor, CareScope},
    db::{Conn, Error},
    ids::PersonId,
    time::Timestamp,
};

/// Whether the grant `g` counts at `$2`.
macro_rules! counts {
    () => {
        "g.accepted_at is not null and g.revoked_at is null and (g.valid_until is null or g.valid_until > $2)"
    };
}

/// What this account may do for this person now; for its owner everything, which costs no question.
///
/// # Errors
/// The database's.
pub async fn scope_of(
    conn: &mut Conn<'_>,
    account: PersonId,
    person: PersonId,
    now: Timestamp,
) -> Result<Option<CareScope>, Error> {
    const SQL: &str =
        concat!("select g.scope from care_grants g where g.account_id = $1 and g.person_id = $3 and ", counts!());
    if account == person {
        return Ok(Some(CareScope::Book));
    }
    conn.fetch_optional_value(SQL, (account, now, person)).await
}

/// Whether this account may do this for this person now.
///
/// # Errors
/// The database's.
pub async fn may_act(
    conn: &mut Conn<'_>,
    account: PersonId,
    person: PersonId,
    scope: CareScope,
    now: Timestamp,
) -> Result<bool, Error> {
    Ok(scope_of(conn, account, person, now).await?.is_some_and(|granted| granted.includes(scope)))
}

/// Whether this account could act for this person once, and can no longer.
///
/// # Errors
/// The database's.
pub async fn has_ended(conn: &mut Conn<'_>, account: PersonId, person: PersonId) -> Result<bool, Error> {
    const SQL: &str = "select count(*) from care_grants
        where account_id = $1 and person_id = $2 and accepted_at is not null";
    let found: i64 = conn.fetch_value(SQL, (account, person)).await?;
    Ok(found > 0)
}

/// The owner of the account, and then everybody for whom it may act, by name.
///
/// # Errors
/// The database's.
pub async fn acted_for(conn: &mut Conn<'_>, account: PersonId, now: Timestamp) -> Result<Vec<ActedFor>, Error> {
    const SQL: &str = concat!(
        "select p.id, p.display_name as name, 'book' as scope, p.id = $1 as own from persons p where p.id = $1
        union all
        select p.id, p.display_name, g.scope, p.id = $1 from care_grants g join persons p on p.id = g.person_id
        where g.account_id = $1 and ",
        counts!(),
        " order by own desc, name, id"
    );
    conn.fetch_all(SQL, (account, now)).await
}

/// The accounts that get the messages about a person who has no account: those that may book for them. None for a person
/// with an account, who gets them alone.
///
/// # Errors
/// The database's.
pub async fn told_instead(conn: &mut Conn<'_>, person: PersonId, now: Timestamp) -> Result<Vec<PersonId>, Error> {
    const SQL: &str = concat!(
        "select g.account_id from care_grants g
            join persons p on p.id = g.person_id join persons account on account.id = g.account_id
        where g.person_id = $1 and g.scope = 'book' and p.password_hash is null and account.status = 'active' and ",
        counts!(),
        " order by g.account_id"
    );
    conn.fetch_values(SQL, (person, now)).await
}

/// When the people for whom an account acts last became others; never when none ever was there.
///
/// # Errors
/// The database's.
pub async fn changed_at(conn: &mut Conn<'_>, account: PersonId, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    const SQL: &str = "select max(case when revoked_at is not null then revoked_at
            when valid_until <= $2 then valid_until else accepted_at end)
        from care_grants where account_id = $1 and accepted_at is not null";
    conn.fetch_value(SQL, (account, now)).await
}
