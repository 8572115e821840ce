//! Two records that are one person: making them one, and undoing that within a day.
//!
//! The row of the record that goes stays, with the status `merged`, and nothing finds it any more. What belonged to it
//! becomes the other's, and each row is written down, so that undoing gives back exactly what was moved.

use sqlx::FromRow;
use uuid::Uuid;

use super::{
    person_record::{ChangedBy, StoredRecord, refuse_taken, stored, write},
    person_words,
};
use crate::{
    accounts::{
        Role,
        model::record::{RECORD_FIELDS, RecordValues},
    },
    clinic::server::audit::{Author, Entry, record},
    db::{Conn, Error, Tx},
    error::AppError,
    ids::PersonId,
    time::Timestamp,
};

/// Seconds for which a merge can be undone.
pub const UNDO_SECONDS: i64 = 24 * 3600;
/// The field of the record that goes which keeps its status.
const STATUS: &str = "status";

/// What becomes of the rows that name the record that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnMerge {
    /// They name the record that is kept from now on.
    Move(&'static Moved),
    /// They stay: they are an account's, and only a record without one goes; or they say what happened.
    Stay,
}

/// How the rows of one column are moved.
#[derive(Debug, PartialEq, Eq)]
pub struct Moved {
    /// "appointments.patient_id"
    place: &'static str,
    /// The ids of the rows that name `$1`.
    find: &'static str,
    /// Has the row `$1` name `$2`.
    take: &'static str,
    /// Has the row `$1`, and what has come of it since, name `$2` again where it names `$3`.
    back: &'static str,
}

const APPOINTMENTS: Moved = Moved {
    place: "appointments.patient_id",
    find: "select id from appointments where patient_id = $1",
    take: "update appointments set patient_id = $2 where id = $1",
    // a move makes another row with the same reference
    back: "update appointments set patient_id = $2
        where patient_id = $3 and reference = (select reference from appointments where id = $1)",
};

const MESSAGES: Moved = Moved {
    place: "outbox.person_id",
    find: "select id from outbox where person_id = $1",
    take: "update outbox set person_id = $2 where id = $1",
    back: "update outbox set person_id = $2 where id = $1 and person_id = $3",
};

const PAPERS: Moved = Moved {
    place: "papers.patient_id",
    find: "select id from papers where patient_id = $1",
    take: "update papers set patient_id = $2 where id = $1",
    // with the files that were sent along for the same appointment since
    back: "update papers set patient_id = $2
        where patient_id = $3 and reference = (select reference from papers where id = $1)",
};

const WAITING: Moved = Moved {
    place: "waiting_entries.person_id",
    find: "select id from waiting_entries where person_id = $1",
    take: "update waiting_entries set person_id = $2 where id = $1",
    back: "update waiting_entries set person_id = $2 where id = $1 and person_id = $3",
};

const GRANTS: Moved = Moved {
    place: "care_grants.person_id",
    find: "select id from care_grants where person_id = $1",
    // nobody acts for themselves, nor twice for one person
    take: "update care_grants set person_id = $2 where id = $1 and (account_id is null or account_id <> $2)
        and not exists (select 1 from care_grants o where o.person_id = $2 and o.account_id = care_grants.account_id
            and o.accepted_at is not null and o.revoked_at is null)",
    back: "update care_grants set person_id = $2 where id = $1 and person_id = $3",
};

/// Every column that references `persons`. A test compares this list with the schema, so that whoever adds a column has
/// to decide.
pub const REFERENCES: &[(&str, OnMerge)] = &[
    ("appointments.patient_id", OnMerge::Move(&APPOINTMENTS)),
    ("outbox.person_id", OnMerge::Move(&MESSAGES)),
    ("papers.patient_id", OnMerge::Move(&PAPERS)),
    ("waiting_entries.person_id", OnMerge::Move(&WAITING)),
    ("care_grants.person_id", OnMerge::Move(&GRANTS)),
    // an account's own
    ("sessions.person_id", OnMerge::Stay),
    ("api_tokens.person_id", OnMerge::Stay),
    ("calendar_feeds.person_id", OnMerge::Stay),
    ("second_factors.person_id", OnMerge::Stay),
    ("recovery_codes.person_id", OnMerge::Stay),
    ("passkeys.person_id", OnMerge::Stay),
    ("trusted_browsers.person_id", OnMerge::Stay),
    ("directory_identities.person_id", OnMerge::Stay),
    ("second_factor_grace.person_id", OnMerge::Stay),
    ("idempotency_keys.person_id", OnMerge::Stay),
    ("doctors.person_id", OnMerge::Stay),
    ("waiting_entries.account_id", OnMerge::Stay),
    ("care_grants.account_id", OnMerge::Stay),
    ("series_drafts.account_id", OnMerge::Stay),
    ("invitations.invited_by", OnMerge::Stay),
    ("invitations.used_by", OnMerge::Stay),
    // links in messages that were sent: they open nothing for a record that is gone
    ("mail_links.person_id", OnMerge::Stay),
    // what happened, by whom and to whom
    ("audit_entries.actor_id", OnMerge::Stay),
    ("appointment_events.actor_id", OnMerge::Stay),
    ("data_exports.person_id", OnMerge::Stay),
    ("data_exports.asked_by", OnMerge::Stay),
    ("closed_persons.person_id", OnMerge::Stay),
    ("care_grants.granted_by", OnMerge::Stay),
    ("care_grants.revoked_by", OnMerge::Stay),
    ("papers.added_by", OnMerge::Stay),
    ("papers.ended_by", OnMerge::Stay),
    ("person_changes.person_id", OnMerge::Stay),
    ("person_changes.actor_id", OnMerge::Stay),
    ("person_merges.kept_id", OnMerge::Stay),
    ("person_merges.merged_id", OnMerge::Stay),
    ("person_merges.actor_id", OnMerge::Stay),
    ("person_merge_fields.person_id", OnMerge::Stay),
    ("match_candidates.person_id", OnMerge::Stay),
    ("match_candidates.other_id", OnMerge::Stay),
    ("match_candidates.decided_by", OnMerge::Stay),
    // written anew by every change of a name
    ("person_words.person_id", OnMerge::Stay),
];

/// Two records, and what the one that stays shall say.
#[derive(Clone, Debug)]
pub struct Merge {
    pub kept: PersonId,
    /// The version that was shown.
    pub kept_version: i32,
    pub merged: PersonId,
    pub merged_version: i32,
    pub values: RecordValues,
}

/// The moments at which both have an appointment, which keep the records apart: no person is in two places at once.
///
/// # Errors
/// The database's.
pub async fn overlaps(conn: &mut Conn<'_>, one: PersonId, other: PersonId) -> Result<Vec<Timestamp>, Error> {
    const SQL: &str = "select a.starts_at from appointments a
        join appointments b on b.patient_id = $2 and b.starts_at < a.ends_at and b.ends_at > a.starts_at
        where a.patient_id = $1 and a.status in ('held', 'requested', 'booked', 'arrived') and not a.overbook
            and b.status in ('held', 'requested', 'booked', 'arrived') and not b.overbook
        order by a.starts_at";
    conn.fetch_values(SQL, (one, other)).await
}

/// Makes the two records one, and returns the name of this merge.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when one of them changed since, is a part of another one, or is not a
/// patient's, or when the one that goes has an account; [`AppError::PatientBusy`] when both have an appointment at one
/// time; [`AppError::Invalid`] naming `clinic_number`.
pub async fn merge(tx: &mut Tx<'_>, merge: &Merge, author: Author, by: ChangedBy) -> Result<Uuid, Error> {
    const MERGE: &str = "insert into person_merges (id, kept_id, merged_id, at, actor_id) values ($1, $2, $3, $4, $5)";
    const GONE: &str = "update persons set status = 'merged', clinic_number = null, version = version + 1
        where id = $1";
    const ROW: &str = "insert into person_merge_rows (merge_id, place, row_id) values ($1, $2, $3)";
    const DECIDED: &str = "update match_candidates set decided_at = $3, decided_by = $4, same = $5
        where (person_id = $1 and other_id = $2 or person_id = $2 and other_id = $1)";
    let (kept, merged) = both(tx, merge).await?;
    if !overlaps(tx, kept.id, merged.id).await?.is_empty() {
        return Err(AppError::PatientBusy { own: false, with: String::new(), nearest: Vec::new() }.into());
    }
    let id = Uuid::now_v7();
    tx.execute(MERGE, (id, kept.id, merged.id, by.now, by.actor)).await?;
    tx.execute(GONE, (merged.id,)).await?;
    let status = if merged.suspended { "suspended" } else { "active" };
    keep_field(tx, id, merged.id, (STATUS, status, "merged")).await?;
    keep_field(tx, id, merged.id, ("clinic_number", &merged.values.clinic_number, "")).await?;
    for moved in moved_columns() {
        let rows: Vec<Uuid> = tx.fetch_values(moved.find, (merged.id,)).await?;
        for row in rows {
            tx.execute(moved.take, (row, kept.id)).await?;
            tx.execute(ROW, (id, moved.place, row)).await?;
        }
    }
    let mut values = merge.values.clone();
    if kept.has_account {
        values.email.clone_from(&kept.values.email);
    }
    refuse_taken(tx, &kept, &values).await?;
    for field in write(tx, &kept, &values, by).await? {
        keep_field(tx, id, kept.id, (field, kept.values.get(field), values.get(field))).await?;
    }
    person_words::index(tx, merged.id, by.country).await?;
    tx.execute(DECIDED, (kept.id, merged.id, by.now, by.actor, true)).await?;
    let details = [values.name.as_str(), " and ", &merged.values.name].concat();
    let entry = Entry { action: "patient.merged", subject: "patient", subject_id: Some(kept.id.0), details: &details };
    record(tx, author, by.now, entry).await?;
    Ok(id)
}

/// Both records, if they can be made one.
async fn both(tx: &mut Tx<'_>, merge: &Merge) -> Result<(StoredRecord, StoredRecord), Error> {
    let (kept, merged) = (stored(tx, merge.kept).await?, stored(tx, merge.merged).await?);
    let as_shown = kept.version == merge.kept_version && merged.version == merge.merged_version;
    let patients = kept.role == Role::Patient && merged.role == Role::Patient;
    let fit = kept.id != merged.id && !kept.merged && !merged.merged && !merged.has_account;
    if as_shown && patients && fit { Ok((kept, merged)) } else { Err(AppError::Conflict.into()) }
}

fn moved_columns() -> impl Iterator<Item = &'static Moved> {
    REFERENCES.iter().filter_map(|(_, on_merge)| match on_merge {
        OnMerge::Move(moved) => Some(*moved),
        OnMerge::Stay => None,
    })
}

async fn keep_field(
    tx: &mut Tx<'_>,
    merge: Uuid,
    person: PersonId,
    (field, before, after): (&str, &str, &str),
) -> Result<(), Error> {
    const SQL: &str = "insert into person_merge_fields (merge_id, person_id, field, before, after)
        values ($1, $2, $3, $4, $5)";
    tx.execute(SQL, (merge, person, field, before, after)).await?;
    Ok(())
}

/// A merge that can still be undone.
#[derive(Clone, Debug, FromRow)]
pub struct Undoable {
    pub id: Uuid,
    pub kept_id: PersonId,
    pub merged_id: PersonId,
    /// The name that the other record had.
    pub name: String,
    pub at: Timestamp,
}

/// The merges into this record that can still be undone, the newest first.
///
/// # Errors
/// The database's.
pub async fn undoable(conn: &mut Conn<'_>, kept: PersonId, now: Timestamp) -> Result<Vec<Undoable>, Error> {
    const SQL: &str = "select m.id, m.kept_id, m.merged_id, p.display_name as name, m.at
        from person_merges m join persons p on p.id = m.merged_id
        where m.kept_id = $1 and m.undone_at is null and m.at > $2 order by m.at desc, m.id desc";
    conn.fetch_all(SQL, (kept, now.plus_seconds(-UNDO_SECONDS))).await
}

/// The record that this one is a part of now; itself, where it was not merged.
///
/// # Errors
/// The database's.
pub async fn standing_for(conn: &mut Conn<'_>, person: PersonId) -> Result<PersonId, Error> {
    const SQL: &str = "select kept_id from person_merges where merged_id = $1 and undone_at is null";
    let mut now = person;
    while let Some(next) = conn.fetch_optional_value::<PersonId>(SQL, (now,)).await? {
        now = next;
    }
    Ok(now)
}

/// Makes two records of one again. Fields that were changed since stay as they are now.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Conflict`] when the day is over, it was undone before, or a later merge into the
/// same record has to be undone first; [`AppError::Invalid`] naming `clinic_number`.
pub async fn undo(tx: &mut Tx<'_>, kept: PersonId, merge: Uuid, author: Author, by: ChangedBy) -> Result<(), Error> {
    const UNDONE: &str = "update person_merges set undone_at = $2 where id = $1";
    const ROWS: &str = "select row_id from person_merge_rows where merge_id = $1 and place = $2";
    const BACK: &str = "update persons set status = $2, clinic_number = $3, version = version + 1 where id = $1";
    const OPEN: &str = "update match_candidates set decided_at = null, decided_by = null, same = null
        where (person_id = $1 and other_id = $2 or person_id = $2 and other_id = $1)";
    let newest = undoable(tx, kept, by.now).await?.into_iter().next();
    let undoable = newest.filter(|newest| newest.id == merge).ok_or(AppError::Conflict)?;
    let (record_kept, other) = (stored(tx, kept).await?, undoable.merged_id);
    if record_kept.merged {
        return Err(AppError::Conflict.into());
    }
    tx.execute(UNDONE, (merge, by.now)).await?;
    for moved in moved_columns() {
        let rows: Vec<Uuid> = tx.fetch_values(ROWS, (merge, moved.place)).await?;
        for row in rows {
            tx.execute(moved.back, (row, other, kept)).await?;
        }
    }
    let mut values = record_kept.values.clone();
    for (field, before, after) in fields_of(tx, merge, kept).await? {
        if values.get(&field) == after && RECORD_FIELDS.iter().any(|(name, _)| *name == field) {
            values.set(&field, before);
        }
    }
    refuse_taken(tx, &record_kept, &values).await?;
    write(tx, &record_kept, &values, by).await?;
    let was = fields_of(tx, merge, other).await?;
    let value = |name: &str| was.iter().find(|(field, ..)| field == name).map(|(_, before, _)| before.clone());
    let number = value("clinic_number").filter(|number| !number.is_empty());
    tx.execute(BACK, (other, value(STATUS).unwrap_or_else(|| "active".to_owned()), number)).await?;
    let gone = stored(tx, other).await?;
    refuse_taken(tx, &gone, &gone.values).await?;
    person_words::index(tx, other, by.country).await?;
    tx.execute(OPEN, (kept, other)).await?;
    let details = [values.name.as_str(), " and ", &undoable.name].concat();
    let entry =
        Entry { action: "patient.merge_undone", subject: "patient", subject_id: Some(kept.0), details: &details };
    record(tx, author, by.now, entry).await
}

async fn fields_of(conn: &mut Conn<'_>, merge: Uuid, person: PersonId) -> Result<Vec<(String, String, String)>, Error> {
    const SQL: &str = "select field, before, after from person_merge_fields where merge_id = $1 and person_id = $2";
    conn.fetch_all(SQL, (merge, person)).await
}
