//! Specialties.

use sqlx::FromRow;
use uuid::Uuid;

use super::settings::invalid;
use crate::{
    accounts::model::{MAX_NAME, check_name},
    admin::model::specialties::{MAX_OTHER_WORDS, SpecialtyRow},
    clinic::server::audit::{self, Author, Entry},
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldCode},
    ids::{DoctorId, SpecialtyId},
    state::AppState,
    text::{
        check_optional_line, line,
        server::{slug, words_of},
    },
    time::Timestamp,
    web::request::Actor,
};

#[derive(Clone, Debug, FromRow)]
struct Row {
    id: SpecialtyId,
    slug: String,
    name: String,
    other_words: String,
    doctors: i64,
}

/// Every specialty, by name.
///
/// # Errors
/// The database's.
pub async fn specialties(app: &AppState) -> Result<Vec<SpecialtyRow>, AppError> {
    let mut reader = app.db.read().await?;
    let rows = all(&mut reader.conn()).await?;
    let row = |Row { id, slug, name, other_words, doctors }| SpecialtyRow {
        id,
        slug,
        name,
        other_words,
        doctors: u32::try_from(doctors).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(row).collect())
}

async fn all(conn: &mut Conn<'_>) -> Result<Vec<Row>, Error> {
    const SQL: &str = "select s.id, s.slug, s.name, s.other_words,
            (select count(*) from doctor_specialties ds where ds.specialty_id = s.id) as doctors
        from specialties s order by s.name, s.slug";
    conn.fetch_all(SQL, ()).await
}

/// Adds a specialty. Its part of addresses is made from its name.
///
/// # Errors
/// [`AppError::Invalid`] naming `name`; the database's.
pub async fn add(app: &AppState, actor: Actor, name: &str) -> Result<SpecialtyId, AppError> {
    let (name, now) = (checked(name)?, app.clock.now());
    let id = SpecialtyId(Uuid::now_v7());
    app.db.write(AddSpecialty { actor, id, name, now }).await?;
    Ok(id)
}

/// Adds a specialty whose name no other one has.
struct AddSpecialty {
    actor: Actor,
    id: SpecialtyId,
    name: String,
    now: Timestamp,
}

impl WriteUnit for AddSpecialty {
    const NAME: &'static str = "add_specialty";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "insert into specialties (id, slug, name) values ($1, $2, $3)";
        let known = all(tx).await?;
        refuse_twin(&known, None, &self.name)?;
        let slug = free_slug(&self.name, &known);
        tx.execute(SQL, (self.id, &slug, &self.name)).await?;
        record(tx, self.actor, self.now, "specialty.added", self.id, &self.name).await
    }
}

/// The specialty of this name, whatever its capitals and accents; a new one if there is none.
///
/// # Errors
/// The database's.
pub(super) async fn named(tx: &mut Tx<'_>, by: Author, name: &str, now: Timestamp) -> Result<SpecialtyId, Error> {
    const SQL: &str = "insert into specialties (id, slug, name) values ($1, $2, $3)";
    let known = all(tx).await?;
    if let Some(row) = known.iter().find(|row| words_of(&row.name) == words_of(name)) {
        return Ok(row.id);
    }
    let id = SpecialtyId(Uuid::now_v7());
    tx.execute(SQL, (id, free_slug(name, &known), name)).await?;
    let entry = Entry { action: "specialty.added", subject: "specialty", subject_id: Some(id.0), details: name };
    audit::record(tx, by, now, entry).await?;
    Ok(id)
}

fn checked(name: &str) -> Result<String, AppError> {
    invalid([("name", check_name(name))])?;
    Ok(line(name))
}

/// Gives a specialty another name, if it still has the one that was `seen`. Its address stays.
///
/// # Errors
/// [`AppError::Invalid`] naming `name`; [`AppError::NotFound`]; [`AppError::Conflict`] when it was renamed meanwhile.
pub async fn rename(app: &AppState, actor: Actor, id: SpecialtyId, seen: &str, name: &str) -> Result<(), AppError> {
    let (seen, name, now) = (seen.to_owned(), checked(name)?, app.clock.now());
    Ok(app.db.write(RenameSpecialty { actor, id, seen, name, now }).await?)
}

/// Gives a specialty that is still called `seen` another name.
struct RenameSpecialty {
    actor: Actor,
    id: SpecialtyId,
    seen: String,
    name: String,
    now: Timestamp,
}

impl WriteUnit for RenameSpecialty {
    const NAME: &'static str = "rename_specialty";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update specialties set name = $2 where id = $1";
        let known = all(tx).await?;
        let before = known.iter().find(|row| row.id == self.id).ok_or(AppError::NotFound)?;
        if before.name == self.name {
            return Ok(());
        }
        if before.name != self.seen {
            return Err(AppError::Conflict.into());
        }
        refuse_twin(&known, Some(self.id), &self.name)?;
        tx.execute(SQL, (self.id, &self.name)).await?;
        // their profiles show the name
        read_again(tx, self.id).await?;
        let details = format!("{} to {}", self.seen, self.name);
        record(tx, self.actor, self.now, "specialty.renamed", self.id, &details).await
    }
}

/// Saves what patients say for a specialty, if that is still what was `seen`. The directory finds its doctors by it.
///
/// # Errors
/// [`AppError::Invalid`] naming `other_words`; [`AppError::NotFound`]; [`AppError::Conflict`] when it was changed
/// meanwhile.
pub async fn save_other_words(
    app: &AppState,
    actor: Actor,
    id: SpecialtyId,
    seen: &str,
    other_words: &str,
) -> Result<(), AppError> {
    invalid([("other_words", check_optional_line(other_words, MAX_OTHER_WORDS))])?;
    let (seen, other_words, now) = (seen.to_owned(), line(other_words), app.clock.now());
    Ok(app.db.write(SaveOtherWords { actor, id, seen, other_words, now }).await?)
}

/// Saves other words for a specialty that still has those that were `seen`.
struct SaveOtherWords {
    actor: Actor,
    id: SpecialtyId,
    seen: String,
    other_words: String,
    now: Timestamp,
}

impl WriteUnit for SaveOtherWords {
    const NAME: &'static str = "save_specialty_words";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update specialties set other_words = $2 where id = $1";
        let before = all(tx).await?.into_iter().find(|row| row.id == self.id).ok_or(AppError::NotFound)?;
        if before.other_words == self.other_words {
            return Ok(());
        }
        if before.other_words != self.seen {
            return Err(AppError::Conflict.into());
        }
        tx.execute(SQL, (self.id, &self.other_words)).await?;
        read_again(tx, self.id).await?;
        let details = format!("{}: {}", before.name, self.other_words);
        record(tx, self.actor, self.now, "specialty.words_changed", self.id, &details).await
    }
}

/// Has the directory read the doctors of a specialty again.
async fn read_again(tx: &mut Tx<'_>, id: SpecialtyId) -> Result<(), Error> {
    const BUMP: &str = "update doctors set schedule_version = schedule_version + 1
        where id in (select doctor_id from doctor_specialties where specialty_id = $1) returning id";
    let doctors: Vec<DoctorId> = tx.fetch_values(BUMP, (id,)).await?;
    doctors.into_iter().for_each(|doctor| tx.schedule_changed(doctor));
    Ok(())
}

/// Removes a specialty that no doctor has. Invitations that are over no longer name it.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Invalid`] naming `remove` while a doctor has it or an invitation offers it.
pub async fn remove(app: &AppState, actor: Actor, id: SpecialtyId) -> Result<(), AppError> {
    Ok(app.db.write(RemoveSpecialty { actor, id, now: app.clock.now() }).await?)
}

/// Removes a specialty that no doctor has and no open invitation offers.
struct RemoveSpecialty {
    actor: Actor,
    id: SpecialtyId,
    now: Timestamp,
}

impl WriteUnit for RemoveSpecialty {
    const NAME: &'static str = "remove_specialty";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const OPEN: &str = "select count(*) from invitations
            where specialty_id = $1 and used_at is null and revoked_at is null";
        const FORGET: &str = "update invitations set specialty_id = null where specialty_id = $1";
        const SQL: &str = "delete from specialties where id = $1";
        let row = all(tx).await?.into_iter().find(|row| row.id == self.id).ok_or(AppError::NotFound)?;
        let invitations: i64 = tx.fetch_value(OPEN, (self.id,)).await?;
        if row.doctors > 0 || invitations > 0 {
            return Err(AppError::field("remove", FieldCode::InUse).into());
        }
        tx.execute(FORGET, (self.id,)).await?;
        tx.execute(SQL, (self.id,)).await?;
        record(tx, self.actor, self.now, "specialty.removed", self.id, &row.name).await
    }
}

async fn record(
    tx: &mut Tx<'_>,
    actor: Actor,
    now: Timestamp,
    action: &'static str,
    id: SpecialtyId,
    details: &str,
) -> Result<(), Error> {
    let entry = Entry { action, subject: "specialty", subject_id: Some(id.0), details };
    audit::record(tx, actor.into(), now, entry).await
}

/// Two specialties whose names differ in capitals or accents alone could not be told apart.
fn refuse_twin(known: &[Row], except: Option<SpecialtyId>, name: &str) -> Result<(), AppError> {
    let words = words_of(name);
    let twin = known.iter().any(|row| Some(row.id) != except && words_of(&row.name) == words);
    if twin { Err(AppError::field("name", FieldCode::NameTaken)) } else { Ok(()) }
}

/// The name in plain lower-case letters with hyphens, and a number when another specialty has that already.
fn free_slug(name: &str, known: &[Row]) -> String {
    let words = slug(name, MAX_NAME as usize);
    let base = if words.is_empty() { "specialty".to_owned() } else { words };
    let is_free = |slug: &String| known.iter().all(|row| row.slug != *slug);
    let numbered = (2..).map(|number: u32| format!("{base}-{number}"));
    std::iter::once(base.clone()).chain(numbered).find(is_free).unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(slug: &str) -> Row {
        Row {
            id: SpecialtyId(Uuid::now_v7()),
            slug: slug.to_owned(),
            name: slug.to_owned(),
            other_words: String::new(),
            doctors: 0,
        }
    }

    #[test]
    fn an_address_is_made_of_plain_letters_and_is_unique() {
        assert_eq!(free_slug("Ear, nose & throat", &[]), "ear-nose-throat");
        assert_eq!(free_slug("Pédiatrie", &[row("pediatrie"), row("pediatrie-2")]), "pediatrie-3");
        assert_eq!(free_slug("Кардиология", &[]), "kardiologiia");
        assert_eq!(free_slug("?", &[]), "specialty");
    }

    #[test]
    fn names_that_read_alike_are_twins() {
        let known = [row("cardiology")];
        assert!(refuse_twin(&known, None, "  CARDIOLOGY ").is_err());
        assert!(refuse_twin(&known, Some(known[0].id), "Cardiology").is_ok());
        assert!(refuse_twin(&known, None, "Cardiac surgery").is_ok());
    }
}
