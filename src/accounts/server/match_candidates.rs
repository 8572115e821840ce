//! Pairs that may be one person: whoever has an account, and a person without one whom the desk or an import added. They
//! are written when a name, a birth date, a number or an address comes to an account, and staff decide. Nothing is
//! joined by itself, but for the owner of an address who proves that it is theirs.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{
    person_merge::{Merge, merge, overlaps},
    person_record::{ChangedBy, StoredRecord, stored},
    person_words::{BIRTH_DATE, PHONE, backwards},
};
use crate::{
    accounts::{
        Role,
        model::record::{RECORD_FIELDS, RecordValues},
    },
    clinic::server::audit::Author,
    db::{Conn, Error, Tx},
    ids::PersonId,
    text::server::words_of,
    time::Timestamp,
};

/// People whom a birth date or a number may fit and who are looked at.
const MOST: i64 = 50;

/// Writes down who may be the same as the owner of this account, beside the pairs that are known already.
///
/// # Errors
/// The database's.
pub async fn look(tx: &mut Tx<'_>, account: PersonId, by: ChangedBy) -> Result<(), Error> {
    const PAIR: &str = "insert into match_candidates (id, person_id, other_id, reason, at) values ($1, $2, $3, $4, $5)
        on conflict (person_id, other_id) do nothing";
    let owner = stored(tx, account).await?;
    if owner.role != Role::Patient || !owner.has_account {
        return Ok(());
    }
    let mut found: Vec<(PersonId, &str)> = Vec::new();
    for other in with_address(tx, &owner.values.email).await? {
        found.push((other, "email"));
    }
    let digits = backwards(&owner.values.phone, by.country);
    if !digits.is_empty() {
        found.extend(with_word(tx, &[PHONE, &digits].concat()).await?.into_iter().map(|other| (other, "phone")));
    }
    if !owner.values.birth_date.is_empty() {
        for other in with_word(tx, &[BIRTH_DATE, &owner.values.birth_date].concat()).await? {
            if names_fit(&stored(tx, other).await?.values.name, &owner.values.name) {
                found.push((other, "birth_date"));
            }
        }
    }
    for (other, reason) in found {
        tx.execute(PAIR, (Uuid::now_v7(), account, other, reason, by.now)).await?;
    }
    Ok(())
}

/// Patients without an account who have this word.
async fn with_word(conn: &mut Conn<'_>, word: &str) -> Result<Vec<PersonId>, Error> {
    const SQL: &str = "select p.id from person_words w join persons p on p.id = w.person_id
        where w.word = $1 and p.role = 'patient' and p.status = 'active' and p.password_hash is null
        order by p.id limit $2";
    conn.fetch_values(SQL, (word, MOST)).await
}

/// Patients without an account for whom the desk wrote this address.
async fn with_address(conn: &mut Conn<'_>, email: &str) -> Result<Vec<PersonId>, Error> {
    const SQL: &str = "select id from persons
        where email = $1 and role = 'patient' and status = 'active' and password_hash is null order by id limit $2";
    conn.fetch_values(SQL, (email, MOST)).await
}

/// Whether all words of one name are words of the other, in any order and without accents: "Grace Hopper" fits "HOPPER,
/// Grace Mary".
#[must_use]
pub fn names_fit(one: &str, other: &str) -> bool {
    let (one, other) = (words_of(one), words_of(other));
    let words = |text: &'_ str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<String>>();
    let (one, other) = (words(&one), words(&other));
    let fewer = one.len().min(other.len());
    fewer > 0 && one.intersection(&other).count() == fewer
}

/// The record that the desk wrote for the owner of this address: where exactly one person without an account has it,
/// under a name that fits, and staff have not said that it is another one. Several share an address: then staff decide.
///
/// # Errors
/// The database's.
pub async fn of_address(conn: &mut Conn<'_>, account: PersonId) -> Result<Option<StoredRecord>, Error> {
    const WAITS: &str = "select count(*) from match_candidates
        where person_id = $1 and other_id = $2 and decided_at is null";
    let owner = stored(conn, account).await?;
    let [only] = with_address(conn, &owner.values.email).await?[..] else {
        return Ok(None);
    };
    let waits: i64 = conn.fetch_value(WAITS, (account, only)).await?;
    let desk = stored(conn, only).await?;
    Ok((waits > 0 && names_fit(&desk.values.name, &owner.values.name)).then_some(desk))
}

/// Joins the record that the desk wrote with the account whose owner has just proved the address and chosen a password.
/// What the desk wrote counts more than what was typed to register. Nothing happens while both have an appointment at
/// one time: staff still have the pair on their page.
///
/// # Errors
/// The database's.
pub async fn join_proved(tx: &mut Tx<'_>, account: PersonId, by: ChangedBy) -> Result<(), Error> {
    let Some(desk) = of_address(tx, account).await? else {
        return Ok(());
    };
    if !overlaps(tx, account, desk.id).await?.is_empty() {
        return Ok(());
    }
    let owner = stored(tx, account).await?;
    let mut values = RecordValues::default();
    for (field, _) in RECORD_FIELDS {
        let (typed, written) = (owner.values.get(field), desk.values.get(field));
        values.set(field, if written.is_empty() { typed } else { written }.to_owned());
    }
    let joined =
        Merge { kept: account, kept_version: owner.version, merged: desk.id, merged_version: desk.version, values };
    let author = Author { actor: Some(account), role: owner.role.into() };
    merge(tx, &joined, author, ChangedBy { actor: Some(account), ..by }).await?;
    end_other_ways_in(tx, account, by.now).await
}

/// Ends what else opens an account besides its sessions, which a new password ends: somebody else may have opened it and
/// made them before the owner of the address proved it.
async fn end_other_ways_in(tx: &mut Tx<'_>, account: PersonId, now: Timestamp) -> Result<(), Error> {
    const TOKENS: &str = "update api_tokens set revoked_at = $2 where person_id = $1 and revoked_at is null";
    const FEEDS: &str = "update calendar_feeds set revoked_at = $2 where person_id = $1 and revoked_at is null";
    const CARERS: &str = "update care_grants set revoked_at = $2, revoked_by = $1
        where person_id = $1 and granted_by = $1 and revoked_at is null";
    tx.execute(TOKENS, (account, now)).await?;
    tx.execute(FEEDS, (account, now)).await?;
    tx.execute(CARERS, (account, now)).await?;
    Ok(())
}

/// Writes down that the two are two people.
///
/// # Errors
/// The database's.
pub async fn not_the_same(tx: &mut Tx<'_>, pair: Uuid, by: ChangedBy) -> Result<u64, Error> {
    const SQL: &str = "update match_candidates set decided_at = $2, decided_by = $3, same = $4
        where id = $1 and decided_at is null";
    tx.execute(SQL, (pair, by.now, by.actor, false)).await
}

#[cfg(test)]
mod tests {
    use super::names_fit;

    #[test]
    fn a_name_fits_with_fewer_words_and_without_accents() {
        for (one, other) in
            [("Grace Hopper", "HOPPER, Grace Mary"), ("Özlem Müller", "ozlem muller"), ("O'Neill Bob", "Bob O’Neill")]
        {
            assert!(names_fit(one, other) && names_fit(other, one), "{one} and {other}");
        }
        for (one, other) in [("Grace Hopper", "Grace Kelly"), ("Ana", ""), ("Ana Lima", "Ana Lim")] {
            assert!(!names_fit(one, other), "{one} and {other}");
        }
    }
}
