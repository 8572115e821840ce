//! The record of a person: what is kept, what is wrong with what was typed, and the history of changes.

use sqlx::FromRow;
use uuid::Uuid;

use super::{account_row::account_exists, birth_date::birth_date, person_words};
use crate::{
    accounts::{
        Role,
        model::{
            check_name, check_phone, kept_phone,
            record::{MAX_CALLED, MAX_CLINIC_NUMBER, MAX_LANGUAGE, MAX_NEEDS, MAX_NOTES, RECORD_FIELDS, RecordValues},
        },
    },
    db::{Conn, Error, Tx},
    error::{AppError, FieldCode, FieldError},
    ids::PersonId,
    text::{
        check_lines, check_optional_line, is_blank, kept_lines, line,
        server::{
            email::{check_email, kept_email},
            telephone::Country,
        },
    },
    time::{Timestamp, server::LocalDate},
};

/// A record as it is stored.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    pub id: PersonId,
    pub values: RecordValues,
    pub version: i32,
    pub role: Role,
    /// Whether the person signs in.
    pub has_account: bool,
    /// Whether the record was made a part of another one.
    pub merged: bool,
    pub suspended: bool,
    /// Whether the account was closed: the record is erased, or about to be.
    pub closed: bool,
}

#[derive(FromRow)]
struct Row {
    id: PersonId,
    display_name: String,
    call_name: String,
    birth_date: Option<LocalDate>,
    phone: Option<String>,
    email: Option<String>,
    clinic_number: Option<String>,
    language: String,
    access_needs: String,
    desk_notes: String,
    version: i32,
    role: Role,
    has_account: bool,
    status: String,
}

/// The record of a person.
///
/// # Errors
/// [`AppError::NotFound`]
pub async fn stored(conn: &mut Conn<'_>, id: PersonId) -> Result<StoredRecord, Error> {
    const SQL: &str = "select id, display_name, call_name, birth_date, phone, email, clinic_number, language,
            access_needs, desk_notes, version, role, password_hash is not null as has_account, status
        from persons where id = $1";
    let row: Option<Row> = conn.fetch_optional(SQL, (id,)).await?;
    let row = row.ok_or(Error::App(AppError::NotFound))?;
    let (id, version, role, has_account) = (row.id, row.version, row.role, row.has_account);
    let values = RecordValues {
        name: row.display_name,
        call_name: row.call_name,
        birth_date: row.birth_date.map(|date| date.to_string()).unwrap_or_default(),
        phone: row.phone.unwrap_or_default(),
        email: row.email.unwrap_or_default(),
        clinic_number: row.clinic_number.unwrap_or_default(),
        language: row.language,
        access_needs: row.access_needs,
        desk_notes: row.desk_notes,
    };
    let [merged, suspended, closed] = ["merged", "suspended", "closed"].map(|status| row.status == status);
    Ok(StoredRecord { id, values, version, role, has_account, merged, suspended, closed })
}

/// A birth date as it was typed; none when nothing was.
///
/// # Errors
/// What is wrong with it: no day of the calendar, still to come, or longer ago than anybody lives.
pub fn read_birth_date(typed: &str, today: LocalDate) -> Result<Option<LocalDate>, FieldCode> {
    if is_blank(typed) {
        return Ok(None);
    }
    birth_date(typed, today).map(Some)
}

/// What is wrong with what was typed.
#[must_use]
pub fn check(typed: &RecordValues, today: LocalDate) -> Vec<FieldError> {
    let checks = [
        ("name", check_name(&typed.name)),
        ("call_name", check_optional_line(&typed.call_name, MAX_CALLED)),
        ("birth_date", read_birth_date(&typed.birth_date, today).err()),
        ("phone", check_phone(&typed.phone)),
        ("email", if is_blank(&typed.email) { None } else { check_email(&typed.email) }),
        ("clinic_number", check_optional_line(&typed.clinic_number, MAX_CLINIC_NUMBER)),
        ("language", check_optional_line(&typed.language, MAX_LANGUAGE)),
        ("access_needs", check_lines(&typed.access_needs, MAX_NEEDS)),
        ("desk_notes", check_lines(&typed.desk_notes, MAX_NOTES)),
    ];
    let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
    checks.into_iter().filter_map(wrong).collect()
}

/// What was typed as it is kept.
#[must_use]
pub fn kept(typed: &RecordValues) -> RecordValues {
    let date = LocalDate::from_text(&typed.birth_date).map(|date| date.to_string());
    RecordValues {
        name: line(&typed.name),
        call_name: line(&typed.call_name),
        birth_date: date.unwrap_or_default(),
        phone: kept_phone(&typed.phone),
        email: kept_email(&typed.email),
        clinic_number: line(&typed.clinic_number),
        language: line(&typed.language),
        access_needs: kept_lines(&typed.access_needs),
        desk_notes: kept_lines(&typed.desk_notes),
    }
}

/// What is wrong with these values beside what other people have: a clinic number is one person's, and an address that
/// has an account is its owner's.
///
/// # Errors
/// [`AppError::Invalid`] naming `clinic_number` or `email`.
pub async fn refuse_taken(conn: &mut Conn<'_>, before: &StoredRecord, after: &RecordValues) -> Result<(), Error> {
    const NUMBER: &str = "select count(*) from persons where clinic_number = $1 and id <> $2";
    if !after.clinic_number.is_empty() {
        let taken: i64 = conn.fetch_value(NUMBER, (&after.clinic_number, before.id)).await?;
        if taken > 0 {
            return Err(AppError::field("clinic_number", FieldCode::NameTaken).into());
        }
    }
    if after.email != before.values.email && !after.email.is_empty() && account_exists(conn, &after.email).await? {
        return Err(AppError::field("email", FieldCode::EmailUnusable).into());
    }
    Ok(())
}

/// Who changes a record, and when.
#[derive(Clone, Copy, Debug)]
pub struct ChangedBy {
    /// None for the system.
    pub actor: Option<PersonId>,
    pub now: Timestamp,
    pub country: Country,
}

/// The fields in which two records differ.
#[must_use]
pub fn differing(before: &RecordValues, after: &RecordValues) -> Vec<&'static str> {
    RECORD_FIELDS.into_iter().map(|(field, _)| field).filter(|field| before.get(field) != after.get(field)).collect()
}

/// Writes the values that differ, with their history, and raises the version. Returns the names of the changed fields.
///
/// # Errors
/// The database's.
pub async fn write(
    tx: &mut Tx<'_>,
    before: &StoredRecord,
    after: &RecordValues,
    by: ChangedBy,
) -> Result<Vec<&'static str>, Error> {
    const SQL: &str = "update persons set display_name = $2, call_name = $3, birth_date = $4, phone = $5, email = $6,
            clinic_number = $7, language = $8, access_needs = $9, desk_notes = $10, version = version + 1
        where id = $1";
    const ADDRESS: &str = "update persons set email_verified_at = null, mail_failed_at = null where id = $1";
    const HISTORY: &str = "insert into person_changes (id, person_id, at, actor_id, field, before, after)
        values ($1, $2, $3, $4, $5, $6, $7)";
    let changed = differing(&before.values, after);
    if changed.is_empty() {
        return Ok(changed);
    }
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let born: Option<LocalDate> = after.birth_date.parse().ok();
    let RecordValues { name, call_name, phone, email, clinic_number, language, access_needs, desk_notes, .. } = after;
    let (phone, email, number) = (given(phone), given(email), given(clinic_number));
    let values = (before.id, name, call_name, born, phone, email, number, language, access_needs, desk_notes);
    tx.execute(SQL, values).await?;
    if changed.contains(&"email") {
        tx.execute(ADDRESS, (before.id,)).await?;
    }
    for field in &changed {
        let (old, new) = (before.values.get(field), after.get(field));
        tx.execute(HISTORY, (Uuid::now_v7(), before.id, by.now, by.actor, *field, old, new)).await?;
    }
    person_words::index(tx, before.id, by.country).await?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_date_is_a_day_on_which_somebody_alive_was_born() {
        let today = LocalDate::new(2026, 1, 5).unwrap();
        let read = |typed: &str| read_birth_date(typed, today).map(|date| date.map(|date| date.to_string()));
        assert_eq!(read(" "), Ok(None));
        assert_eq!(read("5 1 2026"), Ok(Some("2026-01-05".to_owned())));
        assert_eq!(read("29 2 2024"), Ok(Some("2024-02-29".to_owned())));
        assert_eq!(read("29 2 2023"), Err(FieldCode::NotADate));
        assert_eq!(read("29 2 1900"), Err(FieldCode::NotADate), "1900 had no 29 February");
        assert_eq!(read("6 1 2026"), Err(FieldCode::InTheFuture));
        assert_eq!(read("6 1 1876"), Ok(Some("1876-01-06".to_owned())));
        assert_eq!(read("1 1 1876"), Err(FieldCode::TooLongAgo));
        assert_eq!(read("9 12 26"), Err(FieldCode::NotADate));
    }
}
