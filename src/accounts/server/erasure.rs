//! Closing a person's account, and erasing what the person was called and how they were reached.
//!
//! Both happen to the row in place: appointments, histories and the audit log point to it. What is in a seal is not
//! touched.

use crate::{
    clinic::server::audit::{Author, Entry, record},
    db::{Error, Tx},
    ids::PersonId,
    time::Timestamp,
};

/// What stands where the name was.
pub const ERASED_NAME: &str = "Former patient";

/// Why an account is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its owner wanted it.
    Owner,
    /// Nothing happened for as many years as the settings say.
    Retention,
}

impl Why {
    /// As it is stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Why::Owner => "owner",
            Why::Retention => "retention",
        }
    }
}

/// Ends everything by which the person, or others for them, get in: the password, sessions, tokens of programs, calendar
/// feeds, links in messages, and grants in both directions. The address is free for another account from now on.
///
/// # Errors
/// The database's.
pub async fn close(tx: &mut Tx<'_>, person: PersonId, why: Why, by: Author, now: Timestamp) -> Result<(), Error> {
    const CLOSE: &str =
        "update persons set status = 'closed', password_hash = null, pending_email = null, version = version + 1
        where id = $1";
    const FEEDS: &str = "update calendar_feeds set revoked_at = $2 where person_id = $1 and revoked_at is null";
    const RENEWALS: &str =
        "delete from refresh_tokens where session_id in (select id from sessions where person_id = $1)";
    const LINKS: &str = "update mail_links set used_at = $2 where person_id = $1 and used_at is null";
    const GRANTS: &str = "update care_grants set revoked_at = $2, revoked_by = $1
        where (person_id = $1 or account_id = $1) and revoked_at is null";
    const PAIRS: &str = "delete from match_candidates where person_id = $1 or other_id = $1";
    const CLOSED: &str = "insert into closed_persons (person_id, reason, closed_at) values ($1, $2, $3)";
    super::end_sessions(tx, person, now).await?;
    tx.execute(CLOSE, (person,)).await?;
    tx.execute(RENEWALS, (person,)).await?;
    tx.execute(FEEDS, (person, now)).await?;
    tx.execute(LINKS, (person, now)).await?;
    tx.execute(GRANTS, (person, now)).await?;
    tx.execute(PAIRS, (person,)).await?;
    tx.execute(CLOSED, (person, why.code(), now)).await?;
    let entry = Entry { action: "account.closed", subject: "user", subject_id: Some(person.0), details: why.code() };
    record(tx, by, now, entry).await
}

/// Erases name, contact and everything that was written about the person, also what stands in records that were made a
/// part of this one. The row stays.
///
/// # Errors
/// The database's.
pub async fn erase(tx: &mut Tx<'_>, person: PersonId, now: Timestamp) -> Result<(), Error> {
    const PARTS: &str = "select merged_id from person_merges where kept_id = $1 and undone_at is null";
    const ERASED: &str = "update closed_persons set erased_at = $2 where person_id = $1 and erased_at is null";
    let mut rows = vec![person];
    let mut at = 0;
    while let Some(row) = rows.get(at).copied() {
        let parts: Vec<PersonId> = tx.fetch_values(PARTS, (row,)).await?;
        rows.extend(parts.into_iter().filter(|part| *part != person));
        at += 1;
    }
    for row in rows {
        erase_row(tx, row).await?;
    }
    tx.execute(ERASED, (person, now)).await?;
    let entry = Entry { action: "account.erased", subject: "user", subject_id: Some(person.0), details: "" };
    record(tx, Author::SYSTEM, now, entry).await
}

async fn erase_row(tx: &mut Tx<'_>, person: PersonId) -> Result<(), Error> {
    const ROW: &str = "update persons set email = null, email_verified_at = null, pending_email = null,
            mail_failed_at = null, display_name = $2, call_name = '', birth_date = null, phone = null,
            phone_e164 = null, clinic_number = null, language = '', access_needs = '', desk_notes = '',
            search_text = '#', version = version + 1
        where id = $1";
    // what waits for the answer of an address has only the address
    const ASKED: &str = "delete from care_grants where invited_email is not null
        and (person_id = $1 or account_id = $1 or invited_email = (select email from persons where id = $1))";
    const REGISTERED: &str = "delete from registrations where email = (select email from persons where id = $1)";
    const STATEMENTS: [&str; 15] = [
        "delete from person_words where person_id = $1",
        "update person_changes set before = '', after = '' where person_id = $1",
        "update person_merge_fields set before = '', after = '' where person_id = $1",
        "update api_tokens set name = '' where person_id = $1",
        "update care_grants set reason = '' where person_id = $1",
        "delete from idempotency_keys where person_id = $1",
        "update outbox set state = 'suppressed' where person_id = $1 and state in ('queued', 'sending', 'failed')",
        "delete from refresh_tokens where session_id in (select id from sessions where person_id = $1)",
        "update sessions set device = '' where person_id = $1",
        "delete from second_factors where person_id = $1",
        "delete from recovery_codes where person_id = $1",
        "delete from passkeys where person_id = $1",
        "delete from directory_identities where person_id = $1",
        "delete from trusted_browsers where person_id = $1",
        "delete from second_factor_grace where person_id = $1",
    ];
    tx.execute(ASKED, (person,)).await?;
    tx.execute(REGISTERED, (person,)).await?;
    tx.execute(ROW, (person, ERASED_NAME)).await?;
    for sql in STATEMENTS {
        tx.execute(sql, (person,)).await?;
    }
    Ok(())
}
